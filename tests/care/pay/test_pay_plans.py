"""A visit beside the client's plan is flagged, never refused, and never unpaid for it."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from node.care.pay.facts import Planned, Span
from node.care.pay.flag import BARRING, flag, sentence
from node.care.pay.flags import found_here
from node.care.pay.sheet import sheet
from node.care.pay.worth import PAYABLE
from node.language import CHINESE, said
from tests.care.pay.building import BOTH, INPUTS, PARAMETERS, A, B, client, facts, visit

PLAN = (
    Planned(("SH02",), "S", Span("2026-01-01")),
    Planned(("SH03", "SH04"), "Z", Span("2026-01-01", "2026-11-15")),
    Planned(("JS01",), "X", Span("2026-01-01")),
)
DAYS = st.integers(1, 30).map(lambda day: f"2026-11-{day:02}")
SERVICES = st.sampled_from(["SH02", "SH03", "SH04", "JS01", "KF01"])


def codes(on: str, service: str, *tasks: str, plan: tuple[Planned, ...] = PLAN) -> set[str]:
    one = visit("v", f"{on} 09:00", service=service, tasks=tasks)
    found = found_here(facts([one], [client(plan=plan)]), PARAMETERS)
    return {flag.code for flag in found}


def test_each_task_is_in_the_plan_and_each_service_in_its_xun() -> None:
    assert codes("2026-11-03", "SH02", "SH02") == set()
    assert codes("2026-11-12", "SH03", "SH03", "SH04") == set()
    assert codes("2026-11-03", "SH02") == {"no_task"}
    assert codes("2026-11-03", "SH02", "SH02", "KF01") == {"outside_plan"}
    assert codes("2026-11-11", "SH02", "SH02") == {"outside_xun"}
    assert codes("2026-11-10", "SH02", "SH02") == set()
    assert codes("2026-11-16", "SH03", "SH03") == {"outside_plan"}, "that line has ended"
    assert codes("2026-11-03", "SH03", "KF01") == {"outside_plan", "outside_xun"}
    assert codes("2026-11-03", "KF01", plan=()) == set(), "who has no plan is held to none"
    assert codes("2025-11-03", "KF01") == set(), "before the plan there was none"
    anytime = (*PLAN, Planned(("SH02",), "", Span("2026-01-01")))
    assert codes("2026-11-25", "SH02", "SH02", plan=anytime) == set()


def test_the_sentence_names_what_and_when() -> None:
    one = visit("v", "2026-11-03 09:00", service="SH03", tasks=("KF01",))
    found = sorted(found_here(facts([one], [client(plan=PLAN)]), PARAMETERS))
    assert [sentence(each) for each in found] == [
        "Not in the client's plan: 康复训练.",
        "The plan has 洗衣 in another 旬: 中旬.",
    ]
    assert all("。" in said(sentence(each), CHINESE) for each in found)
    assert sentence(flag("v", "no_task", day="2026-11-03"))


@given(
    on=DAYS,
    service=SERVICES,
    tasks=st.lists(SERVICES, max_size=4, unique=True),
    seed=st.integers(),
    lines=st.lists(st.sampled_from(PLAN), unique=True),
)
def test_no_plan_takes_pay_away_and_no_order_matters(
    on: str, service: str, tasks: list[str], seed: int, lines: list[Planned]
) -> None:
    one = visit("v", f"{on} 09:00", service=service, tasks=tuple(sorted(tasks)))
    mixed = tuple(random.Random(seed).sample(lines, len(lines)))
    results = [
        found_here(facts([one], [client(plan=plan)]), PARAMETERS) for plan in (mixed, tuple(lines))
    ]
    assert results[0] == results[1] and not {each.code for each in results[0]} & BARRING
    paid = {
        sheet("2026-11", "t", BOTH, facts([one], [client(plan=plan)]), PARAMETERS, INPUTS, []).lines
        for plan in ((), mixed)
    }
    (lines_paid,) = paid
    assert lines_paid[0].state == PAYABLE and lines_paid[0].amount_fen == 5_000


def test_a_visit_next_door_is_told_by_who_sees_the_plan() -> None:
    one = visit("v", "2026-11-11 09:00", service="SH02", division=B)
    known = facts([one], [client(plan=PLAN, division=A)])
    assert not {each.code for each in found_here(known, PARAMETERS)}
