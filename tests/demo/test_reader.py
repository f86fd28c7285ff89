"""The separate reader finds what was lost, what differs and what stands where it should not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.demo import contents, reader
from tests.demo.homes import Pair, pair, tamper


def read(folder: Path) -> dict[str, Any]:
    return reader.Reader(folder).read()


def test_it_finds_nothing_where_all_is_well(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        person, first, second = both.visits(2)
        both.do(both.village, "void_visit", visit_id=first, reason="L07", user="张三")
        both.do(both.village, "correct_visit", visit_id=second, changes={"minutes": 20},
                reason="L06", user="张三")  # fmt: skip
        both.do(both.village, "set_person", person_id=person, changes={"note": "好"},
                add_groups=["GL"], remove_groups=["DB"], user="张三")  # fmt: skip
        both.meet()
    report = read(tmp_path)
    assert report["faults"] == []
    assert report["written"] == 10 and report["looked_for"] == 20
    county, village = report["nodes"]
    assert county["acknowledged"] == village["acknowledged"] == 10
    assert county["frontier"] == village["frontier"]
    assert county["digest"] == village["digest"]


def test_it_finds_a_row_that_is_missing(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        _, visit = both.visits(1)
        both.meet()
    assert tamper(tmp_path / "county", "DELETE FROM visit WHERE id = ?", [visit]) == 1
    county, village = read(tmp_path)["nodes"]
    assert len(county["lost"]) == 1 and "is not here" in county["lost"][0]
    assert visit in county["lost"][0] and village["lost"] == []
    assert "1 others" in village["unequal"][0], "the village has a line that the county lacks"


def test_it_finds_what_was_acknowledged_and_never_left(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        _, visit = both.visits(1)
    county, village = read(tmp_path)["nodes"]
    assert any(visit in text for text in county["lost"])
    assert village["lost"] == []


def test_it_finds_a_difference(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        person, _ = both.visits(1)
        both.meet()
    changed = "UPDATE person SET phone = '13900000000' WHERE id = ?"
    assert tamper(tmp_path / "village", changed, [person]) == 1
    report = read(tmp_path)
    county, village = report["nodes"]
    assert county["lost"] == []
    assert "began with phone '13812345678', which is not kept" in village["lost"][0]
    assert len(village["unequal"]) == 1
    assert "13900000000" in village["unequal"][0] and "13812345678" in village["unequal"][0]
    assert county["digest"] != village["digest"]


def test_it_finds_a_fact_that_was_changed(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        _, visit = both.visits(1)
        both.meet()
    for home in ("county", "village"):
        tamper(tmp_path / home, "UPDATE visit SET minutes = 31 WHERE id = ?", [visit])
    report = read(tmp_path)
    assert [node["unequal"] for node in report["nodes"]] == [[], []], "both differ the same way"
    assert all("another minutes: 31" in node["lost"][0] for node in report["nodes"])


def test_it_finds_a_version_that_is_missing(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        person, _ = both.visits(1)
        both.do(both.village, "set_person", person_id=person, changes={"phone": "13811111111"},
                user="张三")  # fmt: skip
        both.meet()
    gone = "DELETE FROM version WHERE col = 'phone' AND text = '13811111111'"
    assert tamper(tmp_path / "county", gone) == 1
    county, _ = read(tmp_path)["nodes"]
    assert len(county["lost"]) == 1 and "person" in county["lost"][0]


def test_it_finds_other_bytes_in_a_segment(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        both.visits(1)
        both.meet()
    tamper(tmp_path / "village", "UPDATE segment SET signature = zeroblob(64) WHERE channel = 3")
    _, village = read(tmp_path)["nodes"]
    assert any("feed" in text and "segment" in text for text in village["unequal"])


def contested(both: Pair) -> str:
    """Writes one phone number on both sides while they are apart."""
    person, _ = both.visits(1)
    both.meet()
    for node, phone in ((both.village, "13811111111"), (both.county, "13822222222")):
        both.do(node, "set_person", person_id=person, changes={"phone": phone}, user="张三")
    values = ("13811111111", "13822222222")
    both.witness.expect_conflict(both.ids["130732100201"], "person", person, "phone", values)
    both.meet()
    return str(person)


def test_it_shows_a_conflict_with_both_values(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        person = contested(both)
    report = read(tmp_path)
    assert report["faults"] == []
    (conflict,) = report["conflicts"]
    assert (conflict["id"], conflict["column"]) == (person, "phone")
    values = {version["value"] for version in conflict["versions"]}
    assert values == {"13811111111", "13822222222"}


def test_it_finds_a_conflict_that_became_invisible(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        contested(both)
    tamper(tmp_path / "village", "UPDATE version SET standing = 0 WHERE text = '13811111111'")
    _, village = read(tmp_path)["nodes"]
    assert len(village["contests"]) == 1 and "13811111111" in village["contests"][0]


def test_it_finds_a_record_outside_its_scope(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        both.visits(1)
        neighbour = both.ids["130732100202"]
        values = {"name": "李四", "phone": "13812345678"}
        person = both.do(both.county, "add_person", division=neighbour, values=values, user="王芳")
        both.meet()
    assert read(tmp_path)["faults"] == []
    stray = (
        "INSERT INTO person (division, id, name, time, origin, number) "
        "SELECT ?, ?, '李四', 1, origin, 99 FROM origin WHERE author = ? LIMIT 1"
    )
    county = json.loads((tmp_path / reader.PLAN).read_text())["nodes"][0]["author"]
    assert tamper(tmp_path / "village", stray, [neighbour, person, county]) == 1
    _, village = read(tmp_path)["nodes"]
    assert village["strangers"] == [f"1 rows of person belong to division {neighbour}"]


def test_a_table_that_the_plan_does_not_name_is_an_error(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        both.meet()
    tamper(
        tmp_path / "county",
        "CREATE TABLE odd_meal (division TEXT, id TEXT, time INT, origin INT, number INT)",
    )
    with pytest.raises(ValueError, match="no channel for the table odd_meal"):
        read(tmp_path)


def test_it_ends_with_1_and_says_what_is_missing_where(tmp_path: Path) -> None:
    with pair(tmp_path) as both:
        _, visit = both.visits(1)
        both.meet()
    command = [sys.executable, "-m", "cli.demo.reader", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == ""
    tamper(tmp_path / "village", "DELETE FROM visit WHERE id = ?", [visit])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert visit in done.stderr and "130732100201" in done.stderr


def test_it_imports_nothing_of_the_product() -> None:
    code = "import sys, cli.demo.reader; print([m for m in sys.modules if m.startswith('node')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.strip("[]\n").replace("'", "").split(", "))
    assert loaded <= {"node", "node.errors", ""}, "the root of the commands words its errors"
    assert contents.line_of("a", ["b", None]) == '["a","b",null]'
