"""People who stand twice: found, proposed, decided, undone, and seen alike by every tier."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.care.doubles.reading import read as who_is_whom
from node.care.records import SCHEMA
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, meet, read

NUMBER, OTHER = "140430193805120128", "431202195203070218"


def add(linli: Linli, home: Path, name: str, *more: str) -> str:
    return linli("person", "add", name, *more, home=home).stdout.strip()


def pairs(linli: Linli, home: Path, *words: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = read(linli("person", "duplicates", *words, "--json", home=home))
    return found


def names(linli: Linli, home: Path) -> list[str]:
    return [row["id"] for row in read(linli("person", "list", "--json", home=home))]


@pytest.fixture
def twice(linli: Linli, homes: dict[str, Path]) -> tuple[str, str]:
    """One person in two villages, which the township and the county have."""
    here = add(linli, homes["village"], "王桂兰", "--id-number", NUMBER)
    there = add(
        linli, homes["township"], "王贵兰", "--id-number", NUMBER, "--at", "东关村", "--twice"
    )
    meet(homes)
    return here, there


def visit(linli: Linli, home: Path, person: str, day: int, *more: str) -> str:
    return linli(
        "visit", "add", person, "--worker", "李秀英", "--service", "SH02", "--start",
        f"2026-11-0{day} 09:30", "--minutes", "60", "--reason", "纸质补录", *more, home=home,
    ).stdout.strip()  # fmt: skip


def test_from_the_list_to_one_person_and_back(
    linli: Linli, homes: dict[str, Path], twice: tuple[str, str]
) -> None:
    here, there = twice
    town, village, county = homes["township"], homes["village"], homes["county"]
    add(linli, village, "陈秀英", "--id-number", OTHER)
    linli("worker", "add", "李秀英", home=village)
    meet(homes)
    first, second = (visit(linli, home, one, day, *at) for home, one, day, at in (
        (village, here, 2, ()), (town, there, 3, ("--at", "东关村"))))  # fmt: skip
    meet(homes)
    (found,) = pairs(linli, town)
    assert {found["id"], found["other"]} == {here, there}
    assert (found["state"], found["kind"]) == ("open", "number")
    shown = linli("person", "duplicates", home=town).stdout
    assert "same ID" in shown and NUMBER not in shown
    assert pairs(linli, village) == [], "the village holds one of them"
    done = linli("person", "merge", here, there, "--keep", here, home=town)
    assert "is merged into" in done.stderr
    meet(homes)
    for home in (town, county):
        assert pairs(linli, home) == []
        assert names(linli, home).count(here) == 1 and there not in names(linli, home)
        listed = read(linli("visit", "list", "--person", "王桂兰", "--json", home=home))
        assert {row["id"] for row in listed} == {first, second}
        by_other = read(linli("visit", "list", "--person", there, "--json", home=home))
        assert by_other == listed, "found by the merged record too"
        assert read(linli("person", "show", "王贵兰", "--json", home=home))["id"] == here
        assert (
            f"merged into  王桂兰 {here[-8:]}" in linli("person", "show", there, home=home).stdout
        )
        (line,) = pairs(linli, home, "--state", "merged")
        assert line["keep"] == here and line["said_on"]
    csv = linli("person", "duplicates", "--state", "merged", "--csv", home=town).stdout
    assert "状态" in csv and "保留" in csv
    assert here in names(linli, village)
    linli("person", "unmerge", here, there, home=county)
    meet(homes)
    for home in (town, county):
        assert {here, there} <= set(names(linli, home))
        assert [one["state"] for one in pairs(linli, home)] == ["open"]
    assert read(linli("person", "show", "王贵兰", "--json", home=town))["id"] == there


def test_two_people_are_remembered_everywhere(
    linli: Linli, homes: dict[str, Path], twice: tuple[str, str]
) -> None:
    here, there = twice
    done = linli("person", "distinct", here, there, "--note", "已核实", home=homes["township"])
    assert "are two people" in done.stderr
    meet(homes)
    for home in (homes["township"], homes["county"]):
        assert pairs(linli, home) == []
        (line,) = pairs(linli, home, "--state", "distinct")
        assert line["note"] == "已核实"
    again = linli("person", "distinct", here, there, home=homes["township"], code=4)
    assert "stands already" in again.stderr


def test_a_village_proposes_and_the_township_decides(linli: Linli, homes: dict[str, Path]) -> None:
    village, town = homes["village"], homes["township"]
    one = add(linli, village, "王桂兰", "--birth-date", "1938-05-12")
    two = add(linli, village, "王贵兰", "--birth-date", "1938-05-12")
    assert [line["kind"] for line in pairs(linli, village)] == ["sound"]
    done = linli("person", "merge", one, two, "--keep", two, home=village)
    assert "The township decides" in done.stderr
    meet(homes)
    for home in (village, town):
        (line,) = pairs(linli, home)
        assert (line["state"], line["asked"], line["keep"]) == ("proposed", "same", two)
        assert {one, two} <= set(names(linli, home))
    linli("person", "merge", one, two, "--keep", two, home=town)
    meet(homes)
    for home in homes.values():
        assert pairs(linli, home) == [] and names(linli, home) == [two]
    linli("person", "unmerge", one, two, home=village)
    meet(homes)
    assert names(linli, town) == [two], "a village undoes nothing"
    assert [line["asked"] for line in pairs(linli, town)] == ["apart"]


def test_two_nodes_that_merge_apart_end_equal_and_in_conflict(
    linli: Linli, homes: dict[str, Path], twice: tuple[str, str]
) -> None:
    here, there = twice
    town, county = homes["township"], homes["county"]
    third = add(linli, town, "王桂蓝", "--id-number", NUMBER, "--at", "东关村", "--twice")
    meet(homes)
    linli("person", "merge", here, there, "--keep", here, home=town)
    linli("person", "merge", here, there, "--keep", there, home=county)
    linli("person", "merge", third, here, "--keep", here, home=town)
    meet(homes)
    kept = set()
    for home in (town, county):
        assert {line["state"] for line in pairs(linli, home)} == {"conflict"}
        assert "merged in two ways" in linli("conflict", "list", home=home).stderr
        (left,) = names(linli, home)
        kept.add(left)
        shown = read(linli("person", "show", third, "--json", home=home))
        assert shown["merge_conflict"] == sorted([here, there, third])
        assert shown["merged_into"] == left
    assert len(kept) == 1
    weaker = linli("person", "merge", here, there, "--keep", here, home=town, code=4)
    assert "outweighs" in weaker.stderr
    linli("person", "merge", here, there, "--keep", here, home=county)
    meet(homes)
    for home in (town, county):
        assert pairs(linli, home) == [] and names(linli, home) == [here]
    with Replica(homes["village"], SCHEMA) as village:
        assert who_is_whom(village).group(here) == tuple(sorted([here, there, third])), (
            "each village has every statement of its people"
        )


def test_across_townships_the_county_decides(linli: Linli, homes: dict[str, Path]) -> None:
    county, town = homes["county"], homes["township"]
    with Replica(county, SCHEMA) as replica:
        for subject, level, code, name, parent in (
            ("t2", "township", "130732101", "龙关镇", "c"),
            ("x", "village", "130732101201", "龙关村", "t2"),
        ):
            values = {"subject": subject, "kind": "establish", "level": level, "code": code}
            more = {"name": name, "parent": parent, "valid_from": "2026-01-01"}
            replica.write("c", [Insert("division_act", {**values, **more})])
    here = add(linli, homes["village"], "王桂兰", "--id-number", NUMBER)
    there = add(linli, county, "王桂兰", "--id-number", NUMBER, "--at", "龙关村", "--twice")
    meet(homes)
    assert pairs(linli, town) == [], "the township holds one of them"
    linli("person", "merge", here, there, "--keep", there, home=town, code=2)
    linli("person", "merge", here, there, "--keep", there, home=county)
    meet(homes)
    for home in (homes["village"], town):
        assert names(linli, home) == []
        assert read(linli("person", "show", here, "--json", home=home))["merged_into"] == there
        linli("person", "unmerge", here, there, home=home, code=2)


def test_what_cannot_be_said_is_refused(
    linli: Linli, homes: dict[str, Path], twice: tuple[str, str]
) -> None:
    here, there = twice
    town = homes["township"]
    third = add(linli, town, "李四", "--at", "东关村")
    same = linli("person", "merge", here, here, "--keep", here, home=town, code=2)
    assert "Both are the same record" in same.stderr
    stranger = linli("person", "merge", here, there, "--keep", third, home=town, code=2)
    assert "none of the two" in stranger.stderr
    nothing = linli("person", "unmerge", here, there, home=town, code=4)
    assert "Nobody has said" in nothing.stderr
    linli("person", "merge", here, there, "--keep", here, home=town)
    twice_said = linli("person", "merge", there, here, "--keep", here, home=town, code=4)
    assert "stands already" in twice_said.stderr
    gone = linli("person", "merge", there, third, "--keep", there, home=town, code=4)
    assert f"was merged into {here}" in gone.stderr
    merged = linli("person", "distinct", here, there, home=town, code=4)
    assert "person unmerge" in merged.stderr
    for words in (("--state", "twins"), ("--by", "phone")):
        assert "Give " in linli("person", "duplicates", *words, home=town, code=2).stderr


def test_facts_and_cases_are_listed_under_the_one_that_is_kept(
    linli: Linli, homes: dict[str, Path]
) -> None:
    town = homes["township"]
    one, two = (add(linli, town, "王桂兰", "--at", "南大街村") for _ in range(2))
    words = ("--done-on", "2026-11-03", "--status", "正常")
    found = [
        linli("person", "check-in", "add", person, *words, home=town).stdout.strip()
        for person in (one, two)
    ]
    linli("person", "merge", one, two, "--keep", two, home=town)
    for of in ("王桂兰", one, two):
        listed = read(linli("person", "check-in", "list", "--of", of, "--json", home=town))
        assert [row["id"] for row in listed] == found
    shown = linli("person", "show", two, home=town).stdout
    assert one[-8:] in shown, "the other record is named"
    listed = linli("person", "list", "--all", "--json", home=town)
    assert {row["id"] for row in read(listed)} == {one, two}


def test_a_township_merges_nobody_of_another_by_a_false_village(
    linli: Linli, homes: dict[str, Path]
) -> None:
    county, town = homes["county"], homes["township"]
    with Replica(county, SCHEMA) as replica:
        values = {"subject": "x", "kind": "establish", "level": "village", "code": "130732101201"}
        more = {"name": "龙关村", "parent": "c", "valid_from": "2026-01-01"}
        replica.write("c", [Insert("division_act", {**values, **more})])
    here = add(linli, homes["village"], "王桂兰")
    there = add(linli, county, "王桂兰", "--at", "龙关村")
    meet(homes)
    one, two = sorted([here, there])
    forged = {
        "statement": "0" * 28, "person": one, "person_division": "v", "other": two,
        "other_division": "v", "word": "same", "keep": here,
    }  # fmt: skip
    with Replica(town, SCHEMA) as replica:
        replica.write("v", [Insert("person_link", forged)])
        assert who_is_whom(replica).survivor(there) == here, "it knows no better"
    meet(homes)
    assert {here, there} <= set(names(linli, county))
