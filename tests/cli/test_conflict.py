"""Conflicts: seen by everyone, with every version, until a person settles them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Linli, meet, read


@pytest.fixture
def person(linli: Linli, homes: dict[str, Path]) -> str:
    """Somebody whose phone was changed in two places while links were down."""
    row_id = linli("person", "add", "王桂兰", home=homes["village"]).stdout.strip()
    meet(homes)
    linli("person", "set", row_id, "phone", "13811111111", home=homes["village"])
    linli("person", "set", row_id, "phone", "13822222222", home=homes["township"])
    meet(homes)
    return row_id


def test_both_values_are_seen_everywhere(linli: Linli, homes: dict[str, Path], person: str) -> None:
    for home in homes.values():
        conflict = read(linli("conflict", "list", "--json", home=home))[0]
        assert (conflict["id"], conflict["column"], conflict["kind"]) == (
            person,
            "phone",
            "conflict",
        )
        versions = [(one["take"], one["value"]) for one in conflict["versions"]]
        assert versions == [(1, "13822222222"), (2, "13811111111")]
    listing = linli("conflict", "list", home=homes["village"]).stdout
    assert "person 王桂兰" in listing
    assert "13811111111" in listing
    shown = linli("conflict", "show", person[-8:], "phone", home=homes["village"]).stdout
    assert shown == linli("conflict", "show", "王桂兰", "phone", home=homes["village"]).stdout
    assert "赤城镇" in shown
    assert "南大街村" in shown
    assert "phone" in linli("person", "show", person, home=homes["village"]).stdout


def test_a_version_is_taken(linli: Linli, homes: dict[str, Path], person: str) -> None:
    words = ["conflict", "resolve", person[-8:], "phone"]
    said = linli(*words, "--take", 2, home=homes["village"]).stderr
    assert f"Settled phone of {person[-8:]}: 13811111111." in said
    meet(homes)
    for home in homes.values():
        assert read(linli("conflict", "list", "--json", home=home)) == []
        assert read(linli("person", "show", person, "--json", home=home))["phone"] == "13811111111"


def test_another_value_is_checked_like_any_entry(
    linli: Linli, homes: dict[str, Path], person: str
) -> None:
    words, home = ["conflict", "resolve", person, "phone"], homes["township"]
    assert "not a phone" in linli(*words, "--value", "138", home=home, code=2).stderr
    assert "no version 3" in linli(*words, "--take", 3, home=home, code=2).stderr
    assert "either" in linli(*words, home=home, code=2).stderr
    assert "either" in linli(*words, "--take", 1, "--value", "x", home=home, code=2).stderr
    linli(*words, "--value", "138 3333 3333", home=home)
    assert read(linli("person", "show", person, "--json", home=home))["phone"] == "13833333333"


def test_what_has_no_conflict_is_said(linli: Linli, homes: dict[str, Path], person: str) -> None:
    home = homes["village"]
    assert "conflict list" in linli("conflict", "show", "ZZZZZZ", home=home, code=2).stderr
    assert "phone" in linli("conflict", "show", person, "name", home=home, code=2).stderr


def test_a_grade_is_settled_by_the_county_only(
    linli: Linli, homes: dict[str, Path], person: str
) -> None:
    linli("person", "set", person, "care_grade", "全护理", home=homes["county"])
    linli("person", "set", person, "care_grade", "半护理", home=homes["village"])
    meet(homes)
    words = ["conflict", "resolve", person, "care_grade", "--take"]
    said = linli(*words, 2, home=homes["village"]).stderr
    assert "as a proposal" in said
    assert "The county decides" in said
    linli(*words, 1, home=homes["county"])
    meet(homes)
    assert (
        read(linli("person", "show", person, "--json", home=homes["village"]))["care_grade"] == "QH"
    )


def test_two_corrections_of_a_visit_are_shown_in_words(
    linli: Linli, homes: dict[str, Path], person: str
) -> None:
    linli("worker", "add", "李秀英", home=homes["village"])
    words = ["--worker", "李秀英", "--service", "SH02", "--start", "2026-11-22 09:30"]
    words += ["--reason", "纸质补录"]
    added = linli("visit", "add", person, *words, "--minutes", 60, home=homes["village"])
    visit = added.stdout.strip()
    meet(homes)
    linli("visit", "correct", visit, "minutes", 45, "--reason", "L06", home=homes["village"])
    linli("visit", "void", visit, "--reason", "L07", home=homes["township"])
    meet(homes)
    listing = linli("conflict", "list", home=homes["county"]).stdout
    assert "void (L07)" in listing
    assert "correct minutes 45" in " ".join(listing.split())
    words = ["conflict", "resolve", visit, "amendment"]
    assert "--take" in linli(*words, "--value", "x", home=homes["county"], code=2).stderr
    linli(*words, "--take", 2, home=homes["county"])
    row = read(linli("visit", "show", visit, "--json", home=homes["county"]))
    assert (row["state"], row["minutes"]) == ("corrected", 45)
