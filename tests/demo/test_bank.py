"""The bank: what a node shows is worked out again from its versions, by other code than its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.demo.bank import Version, standing
from cli.demo.reader import Reader
from tests.demo.homes import Pair, pair, tamper


def wrong(folder: Path) -> tuple[list[str], list[str]]:
    county, village = Reader(folder).read()["nodes"]
    return county["wrong"], village["wrong"]


def written(both: Pair) -> dict[str, str]:
    """A contested phone, a corrected visit, a group that went, and a canteen that counted."""
    person, visit = both.visits(1)
    both.meet()
    for node, phone in ((both.village, "13811111111"), (both.county, "13822222222")):
        both.do(node, "set_person", person_id=person, changes={"phone": phone}, user="张三")
    both.do(both.village, "set_person", person_id=person, changes={"care_grade": "QH"}, user="张三")
    both.do(both.village, "set_person", person_id=person, changes={}, remove_groups=["DB"],
            user="张三")  # fmt: skip
    both.do(both.village, "correct_visit", visit_id=visit, changes={"minutes": 20},
            reason="L06", user="张三")  # fmt: skip
    canteen = both.do(both.village, "add_facility", division=both.ids["130732100201"],
                      values={"name": "幸福食堂", "kind": "CT"}, user="张三")  # fmt: skip
    for meals in (40, 2):
        both.do(both.village, "count_meals", facility_id=canteen, meals=meals, user="张三")
    both.meet()
    return {"person": str(person), "visit": str(visit), "facility": str(canteen)}


@pytest.mark.parametrize(
    ("of", "tampering", "told"),
    [
        ("facility", "UPDATE facility SET meals_served = 40 WHERE id = ?", "should show 42"),
        ("person", "UPDATE person SET phone = '13811111111' WHERE id = ?", "should show"),
        ("person", "UPDATE person SET care_grade = 'QH' WHERE id = ?", "should show None"),
        ("person", "DELETE FROM person__groups WHERE id = ?", "DJ shows False"),
        ("person", "INSERT INTO person__groups SELECT division, id, 'DB' FROM person WHERE id = ?",
         "DB shows True"),
        ("visit", "UPDATE visit SET amendment = NULL WHERE id = ?", "shows None"),
        ("person", "UPDATE version SET standing = 0 WHERE col = 'phone' AND id = ?",
         "marks 0 versions, and 2 stand"),
    ],
)  # fmt: skip
def test_a_cell_that_shows_something_else_is_found(
    tmp_path: Path, of: str, tampering: str, told: str
) -> None:
    with pair(tmp_path) as both:
        ids = written(both)
    assert wrong(tmp_path) == ([], [])
    newest = "13822222222"
    if "13811111111" in tampering:
        shown = Reader(tmp_path).read()["conflicts"][0]["versions"][0]["value"]
        newest = {"13822222222": "13811111111", "13811111111": "13822222222"}[shown]
        tampering = tampering.replace("13811111111", newest)
    assert tamper(tmp_path / "village", tampering, [ids[of]]) >= 1
    county, village = wrong(tmp_path)
    assert county == [] and any(told in one and ids[of] in one for one in village), village


def test_an_increment_that_does_not_count_is_missed(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        canteen = written(both)["facility"]
    for change in (
        "UPDATE version SET applied = 0, standing = 0 WHERE integer = 2 AND id = ?",
        "UPDATE facility SET meals_served = 40 WHERE id = ?",
    ):
        for home in ("county", "village"):
            assert tamper(tmp_path / home, change, [canteen]) == 1
    report = Reader(tmp_path).read()
    assert all(node["wrong"] == node["unequal"] == [] for node in report["nodes"])
    assert all("does not count" in node["lost"][0] for node in report["nodes"])


def version(name: str, *names: str, owner: int = 0, applied: int = 1) -> Version:
    named = [(one, 1, 1) for one in names]
    return Version((name, 1, 1), ord(name), name, owner, applied, 0, named)


@pytest.mark.parametrize(
    ("versions", "stands"),
    [
        ([version("x"), version("y", "x"), version("w", "y"), version("z")], "zw"),
        ([version("x"), version("n", "x", applied=0), version("w", "n")], "w"),
        ([version("x"), version("n", "x", applied=0)], "x"),
        ([version("o", owner=1), version("p", "o")], "op"),
        ([version("o", owner=1), version("p"), version("q", "o", "p", owner=1)], "q"),
        ([version("a", "b", applied=0), version("b", "a", applied=0), version("c", "a")], "c"),
    ],
)  # fmt: skip
def test_what_stands(versions: list[Version], stands: str) -> None:
    for order in (versions, versions[::-1]):
        assert "".join(one.value for one in standing(order)) == stands
