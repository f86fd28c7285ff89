"""Writes docs/requirements.md: each row of the requirements, how far it is met, and what shows it.

`make requirements` makes the page from the table beside this file, after it has looked that every
row is there once, that the commands, pages and tests which it names exist, and, with `--run`, that
the tests of all rows that work pass.

It promises that no row is called works because a column exists: the tests that a row names check
its rule, and a person who reads them can tell.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from cli.reference import sentences
from tests import proof

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/requirements.md"
TABLE = ROOT / "tests/requirements.toml"
COUNTIES = {
    "QX": ("沁县", 30),
    "ZS": ("竹山", 40),
    "QZ": ("泉州", 35),
    "HC": ("鹤城", 33),
    "CC": ("赤城", 26),
}
GROUPS = (
    "divisions", "people", "disability", "programmes", "workers", "visits", "care plans", "health",
    "meals", "facilities", "home modification", "orders", "needs", "settlement", "benefits",
    "funds", "associations", "campaigns", "imports", "reports", "policy",
)  # fmt: skip
WORKS, PARTLY, NOT_YET = STATES = ("works", "partly", "not yet")
PAGES = {"page": "node/web", "console": "hub/console"}
"""What a page is named by, and where its routes are declared."""

_NEEDED = {"group", "title", "rule", "state"}
_OTHERS = {"why", "where", "tests"}
_ROUTE = re.compile(r'\bRoute\(\s*"([^"]+)"')

Row = Mapping[str, Any]

_OPENING = """# The requirements, row by row

Printed by `make requirements`, which runs the tests of every row that works and fails where one
fails; a test compares the page with `tests/requirements.toml`, where the rows are kept. The
commands, pages and tests named there exist.

A row comes from what five counties publish of their care: QX 沁县, ZS 竹山, QZ 泉州, HC 鹤城,
CC 赤城. What it holds or does stands first, and in italics the rule that must be checked.

- **works**: a person can use it, its rule is enforced, and the tests named check the rule.
- **partly**: some of what it holds is kept, or some of its rule is enforced; the rest is told.
- **not yet**: its rule is enforced nowhere, even where a record or a column stands ready.

A page of the aide is a *page*, one of the county's a *console*.
"""


def rows() -> dict[str, Row]:
    """The requirements, by the id of the row, in the order of the file."""
    return tomllib.loads(TABLE.read_text())


def ids() -> list[str]:
    """The id of every row that there has to be, in order."""
    return [f"{c}-{n:02}" for c, (_, count) in COUNTIES.items() for n in range(1, count + 1)]


@cache
def places() -> frozenset[str]:
    """Every command, and every page as `page /people` or `console /cases`."""
    commands = {
        words for words, context in sentences() if not isinstance(context.command, TyperGroup)
    }
    pages = {
        f"{word} {route}"
        for word, folder in PAGES.items()
        for path in (ROOT / folder).glob("*.py")
        for route in _ROUTE.findall(path.read_text())
    }
    return frozenset(commands | pages)


def wrong(told: Mapping[str, Row]) -> list[str]:
    """Everything that is wrong with the rows, a sentence each; none where they are sound."""
    known = list(told)
    found = [f"{id_} is missing." for id_ in ids() if id_ not in told]
    found += [f"{id_} is no row of the requirements." for id_ in known if id_ not in ids()]
    if not found and known != ids():
        found.append("The rows are not in order.")
    return found + [f"{id_} {fault}" for id_, row in told.items() for fault in _wrong(row)]


def _wrong(row: Row) -> Iterator[str]:
    """What is wrong with one row."""
    if row.keys() - _NEEDED - _OTHERS or _NEEDED - row.keys():
        yield f"has other keys than {', '.join(sorted(_NEEDED | _OTHERS))}."
        return
    if not all(row.values()):
        yield "has an empty value, which says nothing."
    if row["group"] not in GROUPS:
        yield f"is in no group: {row['group']!r}."
    if row["state"] not in STATES:
        yield f"has the state {row['state']!r}, which is none of {', '.join(STATES)}."
    if ("why" in row) != (row["state"] != WORKS):
        yield "says why and works, or does neither."
    where: list[str] = row.get("where", [])
    tests: list[str] = row.get("tests", [])
    if row["state"] == WORKS and not (where and tests):
        yield "works, and names no command or page, or no test."
    for named in (where, tests):
        yield from (f"names {one} twice." for one, n in Counter(named).items() if n > 1)
    yield from (f"names {one}, which is no command or page." for one in where if not _is_there(one))
    yield from (f"names the test {one}, which is not there." for one in tests if not _tests(one))


def _is_there(place: str) -> bool:
    return place in places()


def _tests(test: str) -> bool:
    return proof.exists(test)


def evidence(row: Row) -> str:
    """The state of a row with the reason, or with what shows it, as one cell."""
    told = [f"**{row['state']}**" + (f": {row['why']}" if "why" in row else "")]
    told += [f"`{one}`" for one in (*row.get("where", ()), *row.get("tests", ()))]
    return "<br>".join(told)


def counted(some: Iterable[Row]) -> list[int]:
    """How many rows there are of each state, in the order of the states."""
    tally = Counter(row["state"] for row in some)
    return [tally[state] for state in STATES]


def page(told: Mapping[str, Row]) -> str:
    """The whole page."""
    by_group = {
        group: {id_: row for id_, row in told.items() if row["group"] == group} for group in GROUPS
    }
    lines = [_OPENING, f"| | {' | '.join(STATES)} | rows |", "|---|---|---|---|---|"]
    for group, some in by_group.items():
        heading = group.capitalize()
        numbers = (*counted(some.values()), len(some))
        cells = " | ".join(str(number or "") for number in numbers)
        lines.append(
            f"| [{heading}](#{group.replace(' ', '-')}) | {cells} |".replace("|  |", "| |")
        )
    totals = " | ".join(f"**{number}**" for number in (*counted(told.values()), len(told)))
    lines += [f"| **all** | {totals} |", ""]
    for group, some in by_group.items():
        lines += [f"## {group.capitalize()}", "", "| | | |", "|---|---|---|"]
        lines += [
            f"| {id_} | {row['title']}<br>*{row['rule']}* | {evidence(row)} |"
            for id_, row in some.items()
        ]
        lines.append("")
    return "\n".join(lines)


def run(told: Mapping[str, Row]) -> int:
    """Runs the tests of every row that works, in one call; gives what pytest ended with."""
    tests = sorted({one for row in told.values() if row["state"] == WORKS for one in row["tests"]})
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT).returncode


def main() -> None:
    """Looks at the rows, runs what shows them where that is asked, and writes the page."""
    told = rows()
    faults = wrong(told)
    if faults:
        sys.exit("\n".join(faults))
    if "--run" in sys.argv[1:] and run(told):
        sys.exit("A row that is called works does not. Next: mend it, or say what is missing.")
    PAGE.write_text(page(told))
    numbers = zip(counted(told.values()), STATES, strict=True)
    states = ", ".join(f"{number} {state}" for number, state in numbers)
    print(f"{PAGE.relative_to(ROOT)}: {states}", file=sys.stderr)


if __name__ == "__main__":
    main()
