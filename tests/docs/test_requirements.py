"""docs/requirements.md is what its table says, and the table names nothing that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import requirements

ROWS = requirements.rows()
SOUND = "QZ-23"
"""A row that works."""


def test_the_page_is_what_the_table_gives() -> None:
    text = requirements.PAGE.read_text()
    assert text == requirements.page(ROWS), "docs/requirements.md is old. Next: make requirements"


def test_every_row_is_there_once_and_names_only_what_exists() -> None:
    assert len(requirements.ids()) == 164
    assert requirements.wrong(ROWS) == []


def test_pages_and_commands_are_found_where_they_are_declared() -> None:
    assert {"linli visit add", "page /people", "console /cases"} <= requirements.places()
    assert "linli visit" not in requirements.places(), "a noun does nothing"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tests": ["tests/docs/test_requirements.py::test_nothing"]}, "test_nothing, which is no"),
        ({"tests": ["tests/docs/test_none.py::test_all"]}, "test_none.py::test_all, which is not"),
        ({"where": ["linli facility demolish"]}, "facility demolish, which is no command"),
        ({"where": ["linli facility"]}, "linli facility, which is no command or page"),
        ({"where": ["page /facilities"]}, "page /facilities, which is no command or page"),
        ({"where": ["linli facility list", "linli facility list"]}, "twice"),
        ({"where": []}, "works, and names no command or page"),
        ({"tests": []}, "works, and names no command or page, or no test"),
        ({"state": "Works"}, "has the state 'Works'"),
        ({"state": "partly"}, "says why and works, or does neither"),
        ({"why": "nothing is missing"}, "says why and works, or does neither"),
        ({"group": "places"}, "is in no group: 'places'"),
        ({"title": ""}, "has an empty value"),
        ({"how": "well"}, "has other keys than"),
    ],
)
def test_a_row_that_is_not_sound_is_told(changes: dict[str, Any], told: str) -> None:
    found = requirements.wrong({**ROWS, SOUND: {**ROWS[SOUND], **changes}})
    assert found and all(one.startswith(SOUND) for one in found)
    assert any(told in one for one in found), found


def test_a_row_that_lacks_or_is_too_many_or_astray_is_told() -> None:
    without = {id_: row for id_, row in ROWS.items() if id_ != SOUND}
    assert requirements.wrong(without) == [f"{SOUND} is missing."]
    assert requirements.wrong({**ROWS, "QZ-99": ROWS[SOUND]}) == [
        "QZ-99 is no row of the requirements."
    ]
    assert requirements.wrong({**without, SOUND: ROWS[SOUND]}) == ["The rows are not in order."]


def test_a_test_that_fails_fails_the_page(tmp_path: Path) -> None:
    path = tmp_path / "test_one.py"
    works = {"state": "works", "tests": [f"{path}::test_one"]}
    waiting = {"state": "partly", "tests": ["tests/docs/test_none.py::test_is_not_run"]}
    path.write_text("def test_one():\n    assert True\n")
    assert requirements.run({"QX-01": works, "QX-02": waiting}) == 0
    path.write_text("def test_one():\n    assert False\n")
    assert requirements.run({"QX-01": works}) == 1
