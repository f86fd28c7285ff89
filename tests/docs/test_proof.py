"""docs/proof.md is what its tables say, and the tables name nothing that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.simulation.figures import MARKERS, SELDOM
from tests import planting, proof

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"what", "tests", "markers", "judged", "not_yet", "not_here"}
ROWS = {**proof.faults(), **{f"invariant {n}": row for n, row in proof.invariants().items()}}


def strings(pattern: str) -> Iterator[str]:
    """What the modules of the simulator write within a call."""
    for path in (ROOT / "cli/simulation").glob("*.py"):
        yield from re.findall(pattern, path.read_text())


def test_the_page_is_what_the_tables_give() -> None:
    assert proof.PAGE.read_text() == proof.page(), "docs/proof.md is old. Next: make proof"


def test_every_row_of_the_fault_table_is_there() -> None:
    expected = [f"{k}{n}" for k, (_, count) in proof.GROUPS.items() for n in range(1, count + 1)]
    assert len(expected) == 76
    assert list(proof.faults()) == expected
    assert list(proof.invariants()) == [str(n) for n in range(1, proof.INVARIANTS_COUNT + 1)]


@pytest.mark.parametrize("id_", ROWS)
def test_a_row_is_accounted_for(id_: str) -> None:
    row = ROWS[id_]
    assert row.keys() <= WORDS and row["what"]
    evidence = [*row.get("tests", ()), *row.get("markers", ()), *row.get("judged", ())]
    assert all(row.values()), "an empty list or reason says nothing"
    assert evidence or "not_yet" in row or "not_here" in row
    assert not ("not_here" in row and (evidence or "not_yet" in row))
    assert len(evidence) == len(set(evidence))
    missing = [test for test in row.get("tests", ()) if not proof.exists(test)]
    assert not missing, f"no such test: {missing}"
    unknown = set(row.get("markers", ())) - set(MARKERS)
    assert not unknown, f"no run of the simulator fails where these never happen: {unknown}"


def test_what_the_judge_calls_an_invariant_is_what_the_table_calls_it() -> None:
    called = {name for row in ROWS.values() for name in row.get("judged", ())}
    found = set(strings(r'Found\(\s*"([^"]+)"'))
    assert called <= found
    assert found - called == {"assertion", "error"}, "these are faults of the product as such"


def test_every_marker_is_counted_somewhere() -> None:
    counted = set(strings(r'count\(f?"([^"]+)"\)')) | set(strings(r'what = "([^"]+)" if'))
    counted |= set(strings(r'what = "[^"]+" if .* else "([^"]+)"'))
    counted |= set(strings(r'count\("([^"]+)" if')) | set(strings(r'count\(.* else "([^"]+)"\)'))
    patterns = [re.sub(r"\\{\w+\\}", ".+", re.escape(one)) for one in counted]
    for marker in (*MARKERS, *SELDOM):
        assert any(re.fullmatch(one, marker) for one in patterns), f"nobody counts '{marker}'"


def test_every_planted_bug_has_a_guard_that_exists_and_a_time() -> None:
    planted = [planting.read(path) for path in planting.PATCHES]
    assert not [one.name for one in planted if not proof.exists(one.test)]
    without = [one.name for one in planted if one.name not in planting.times()]
    assert not without, f'never planted. Next: make planted ARGS="{" ".join(without)}"'
