"""A case has the same status everywhere: which events count, and that nothing else decides."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.care.policy import BASELINE
from node.care.stages import REJECT, REOPEN, STAGE, STOP, Event, compute_status, judge
from node.care.status import Status, status_text

TIERS = ("village", "township", "county")
STAGE_TIERS = {
    **dict.fromkeys((1, 2, 6, 8, 9, 12), "village"),
    **dict.fromkeys((3, 4, 5, 10), "township"),
    **dict.fromkeys((7, 11, 13), "county"),
}
STOPS = ("deceased", "withdrawn", "moved", "demolished")


def stage(number: int, *builds_on: str, round_: int = 0, tier: str = "", id_: str = "") -> Event:
    name = id_ or f"s{round_}.{number}"
    return Event(
        name, STAGE, round_, tier or STAGE_TIERS[number], stage=number, builds_on=builds_on
    )


def line(last: int, *first: str, round_: int = 0) -> list[Event]:
    """Stages 1 to `last` of a round, each built on the one before."""
    events: list[Event] = []
    for number in range(1, last + 1):
        before = (events[-1].id,) if events else first
        events.append(stage(number, *before, round_=round_))
    return events


def stop(id_: str, code: str, *builds_on: str, round_: int = 0, tier: str = "village") -> Event:
    return Event(id_, STOP, round_, tier, stop=code, builds_on=builds_on)


def reasons(events: Iterable[Event]) -> dict[str, str]:
    return dict(judge(events).listed)


# --- the way of a case ---------------------------------------------------------------------------


def test_all_thirteen_stages_in_order() -> None:
    events = line(13)
    for reached in range(14):
        judged = judge(events[:reached])
        assert judged.status == Status(0, reached)
        assert judged.listed == ()
        assert judged.heads == ((events[reached - 1].id,) if reached else ())


@pytest.mark.parametrize("number", range(1, 14))
@pytest.mark.parametrize("tier", [*TIERS, "", "province"])
def test_only_the_tier_of_the_table_enters_a_stage(number: int, tier: str) -> None:
    before = line(number - 1)
    event = stage(number, *(e.id for e in before[-1:]), tier=tier or "unknown", id_="new")
    judged = judge([*before, event])
    if tier == STAGE_TIERS[number]:
        assert judged.progress == number
    else:
        assert judged.progress == number - 1
        assert f"belongs to the {STAGE_TIERS[number]}" in dict(judged.listed)["new"]


@pytest.mark.parametrize("number", range(2, 14))
def test_a_stage_needs_the_one_before_in_its_own_past(number: int) -> None:
    events = line(number - 1)
    skipping = stage(number, *(e.id for e in events[:-1][-1:]), id_="new")
    judged = judge([*events, skipping])
    assert judged.progress == number - 1, "a concurrent predecessor does not support it"
    assert "was not entered before it" in dict(judged.listed)["new"]


@pytest.mark.parametrize("code", STOPS)
@pytest.mark.parametrize("tier", TIERS)
def test_any_tier_stops_and_only_a_reopening_follows(code: str, tier: str) -> None:
    events = [*line(4), stop("stop", code, "s0.4", tier=tier)]
    assert judge(events).status == Status(0, 4, frozenset({code}))
    later = [
        stage(5, "stop"),
        stop("again", "moved", "stop"),
        Event("no", REJECT, 0, "county", builds_on=("stop",)),
    ]
    judged = judge([*events, *later])
    assert judged.status == Status(0, 4, frozenset({code}))
    assert len(judged.listed) == 3
    assert all("only a reopening can follow" in reason for _, reason in judged.listed)


@pytest.mark.parametrize("kind", [REJECT, REOPEN])
@pytest.mark.parametrize("tier", TIERS)
def test_only_the_county_rejects_and_reopens(kind: str, tier: str) -> None:
    events = [*line(2), stop("stop", "moved", "s0.2")] if kind == REOPEN else line(2)
    new = Event("new", kind, int(kind == REOPEN), tier, builds_on=(events[-1].id,))
    judged = judge([*events, new])
    assert ("new" in judged.valid) == (tier == "county")
    if tier == "county":
        assert judged.status == (
            Status(1) if kind == REOPEN else Status(0, 2, frozenset({"rejected"}))
        )


def test_a_reopened_case_begins_again_with_stage_one() -> None:
    events = [
        *line(4),
        stop("stop", "withdrawn", "s0.4"),
        Event("reopen", REOPEN, 1, "county", builds_on=("stop",)),
    ]
    assert "comes after stage 4" in reasons([*events, stage(5, "reopen", round_=1)])["s1.5"]
    assert "only a reopening" in reasons([*events, stage(5, "reopen")])["s0.5"]
    events += line(13, "reopen", round_=1)
    assert judge(events).status == Status(1, 13)
    assert judge(events).listed == ()


def test_a_round_that_nobody_reopened_counts_for_nothing() -> None:
    forged = [
        stage(1, round_=7),
        Event("jump", REOPEN, 10**15, "county"),
        Event("live", REOPEN, 1, "county", builds_on=("s0.1",)),
        Event("below", STAGE, -1, "village", stage=1),
    ]
    judged = judge([*line(1), *forged])
    assert judged.status == Status(0, 1)
    assert {name for name, _ in judged.listed} == {"s7.1", "jump", "live", "below"}


def test_a_stop_concurrent_with_settlement_stands_beside_it() -> None:
    events = [*line(11), stop("late", "deceased", "s0.4")]
    judged = judge(events)
    assert judged.status == Status(0, 11, frozenset({"deceased"}))
    assert judged.heads == ("late", "s0.11")
    assert status_text(judged.status) == "11 资金结算（此后终止：死亡，待核查）"
    blocked = judge([*events, stage(12, "late", "s0.11")])
    assert blocked.status == judged.status, "but nothing goes on after both were seen"


def test_concurrent_entries_of_one_stage_are_both_kept() -> None:
    twin = stage(2, "s0.1", id_="twin")
    events = [*line(2), twin]
    assert judge(events).heads == ("s0.2", "twin")
    assert judge([*events, stage(3, "s0.2", "twin")]).progress == 3


# --- what arrives late, or makes no sense --------------------------------------------------------


def test_an_event_waits_for_what_it_builds_on_and_then_counts() -> None:
    events = line(5)
    judged = judge(events[:2] + events[3:])
    assert judged.status == Status(0, 2)
    assert dict(judged.listed) == {
        "s0.4": "It builds on s0.3, which has not arrived yet.",
        "s0.5": "It builds on events that wait for others to arrive.",
    }
    assert judge(events).status == Status(0, 5)


def test_a_circle_is_listed_and_hangs_nothing() -> None:
    circle = [
        stage(2, "b", id_="a"),
        stage(2, "a", id_="b"),
        stage(3, "a", id_="after"),
        stage(2, "self", id_="self"),
    ]
    judged = judge([*line(1), *circle])
    assert judged.status == Status(0, 1)
    assert set(reasons([*line(1), *circle])) == {"a", "b", "after", "self"}
    assert all("builds on itself" in reason for _, reason in judged.listed)


def test_one_bad_event_does_not_stop_those_that_came_after_it() -> None:
    events = [*line(2), stage(7, "s0.2", id_="forged", tier="village"), stage(3, "forged")]
    judged = judge(events)
    assert judged.status == Status(0, 3)
    assert judged.heads == ("s0.3",)
    assert [name for name, _ in judged.listed] == ["forged"]


def test_nonsense_is_listed() -> None:
    nonsense = [
        Event("kind", "promote", 0, "county"),
        Event("none", STAGE, 0, "village"),
        Event("zero", STAGE, 0, "village", stage=0),
        Event("many", STAGE, 0, "village", stage=14),
        Event("stop", STOP, 0, "village", stop="a:b,c"),
        Event("bare", STOP, 0, "village"),
    ]
    judged = judge(nonsense)
    assert judged.status == Status()
    assert len(judged.listed) == len(nonsense)


def test_the_derived_column_comes_from_rows_as_they_are_stored() -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": "A",
            "kind": "stage",
            "stage": 1,
            "stop": None,
            "round": 0,
            "builds_on": None,
            "tier": "village",
            "modification_case": "C",
            "note": None,
        },
        {
            "id": "B",
            "kind": "stop",
            "stage": None,
            "stop": "withdrawn",
            "round": 0,
            "builds_on": "A",
            "tier": "village",
            "modification_case": "C",
            "note": None,
        },
        {
            "id": "X",
            "kind": None,
            "stage": None,
            "stop": None,
            "round": None,
            "builds_on": "A  B",
            "tier": None,
            "modification_case": "C",
            "note": None,
        },
    ]
    assert compute_status(rows) == compute_status(rows[::-1]) == "0:1:withdrawn"
    assert compute_status([]) == "0:0:"


def test_a_long_chain_and_a_wide_fan_are_judged_without_recursion() -> None:
    count = 20_000
    chain = [stage(1, *([f"c{n - 1}"] if n else []), id_=f"c{n}") for n in range(count)]
    assert judge(chain).heads == (f"c{count - 1}",)
    fan = [stage(1, id_=f"f{n}") for n in range(count)]
    assert len(judge(fan).heads) == count


# --- random histories ----------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Acyclic histories by honest and dishonest authors, with gaps, in causal order."""
    seed = draw(st.integers(0, 2**32))
    dice = random.Random(seed)
    events: list[Event] = []
    for index in range(draw(st.integers(1, 30))):
        names = [event.id for event in events]
        past = dice.sample(names, min(len(names), dice.choice((1, 1, 2, 3))))
        if dice.random() < 0.5:
            past = list(judge(events).heads)
        if dice.random() < 0.03:
            past.append("missing")
        judged = judge([event for event in events if event.id in closure(events, past)])
        kind = dice.choices((STAGE, STOP, REJECT, REOPEN), (20, 1, 1, 3))[0]
        round_ = judged.round + (kind == REOPEN)
        number = min(13, judged.progress + dice.choices((1, 2, 0), (16, 1, 1))[0]) or 1
        tier = dice.choice(TIERS) if dice.random() < 0.1 else "county"
        if kind == STAGE and dice.random() < 0.95:
            tier = STAGE_TIERS[number]
        events.append(
            Event(
                f"e{index:02}",
                kind,
                round_ + (dice.random() < 0.02),
                tier,
                stage=number if kind == STAGE else None,
                stop=dice.choice(STOPS) if kind == STOP else None,
                builds_on=tuple(sorted(past)),
            )
        )
    return events


def closure(events: Sequence[Event], names: Iterable[str]) -> set[str]:
    """The named events and everything that they come from."""
    by_id = {event.id: event for event in events}
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(by_id[name].builds_on if name in by_id else ())
    return found


@settings(max_examples=150)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_plays_no_part(events: list[Event], dice: random.Random) -> None:
    shuffled = events[:]
    dice.shuffle(shuffled)
    assert judge(shuffled) == judge(events)
    assert judge([*events, *shuffled]) == judge(events), "nor does arriving twice"


@settings(max_examples=150)
@given(histories(), st.randoms(use_true_random=False))
def test_concurrent_events_change_no_verdict_and_status_only_grows(
    events: list[Event], dice: random.Random
) -> None:
    whole = judge(events)
    parts = []
    for _ in range(2):
        names = closure(events, dice.sample([e.id for e in events], dice.randint(0, len(events))))
        part = [event for event in events if event.id in names]
        judged = judge(part)
        assert set(judged.valid) == set(whole.valid) & names
        assert judged.status <= whole.status
        parts.append((part, judged.status))
    (left, left_status), (right, right_status) = parts
    assert judge([*left, *right]).status == left_status | right_status


@settings(max_examples=150)
@given(histories(), st.data())
def test_a_gap_never_adds_and_filling_it_always_heals(
    events: list[Event], data: st.DataObject
) -> None:
    hidden = data.draw(st.sets(st.sampled_from([event.id for event in events])))
    part = judge([event for event in events if event.id not in hidden])
    whole = judge(events)
    assert set(part.valid) <= set(whole.valid)
    assert part.status <= whole.status


@settings(max_examples=150)
@given(histories())
def test_a_settled_case_has_every_stage_before_it_in_the_past(events: list[Event]) -> None:
    settled = BASELINE.case.settled_stage
    judged = judge(events)
    by_id = {event.id: event for event in events}
    for name in judged.valid:
        event = by_id[name]
        if event.kind != STAGE or event.stage != settled:
            continue
        past = closure(events, event.builds_on) & set(judged.valid)
        same_round = [by_id[before] for before in past if by_id[before].round == event.round]
        entered = {before.stage for before in same_round if before.kind == STAGE}
        assert entered >= set(range(1, settled))
        assert not any(before.kind in (STOP, REJECT) for before in same_round)


def test_the_random_histories_are_not_empty_of_what_matters() -> None:
    """The properties above would also hold of nothing, so this counts what they meet."""
    seen = {"settled": 0, "listed": 0, "later rounds": 0, "stopped": 0, "forks": 0}

    @settings(max_examples=150, database=None)
    @given(histories())
    def count(events: list[Event]) -> None:
        judged = judge(events)
        seen["settled"] += judged.progress >= BASELINE.case.settled_stage
        seen["listed"] += bool(judged.listed)
        seen["later rounds"] += judged.round > 0
        seen["stopped"] += bool(judged.stops)
        seen["forks"] += len(judged.heads) > 1

    count()
    assert all(seen.values()), seen
