"""A county asks its villages: a census, a sampled survey, gifts, each counted and listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Linli, meet, read

CENSUS = "2026老年人普查"
ELDERS = (("王桂兰", "1950-01-01"), ("李大爷", "1942-05-01"), ("张中年", "1980-05-01"))


@pytest.fixture
def place(linli: Linli, homes: dict[str, Path]) -> dict[str, Path]:
    """Three people of a village, two of whom are old, and a census of the county."""
    for name, born in ELDERS:
        linli("person", "add", name, "--birth-date", born, home=homes["village"])
    linli("campaign", "add", CENSUS, "--kind", "普查", "--since", "2026-01-01", "--until",
          "2026-12-31", "--age-min", "60", "--bands", "60,80", "--question", "有需求吗=有/无",
          home=homes["county"])  # fmt: skip
    meet(homes)
    return homes


def add(linli: Linli, home: Path, name: str, *more: str, code: int = 0, of: str = CENSUS) -> str:
    words = ("campaign", "answer", "add", of, name, "--surveyor", "李红", "--on", "2026-11-03")
    found = linli(*words, *more, home=home, code=code)
    return str(found.stderr if code else found.stdout.strip())


def test_who_was_asked_is_counted_and_the_others_are_listed(
    linli: Linli, place: dict[str, Path]
) -> None:
    village, county = place["village"], place["county"]
    assert "does not ask 张中年" in add(linli, village, "张中年", code=4)
    assert "no answer to question 1" in add(linli, village, "王桂兰", "1=好", code=2)
    id_ = add(linli, village, "王桂兰", "1=有")
    assert "was asked" in add(linli, village, "王桂兰", code=4)
    meet(place)
    told = read(linli("campaign", "figures", CENSUS, "--json", home=county))
    assert (told["asked"], told["of"]) == (1, 2)
    assert [(one["band"], one["asked"], one["of"]) for one in told["bands"]] == [
        ("60–79", 1, 1), ("80–", 0, 1),
    ]  # fmt: skip
    others = read(linli("campaign", "unasked", CENSUS, "--json", home=county))
    assert [one["name"] for one in others] == ["李大爷"]
    answer = read(linli("campaign", "answer", "show", id_, "--json", home=county))
    assert answer["answers"] == '{"1":"有"}'
    linli("campaign", "answer", "void", id_, "--reason", "录错对象", home=village)
    meet(place)
    assert read(linli("campaign", "figures", CENSUS, "--json", home=county))["asked"] == 0
    add(linli, village, "王桂兰")
    for words in (("figures", CENSUS), ("unasked", CENSUS), ("list",), ("show", CENSUS)):
        for language in ("zh", "en"):
            assert linli("--lang", language, "campaign", *words, home=village).stdout
    early = linli("campaign", "answer", "add", CENSUS, "李大爷", "--surveyor", "李红", "--on",
                  "2027-01-01", home=village, code=2)  # fmt: skip
    assert "lies outside" in early.stderr


def test_a_sample_is_drawn_once_by_who_has_started_it(linli: Linli, place: dict[str, Path]) -> None:
    village, town, county = place["village"], place["township"], place["county"]
    name = "2026满意度"
    words = ("campaign", "add", name, "--kind", "问卷", "--since", "2026-01-01", "--until",
             "2026-12-31", "--sample", "1")  # fmt: skip
    assert "from a seed" in linli(*words, home=county, code=2).stderr
    linli(*words, "--seed", "20261101", home=county)
    refused = linli(*words, "--seed", "2", home=county, code=4)
    assert "has the name" in refused.stderr
    assert "is a village's" in linli(*words, "--seed", "2", home=village, code=4).stderr
    meet(place)
    assert "who has started it" in linli("campaign", "draw", name, home=town, code=4).stderr
    drew = linli("campaign", "draw", name, home=county)
    assert drew.stdout.split() == ["130732100", "赤城镇", "1"]
    assert "is drawn once" in linli("campaign", "draw", name, home=county, code=4).stderr
    assert "has no sample" in linli("campaign", "draw", CENSUS, home=county, code=2).stderr
    meet(place)
    (chosen,) = read(linli("campaign", "unasked", name, "--json", home=village))
    for who, _ in ELDERS:
        if who != chosen["name"]:
            assert "does not ask" in add(linli, village, who, code=4, of=name)
    add(linli, village, chosen["name"], of=name)
    meet(place)
    told = read(linli("campaign", "figures", name, "--json", home=county))
    assert (told["asked"], told["of"]) == (1, 1)


def test_a_campaign_gives_each_person_one_gift(linli: Linli, place: dict[str, Path]) -> None:
    village, county = place["village"], place["county"]
    goods = ("person", "goods", "add", "王桂兰", "--item", "大米", "--quantity", "1", "--given-on",
             "2026-02-10", "--signed-by", "王桂兰", "--campaign")  # fmt: skip
    linli(*goods, CENSUS, home=village)
    linli(*goods, CENSUS, home=county)  # which has not heard of the first
    linli(*goods, "另一活动", home=village)
    assert "has a gift of" in linli(*goods, CENSUS, home=village, code=4).stderr
    meet(place)
    told = read(linli("campaign", "gifts", CENSUS, "--json", home=county))
    assert sorted(one["twice"] for one in told) == [False, True]
    assert all(one["signed_by"] == "王桂兰" for one in told)
    assert "once more" in linli("campaign", "gifts", CENSUS, home=county).stdout
