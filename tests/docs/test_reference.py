"""The lists in the documents name everything that there is, and nothing else.

A setting, a table or a reason that the documents do not know is one that nobody can look up. The
tables here are read back and compared with the code, in both directions.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from linli.v1.error_pb2 import Reason
from node.care.records import SCHEMA
from node.config import Config, Limits, ParentAddress
from node.schema import Column, Table

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def rows(name: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    text = (DOCS / name).read_text()
    assert f"\n{heading}\n" in f"\n{text}", f"docs/{name} has no heading '{heading}'"
    lines = text.split(f"{heading}\n", 1)[1].split("\n#", 1)[0].splitlines()
    cells = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in cells[2:]]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_every_limit_is_listed_with_its_default_and_meaning() -> None:
    told = {row[0].strip("`"): (number(row[1]), number(row[2]), row[3]) for row in rows(
        "settings.md", "## Limits")}  # fmt: skip
    known = {
        item.name: (item.default, item.metadata["least"], item.metadata["meaning"])
        for item in fields(Limits)
    }
    assert told == known


def test_the_protocol_states_the_defaults_of_its_limits() -> None:
    scale = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "": 1}
    defaults = {item.name: item.default for item in fields(Limits)}
    for _, told, settings in rows("protocol.md", "## 16 Limits"):
        stated = [number(n) * scale[unit] for n, unit in re.findall(r"([\d,]+) ?([KMG]iB)?", told)]
        names = re.findall(r"`(\w+)`", settings)
        assert not names or stated == [defaults[name] for name in names], told


def test_every_key_of_the_configuration_is_listed() -> None:
    told = {row[0].strip("`"): row[1] for row in rows("settings.md", "## Keys")}
    known = {item.name for item in fields(Config)}
    assert told.keys() == known
    for item in fields(Config):
        required = item.default is MISSING and item.default_factory is MISSING
        assert (told[item.name] == "required") == required, item.name


def test_every_key_of_a_parent_is_listed() -> None:
    told = [row[0].strip("`") for row in rows("settings.md", "## Parents")]
    assert told == [item.name for item in fields(ParentAddress)]


def reasons() -> dict[str, list[str]]:
    return {row[1].strip("`"): row for row in rows("protocol.md", "## 17 Reasons")}


def test_every_reason_is_explained() -> None:
    known = {
        name.removeprefix("REASON_"): value for name, value in Reason.items() if value
    }  # 0 is never sent
    assert {name: int(row[0]) for name, row in reasons().items()} == known


@pytest.mark.parametrize("name", [n for n, v in Reason.items() if v])
def test_a_reason_is_retried_as_the_wire_says(name: str) -> None:
    source = (ROOT / "proto/linli/v1/error.proto").read_text()
    found = re.search(rf"// (.*)\n  {name} =", source)
    assert found, name
    stated = found[1]
    told = reasons()[name.removeprefix("REASON_")]
    assert all(told), f"an empty cell: {told}"
    if "No retry" in stated:
        assert told[5].startswith(("no", "not with"))
    elif "Retry after that" in stated or "Applied after that" in stated:
        assert "after that" in told[5]
    elif "Retry." in stated:
        assert told[5] == "yes"
    assert ("Set aside" in stated) <= ("aside" in told[2])


def table_text(table: Table) -> str:
    """A table as docs/tables.md shows it."""
    facts = [f"lane `{table.channel.name.lower()}`"]
    if table.fact:
        facts.append("facts")
    if table.writer:
        facts.append(f"written by the {table.writer} only")
    if table.local:
        facts.append("written at its own division or above only")
    lines = [f"## {table.name}", "", f"{table.meaning}; {', '.join(facts)}", ""]
    lines += ["| column | kind | type | | meaning |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(column_cells(column))} |" for column in table.columns]
    return "\n".join(lines).replace("|  |", "| |") + "\n"


def column_cells(column: Column) -> list[str]:
    kind = f"{column.kind.value} of the {column.owner}" if column.owner else column.kind.value
    type_ = {str: "text", int: "number"}[column.type]
    marks = [word for word in ("required", "erasable") if getattr(column, word)]
    return [f"`{column.name}`", kind, type_, ", ".join(marks), column.meaning]


def test_every_table_that_travels_is_listed_as_it_is() -> None:
    text = (DOCS / "tables.md").read_text()
    told = text.split("\n## ", 1)[1]
    assert f"## {told}" == "\n".join(table_text(table) for table in SCHEMA.tables)
    assert f"schema version {SCHEMA.version}" in text


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for path in [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "proto/README.md"]:
        text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.S | re.M)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            if "://" in file:
                continue
            goal = (path.parent / file).resolve() if file else path
            if not goal.exists() or (anchor and anchor not in anchors(goal)):
                broken.append(f"{path.name}: {target}")
    assert not broken, broken


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_documents_name_only_files_that_exist() -> None:
    name = re.compile(r"`((?:node|cli|proto|tests|docs|bench)/[\w./*-]+)`")
    pages = [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]
    told = [(page.name, path) for page in pages for path in name.findall(page.read_text())]
    missing = [f"{page}: {path}" for page, path in told if not list(ROOT.glob(path))]
    assert not missing, missing
