"""Where an order stands: a function of the set of its steps, whoever was cut off from whom."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.orders import claims
from node.care.orders.claims import LOST, PENDING, WITHDRAWN, WON, Day, outcome, unfit
from node.care.orders.judging import (
    ASKED,
    AWARDED,
    BUILDS_ON_MAX,
    CONFIRMED,
    DEPTH_MAX,
    DISPATCHED,
    FINISHED,
    OFFERED,
    STAGES,
    OrderStatus,
    Step,
    judge,
)
from node.care.orders.waiting import answered_ms, state_of, waiting, wished
from node.care.parameters.serving import Orders
from node.clock import DAY_MS, parse_local
from node.division import LEVELS

RULE = Orders(24, 2, 7, ("JJ01",), 30, (("JK02", "YH"),))
AT = parse_local("2026-11-02 09:00")
HOUR = 3_600_000


def step(id_: str, kind: str, tier: str, *builds_on: str, **more: Any) -> Step:
    return Step(id_, kind, tier, builds_on=tuple(builds_on), done_at=more.pop("at", AT), **more)


def sent(id_: str, tier: str, worker: str, *builds_on: str, kind: str = "dispatch") -> Step:
    return step(id_, kind, tier, *builds_on, worker=worker, claim="C" if kind == "award" else "")


def reasons(*steps: Step) -> dict[str, str]:
    return dict(judge(steps).listed)


def test_from_the_request_to_the_confirmation() -> None:
    steps = [
        step("1", "offer", "village"),
        sent("2", "township", "w", "1", kind="award"),
        step("3", "accept", "village", "2", under="2", at=AT + 1),
        step("4", "start", "village", "3", under="2", at=AT + 2),
        step("5", "finish", "village", "4", under="2", at=AT + 3),
        step("6", "confirm", "village", "5", under="2", at=AT + 4),
    ]
    stages = [judge(steps[:count]).status.stage for count in range(7)]
    assert stages == [ASKED, OFFERED, AWARDED, "accepted", "started", FINISHED, CONFIRMED]
    whole = judge(steps)
    assert not whole.listed and whole.heads == ("6",)
    assert whole.status == OrderStatus(CONFIRMED, "2", AT + 4)
    assert not whole.status.open


def test_a_step_may_be_left_out_but_nothing_is_confirmed_that_nobody_finished() -> None:
    given_ = sent("1", "village", "w")
    assert judge([given_, step("2", "finish", "village", "1", under="1")]).status.stage == FINISHED
    early = step("2", "confirm", "village", "1", under="1")
    assert "cannot be confirmed" in reasons(given_, early)["2"]


def test_what_belongs_to_another_tier_counts_for_nothing() -> None:
    award = sent("1", "village", "w", kind="award")
    assert "belongs to the township, not to the village" in reasons(award)["1"]
    assert judge([award]).status.stage == ASKED
    assert "not to the unknown tier" in reasons(step("1", "offer", ""))["1"]
    assert "belongs to the" in reasons(step("1", "void", "village"))["1"]
    assert "is not known here" in reasons(step("1", "vanish", "county"))["1"]


def test_the_township_decides_among_those_who_were_sent_at_once() -> None:
    village, town = sent("1", "village", "v"), sent("2", "township", "t", kind="award")
    both = judge([village, town])
    assert both.status.assignment == "2" and both.standing == ("1", "2")
    done = step("3", "finish", "village", "1", under="1")
    after = judge([village, town, done]).status
    assert (after.assignment, after.stage, after.also) == ("2", AWARDED, 1), "done by another"
    one, other = sent("1", "village", "a"), sent("2", "village", "b")
    assert judge([other, one]).status.assignment == "1", "of one tier the earliest"


def test_no_tier_takes_back_what_a_tier_above_has_given() -> None:
    town = sent("1", "township", "t")
    taken = sent("2", "village", "v", "1", kind="reassign")
    assert "The township had given the order" in reasons(town, taken)["2"]
    assert judge([town, taken]).status.assignment == "1"
    assert judge([town, dataclasses.replace(taken, tier="county")]).status.assignment == "2"
    again = sent("2", "township", "v", "1")
    assert "only a reassignment can follow" in reasons(town, again)["2"]
    late = step("3", "accept", "village", "2", under="1")
    by_town = sent("2", "township", "v", "1", kind="reassign")
    assert "no assignment that stood before it" in reasons(town, by_town, late)["3"]
    nobody = sent("1", "township", "t", kind="reassign")
    assert "Nobody had the order" in reasons(nobody)["1"]


def test_what_ended_has_ended_and_what_was_done_is_not_cancelled() -> None:
    given_, end = sent("1", "village", "w"), step("2", "cancel", "village", "1")
    assert judge([given_, end]).status.ends == {"cancel"}
    assert "had ended" in reasons(given_, end, step("3", "finish", "village", "2", under="1"))["3"]
    done = step("2", "finish", "village", "1", under="1")
    after = step("3", "cancel", "village", "2")
    assert "cannot be cancelled" in reasons(given_, done, after)["3"]
    at_once = judge([given_, done, end := step("9", "cancel", "village", "1")])
    assert at_once.status.stage == FINISHED and at_once.status.ends == {"cancel"}, "both are kept"
    assert end.id in at_once.valid


def test_an_erased_name_takes_nobody_away() -> None:
    named = step("1", "dispatch", "village", helper="QS")
    assert judge([named]).status.stage == DISPATCHED
    assert "names nobody" in reasons(step("1", "dispatch", "village"))["1"]
    assert "names no claim" in reasons(step("1", "award", "township", worker="w"))["1"]


def test_a_step_waits_for_its_past_and_a_circle_counts_for_nothing() -> None:
    late = step("2", "accept", "village", "1", under="1")
    assert "has not arrived yet" in reasons(late)["2"]
    assert not reasons(sent("1", "village", "w"), late)
    circle = [step("1", "offer", "village", "2"), step("2", "offer", "village", "1")]
    assert set(reasons(*circle)) == {"1", "2"} and judge(circle).status == OrderStatus()


def test_a_flood_of_forged_steps_costs_little() -> None:
    chain = [step("0", "offer", "village")]
    for number in range(1, DEPTH_MAX + 50):
        chain.append(step(str(number), "offer", "village", str(number - 1)))
    assert len(judge(chain).listed) == 50
    wide = [step(f"{number:04}", "offer", "village") for number in range(BUILDS_ON_MAX + 1)]
    last = sent("last", "village", "w", *(one.id for one in wide))
    assert "more steps than an order has" in reasons(*wide, last)["last"]


KINDS = [
    "offer", "dispatch", "award", "reassign", "accept", "start", "finish", "confirm", "cancel",
    "void", "?",
]  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Steps that build on earlier ones, on themselves, or on what never came."""
    count = draw(st.integers(0, 9))
    ids = [f"s{number}" for number in range(count)]
    names = st.sampled_from([*ids, "gone"]) if draw(st.booleans()) else st.sampled_from(ids or [""])
    made = []
    for place, id_ in enumerate(ids):
        before = st.sampled_from(ids[:place]) if place else st.nothing()
        builds_on = draw(st.lists(st.one_of(before, names) if place else names, max_size=3))
        made.append(
            Step(
                id_,
                draw(st.sampled_from(KINDS)),
                draw(st.sampled_from([*LEVELS, ""])),
                worker=draw(st.sampled_from(["", "a", "b"])),
                claim=draw(st.sampled_from(["", "c"])),
                under=draw(st.sampled_from(["", *ids])),
                done_at=draw(st.integers(0, 5)),
                builds_on=tuple(builds_on),
            )
        )
    return made


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_plays_no_part(steps: list[Step], chance: random.Random) -> None:
    whole = judge(steps)
    mixed = steps * 2
    chance.shuffle(mixed)
    assert judge(mixed) == whole
    assert {*whole.valid} | {one.id for one in whole.listed} == {one.id for one in steps}
    assert OrderStatus.read(str(whole.status)) == whole.status


@given(histories(), histories())
def test_what_happens_at_once_never_makes_a_step_invalid(
    steps: list[Step], others: list[Step]
) -> None:
    """A step and its past decide; steps that it has not seen change nothing about it."""
    apart = [
        dataclasses.replace(
            one,
            id=f"x{one.id}",
            under=f"x{one.under}",
            builds_on=tuple(f"x{before}" for before in one.builds_on),
        )
        for one in others
    ]
    alone, together = judge(steps), judge([*steps, *apart])
    assert set(alone.valid) <= set(together.valid)
    assert set(dict(alone.listed)) <= set(dict(together.listed))


@given(st.text(max_size=30))
def test_any_text_is_read_as_some_status(text: str) -> None:
    assert OrderStatus.read(text).stage in STAGES


# --- claims --------------------------------------------------------------------------------------


def claim(id_: str, at: int, worker: str = "w", amendment: str = "") -> dict[str, Any]:
    return {"id": id_, "claimed_at": at, "worker": worker, "amendment": amendment}


def test_claims_wait_until_the_order_is_awarded_and_one_wins() -> None:
    rows = [claim("b", 5), claim("a", 5), claim("c", 1, amendment='{"void": "L99"}')]
    assert [one["id"] for one in claims.in_turn(rows)] == ["a", "b"]
    free = judge([step("1", "offer", "village")])
    assert [outcome(one, free, {}) for one in rows] == [PENDING, PENDING, WITHDRAWN]
    award = step("2", "award", "township", worker="w", claim="b")
    taken = judge([award])
    assert [outcome(one, taken, {"2": award}) for one in rows] == [WON, LOST, WITHDRAWN]
    ended = judge([step("3", "cancel", "village")])
    assert outcome(rows[0], ended, {}) == LOST


def test_who_may_not_have_an_order() -> None:
    order = {"person": "p", "service": "JK02"}
    nurse = {"name": "甲", "status": "active", "worker_class": "YH"}
    assert not unfit(order, nurse, Day({"p", "q"}, 2), RULE), "the client's own order is no other"
    assert "has 2 other clients" in unfit(order, nurse, Day({"q", "r"}, 2), RULE)
    assert not unfit(order, nurse, Day({"q", "r"}, 0), RULE), "no bound was set"
    plain = nurse | {"worker_class": "PT"}
    assert "not of a class" in unfit(order, plain, Day(), RULE)
    assert not unfit(order | {"service": "SH01"}, plain, Day(), RULE)
    assert not unfit(order, plain, Day(), None)
    assert "does not serve" in unfit(order, nurse | {"status": "closed"}, Day(), RULE)
    assert not unfit(order, None, Day(), RULE), "what is not known here is no doubt"


# --- waiting -------------------------------------------------------------------------------------


def order(**more: Any) -> dict[str, Any]:
    return {"service": "SH01", "asked_at": AT, "wished_on": None, **more}


@pytest.mark.parametrize(
    ("status", "row", "due"),
    [
        (OrderStatus(), order(), AT + 24 * HOUR),
        (OrderStatus(), order(wished_on="2026-11-20"), parse_local("2026-11-20 00:00")),
        (OrderStatus(), order(service="JJ01"), AT + HOUR // 2),
        (OrderStatus(DISPATCHED, "1", AT), order(service="JJ01"), AT + HOUR // 2),
        (OrderStatus(DISPATCHED, "1", AT), order(), parse_local("2026-11-05 00:00")),
        (OrderStatus(FINISHED, "1", AT), order(), AT + 7 * DAY_MS),
    ],
)
def test_each_stage_has_its_deadline(status: OrderStatus, row: dict[str, Any], due: int) -> None:
    assert waiting(row, status, RULE, due) == waiting(row, status, RULE, due - 1)
    assert waiting(row, status, RULE, due).due == due
    assert not waiting(row, status, RULE, due).overdue
    assert waiting(row, status, RULE, due + 1).overdue
    assert not waiting(row, status, None, due + DAY_MS).overdue, "the county has set nothing"


def test_what_is_done_or_ended_is_never_overdue() -> None:
    for status in (OrderStatus(CONFIRMED, "1", AT), OrderStatus(ends=frozenset({"cancel"}))):
        assert not waiting(order(), status, RULE, AT + 900 * DAY_MS).overdue


def test_the_longest_neglected_stand_first() -> None:
    now = AT + 30 * HOUR
    rows = {
        "late": (order(asked_at=AT), OrderStatus()),
        "urgent": (order(asked_at=AT + 29 * HOUR, service="JJ01"), OrderStatus()),
        "fresh": (order(asked_at=AT + 29 * HOUR), OrderStatus()),
        "old": (order(asked_at=AT - 9 * DAY_MS), OrderStatus(CONFIRMED, "1", AT)),
    }
    places = {name: waiting(*one, RULE, now).place for name, one in rows.items()}
    assert sorted(places, key=places.__getitem__) == ["late", "urgent", "fresh", "old"]


def test_what_a_person_reads() -> None:
    assert state_of(OrderStatus(), claims=2) == "claimed"
    assert state_of(OrderStatus(AWARDED, "1"), claims=2) == AWARDED
    assert state_of(OrderStatus(FINISHED, "1"), reviewed=True) == "reviewed"
    assert state_of(OrderStatus(DISPATCHED, "1"), reviewed=True) == DISPATCHED
    assert state_of(OrderStatus(FINISHED, "1"), reviewed=True, complained=True) == "complained"
    assert state_of(OrderStatus(FINISHED, "1", ends=frozenset({"void", "cancel"}))) == "void"


def test_the_clock_of_a_call_starts_with_the_call() -> None:
    assert answered_ms(order(), AT + 90) == 90
    assert answered_ms(order(), AT - 1) == 0


@given(st.one_of(st.none(), st.text(max_size=12)), st.integers(-(2**60), 2**60))
def test_whatever_a_peer_wrote_has_a_day(wish: str | None, asked: int) -> None:
    row = order(wished_on=wish, asked_at=asked)
    assert wished(row) and waiting(row, OrderStatus(), RULE, AT).since == asked
