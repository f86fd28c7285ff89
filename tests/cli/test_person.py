"""People, workers and facilities: added, found, shown, changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.records import SCHEMA
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, meet, read

ID_NUMBER = "11010519491231002X"


@pytest.fixture
def person(linli: Linli, homes: dict[str, Path]) -> str:
    words = ["--phone", "13812345678", "--id-number", ID_NUMBER, "--group", "低保"]
    return linli("person", "add", "王桂兰", *words, home=homes["village"]).stdout.strip()


def test_an_id_is_the_result_and_the_rest_is_talk(linli: Linli, homes: dict[str, Path]) -> None:
    result = linli("person", "add", "王桂兰", home=homes["village"])
    assert len(result.stdout) == 27
    assert "Registered 王桂兰 in 南大街村 (130732100201). Saved here (✓)." in result.stderr


def test_a_list_masks_the_number_and_show_does_not(
    linli: Linli, homes: dict[str, Path], person: str
) -> None:
    home = homes["village"]
    masked = "110105********002X"
    assert read(linli("person", "list", "--json", home=home)) == [
        {
            "id": person,
            "division": "130732100201",
            "name": "王桂兰",
            "gender": "F",
            "birth_date": "1949-12-31",
            "id_number": masked,
            "phone": "13812345678",
            "address": None,
            "groups": ["DB"],
            "care_grade": None,
            "disability_grade": None,
            "status": "active",
            "note": None,
            "household": None,
            "relation": None,
            "contact_name": None,
            "contact_phone": None,
            "contact_relation": None,
            "disability_kind": None,
            "disability_certificate": None,
            "ability_level": None,
            "closed_on": None,
            "closed_reason": None,
        }
    ]
    listing = linli("person", "list", home=home).stdout
    assert masked in listing
    assert ID_NUMBER not in listing
    assert "低保" in listing
    assert ID_NUMBER in linli("person", "show", person, home=home).stdout


@pytest.mark.parametrize("typed", ["whole", "end", "beginning", "lower", "name"])
def test_a_record_is_found_by_what_people_type(
    linli: Linli, homes: dict[str, Path], person: str, typed: str
) -> None:
    words = {
        "whole": person,
        "end": person[-6:],
        "beginning": person[:14],
        "lower": person[-8:].lower(),
        "name": "王桂兰",
    }
    shown = read(linli("person", "show", words[typed], "--json", home=homes["village"]))
    assert shown["id"] == person


def test_what_fits_nothing_or_several_is_said(
    linli: Linli, homes: dict[str, Path], person: str
) -> None:
    home = homes["village"]
    for typed in ("王", person[-5:], "ZZZZZZZZ", "没有"):
        error = linli("person", "show", typed, home=home, code=2).stderr
        assert "is on this node" in error
    other = linli("person", "add", "王桂兰", home=home).stdout.strip()
    error = linli("person", "show", "王桂兰", home=home, code=2).stderr
    assert person in error
    assert other in error


def test_fields_change_by_name_and_value(linli: Linli, homes: dict[str, Path], person: str) -> None:
    home = homes["village"]
    changed = ["phone", "0313-6312345", "address", "南大街12号", "note", ""]
    linli("--as", "李四", "person", "set", person, *changed, home=home)
    shown = read(linli("person", "show", person, "--json", home=home))
    assert (shown["phone"], shown["address"]) == ("0313-6312345", "南大街12号")
    linli("person", "set", person, "address", "", home=home)
    assert read(linli("person", "show", person, "--json", home=home))["address"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["phone"], "The field 'phone' has no value"),
        (["phone", "1", "phone", "2"], "is given twice"),
        (["phone", "12"], "is not a phone number"),
        (["phon", "13812345678"], "A person has no field 'phon'"),
        (["name", ""], "A person needs name"),
    ],
)
def test_what_does_not_fit_is_refused(
    linli: Linli, homes: dict[str, Path], person: str, words: list[str], message: str
) -> None:
    result = linli("person", "set", person, *words, home=homes["village"], code=2)
    assert message in result.stderr


def test_groups_come_and_go(linli: Linli, homes: dict[str, Path], person: str) -> None:
    home = homes["village"]
    linli("person", "group", "add", person, "独居", "GL", home=home)
    linli("person", "group", "remove", person, "低保", home=home)
    assert read(linli("person", "show", person, "--json", home=home))["groups"] == ["DJ", "GL"]


def test_a_grade_entered_below_is_called_a_proposal(
    linli: Linli, homes: dict[str, Path], person: str
) -> None:
    said = linli("person", "set", person, "care_grade", "半护理", home=homes["village"]).stderr
    assert "The county decides care_grade" in said
    meet(homes)
    said = linli("person", "set", person, "care_grade", "全护理", home=homes["county"]).stderr
    assert "proposal" not in said


def test_a_node_above_names_the_village(linli: Linli, homes: dict[str, Path]) -> None:
    home = homes["township"]
    assert "--at" in linli("person", "add", "赵六", home=home, code=2).stderr
    linli("person", "add", "赵六", "--at", "东关村", home=home)
    linli("person", "add", "孙七", "--at", "130732100201", home=home)
    only = read(linli("person", "list", "--at", "130732100202", "--json", home=home))
    assert [row["name"] for row in only] == ["赵六"]
    assert len(read(linli("person", "list", "--at", "赤城镇", "--json", home=home))) == 2


def test_another_village_is_refused(linli: Linli, homes: dict[str, Path]) -> None:
    result = linli("person", "add", "赵六", "--at", "东关村", home=homes["village"], code=4)
    assert "may not write" in result.stderr


def test_ticks_come_from_receipts(linli: Linli, homes: dict[str, Path], person: str) -> None:
    def tiers(home: Path) -> list[str]:
        shown = read(linli("person", "show", person, "--json", home=home))
        return [tick["tier"] for tick in shown["ticks"]]

    assert tiers(homes["village"]) == ["village"]
    meet(homes)
    assert tiers(homes["village"]) == ["village", "township", "county"]
    assert "✓✓✓" in linli("person", "show", person, home=homes["village"]).stdout
    assert "✓✓✓" in linli("person", "show", person, home=homes["county"]).stdout


def test_a_long_list_says_what_it_leaves_out(linli: Linli, homes: dict[str, Path]) -> None:
    with Replica(homes["village"], SCHEMA) as village:
        village.write("v", [Insert("person", {"name": f"人{n}"}) for n in range(205)])
    home = homes["village"]
    short = linli("person", "list", home=home)
    assert "the newest of 205" in short.stderr
    assert len(short.stdout.splitlines()) == 201
    assert len(read(linli("person", "list", "--json", home=home))) == 205
    assert len(read(linli("person", "list", "--json", "--limit", 3, home=home))) == 3
    assert len(linli("person", "list", "--limit", 0, home=home).stdout.splitlines()) == 206
    assert len(read(linli("person", "list", "--name", "人20", "--json", home=home))) == 6


def test_a_worker_is_known_to_the_whole_county(linli: Linli, homes: dict[str, Path]) -> None:
    linli("worker", "add", "李秀英", "--worker-class", "医护", home=homes["village"])
    linli("worker", "set", "李秀英", "clients_per_day_max", "3", home=homes["village"])
    meet(homes)
    listed = read(linli("worker", "list", "--json", home=homes["county"]))
    kept = [(row["name"], row["worker_class"], row["clients_per_day_max"]) for row in listed]
    assert kept == [("李秀英", "YH", 3)]
    assert "医护" in linli("worker", "list", home=homes["county"]).stdout
    assert "医护" in linli("worker", "show", "李秀英", home=homes["county"]).stdout


def test_a_facility_offers_services_and_counts_meals(linli: Linli, homes: dict[str, Path]) -> None:
    home = homes["village"]
    words = ["--kind", "社区食堂", "--service", "堂食", "--seats", "40"]
    facility = linli("facility", "add", "幸福食堂", *words, home=home).stdout.strip()
    said = linli("facility", "service", "add", "幸福食堂", "送餐", "代购", home=home).stderr
    assert "幸福食堂 now offers: 代购、堂食、送餐." in said
    linli("facility", "service", "remove", "幸福食堂", "代购", home=home)
    linli("facility", "meals", "幸福食堂", 35, home=home)
    assert "has served 33" in linli("facility", "meals", "幸福食堂", "--", -2, home=home).stderr
    linli("facility", "set", "幸福食堂", "status", "停业整改", home=home)

    def listed(*words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = read(linli("facility", "list", *words, "--json", home=home))
        return found

    row = listed("--kind", "CT", "--service", "送餐")[0]
    assert (row["id"], row["services"], row["seats"]) == (facility, ["ZC01", "ZC02"], 40)
    assert (row["status"], row["meals_served"]) == ("suspended", 33)
    assert listed("--service", "代购") == []
    assert listed("--kind", "敬老院") == []
    assert "停业整改" in linli("facility", "show", facility[-8:], home=home).stdout
