"""A month's sheet: the numbers of 沁县, and what arrives after a month was closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.care.parameters.dated import Entry
from node.care.parameters.groups import Areas, Bonus, HealthChecks, Line, Pay, Programme
from node.care.pay import budget
from node.care.pay.explain import counted, differing
from node.care.pay.facts import RETURN, Facts, Review, VisitFact
from node.care.pay.flags import outcomes
from node.care.pay.sheet import Sheet, adjustments, closing, decoded, sheet
from node.care.pay.worth import ACCEPTED, PAYABLE, RECORDED
from node.clock import parse_local
from node.errors import Refused
from tests.care.pay.building import (
    BOTH,
    FULL_TIME,
    INPUTS,
    PARAMETERS,
    PART_TIME,
    PAY,
    VISITS,
    VOLUNTEER,
    A,
    B,
    accepted,
    client,
    facts,
    parameters,
    settled,
    visit,
    waiver,
    worker,
)

HOURS = ("07:00", "09:00", "11:00", "13:00")


def month_of(count: int, worker_id: str = "w1", month: str = "2026-11") -> list[VisitFact]:
    """So many visits of a worker, at most four a day, each to another client."""
    return [
        visit(
            f"{worker_id}-{month}-{n:03}",
            f"{month}-{n // 4 + 1:02} {HOURS[n % 4]}",
            f"p-{worker_id}-{n}",
            worker_id,
            minutes=60 + n % 7,
        )
        for n in range(count)
    ]


def test_the_budget_of_the_programme_adds_up() -> None:
    lines = (
        Line("visits", "上门服务", 63_000_000),
        Line("checks", "体检", 21_000_000),
        Line("area", "片区", 5_040_000),
        Line("uniform", "服装保险", 1_500_000),
        Line("rest", "其他"),
    )
    programme = Programme(
        "jjt", "居家托养", "县残联", 350, 105_000_000, lines, (), (), (0, 120), (), True
    )
    planned = budget.planned(programme)
    assert planned["rest"] == 14_460_000
    assert sum(planned.values()) == programme.budget_fen
    assert budget.visits_a_year(350, VISITS, PAY) == planned["visits"] == 63_000_000
    assert budget.checks_a_year(350, HealthChecks(2, 30_000)) == planned["checks"]
    assert budget.areas_a_year(350, Areas(1_200)) == planned["area"]


def test_39_workers_27_visits_each_30_visits_and_four_a_day() -> None:
    assert 350 * 3 == 1050 and 1050 // 39 == 26 and 1050 - 26 * 39 == 36
    counts = [27] * 36 + [26] * 3
    visits = [one for n, count in enumerate(counts) for one in month_of(count, f"w{n:02}")]
    assert len(visits) == 1050
    whole = settled("2026-11", facts(visits))
    assert whole.total_fen == 1050 * 5_000 == budget.visits_a_year(350, VISITS, PAY) // 12
    assert whole.totals()["w00"] == 135_000
    assert settled("2026-11", facts(month_of(30))).totals() == {"w1": 150_000}
    assert settled("2026-11", facts(month_of(4))).total_fen == 20_000


def test_the_fifth_client_of_a_day_is_unpaid_until_the_township_waives_it() -> None:
    visits = [
        visit("a1", "2026-11-12 07:00", "p1"),
        visit("a2", "2026-11-12 08:30", "p2"),
        visit("a3", "2026-11-12 11:30", "p3"),
        visit("b1", "2026-11-12 10:00", "q1", division=B),
        visit("b2", "2026-11-12 13:00", "q2", division=B),
    ]
    known = facts(visits)
    (line,) = differing(settled("2026-11", known))
    assert (line.subject, line.state, line.reasons) == ("b2", ACCEPTED, ("cap",))
    assert settled("2026-11", known).total_fen == 20_000
    assert settled("2026-11", known | Facts.of(reviews=[waiver("b2", "cap")])).total_fen == 25_000
    for nothing in (waiver("b2", "cap", " "), waiver("b2", "short"), waiver("b1", "cap")):
        assert settled("2026-11", known | Facts.of(reviews=[nothing])).total_fen == 20_000


def test_village_township_and_county_compute_the_same_bytes() -> None:
    at_a = [
        visit("a1", "2026-11-12 07:00", "p1"),
        visit("a2", "2026-11-12 08:30", "p2"),
        visit("a3", "2026-11-12 13:00", "p3"),
    ]
    at_b = [visit(f"b{n}", f"2026-11-12 {9 + 2 * n}:45", f"q{n}", division=B) for n in range(2)]
    county = facts([*at_a, *at_b])
    told = county.told(outcomes(county, PARAMETERS))
    village = told.within({A})
    assert len(village.visits) < len(told.visits)
    for divisions in ({A}, {B}):
        by_village = sheet("2026-11", A, divisions, told.within(divisions), PARAMETERS, INPUTS)
        by_county = sheet("2026-11", A, divisions, told, PARAMETERS, INPUTS)
        assert by_village.encoded() == by_county.encoded()
    flagged = sheet("2026-11", A, {A}, village, PARAMETERS, INPUTS)
    assert [line.reasons for line in flagged.lines] == [(), (), ("cap",)]


def test_a_village_pays_a_visit_to_a_client_whom_only_the_township_knows() -> None:
    known = facts([visit("v", "2026-11-12 09:00", division=B)], [client(division=A)])
    told = known.told(outcomes(known, PARAMETERS))
    assert sheet("2026-11", B, {B}, told.within({B}), PARAMETERS, INPUTS).total_fen == 5_000
    unknown = Facts.of(known.visits.values(), (), known.workers.values(), known.reviews.values())
    told = unknown.told(outcomes(unknown, PARAMETERS))
    (line,) = sheet("2026-11", B, {B}, told, PARAMETERS, INPUTS).lines
    assert (line.reasons, line.amount_fen) == (("client_unknown",), 0)


def test_three_numbers_and_a_reason_for_every_difference() -> None:
    visits = month_of(6)
    reviews = accepted(visits[:4])
    reviews.append(Review("r", visits[4].id, RETURN, at=1, reason="not at home"))
    visits[0] = replace(visits[0], minutes=59)
    visits[1] = replace(visits[1], held=True)
    visits[2] = replace(visits[2], void=True)
    known = facts(visits, reviews=reviews)
    made = settled("2026-11", known)
    assert counted(made) == counted(made, "w1") == {RECORDED: 6, ACCEPTED: 3, PAYABLE: 1}
    assert {line.subject: line.reasons for line in differing(made)} == {
        visits[0].id: ("short",),
        visits[1].id: ("held",),
        visits[2].id: ("void",),
        visits[4].id: ("returned",),
        visits[5].id: ("not_reviewed",),
    }
    assert made.total_fen == 5_000
    again = Review("s", visits[4].id, "accept", at=2)
    assert settled("2026-11", known | Facts.of(reviews=[again])).total_fen == 10_000
    older = Review("s", visits[4].id, "accept", at=0)
    assert settled("2026-11", known | Facts.of(reviews=[older])).total_fen == 5_000


def test_a_month_ends_at_midnight_of_utc_plus_8_and_pay_is_that_of_the_day() -> None:
    late = visit("u", "2026-11-30 23:50")
    early = visit("v", "2026-12-01 00:10", "p2")
    rise = (Entry(PAY, until="2026-11-30"), Entry(replace(PAY, per_visit_fen=6_000), "2026-12-01"))
    params = parameters(rise)
    fine = facts([late, replace(early, started_at=parse_local("2026-12-01 01:30"))])
    november = settled("2026-11", fine, params=params)
    assert [(line.subject, line.amount_fen) for line in november.lines] == [("u", 5_000)]
    december = settled("2026-12", fine, [november], params=params)
    assert [(line.subject, line.amount_fen) for line in december.lines] == [("v", 6_000)]
    assert early.started_at % 86_400_000 == (16 * 60 + 10) * 60_000, "the day before, by UTC"


def test_a_village_silent_for_40_days_is_adjusted_and_the_dead_are_not_paid() -> None:
    """1100 visits of October and November arrive in December; three are to a person who died."""
    workers = [f"w{n}" for n in range(10)]
    visits = [one for w in workers for one in month_of(60, w, "2026-10")]
    visits += [one for w in workers for one in month_of(50, w, "2026-11")]
    visits = [one for one in visits if one.month in ("2026-10", "2026-11")]
    assert len(visits) == 1100
    dead = {one.id for one in visits[-3:]}
    visits = [replace(one, person="dead") if one.id in dead else one for one in visits]
    died = client("dead", closed_on="2026-11-11", closed_reason="deceased")
    assert {one.day for one in visits if one.id in dead} == {"2026-11-12", "2026-11-13"}
    people = [client(one.person) for one in visits if one.person != "dead"]
    before = facts([], people, [worker(one) for one in workers])
    closed: list[Sheet] = []
    for month in ("2026-10", "2026-11"):
        closed.append(settled(month, before, closed))
    assert [one.total_fen for one in closed] == [0, 0]
    kept = [one.encoded() for one in closed]
    after = before | facts(visits, [*people, died])
    december = settled("2026-12", after, closed)
    assert december.lines == december.adjustments
    assert {line.subject for line in december.lines} == {one.id for one in visits} - dead
    assert {line.reasons for line in december.lines} == {("late_fact",)}
    assert december.total_fen == 1097 * 5_000
    assert [one.encoded() for one in closed] == kept
    alone = settled("2026-11", after)
    barred = {line.subject: line for line in differing(alone)}
    assert barred.keys() == dead
    assert {(one.state, one.reasons, one.amount_fen) for one in barred.values()} == {
        (ACCEPTED, ("died",), 0)
    }


def test_a_void_after_closing_takes_back_what_was_paid_once() -> None:
    visits = month_of(3)
    closed = [settled("2026-11", facts(visits))]
    voided = facts([replace(visits[0], void=True), *visits[1:]])
    december = settled("2026-12", voided, closed)
    assert [(line.subject, line.reasons, line.amount_fen) for line in december.lines] == [
        (visits[0].id, ("void",), -5_000)
    ]
    assert december == settled("2026-12", voided, closed)
    assert december == settled("2026-12", voided | voided, [*closed, *closed])
    january = settled("2027-01", voided, [december, *closed])
    assert january.lines == ()
    back = settled("2027-01", facts(visits), [*closed, december])
    assert back.total_fen == 5_000


def test_a_void_of_a_visit_that_was_never_paid_takes_nothing_back() -> None:
    short = visit("v", "2026-11-12 09:00", minutes=30)
    closed = [settled("2026-11", facts([short]))]
    assert settled("2026-12", facts([replace(short, void=True)]), closed).lines == ()


def test_a_correction_moves_pay_to_another_worker_or_month() -> None:
    done = visit("v", "2026-11-12 09:00")
    workers = [worker("w1"), worker("w2")]
    closed = [settled("2026-11", facts([done], workers=workers))]
    other = facts([replace(done, worker="w2")], workers=workers)
    assert [
        (line.worker, line.reasons, line.amount_fen)
        for line in settled("2026-12", other, closed).lines
    ] == [("w1", ("corrected",), -5_000), ("w2", ("late_fact",), 5_000)]
    day = visit("v", "2026-12-03 09:00")
    (line,) = settled("2026-12", facts([day], workers=workers), closed).lines
    assert (line.before_fen, line.worth_fen, line.amount_fen) == (5_000, 5_000, 0)
    later = visit("v", "2027-03-03 09:00")
    moved = facts([later], workers=workers)
    assert settled("2026-12", moved, closed).total_fen == -5_000
    nothing = settled("2026-12", facts([], workers=workers), closed)
    assert [line.reasons for line in nothing.lines] == [("gone",)]


def test_who_becomes_salaried_keeps_what_was_paid_by_the_visit() -> None:
    visits = month_of(3)
    closed = [settled("2026-11", facts(visits))]
    risen = worker(kinds=(("", PART_TIME), ("2026-12-01", FULL_TIME)))
    december = settled("2026-12", facts(visits, workers=[risen]), closed)
    assert [(line.kind, line.amount_fen) for line in december.lines] == [
        ("base", 200_000),
        ("bonus", 0),
    ]


def test_base_for_the_salaried_and_nothing_for_others() -> None:
    visits = [visit("v", "2026-11-12 09:00", worker=FULL_TIME)]
    visits += [visit("x", "2026-11-12 09:00", "p2", VOLUNTEER)]
    visits += [visit("y", "2026-11-12 09:00", "p3", "unset"), visit("z", "2026-11-13 09:00", "p4")]
    workers = [worker(FULL_TIME, FULL_TIME), worker(VOLUNTEER, VOLUNTEER), worker("unset", "")]
    made = settled("2026-11", facts(visits, workers=workers))
    assert {
        (line.worker, line.kind, line.state, line.reasons, line.amount_fen) for line in made.lines
    } == {
        (FULL_TIME, "visit", PAYABLE, ("salaried",), 0),
        (FULL_TIME, "base", PAYABLE, (), 200_000),
        (FULL_TIME, "bonus", PAYABLE, ("few_ratings",), 0),
        (VOLUNTEER, "visit", ACCEPTED, ("unpaid_kind",), 0),
        ("unset", "visit", ACCEPTED, ("kind_unknown",), 0),
        ("w1", "visit", PAYABLE, (), 5_000),
    }
    assert made.totals() == {FULL_TIME: 200_000, VOLUNTEER: 0, "unset": 0, "w1": 5_000}


def test_the_base_is_paid_once_and_taken_back_where_the_worker_had_left() -> None:
    paid = facts([], workers=[worker("w", FULL_TIME)])
    november = settled("2026-11", paid)
    december = settled("2026-12", paid, [november])
    assert (november.total_fen, december.total_fen) == (200_000, 200_000)
    left = facts([], workers=[worker("w", FULL_TIME, closed_on="2026-11-30")])
    january = settled("2027-01", left, [november, december])
    assert [(one.kind, one.month, one.reasons, one.amount_fen) for one in january.lines] == [
        ("base", "2026-12", ("not_served",), -200_000)
    ]
    began = facts([], workers=[worker("w", FULL_TIME, since="2026-12-01")])
    assert settled("2026-11", began).lines == ()


def rated(*ratings: int | None) -> Sheet:
    visits = [replace(one, rating=r) for one, r in zip(month_of(9), ratings, strict=False)]
    return settled("2026-11", facts(visits, workers=[worker("w1", FULL_TIME)]))


@pytest.mark.parametrize(
    ("ratings", "bonus", "reasons"),
    [
        ((5, 5), 2 * 200 * 2, ()),
        ((5, 4), 1 * 200 * 2, ()),
        ((4, 4), 1 * 200 * 2, ()),
        ((4, 3), 0, ("low_ratings",)),
        ((1, 1), 0, ("low_ratings",)),
        ((5, None), 0, ("few_ratings",)),
        ((None, None), 0, ("few_ratings",)),
        ((5, 5, None, None), 2 * 200 * 4, ()),
    ],
)
def test_a_review_that_is_missing_is_not_a_bad_one(
    ratings: tuple[int | None, ...], bonus: int, reasons: tuple[str, ...]
) -> None:
    (line,) = (one for one in rated(*ratings).lines if one.kind == "bonus")
    assert (line.amount_fen, line.reasons) == (bonus, reasons)
    assert rated(*ratings).total_fen == 200_000 + bonus


def test_no_bonus_rule_gives_no_line_and_no_pay_rule_a_reason() -> None:
    known = facts(month_of(1), workers=[worker("w1", FULL_TIME)])
    none: tuple[Entry[Bonus], ...] = ()
    assert {one.kind for one in settled("2026-11", known, params=parameters(bonus=none)).lines} == {
        "base",
        "visit",
    }
    no_pay: tuple[Entry[Pay], ...] = ()
    (line,) = settled("2026-11", known, params=parameters(no_pay)).lines
    assert (line.state, line.reasons) == (ACCEPTED, ("no_pay_rule",))


def test_a_closed_month_does_not_change_and_is_closed_once() -> None:
    known = facts(month_of(1))
    november = settled("2026-11", known)
    for period in ("2026-11", "2026-10"):
        with pytest.raises(Refused, match=f"so the sheet of {period} cannot change"):
            settled(period, known, [november])
    other = settled("2026-11", facts(month_of(2)))
    with pytest.raises(Refused, match="closed 2 times with different sheets"):
        settled("2026-12", known, [november, other])


def test_the_bytes_are_read_back_and_confirm_what_was_closed() -> None:
    made = settled("2026-11", facts(month_of(3)))
    assert decoded(made.encoded()) == made
    assert closing(made).confirms(decoded(made.encoded()))
    assert not closing(made).confirms(settled("2026-11", facts(month_of(2))))
    assert b"." not in made.encoded().replace(b"w1.", b""), "whole numbers only"
    for spoilt in (
        made.encoded() + b" ",
        made.encoded().replace(b"5000", b"5000.0"),
        made.encoded().replace(b'"period"', b'"peri0d"'),
        b"[" * 100_000,
        b"[]",
        b"",
    ):
        with pytest.raises(Refused, match="cannot be read"):
            decoded(spoilt)


def test_adjustments_are_those_lines_of_the_sheet() -> None:
    closed = [settled("2026-11", facts([]))]
    known = facts([*month_of(2), *month_of(3, month="2026-12")])
    lines = adjustments("2026-12", "township", BOTH, known, PARAMETERS, INPUTS, closed)
    assert [line.month for line in lines] == ["2026-11"] * 2
    assert settled("2026-12", known, closed).total_fen == 5 * 5_000


def test_the_line_of_the_visits_is_forecast() -> None:
    closed = [settled("2026-11", facts(month_of(30)))]
    closed += [settled("2026-12", facts([*month_of(30)[1:]]), closed)]
    told = budget.visits_spending(
        "visits", 63_000_000, "2026", [*closed, closed[0]], 350, VISITS, PAY
    )
    assert told.actual_fen == 145_000
    assert told.forecast_fen == 145_000 + 350 * 3 * 5_000 * 10
    assert told.over_fen == 0
    assert budget.Spending("visits", 1, 2, 3).over_fen == 2
