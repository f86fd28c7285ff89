"""Writes docs/proof.md: what shows that each fault is survived, and that the tests can fail.

`make proof` makes the page from the two tables beside this file, from the patches of
`tests/planted/` and from how long each of their bugs lived.
"""

from __future__ import annotations

import ast
import json
import statistics
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests import planting

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/proof.md"
FAULTS = ROOT / "tests/faults.toml"
INVARIANTS = ROOT / "tests/invariants.toml"
GROUPS = {
    "S": ("Storage and power", 15),
    "P": ("Process and resources", 5),
    "C": ("Clocks", 7),
    "N": ("Network", 11),
    "I": ("Identity, restore, copies", 8),
    "U": ("Bundles", 7),
    "V": ("Versions", 5),
    "M": ("Malice and mistakes", 12),
    "B": ("Money and cases", 6),
}
SOAK = ROOT / "tests/simulation/soak.txt"
LONG = ROOT / "tests/simulation/long.txt"
FUZZED = ROOT / "tests/fuzz/runs.json"
INVARIANTS_COUNT = 26

Row = Mapping[str, Any]

_OPENING = """# What shows it

Printed by `make proof`; a test compares the two. The tables are kept in `tests/faults.toml` and
`tests/invariants.toml`. A test named there exists, and a marker is one that the simulator counts.

| command | what it does |
|---|---|
| `make test` | every test that is named here |
| `make sim` | a county with every fault; ends with 1 where something broke or never struck |
| `make sim-long` | a hundred seeds of six days each, three of the whole county: *The hundred* |
| `make soak` | an hour of seeds of a month each: *The hour* below is what it printed last |
| `make fuzz` | ten minutes of Atheris on each parser: *The parsers* below |
| `make planted` | plants each bug below and sees its test fail; `ARGS="clamp pin"` plants some |
| `linli sim --replay FILE` | runs a plan that was kept |

A **marker** is in quotes: what `linli sim` counts when the fault strikes. One that was never hit in
the whole run fails `make sim`. *Not yet* says what nothing shows so far.
"""


def faults() -> dict[str, Row]:
    """The fault table, by the id of the row."""
    return tomllib.loads(FAULTS.read_text())


def invariants() -> dict[str, Row]:
    """The invariants, by their number."""
    return tomllib.loads(INVARIANTS.read_text())


@cache
def _named_in(path: Path) -> frozenset[str]:
    body = ast.parse(path.read_text()).body
    functions = (one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(one.name for one in functions if one.name.startswith("test_"))


def exists(test: str) -> bool:
    """Whether there is a test of that id."""
    file, _, name = test.partition("::")
    path = ROOT / file
    return path.is_file() and name.partition("[")[0] in _named_in(path)


def kind(row: Row) -> str:
    """How far a row is shown."""
    if "not_here" in row:
        return "cannot be shown"
    if not (row.get("tests") or row.get("markers") or row.get("judged")):
        return "not yet"
    return "in part" if "not_yet" in row else "shown"


def evidence(row: Row) -> str:
    """What shows a row, and what of it is not shown, as one cell."""
    told = [f"“{one}”" for one in (*row.get("judged", ()), *row.get("markers", ()))]
    told += [f"`{one}`" for one in row.get("tests", ())]
    told += [f"*Not yet:* {row['not_yet']}."] if "not_yet" in row else []
    told += [f"*Not here:* {row['not_here']}."] if "not_here" in row else []
    return "<br>".join(told)


def table(rows: Mapping[str, Row]) -> Iterator[str]:
    """A table of rows with what shows them."""
    yield "| | | shown by |"
    yield "|---|---|---|"
    for id_, row in rows.items():
        yield f"| {id_} | {row['what']} | {evidence(row)} |"


def counted(rows: Mapping[str, Row]) -> str:
    """How many rows are shown how far."""
    kinds = Counter(map(kind, rows.values()))
    order = ("shown", "in part", "not yet", "cannot be shown")
    return ", ".join(f"{kinds[one]} {one}" for one in order if kinds[one])


def killed() -> Iterator[str]:
    """The table of planted bugs, with how long each lived."""
    lived_s = planting.times()
    known = [lived_s[path.stem] for path in planting.PATCHES if path.stem in lived_s]
    yield (
        f"{len(planting.PATCHES)} bugs, {len(known)} killed: half of them within"
        f" {statistics.median(known):.0f} seconds, the slowest after {max(known):.0f}, on two busy"
        " processors. The time is that of the test that fails, from its start."
    )
    yield ""
    yield "| patch | what it plants | killed by | s |"
    yield "|---|---|---|---|"
    for path in planting.PATCHES:
        one = planting.read(path)
        seconds = f"{lived_s[one.name]:.1f}" if one.name in lived_s else "not run"
        yield f"| `{one.name}` | {one.what} | `{one.test}` | {seconds} |"


def page() -> str:
    """The whole page."""
    rows = faults()
    lines = [_OPENING, "## Faults", "", f"{len(rows)} rows: {counted(rows)}.", ""]
    for letter, (title, _) in GROUPS.items():
        lines += [f"### {title}", ""]
        lines += [*table({id_: row for id_, row in rows.items() if id_[0] == letter}), ""]
    told = invariants()
    lines += [
        "## Invariants",
        "",
        f"{len(told)}: {counted(told)}. In quotes: what `linli sim` calls",
    ]
    lines += ["an invariant that does not hold.", "", *table(told), ""]
    lines += ["## The hour", "", *printed("soak", SOAK), ""]
    lines += ["## The hundred", "", *printed("sim-long", LONG), ""]
    lines += ["## The parsers", "", *fuzzed(), "", "## Planted bugs", "", *killed()]
    return "\n".join(lines) + "\n"


def printed(target: str, told: Path) -> Iterator[str]:
    """What a long run of the simulator printed last."""
    if not told.exists():
        yield f"*Not yet:* `make {target}` has not been run to its end."
        return
    yield f"What `make {target}` printed last; faults with how often each struck."
    yield ""
    yield "```"
    yield from told.read_text().rstrip().splitlines()
    yield "```"


def fuzzed() -> Iterator[str]:
    """What `make fuzz` did to each parser last."""
    runs = json.loads(FUZZED.read_text()) if FUZZED.exists() else {}
    yield "What `make fuzz` did last; an input that breaks a promise fails it."
    yield ""
    yield "| parser | seconds | inputs tried | kept |"
    yield "|---|---|---|---|"
    for name, run in runs.items():
        yield f"| {name} | {run['seconds']} | {run['tried']:,} | {run['kept']} |"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())
    print(f"{PAGE.relative_to(ROOT)}: {counted(faults())}", file=sys.stderr)


if __name__ == "__main__":
    main()
