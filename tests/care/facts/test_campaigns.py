"""Whom a campaign asks, who was asked, and the sample: pure rules over rows in any order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care import campaigns
from node.errors import UsageError


def campaign(**more: Any) -> dict[str, Any]:
    row = {"id": "C", "name": "普查", "since": "2026-11-01", "groups": None, "age_min": None}
    none = {"age_max": None, "certified": None, "sample": None, "seed": None, "bands": None}
    return {**row, **none, "form": None, **more}


def person(id_: str, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": id_,
        "status": "active",
        "closed_on": None,
        "groups": [],
        "birth_date": None,
    }
    return {**row, "disability_certificate": None, **more}


def test_whom_it_asks_is_told_on_its_first_day() -> None:
    people = [
        person("sixty", birth_date="1966-11-01"),
        person("younger", birth_date="1966-11-02"),
        person("dead before", birth_date="1940-01-01", status="closed", closed_on="2026-10-31"),
        person("died then", birth_date="1940-01-01", status="closed", closed_on="2026-11-01"),
        person("ageless"),
    ]
    found = campaigns.asked(campaign(age_min=60), people)
    assert found == campaigns.Asked(frozenset({"sixty", "died then"}), frozenset({"ageless"}))
    found = campaigns.asked(campaign(age_max=59), people)
    assert found.people == {"younger"}
    assert len(campaigns.asked(campaign(), people).people) == 4


def test_a_survey_of_certificate_holders_asks_all_of_them_and_nobody_else() -> None:
    people = [
        person("holder", disability_certificate="x"),
        person("graded only", disability_grade="1"),
        person("in a group", groups=["CJ"]),
    ]
    assert campaigns.asked(campaign(certified=1), people).people == {"holder"}
    assert campaigns.asked(campaign(groups="CJ,DB"), people).people == {"in a group"}


PEOPLE = st.sets(st.text("abcdef", min_size=1, max_size=4), max_size=40)


@given(PEOPLE, st.integers(1, 20), st.text("123", min_size=1), st.randoms())
def test_a_draw_is_a_function_of_the_seed_and_the_set(
    people: set[str], sample: int, seed: str, chance: random.Random
) -> None:
    one = campaign(sample=sample, seed=seed)
    listed = sorted(people)
    chance.shuffle(listed)
    chosen = campaigns.drawn(one, "t", listed)
    assert chosen == campaigns.drawn(one, "t", people)
    assert len(chosen) == len(set(chosen)) == min(sample, len(people)) and set(chosen) <= people
    if chosen:
        rest = people - {chosen[0]}
        assert set(chosen[1:]) <= set(campaigns.drawn(one, "t", rest)), "the others stay drawn"


def test_a_draw_is_fair_and_its_seed_decides() -> None:
    people = [f"p{place}" for place in range(20)]
    counts = dict.fromkeys(people, 0)
    for seed in range(400):
        for one in campaigns.drawn(campaign(sample=5, seed=str(seed)), "t", people):
            counts[one] += 1
    assert all(60 <= count <= 140 for count in counts.values()), counts
    first, other = (campaigns.drawn(campaign(sample=5, seed="1"), t, people) for t in "tu")
    assert first != other, "each township draws for itself"
    assert first != campaigns.drawn(campaign(sample=5, seed="1", id="D"), "t", people)


def test_who_was_asked_twice_counts_once_and_the_others_are_listed() -> None:
    divisions = {"a": "v", "b": "v", "c": "w", "d": "w"}
    answers = [{"person": one} for one in ("a", "a", "x", "c")]
    found = campaigns.coverage("abcd", answers, divisions)
    assert found == {"v": (1, 2, ["b"]), "w": (1, 2, ["d"])}


def test_the_sample_is_told_for_each_band() -> None:
    births = {"a": "1966-11-01", "b": "1957-01-01", "c": "1930-01-01", "d": "1990-01-01", "e": None}
    answers = [{"person": "a"}, {"person": "c"}]
    found = campaigns.by_band(campaign(bands="60,70,80"), births, answers, births)
    assert found == [
        ("–59", 0, 1), ("60–69", 1, 2), ("70–79", 0, 0), ("80–", 1, 1), ("?", 0, 1),
    ]  # fmt: skip
    assert sum(whole for _, _, whole in found) == len(births)


def test_a_form_and_its_answers() -> None:
    form = campaigns.form_of(["您满意吗=满意/一般/不满意", "几口人=数字", "有何需求"])
    one = campaign(form=form)
    assert [len(each["options"]) for each in campaigns.questions_of(one)] == [3, 0, 0]
    kept = campaigns.answers_of(one, ["3=助餐", "1=一般", "2=4"])
    assert kept == '{"1":"一般","2":"4","3":"助餐"}'
    for wrong in ("1=好", "2=很多", "4=有", "0=有", "1=", "有", "１=一般"):
        with pytest.raises(UsageError):
            campaigns.answers_of(one, [wrong])
    for bad in ("=有/无", " "):
        with pytest.raises(UsageError):
            campaigns.form_of([bad])
    for broken in ("{", "[1]", "3", None, "[" * 5000):
        assert campaigns.questions_of(campaign(form=broken)) == []
