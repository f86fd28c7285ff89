"""Which steps of a benefit count, and what the sheet of a month pays, in any order."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.benefits.facts import Held, Person
from node.care.benefits.life import (
    APPLIED,
    APPROVED,
    CHANGE,
    CLOSED,
    HIT,
    INELIGIBLE,
    PAYING,
    PUBLISHED,
    RECOVERY,
    REFUSED,
    REVIEWED,
    STOPPED,
    TIERS,
    TOLD,
    VERIFIED,
    Act,
    life,
    unclaimed,
)
from node.care.benefits.sheet import ARREARS, DUE, Line, Paid, Record, paid_by, sheet
from node.care.benefits.steps import Step, judge
from node.care.facts.circumstances import periods
from node.care.granting.finding import share

ORDER = (APPLIED, VERIFIED, REVIEWED, APPROVED, PUBLISHED)
TIER = dict(zip(ORDER, ("village", "village", "township", "county", "county"), strict=True))
MONTHS = ("2026-01", "2026-02", "2026-03")


def step(
    at: int, kind: str, *builds_on: str, month: str = "2026-02", author: str = "", user: str = "",
    fen: int = 5_000, until: str = "",
) -> Step:  # fmt: skip
    tier = TIER.get(kind, "county")
    reason = "S09" if kind == STOPPED else "since"
    act = Act(at, f"{at}-{kind}", kind, tier, month, until, fen, reason)
    return Step(act, author or tier, user or f"{tier}{at}", builds_on)


def chain(*kinds: str) -> list[Step]:
    """Steps of which each builds on the one before."""
    made: list[Step] = []
    for at, kind in enumerate(kinds, start=1):
        made.append(step(at, kind, *(one.act.id for one in made[-1:])))
    return made


def status(steps: list[Step]) -> str:
    return judge(steps).life.status("2026-02")


def reasons(steps: list[Step]) -> list[str]:
    return [one.reason for one in judge(steps).listed]


def test_the_whole_way_counts() -> None:
    way = chain(HIT, TOLD, *ORDER)
    assert reasons(way) == [] and status(way) == PAYING
    assert status(way[:-2]) == REVIEWED
    assert status(chain(HIT, TOLD, *ORDER, STOPPED, CLOSED)) == CLOSED


@pytest.mark.parametrize("left_out", [APPLIED, VERIFIED, REVIEWED])
def test_no_money_without_each_step_before_it(left_out: str) -> None:
    way = chain(HIT, *(kind for kind in ORDER if kind != left_out))
    assert status(way) != PAYING and any("before it" in reason for reason in reasons(way))


def test_what_lies_beside_and_not_before_does_not_help() -> None:
    way = chain(APPLIED, VERIFIED)
    beside = step(3, REVIEWED, way[-1].act.id)
    approval = step(4, APPROVED, way[-1].act.id)
    assert status([*way, beside, approval]) == REVIEWED, "the approval never saw the review"
    assert status([*way, beside, step(4, APPROVED, beside.act.id)]) == PAYING


@pytest.mark.parametrize("ending", [STOPPED, REFUSED, INELIGIBLE])
def test_an_ending_ends_the_round_and_an_application_starts_the_next(ending: str) -> None:
    before = ORDER if ending == STOPPED else ORDER[:3]
    ended = chain(*before, ending)
    again = step(20, APPROVED, ended[-1].act.id)
    assert any("in this round" in reason for reason in reasons([*ended, again]))
    assert status(chain(*before, ending, *ORDER)) == PAYING


def test_nothing_follows_a_closing_but_a_recovery() -> None:
    way = chain(*ORDER, STOPPED, CLOSED)
    after = step(20, APPLIED, way[-1].act.id)
    assert ["closed before it" in reason for reason in reasons([*way, after])] == [True]
    back = step(21, RECOVERY, way[-1].act.id, month="2026-02", until="2026-03")
    assert reasons([*way, back]) == []
    assert "can be closed" in reasons(chain(*ORDER, CLOSED))[0], "what is paid is stopped first"


@pytest.mark.parametrize("recorded", [APPLIED, VERIFIED, REVIEWED])
def test_the_recorder_is_never_the_approver(recorded: str) -> None:
    way = chain(*ORDER)
    place = ORDER.index(recorded)
    way[place] = way[place]._replace(author="county", user=way[3].user)
    assert status(way) != PAYING
    assert any("neither reviews nor approves" in reason for reason in reasons(way))
    other = way[place]._replace(user="somebody else")
    assert status([*way[:place], other, *way[place + 1 :]]) == PAYING


def test_a_step_waits_for_its_past() -> None:
    way = chain(*ORDER)
    assert reasons(way[1:])[0].startswith("It builds on 1-applied, which has not arrived")
    assert status(way[1:]) == ""
    circle = [step(1, HIT, "2-hit"), step(2, HIT, "1-hit")]
    assert len(reasons(circle)) == 2


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(TIERS)),
        st.lists(st.integers(0, 11), max_size=2),
        st.sampled_from(["village", "township", "county"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(MONTHS),
    ),
    max_size=12,
)


def made(drawn: list[tuple[str, list[int], str, str, str]]) -> list[Step]:
    found: list[Step] = []
    for at, (kind, before, tier, user, month) in enumerate(drawn):
        builds_on = tuple(found[one].act.id for one in before if one < at)
        one = step(at, kind, *builds_on, month=month, author=tier, user=user, until=month)
        found.append(one._replace(act=one.act._replace(tier=tier)))
    return found


@given(STEPS, st.randoms(use_true_random=False))
def test_any_steps_in_any_order_amount_to_the_same(
    drawn: list[tuple[str, list[int], str, str, str]], chance: random.Random
) -> None:
    steps = made(drawn)
    told = judge(steps)
    mixed = [*steps, *steps[:3]]
    chance.shuffle(mixed)
    assert judge(mixed) == told
    listed = {one.id for one in told.listed}
    counted = {act.id for act in told.life.acts}
    assert listed | counted == {one.act.id for one in steps} and not listed & counted


@given(STEPS)
def test_what_counts_was_approved_by_another_after_a_review_after_a_verification(
    drawn: list[tuple[str, list[int], str, str, str]],
) -> None:
    steps = {one.act.id: one for one in made(drawn)}
    found = judge(steps.values())
    counted = {act.id for act in found.life.acts}
    for act in found.life.acts:
        past, queue = set[str](), [act.id]
        while queue:
            for before in steps[queue.pop()].builds_on:
                if before not in past:
                    past.add(before)
                    queue.append(before)
        kinds = {steps[one].act.kind for one in past if one in counted}
        if act.kind in (APPROVED, CHANGE, STOPPED):
            assert act.tier == "county" and {APPLIED, VERIFIED, REVIEWED} <= kinds
        if act.kind in (REVIEWED, VERIFIED):
            assert APPLIED in kinds


@given(STEPS, st.integers(0, 12))
def test_what_arrives_later_never_takes_back_what_the_past_allowed(
    drawn: list[tuple[str, list[int], str, str, str]], count: int
) -> None:
    steps = made(drawn)
    few = {one.id: one.reason for one in judge(steps[:count]).listed}
    whole = {one.id: one.reason for one in judge(steps).listed}
    changing = {one.act.id for one in steps if one.act.kind == CHANGE}
    for one in steps[:count]:
        if one.act.id not in changing:  # a change looks at the schedule, which is a join
            assert few.get(one.act.id) == whole.get(one.act.id)


# --- the sheet -----------------------------------------------------------------------------------


def record(name: str, *steps: tuple[str, str, int]) -> Record:
    """A benefit with a schedule: kind, month and fen of each act."""
    acts = [
        Act(at, f"{name}{at}", kind, "county", month, "", fen, "S09" if kind == STOPPED else "")
        for at, (kind, month, fen) in enumerate(steps)
    ]
    return Record(name, f"person {name}", "age_allowance", life(acts))


def closed(period: str, *records: Record, before: tuple[Paid, ...] = ()) -> Paid:
    return Paid(period, sheet(period, records, before).lines)


def test_a_sheet_pays_the_month_and_what_closed_months_left_unpaid() -> None:
    january = closed("2026-01")
    late = record("b", (APPROVED, "2026-01", 5_000))
    assert sheet("2026-02", [late], [january]).lines == (
        Line("b", "2026-01", ARREARS, "person b", "age_allowance", 5_000),
        Line("b", "2026-02", DUE, "person b", "age_allowance", 5_000),
    )
    february = closed("2026-02", late, before=(january,))
    assert [one.month for one in sheet("2026-03", [late], [january, february]).lines] == ["2026-03"]
    assert paid_by("b", [january, february]) == {"2026-01": 5_000, "2026-02": 5_000}


def test_what_was_paid_too_much_is_claimed_and_never_taken_out_of_a_sheet() -> None:
    paid = record("b", (APPROVED, "2026-01", 5_000))
    before: tuple[Paid, ...] = ()
    for period in MONTHS:
        before = (*before, closed(period, paid, before=before))
    dead = record("b", (APPROVED, "2026-01", 5_000), (STOPPED, "2026-02", 0))
    april = sheet("2026-04", [dead], before)
    assert april.lines == ()
    ((claim,),) = (april.claims,)
    assert (claim.first, claim.last, claim.fen, claim.open) == ("2026-02", "2026-03", 10_000, True)
    back = Act(9, "b9", RECOVERY, "county", "2026-02", "2026-03", 10_000)
    claimed = replace(dead.life, claimed=(back,))
    assert unclaimed(claimed, paid_by("b", before)) == ()
    assert [one.open for one in sheet("2026-04", [dead._replace(life=claimed)], before).claims] == [
        False
    ]


SCHEDULES = st.lists(
    st.tuples(
        st.sampled_from([APPROVED, CHANGE, STOPPED]),
        st.sampled_from(MONTHS),
        st.integers(1, 9).map(lambda fen: fen * 1_000),
    ),
    max_size=5,
)


@given(st.lists(SCHEDULES, min_size=4, max_size=4))
def test_each_month_is_paid_once_whatever_becomes_known_when(
    schedules: list[list[tuple[str, str, int]]],
) -> None:
    """Each sheet knows more acts than the one before; in the end paid less claimed is due."""
    known: list[tuple[str, str, int]] = []
    before: tuple[Paid, ...] = ()
    one = record("b")
    for period, more in zip((*MONTHS, "2026-04"), schedules, strict=True):
        known += more
        one = record("b", *known)
        before = (*before, closed(period, one, before=before))
    one = record("b", *known)
    last = sheet("2026-05", [one], before)
    paid = paid_by("b", before)
    owed = sum(line.fen for line in last.lines if line.kind == ARREARS)
    over = sum(claim.fen for claim in last.claims)
    assert sum(paid.values()) + owed - over == sum(one.life.due_fen(month) for month in paid)


# --- what holds when -----------------------------------------------------------------------------

DAYS = st.sampled_from([f"2026-0{month}-{day:02}" for month in (1, 2, 3) for day in (1, 15, 28)])


@given(st.lists(st.tuples(DAYS, st.sampled_from(["TKF", "TKJ", "TC"])), max_size=6), DAYS)
def test_two_modes_never_hold_on_a_day_unless_they_begin_on_one(
    drawn: list[tuple[str, str]], day: str
) -> None:
    rows = [{"since": since, "mode": mode} for since, mode in drawn]
    holding = {one.code for one in periods(rows, "mode") if one.since <= day <= one.until}
    last = max((since for since, _ in drawn if since <= day), default="")
    assert holding == {mode for since, mode in drawn if since == last}
    assert periods(rows[::-1], "mode") == periods(rows, "mode")


def living(name: str, mode: str, **more: Any) -> Person:
    return Person(name, groups=(Held(mode, since="2024-01-01"),), **more)


def test_536_of_664_live_at_home() -> None:
    people = [living(f"f{n}", "TKF") for n in range(536)]
    people += [living(f"j{n}", "TKJ") for n in range(128)]
    gone = living("gone", "TKF", closings=(Held("deceased", since="2025-05-01"),))
    both = replace(living("both", "TKF"), groups=(Held("TKF"), Held("TKJ")))
    found = share("x", [*people, gone, both, Person("other")], "2026-11-01")
    assert (found.scattered, found.whole, found.thousandths) == (536, 664, 807)
    assert share("x", [gone], "2025-04-30").scattered == 1, "the count is that of a day"
    assert share("x", [], "2025-04-30").thousandths == 0
