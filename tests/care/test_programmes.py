"""Programmes: for whom they are, in which order candidates come, who is next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.facts.programmes import SCREENING, passed
from node.care.parameters import publishing, reading
from node.care.parameters.groups import Programme
from node.care.programmes.choosing import (
    by_kind,
    leaving,
    newest,
    places_on,
    ranked,
    why_not,
)
from node.errors import UsageError

PACK = reading.load(publishing.shipped()["140430"])
MEASURED = PACK.programmes["tuoyang"].needed("2026-11-01")
TUOYANG = replace(MEASURED, must_items=("本县户籍", "家庭困难", "本人愿意"))
ON = "2026-11-20"


def person(id_: str = "P1", **more: Any) -> dict[str, Any]:
    known = {"birth_date": "1980-05-01", "disability_kind": "5", "disability_grade": "2"}
    return {"id": id_, **known, **more}


def screening(who: str = "P1", **more: Any) -> dict[str, Any]:
    said = {"id": f"S{who}", "person": who, "day": "2026-11-01", "met": "1,2,3", "able_to_work": 0}
    return {**said, **more}


@pytest.mark.parametrize(
    ("of", "why"),
    [
        ({}, ()),
        ({"birth_date": None}, ("birth_date",)),
        ({"birth_date": "2010-11-21"}, ("age",)),
        ({"birth_date": "2010-11-20"}, ()),
        ({"birth_date": "1966-11-20"}, ("age",)),
        ({"birth_date": "1966-11-21"}, ()),
        ({"disability_kind": "1"}, ("disability_kind",)),
        ({"disability_kind": None}, ("disability_kind",)),
        ({"disability_grade": "4"}, ()),
        ({"disability_kind": "4", "disability_grade": "2"}, ()),
        ({"disability_kind": "4", "disability_grade": "3"}, ("disability_grade",)),
    ],
)
def test_for_whom_it_is(of: dict[str, Any], why: tuple[str, ...]) -> None:
    """From 16 to 59; any grade of 智力, 精神 and 多重, and 肢体 of the grades 1 and 2."""
    assert why_not(TUOYANG, person(**of), ON) == why


def test_where_no_kind_is_named_the_grade_binds_everybody() -> None:
    pack = reading.load(publishing.shipped()["350500"])
    home_care = pack.programmes["yanghu"].needed(ON)
    for grade, why in (("1", ()), ("2", ()), ("3", ("disability_grade",)),
                       (None, ("disability_grade",))):  # fmt: skip
        assert why_not(home_care, person(disability_grade=grade, disability_kind="1"), ON) == why


@pytest.mark.parametrize(
    ("of", "passes"),
    [
        ({}, True),
        ({"met": "1,3"}, False),
        ({"met": None}, False),
        ({"able_to_work": 1}, False),
        ({"able_to_work": None}, False),
        ({"met": "1,2,3,4"}, True),
        ({"met": "１,2,x"}, False),
    ],
)
def test_who_is_chosen_meets_every_condition(of: dict[str, Any], passes: bool) -> None:
    assert passed(screening(**of), TUOYANG) is passes


def test_a_screening_answers_what_the_list_asks_and_names_its_version() -> None:
    values = {"person": "01M7XPE6Z8T2N34YP4HPV2W8W9", "programme": "tuoyang", "day": ON,
              "met": "1", "evidence": "证明", "policy": PACK.version}  # fmt: skip
    assert SCREENING.judge_by_policy is not None
    with pytest.raises(UsageError, match="is not among the 0 conditions"):
        SCREENING.judge_by_policy(SCREENING.check(values), PACK)
    with pytest.raises(UsageError, match="no programme 'xyz'"):
        SCREENING.judge_by_policy(SCREENING.check({**values, "programme": "xyz"}), PACK)
    assert "policy" in SCREENING.checks
    with pytest.raises(UsageError, match="no field 'policy'"):
        SCREENING.named("policy")


def test_the_last_screening_counts() -> None:
    old, new = screening(), screening(id="S2", day="2026-11-10", met="1")
    later = screening(id="S3", day="2026-12-01")
    assert newest([new, later, old], ON)["P1"] is new
    assert ranked(TUOYANG, [person()], newest([old], ON), ON) == ["P1"]
    assert ranked(TUOYANG, [person()], newest([old, new], ON), ON) == []


IDS = st.text("ABC", min_size=1, max_size=3)
DAYS = st.dates().map(lambda day: f"2026-{day.month:02}-{day.day:02}")


@given(st.dictionaries(IDS, st.tuples(st.sampled_from("1234"), DAYS), max_size=8), st.randoms())
def test_the_order_follows_from_the_rows_and_not_from_theirs(
    known: dict[str, tuple[str, str]], mixed: Any
) -> None:
    people = [person(id_, disability_grade=grade) for id_, (grade, _) in known.items()]
    seen = newest([screening(id_, day=day) for id_, (_, day) in known.items()], "2026-12-31")
    order = ranked(TUOYANG, people, seen, "2026-12-31")
    assert sorted(order) == sorted(known)
    keys = [(known[one], one) for one in order]
    assert keys == sorted(keys), "grade, then day, then id"
    mixed.shuffle(people)
    assert ranked(TUOYANG, people, seen, "2026-12-31") == order


def enrolment(who: str, since: str = "2026-11-01") -> dict[str, Any]:
    return {"id": f"E{who}", "person": who, "since": since}


@given(
    st.lists(IDS, unique=True, max_size=9),
    st.integers(1, 6),
    st.sets(IDS, max_size=6),
    st.sets(IDS, max_size=6),
)
def test_never_more_than_the_places_and_each_in_turn(
    candidates: list[str], count: int, dead: set[str], quits: set[str]
) -> None:
    enrolments: list[dict[str, Any]] = []
    departures: list[dict[str, Any]] = []
    left = dict.fromkeys(sorted(dead), "2026-11-10")
    for day in ("2026-11-01", "2026-11-10", "2026-11-20"):
        now = places_on(candidates, enrolments, departures, left, day)
        departures += [{"enrolment": id_, "on": on} for id_, on in leaving(now, left, day)]
        if day == "2026-11-10":
            gone = sorted(quits & set(now.enrolled))
            departures += [{"enrolment": f"E{who}", "on": day} for who in gone]
        now = places_on(candidates, enrolments, departures, left, day)
        enrolments += [enrolment(who, day) for who in now.next(count)]
        then = places_on(candidates, enrolments, departures, left, day)
        assert len(then.enrolled) <= count
        assert not set(then.enrolled) & {one for one, on in left.items() if on <= day}
        assert set(then.enrolled) <= set(candidates), "who is chosen stood in the round"
        assert then.waiting == () or len(then.enrolled) == count, "no place stays free"
        earlier = [one for one in candidates if one not in then.waiting]
        assert candidates[: len(earlier)] == earlier or dead, "nobody is passed over"
    had = [one["person"] for one in enrolments]
    assert len(had) == len(set(had)), "nobody gets a second place by the same round"


def test_the_numbers_of_the_article() -> None:
    """854 stood, 350 were chosen: 精神 108, 智力 115, 肢体 104, 多重 23."""
    kinds = [("6", 108), ("5", 115), ("4", 104), ("7", 23)]
    people = [
        person(f"{kind}{place:03}", disability_kind=kind, disability_grade="1")
        for kind, count in kinds
        for place in range(count)
    ]
    rest = [person(f"9{place:03}", disability_grade="2") for place in range(854 - 350)]
    seen = newest([screening(one["id"]) for one in (*people, *rest)], ON)
    programme: Programme = TUOYANG
    order = ranked(programme, [*rest, *people], seen, ON)
    assert len(order) == 854
    now = places_on(order, [], [], {}, ON)
    chosen = set(now.next(programme.places))
    assert len(chosen) == 350
    found = by_kind(one for one in people if one["id"] in chosen)
    assert found == {"4": 104, "5": 115, "6": 108, "7": 23} and sum(found.values()) == 350
    after = places_on(order, [enrolment(one) for one in chosen], [], {}, ON)
    assert len(after.waiting) == 504 and after.next(programme.places) == ()
