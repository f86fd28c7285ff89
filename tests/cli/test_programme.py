"""A programme from the screening in the township to the place that becomes free."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.care.parameters import publishing
from tests.cli.conftest import Linli, meet, read

PEOPLE = {"王一": "1", "王二": "2", "王三": "2"}


@pytest.fixture
def screened(linli: Linli, homes: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    """A county with two places in a programme of three conditions, and three who pass."""
    text = publishing.shipped()["140430"].read_text()
    for old, new in (
        ("places = 350", "places = 2"),
        ("must_items = []", 'must_items = ["本县户籍", "家庭困难", "本人愿意"]'),
        ("140430-1", "130732-9"),
        ("沁县", "赤城县"),
    ):
        text = text.replace(old, new)
    pack = tmp_path / "pack.toml"
    pack.write_text(text)
    linli("policy", "publish", pack, home=homes["county"])
    for name, grade in PEOPLE.items():
        linli("person", "add", name, "--birth-date", "1980-05-01", "--disability-kind", "智力",
              "--disability-grade", grade, "--at", "南大街村", home=homes["county"])  # fmt: skip
    meet(homes)
    for day, name in enumerate(PEOPLE, start=1):
        linli(*words(name, f"2026-11-0{day}", "1,2,3"), home=homes["township"])
    meet(homes)
    return homes


def words(name: str, day: str, met: str) -> tuple[str, ...]:
    return (
        "programme", "screening", "add", name, "--programme", "tuoyang", "--day", day,
        "--met", met, "--able-to-work", "0", "--evidence", "村委会证明",
    )  # fmt: skip


def states(linli: Linli, home: Path) -> dict[str, str]:
    rows = read(linli("programme", "candidates", "tuoyang", "--json", home=home))
    return {row["person_name"]: row["state"] for row in rows}


def test_from_the_screening_to_the_next_who_waits(linli: Linli, screened: dict[str, Path]) -> None:
    county, town, village = (screened[tier] for tier in ("county", "township", "village"))
    able = read(linli("programme", "eligible", "tuoyang", "--json", home=town))
    assert {row["person_name"]: row["screened"] for row in able} == dict.fromkeys(PEOPLE, "passed")
    linli("programme", "round", "tuoyang", "--on", "2026-11-03", home=county)
    dry = linli("programme", "fill", "tuoyang", "--dry-run", home=county)
    assert "nothing was written" in dry.stderr
    assert set(states(linli, county).values()) == {"waiting"}
    linli("programme", "fill", "tuoyang", home=county)
    assert states(linli, county) == {"王一": "enrolled", "王二": "enrolled", "王三": "waiting"}
    (row,) = read(linli("programme", "list", "--pilot", "--json", home=county))
    assert (row["places"], row["enrolled"], row["waiting"]) == (2, 2, 1)
    assert row["policy"] == "130732-9"
    meet(screened)
    linli("person", "close", "王一", "--reason", "死亡", home=village)
    meet(screened)
    linli("programme", "fill", "tuoyang", home=county)
    assert states(linli, county) == {"王一": "gone", "王二": "enrolled", "王三": "enrolled"}
    meet(screened)
    assert states(linli, village) == states(linli, town) == states(linli, county)
    enrolled = read(linli("programme", "enrolled", "tuoyang", "--json", home=village))
    assert [row["person_name"] for row in enrolled] == ["王二", "王三"]
    shown = linli("programme", "show", "tuoyang", home=county).stdout
    assert "家庭困难" in shown and "智力" in shown and max(map(len, shown.splitlines())) <= 80
    assert "项目代码" in linli("programme", "list", "--csv", home=county).stdout
    linli("programme", "leave", "tuoyang", "王二", "--reason", "自愿放弃", home=county)
    assert states(linli, county)["王二"] == "gone"
    again = linli("programme", "leave", "tuoyang", "王二", "--reason", "自愿放弃", home=county,
                  code=2)  # fmt: skip
    assert "has no place" in again.stderr


def test_a_round_stays_as_it_was(linli: Linli, screened: dict[str, Path]) -> None:
    county, town = screened["county"], screened["township"]
    linli("programme", "round", "tuoyang", "--on", "2026-11-02", home=county)
    assert list(states(linli, county)) == ["王一", "王二"], "who was screened later is not in it"
    twice = linli("programme", "round", "tuoyang", "--on", "2026-11-02", home=county, code=2)
    assert "was held on 2026-11-02" in twice.stderr
    linli(*words("王二", "2026-11-02", "1,2"), home=town)
    meet(screened)
    assert list(states(linli, county)) == ["王一", "王二"], "what is learned later changes nothing"
    refused = linli("programme", "round", "tuoyang", home=town, code=4)
    assert "this node is a township's" in refused.stderr
    later = linli("programme", "round", "tuoyang", "--on", "2099-01-01", home=county, code=2)
    assert "lies in the future" in later.stderr


def test_only_the_township_screens_and_by_the_list_of_its_day(
    linli: Linli, screened: dict[str, Path]
) -> None:
    refused = linli(*words("王一", "2026-11-04", "1"), home=screened["village"], code=4)
    assert "township" in refused.stderr
    beyond = linli(*words("王一", "2026-11-04", "1,4"), home=screened["township"], code=2)
    assert "4" in beyond.stderr and "3 conditions" in beyond.stderr
    (first, *_) = read(linli("programme", "screening", "list", "--json", home=screened["county"]))
    assert first["policy"] == "130732-9"
