"""What facts amount to: who is due, what is in order, what came twice; in any order of arrival."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from node.care.advances import balances
from node.care.facts import emergencies, funds, health, premises, support
from node.care.parameters.dated import Dated, Entry
from node.care.parameters.groups import Points
from node.care.points import balance
from node.care.policy import BASELINE

Row = dict[str, Any]


def inspection(id_: str, passed: str | None, on: str = "2026-11-03", **more: Any) -> Row:
    return {
        "id": id_, "facility": "F", "template": "STSY", "inspected_on": on, "passed": passed, **more
    }  # fmt: skip


ALL_SEVEN = ",".join(premises.items_of("STSY"))


# --- facilities ----------------------------------------------------------------------------------


def test_a_checklist_is_met_when_every_item_is() -> None:
    assert len(premises.items_of("STSY")) == 7 and len(premises.items_of("SZWY")) == 8
    found = premises.compliance([inspection("A", ALL_SEVEN)], "STSY")
    assert found["F"].compliant
    without = ALL_SEVEN.replace("STSY6,", "")
    assert premises.compliance([inspection("A", without)], "STSY")["F"].lacking == ("STSY6",)
    assert not premises.compliance([inspection("A", None)], "STSY")["F"].compliant
    assert not premises.compliance([inspection("A", ALL_SEVEN)], "SZWY")


def test_the_last_inspection_counts_and_of_one_day_the_worse() -> None:
    bad, good = inspection("A", "STSY1"), inspection("B", ALL_SEVEN, "2026-11-04")
    assert premises.compliance([good, bad], "STSY")["F"].compliant
    same = inspection("C", ALL_SEVEN.replace("STSY2,", ""), "2026-11-04")
    assert premises.compliance([same, good, bad], "STSY")["F"].lacking == ("STSY2",)
    assert premises.compliance([good, same], "STSY") == premises.compliance([same, good], "STSY")


def test_a_year_is_passed_by_its_lowest_evaluation() -> None:
    rows = [
        {"id": str(n), "facility": "F", "year": year, "score": score}
        for n, (year, score) in enumerate([(2026, 60), (2026, 59), (2025, 90)])
    ]
    assert premises.evaluated(rows, 2026, 60) == {"F": False}
    assert premises.evaluated(rows, 2025, 60) == {"F": True}
    assert premises.evaluated(rows, 2024, 60) == {}


def test_more_diners_than_seats_is_asked_about() -> None:
    meal = {"id": "M", "facility": "F", "served_on": "2026-11-03", "diners": 81}
    assert premises.crowded([meal], {"F": {"seats": 40}}, 2) == [meal]
    assert not premises.crowded([meal | {"diners": 80}], {"F": {"seats": 40}}, 2)
    assert not premises.crowded([meal], {"F": {"seats": None}}, 2)


# --- health --------------------------------------------------------------------------------------


def check(person: str, on: str) -> Row:
    return {"id": f"{person}{on}", "person": person, "done_on": on}


def test_two_health_checks_a_year_one_in_each_half() -> None:
    people = ["A", "B", "C"]
    checks = [check("A", "2026-03-01"), check("B", "2026-08-01"), check("C", "2025-12-31")]
    assert health.checks_due(checks, people, "2026-06-30", 2) == {"B": [1], "C": [1]}
    assert health.checks_due(checks, people, "2026-07-01", 2) == {
        "A": [2], "B": [1], "C": [1, 2]
    }  # fmt: skip
    twice = [*checks, check("A", "2026-05-01")]
    assert health.checks_due(twice, ["A"], "2026-12-31", 2) == {"A": [2]}, "two in one half are one"
    assert [health.part_of(f"2026-{month:02}-15", 4) for month in (1, 3, 4, 12)] == [1, 1, 2, 4]


def test_a_span_holds_its_first_and_its_last_day() -> None:
    stay = {"id": "S", "since": "2026-11-01", "until": "2026-11-05"}
    inside = [day for day in range(1, 9) if health.during([stay], f"2026-11-0{day}")]
    assert inside == [1, 2, 3, 4, 5]
    assert health.during([stay | {"until": None}], "2030-01-01")


def assessed(score: int, condition: str | None = None, events: int | None = None) -> str:
    return health.level({"score": score, "condition": condition, "risk_events": events})


def test_the_level_follows_from_the_score() -> None:
    found = [assessed(score) for score in (90, 89, 66, 65, 46, 45, 30, 29, 0)]
    assert found == ["0", "1", "1", "2", "2", "3", "3", "4", "4"]
    assert assessed(90, "HM") == "4"
    assert assessed(70, "RZ") == assessed(70, "JS") == assessed(70, None, 2) == "2"
    assert assessed(70, None, 1) == "1" and assessed(10, "RZ", 5) == "4"
    assert assessed(70, "RZ", 5) == "2", "one level more, not two"
    assert set("01234") == set(BASELINE.lists.ability_levels)


def test_an_assessment_holds_for_so_many_months() -> None:
    rows = [
        {"id": i, "person": "A", "done_on": on, "score": score, "condition": None,
         "risk_events": None, "repeat_reason": None}
        for i, on, score in (("1", "2025-08-31", 80), ("2", "2026-03-01", 50))
    ]  # fmt: skip
    assert health.level_on(rows, "A", "2026-02-28", 6) == "1"
    assert health.level_on(rows[:1], "A", "2026-03-01", 6) is None
    assert health.level_on(rows, "A", "2026-03-01", 6) == "2"
    assert health.level_on(rows, "B", "2026-03-01", 6) is None
    assert health.months_after("2024-08-31", 6) == "2025-02-28"
    assert health.months_after("2023-08-31", 6) == "2024-02-29"
    assert health.months_after("2025-12-15", 1) == "2026-01-15"


def test_who_is_assessed_again_within_thirty_days_needs_a_reason() -> None:
    rows = [
        {"id": i, "person": "A", "done_on": on, "repeat_reason": why}
        for i, on, why in (
            ("1", "2026-01-01", None),
            ("2", "2026-01-30", None),
            ("3", "2026-03-01", None),
            ("4", "2026-03-05", "跌倒"),
        )
    ]
    assert [row["id"] for row in health.repeated(rows[::-1])] == ["2"]


# --- funds and emergencies ------------------------------------------------------------------------


def test_a_receipt_is_given_once_by_each_node() -> None:
    rows = [
        {"id": i, "author#": author, "receipt_no": no, "amount_fen": fen, "event": "义卖"}
        for i, author, no, fen in (("1", "a", "7", 10), ("2", "b", "7", 20), ("3", "a", "7", None))
    ]
    assert funds.doubled(rows) == {"7": ["1", "3"]}
    assert funds.raised_at(rows, "义卖") == 30 and funds.raised_at(rows, "x") == 0


def test_facts_of_advances_and_points_are_read_as_their_rules_read_them() -> None:
    advance = {
        "id": "A",
        "person": "P",
        "advanced_on": "2026-01-01",
        "amount_fen": 900,
        "paid_by": "x",
    }
    back = {
        "id": "B",
        "advance": "A",
        "recovered_on": "2026-02-01",
        "amount_fen": 400,
        "source": "YB",
    }
    ((left,), flags) = balances([funds.advance_of(advance)], [funds.recovered_of(back)])
    assert (left.fen, left.recovered_fen, flags) == (500, 400, ())
    at = 1_793_500_200_000 << 16
    entries = [
        {"id": i, "time": at, "kind": kind, "amount": amount, "reverses": reverses}
        for i, kind, amount, reverses in (("1", "HD", 150, None), ("2", "HD", 60, None),
                                          ("3", "CX", None, "2"))
    ]  # fmt: skip
    rules = Dated("points", (Entry(Points(1, 0, 0)),))
    found = balance(map(funds.entry_of, entries), rules)
    assert (found.points, found.minutes, found.flags) == (2, 30, ())


def test_who_owes_a_training() -> None:
    rows = [{"division#": d, "held_on": on} for d, on in (("T", "2026-05-01"), ("T", "2025-05-01"))]
    owed = {"C": 1, "T": 2, "U": 2}
    assert emergencies.shortfall(rows, owed, "2026") == {"C": 1, "T": 1, "U": 2}
    assert emergencies.shortfall([*rows, rows[0]], {"T": 2}, "2026") == {}


def test_how_long_help_took() -> None:
    rows = [
        {"id": "1", "called_at": 0, "answered_at": 60_001},
        {"id": "2", "called_at": 0, "answered_at": None},
    ]
    assert emergencies.answered_in(rows) == {"1": 2, "2": None}


# --- support -------------------------------------------------------------------------------------


def span(id_: str, since: str, until: str | None, person: str = "A") -> Row:
    return {"id": id_, "person": person, "since": since, "until": until}


def test_who_is_without_a_carer_today() -> None:
    rows = [span("1", "2025-01-01", "2025-12-31"), span("2", "2026-01-01", None, "B")]
    assert support.without_carer(rows, ["A", "B", "C"], "2026-06-01") == ["A", "C"]
    assert support.without_carer(rows, ["A", "B"], "2025-12-31") == ["B"]


def test_each_severe_person_has_exactly_one_pairing() -> None:
    rows = [span("1", "2026-01-01", None), span("2", "2026-01-01", None), span("3", "2026-01-01", None, "B")]  # fmt: skip  # noqa: E501
    assert support.unpaired(rows, ["A", "B", "C"], "2026-06-01") == {"A": 2, "C": 0}


def test_not_found_is_not_seen() -> None:
    rows = [
        {"id": i, "person": p, "done_on": on, "status": s}
        for i, p, on, s in (
            ("1", "A", "2026-11-03", "ZC"),
            ("2", "B", "2026-11-03", "WJ"),
            ("3", "C", "2026-11-02", "ZC"),
            ("4", "D", "2026-11-03", "YC"),
        )
    ]
    assert support.unseen(rows, ["A", "B", "C", "D"], "2026-11-03") == ["B", "C"]


NEED = {"id": "N", "owner": None, "found_on": "2026-11-01", "due_on": "2026-11-20"}


def step(id_: str, code: str, on: str, owner: str | None = None) -> Row:
    return {"id": id_, "need": "N", "step": code, "done_on": on, "owner": owner}


def test_only_the_person_closes_a_need() -> None:
    served = [step("1", "FP", "2026-11-02", "李"), step("2", "MZ", "2026-11-05")]
    assert support.progress(NEED, []) == support.Progress("", "", True)
    assert support.progress(NEED, served) == support.Progress("MZ", "李", True)
    confirmed = [*served, step("3", "QR", "2026-11-05")]
    assert not support.progress(NEED, confirmed).open
    again = [*confirmed, step("4", "CK", "2026-11-05")]
    assert support.progress(NEED, again) == support.Progress("CK", "李", True)
    both = support.progress(NEED, [*confirmed, step("4", "ZJ", "2026-11-05")])
    assert both.conflicting and not both.open


def test_a_need_that_nobody_sees_to_escalates() -> None:
    later = NEED | {"id": "M", "due_on": None, "found_on": "2026-11-05"}
    found = support.neglected([later, NEED], [], "2026-11-21", "2026-11-14")
    assert [(need["id"], why) for need, why in found] == [("N", "overdue"), ("M", "unowned")]
    owned = [step("1", "FP", "2026-11-06", "李") | {"need": "M"}]
    assert not support.neglected([later], owned, "2026-11-21", "2026-11-14")
    assert not support.neglected([NEED], [], "2026-11-20", "2026-10-25")


def test_goods_of_one_occasion_are_given_once() -> None:
    rows = [
        {"id": i, "person": p, "campaign": c, "given_on": on}
        for i, p, c, on in (
            ("1", "A", "春节", "2026-02-10"),
            ("2", "A", "春节", "2026-02-09"),
            ("3", "A", "重阳", "2026-10-10"),
            ("4", "B", "春节", "2026-02-10"),
            ("5", "A", None, "2026-02-10"),
            ("6", "A", None, "2026-02-10"),
        )
    ]
    assert [row["id"] for row in support.given_twice(rows)] == ["1"]


steps = st.lists(
    st.builds(
        step,
        st.integers(0, 99).map(str),
        st.sampled_from(["FP", "FW", "MZ", "QR", "ZJ", "WF", "CK", "??"]),
        st.sampled_from(["2026-11-01", "2026-11-02", "2026-11-03"]),
        st.sampled_from([None, "李", "张"]),
    ),
    max_size=6,
    unique_by=lambda row: row["id"],
)
inspections = st.lists(
    st.builds(
        inspection,
        st.integers(0, 99).map(str),
        st.sampled_from([None, "STSY1", "STSY1,STSY2", ALL_SEVEN]),
        st.sampled_from(["2026-11-01", "2026-11-02"]),
        facility=st.sampled_from("FG"),
    ),
    max_size=6,
)


@given(steps, inspections, st.randoms(use_true_random=False))
def test_the_order_of_arrival_plays_no_part(
    some: list[Row], others: list[Row], chance: random.Random
) -> None:
    before = support.progress(NEED, some), premises.compliance(others, "STSY")
    chance.shuffle(some)
    chance.shuffle(others)
    assert (support.progress(NEED, some), premises.compliance(others, "STSY")) == before
