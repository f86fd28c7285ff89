"""Each finding by itself: when it begins, when it ends, and that nothing but the facts decides."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care import findings, lapses, people, periods, visits, watching
from node.care.findings import Cared, Lack
from node.care.parameters import publishing, reading
from node.care.parameters.duties import CheckIns, VisitDuties, Watch
from node.care.parameters.groups import HealthChecks
from node.care.periods import Period
from node.care.policy import BASELINE
from node.care.rosters import Place
from node.clock import ManualClock, parse_local
from node.replica import Replica
from tests.care.test_records_kept import find, meet, nodes

__all__ = ["nodes"]

Row = dict[str, Any]

PACKS = {code: reading.load(path) for code, path in publishing.shipped().items()}
RULES = PACKS["140430"].visits.needed("2026-11-01")
DUTIES = PACKS["420323"].duties.needed("2026-11-01")
DAYS = st.dates(datetime.date(2026, 1, 1), datetime.date(2027, 12, 31)).map(str)
ONE = Cared("P", "v", "2026-01-01")
ALONE = Cared("P", "v", "2026-01-01", groups=frozenset({"DJ"}))


def cared(**more: Any) -> Cared:
    return Cared(**{"id": "P", "division": "v", "registered_on": "2026-01-01", **more})


# --- by plan, by 旬, by the month ----------------------------------------------------------------


def places() -> list[Place]:
    return [
        Place("P", third, (service,), plan)
        for third, service, plan in zip(
            periods.thirds("2026-11"), ("SH02", "SH03", "JS01"), "ABC", strict=True
        )
    ]


def test_a_xun_is_due_when_it_begins_and_overdue_when_it_is_over() -> None:
    def due(today: str, *seen: str) -> list[tuple[str, int]]:
        found = findings.due_by_plan(ONE, places(), seen, today, "v1")
        assert all(one.policy == "v1" and one.code == "plan" for one in found)
        return [(one.xun, one.overdue_days(today)) for one in found]

    assert due("2026-10-31") == []
    assert due("2026-11-01") == due("2026-11-10") == [("S", 0)]
    assert due("2026-11-11") == [("S", 1), ("Z", 0)]
    assert due("2026-11-30", "2026-11-10", "2026-11-21") == [("Z", 10)]
    assert due("2026-11-05", "2026-11-07") == [("S", 0)], "what lies ahead was not yet"
    assert due("2026-11-30", "2026-11-01", "2026-11-02", "2026-11-03") == [("Z", 10), ("X", 0)]
    assert findings.due_by_plan(cared(away=True), places(), (), "2026-11-30", "v1") == []


@given(seen=st.lists(DAYS, max_size=8), today=DAYS)
def test_by_plan_and_by_xun_say_the_same_of_one_visit_in_each(seen: list[str], today: str) -> None:
    month = today[:7]
    thirds = [Place("P", third, ("SH02",), "A") for third in periods.thirds(month)]
    by_plan = findings.due_by_plan(ONE, thirds, seen, today, "")
    by_xun = findings.due_by_xun(ONE, seen, month, today, RULES, "")
    assert [one.since for one in by_plan] == [one.since for one in by_xun]
    visited = {periods.xun_of(day) for day in seen if day[:7] == month and day <= today}
    begun = {third.xun for third in periods.thirds(month) if third.first <= today}
    assert {one.xun for one in by_xun} == begun - visited


@given(seen=st.lists(DAYS, max_size=8), today=DAYS)
def test_arrears_are_shown_from_the_day_of_the_pack(seen: list[str], today: str) -> None:
    lack = findings.in_arrears(ONE, seen, today, RULES, "v1")
    count = sum(day[:7] == today[:7] and day <= today for day in seen)
    assert bool(lack) == (int(today[8:]) >= 21 and count < 3)
    if lack:
        assert lack.since == f"{today[:7]}-21" and dict(lack.values)["done"] == str(count)


# --- by group ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "groups", "days"),
    [
        ("1940-01-01", "DJ", 7), ("1950-01-01", "DJ", 90), ("", "DJ", 7), ("1950-01-01", "SZ", 30),
        ("1990-01-01", "SZ", 0), ("1990-01-01", "TKF", 30), ("1960-01-01", "", 90), ("", "", 0),
        ("1940-01-01", "DJ TKF", 7),
    ],
)  # fmt: skip
def test_how_long_a_group_may_go_unseen(birth: str, groups: str, days: int) -> None:
    one = cared(birth_date=birth, groups=frozenset(groups.split()), seen_on="2026-05-01")
    last = periods.day_after("2026-05-01", days)
    lack = findings.due_by_duty(one, last, DUTIES, "v1")
    assert bool(lack) == bool(days)
    if lack:
        assert lack.overdue_days(last) == 0 and lack.overdue_days(periods.day_after(last)) == 1
        assert findings.due_by_duty(one, periods.day_after(last, -1), DUTIES, "v1") is None
    away = cared(birth_date=birth, groups=frozenset(groups.split()), away=True)
    assert findings.due_by_duty(away, "2027-05-01", DUTIES, "v1") is None


def test_a_county_that_bounds_nothing_finds_nothing() -> None:
    none = VisitDuties(0, 0, ("DJ",), 0, 0, (), (), 0, 0)
    assert findings.due_by_duty(cared(birth_date="1930-01-01"), "2027-01-01", none, "") is None


# --- who lives alone -----------------------------------------------------------------------------

LOOKS = CheckIns(18, ("DJ",))


def look(on: str, status: str = "ZC", person: str = "P") -> Row:
    return {"id": on, "person": person, "done_on": on, "status": status}


def test_the_village_is_told_at_the_hour_and_the_others_the_next_day() -> None:
    for tier, hour, told in (
        ("village", 17, "2026-11-02"),
        ("village", 18, "2026-11-03"),
        ("township", 18, "2026-11-02"),
        ("township", 24, "2026-11-02"),
        ("county", 0, "2026-11-02"),
    ):
        assert findings.told_until(tier, "2026-11-03", hour, LOOKS) == told


@given(days=st.lists(DAYS, max_size=6, unique=True), told=DAYS, missed=st.booleans())
def test_who_was_not_looked_after_has_been_so_since_the_day_after(
    days: list[str], told: str, missed: bool
) -> None:
    rows = [look(day) for day in days] + [look(told, "WJ")] * missed + [look(told, person="Q")]
    lack = findings.not_looked_after(ALONE, rows, told, LOOKS, "v1")
    assert bool(lack) == (told not in days), "未见 is not seen, and another's look is not theirs"
    before = [day for day in days if day < told]
    if lack:
        expected = periods.day_after(max(before)) if before else "2026-01-01"
        assert lack.since == expected <= told
    assert findings.not_looked_after(ONE, rows, told, LOOKS, "v1") is None


def test_a_visit_is_a_look() -> None:
    seen = cared(groups=frozenset({"DJ"}), seen_on="2026-11-03")
    assert findings.not_looked_after(seen, [], "2026-11-03", LOOKS, "") is None
    lack = findings.not_looked_after(seen, [], "2026-11-05", LOOKS, "")
    assert lack and lack.since == "2026-11-04"


def test_health_checks_of_each_half() -> None:
    def due(today: str, *done: str) -> list[tuple[str, str]]:
        rows = [{"person": "P", "done_on": day} for day in done]
        found = findings.health_checks_due(ONE, rows, today, HealthChecks(2, 30_000), "")
        return [(dict(one.values)["part"], one.since) for one in found]

    assert due("2026-03-01") == [("1", "2026-07-01")]
    assert due("2026-07-01") == [("1", "2026-07-01"), ("2", "2027-01-01")]
    assert due("2026-12-31", "2026-06-30", "2026-05-01") == [("2", "2027-01-01")]
    assert due("2026-12-31", "2026-06-30", "2026-07-01") == []


# --- who is without ------------------------------------------------------------------------------

WATCH = Watch(("TKF",), 30, ("1", "2"), True, 10)
TEKUN = cared(groups=frozenset({"TKF"}))


def span(since: str, until: str | None = None, **more: Any) -> Row:
    return {"id": f"{since}{until}", "person": "P", "since": since, "until": until, **more}


def test_an_agreement_that_lacks_ends_or_goes_on() -> None:
    def told(today: str, *rows: Row) -> tuple[str, str] | None:
        lack = findings.without_agreement(TEKUN, rows, today, WATCH, "v1")
        return (lack.code, lack.since) if lack else None

    first = span("2026-01-01", "2026-06-30")
    assert told("2026-05-01") == ("no_agreement", "2026-01-01")
    assert told("2026-05-30", first) is None
    assert told("2026-05-31", first) == told("2026-06-30", first)
    assert told("2026-06-30", first) == ("agreement_ends", "2026-07-01")
    assert told("2026-07-01", first) == ("no_agreement", "2026-07-01")
    assert told("2026-06-30", first, span("2026-07-01")) is None
    assert told("2026-06-30", first, span("2026-07-02")) == ("agreement_ends", "2026-07-01")
    assert told("2026-06-30", span("2026-07-01", "2026-07-10"), first) == (
        "agreement_ends",
        "2026-07-11",
    )
    assert findings.without_agreement(ONE, [], "2026-05-01", WATCH, "v1") is None


def test_one_pairing_with_two_different_helpers() -> None:
    def told(*rows: Row) -> tuple[str, str] | None:
        lack = findings.badly_paired(cared(grade="2"), rows, "2026-05-01", WATCH, "v1")
        return (lack.since, dict(lack.values)["count"]) if lack else None

    two = {"member": "李主任", "volunteer": "张红"}
    assert told() == ("2026-01-01", "0")
    assert told(span("2026-02-01", **two)) is None
    assert told(span("2026-02-01", member="张红", volunteer="张红")) == ("2026-01-01", "0")
    assert told(span("2026-02-01", "2026-04-30", **two)) == ("2026-05-01", "0")
    assert told(span("2026-02-01", **two), span("2026-03-01", **two)) == ("2026-03-01", "2")
    light = cared(grade="3")
    assert findings.badly_paired(light, [], "2026-05-01", WATCH, "v1") is None


def test_in_hospital_with_nobody_there() -> None:
    def told(*rows: Row, watch: Watch = WATCH) -> str | None:
        lack = findings.without_attendant(ONE, rows, "2026-05-10", watch, "v1")
        return lack.since if lack else None

    alone = span("2026-05-01", attendant=None)
    assert told(alone) == "2026-05-01"
    assert told(alone, span("2026-05-02", attendant="张红")) is None
    assert told(span("2026-05-01", "2026-05-09", attendant=None)) is None
    assert told(alone, watch=Watch()) is None


def test_trainings_are_told_from_october() -> None:
    owed = {"c": 1, "t": 2, "u": 0}
    assert findings.trainings_owed(owed, "2026-09-30", WATCH, "v1") == []
    found = findings.trainings_owed(owed, "2026-10-01", WATCH, "v1")
    assert [(one.subject, dict(one.values)["owed"]) for one in found] == [("c", "1"), ("t", "2")]
    assert findings.trainings_owed(owed, "2026-12-01", Watch(), "v1") == []


def test_the_longest_overdue_comes_first_then_who_was_seen_longest_ago() -> None:
    late = Lack("2026-11-01", "2026-10-30", "plan", "B", "v", "")
    later = Lack("2026-11-11", "", "plan", "A", "v", "")
    longer = Lack("2026-11-11", "2026-10-01", "plan", "C", "v", "")
    assert sorted([longer, later, late]) == [late, later, longer]


def test_every_kind_has_a_sentence_and_a_name() -> None:
    names = (
        "first", "last", "planned", "done", "seen", "days", "day", "part", "count", "least",
        "until", "year", "owed", "month", "detail", "found", "due", "title", "residents", "needed",
        "staff", "at", "waited", "serial", "kind", "value", "cost", "most", "caller",
        "department", "event", "happened", "over", "before", "homes",
    )  # fmt: skip
    words: dict[str, Any] = dict.fromkeys(names, "1")
    for code in (*findings.DUE, *findings.GAPS, *lapses.DUE, *lapses.GAPS):
        for more in ({"ended": "", "fault": "few", "about": "1"}, {"ended": "2026-01-01",
                     "fault": "vacant", "about": "left"}):  # fmt: skip
            values = tuple((words | more).items())
            told = lapses.sentence(code, dict(values)) or findings.sentence(
                Lack("2026-11-01", "", code, "P", "v", "", values)
            )
            assert told.endswith(".") and told[0].isupper()
    every = {*findings.DUE, *findings.GAPS, *lapses.DUE, *lapses.GAPS}
    assert set(BASELINE.lists.finding_kinds) == every


def test_a_period_holds_its_ends() -> None:
    assert Period("2026-11-01", "2026-11-10").holds("2026-11-10")


# --- from the ledger -----------------------------------------------------------------------------


@pytest.fixture
def county(nodes: dict[str, Replica]) -> dict[str, Replica]:
    """A county with the numbers of 沁县 and a client, and its clocks on 21 November 2027."""
    content = publishing.shipped()["140430"].read_bytes()
    publishing.publish(nodes["county"], content, source="pack", user="root")
    people.add_worker(nodes["village"], "v", {"name": "张红"}, user="aide")
    people.add_person(nodes["village"], "v", {"name": "王桂兰"}, user="aide")
    for replica in nodes.values():
        clock = replica.core.clock
        assert isinstance(clock, ManualClock)
        clock.ms = parse_local("2027-11-21 20:00")
    meet(nodes)
    return nodes


def test_what_counts_for_the_month_is_read_from_visits(county: dict[str, Replica]) -> None:
    village = county["village"]
    (person,), (worker,) = village.rows("person"), village.rows("worker")

    def visit(on: str, minutes: int) -> str:
        values = {"person": person["id"], "worker": worker["id"], "service": "助洁-居室"}
        values |= {"started_at": parse_local(f"2027-11-{on} 09:00"), "minutes": minutes}
        return visits.record_visit(village, "v", values, user="aide", reason="纸质补录")

    counts = visit("03", 60)
    visit("12", 59)
    void = visit("21", 60)
    visits.void_visit(village, void, "录错对象", user="aide")
    meet(county)
    for replica in county.values():
        due = watching.due(replica, "2027-11-21", 20)
        assert [(one.code, one.xun) for one in due if one.code == "xun"] == [
            ("xun", "Z"),
            ("xun", "X"),
        ]
        (gap,) = watching.gaps(replica, "2027-11-21")
        assert (gap.code, gap.seen_on, dict(gap.values)["done"]) == ("arrears", "2027-11-12", "1")
        assert [one.code for one in watching.gaps(replica, "2027-11-20")] == []
    assert find(village, "visit", counts)
    people.close_person(village, person["id"], "死亡", "2027-11-20", user="aide")
    assert watching.due(village, "2027-11-21", 20) == [] == watching.gaps(village, "2027-11-21")
