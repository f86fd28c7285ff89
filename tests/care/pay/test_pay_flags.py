"""Each doubt about a visit is raised by what raises it and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from node.care.parameters import publishing, reading
from node.care.pay.facts import Facts, Span, VisitFact, WorkerFact
from node.care.pay.flag import BARRING, CODES, WARNING, Flag, flag, sentence
from node.care.pay.flags import drawn, flags, found_here, outcomes
from node.care.pay.worth import BASE_PAY, dues
from node.language import CHINESE, said
from tests.care.pay.building import (
    BOTH,
    FULL_TIME,
    HOUR_MS,
    PARAMETERS,
    VISITS,
    A,
    B,
    client,
    facts,
    parameters,
    visit,
    worker,
)

DAY = "2026-11-12"


def codes(known: Facts, visit_id: str = "v") -> set[str]:
    return {one.code for one in flags(known, PARAMETERS) if one.visit == visit_id}


def test_a_plain_visit_raises_nothing() -> None:
    assert flags(facts([visit("v", f"{DAY} 09:00")]), PARAMETERS) == frozenset()


def test_bars_and_warnings_are_two_lists() -> None:
    assert not BARRING & WARNING


def test_three_clients_here_and_two_next_door_flag_one_visit_in_any_order() -> None:
    visits = [
        visit("a1", f"{DAY} 07:00", "p1"),
        visit("a2", f"{DAY} 08:30", "p2"),
        visit("a3", f"{DAY} 11:30", "p3"),
        visit("b1", f"{DAY} 10:00", "q1", division=B),
        visit("b2", f"{DAY} 13:00", "q2", division=B),
    ]
    results = set()
    for order in permutations(visits):
        whole = facts([])
        for one in order:
            whole = facts([one]) | whole | facts([one])
        results.add(flags(whole, PARAMETERS))
    (found,) = results
    assert found == {flag("b2", "cap", "a1", "a2", "a3", "b1", cap=4, day=DAY)}
    for village in BOTH:
        alone = facts([one for one in visits if one.division == village])
        assert flags(alone, PARAMETERS) == frozenset()


def test_the_cap_counts_clients_and_not_visits_and_the_worker_may_have_a_lower_one() -> None:
    hours = ("06:00", "08:00", "10:00", "12:00", "14:00")
    persons = ("p1", "p2", "p3", "p4", "p1")
    visits = [
        visit(f"v{place}", f"{DAY} {hour}", person)
        for place, (hour, person) in enumerate(zip(hours, persons, strict=True))
    ]
    assert not {one for one in flags(facts(visits), PARAMETERS) if one.code == "cap"}
    slow = [worker(clients_per_day_max=2)]
    found = flags(facts(visits, workers=slow), PARAMETERS)
    assert {one.visit for one in found if one.code == "cap"} == {"v2", "v3"}


def test_a_day_ends_at_midnight_of_utc_plus_8() -> None:
    late = [visit(f"v{n}", f"2026-11-30 {18 + n}:00", f"p{n}", minutes=60) for n in range(5)]
    moved = [*late[:4], visit("v4", "2026-12-01 00:00", "p4", minutes=60)]
    assert [one.visit for one in flags(facts(late), PARAMETERS) if one.code == "cap"] == ["v4"]
    assert not {one for one in flags(facts(moved), PARAMETERS) if one.code == "cap"}
    assert moved[4].month == "2026-12", "16:00 of the day before, by UTC"


def test_two_homes_at_once_flag_the_later_visit_and_the_way_takes_time() -> None:
    first = visit("u", f"{DAY} 08:00", "p1", minutes=90)
    inside = visit("v", f"{DAY} 08:20", "p2", minutes=60, service="SH03")
    after = visit("x", f"{DAY} 09:29", "p3")
    found = flags(facts([first, inside, after]), PARAMETERS)
    assert {(one.visit, one.code, one.others) for one in found} == {
        ("v", "overlap", ("u",)),
        ("x", "overlap", ("u",)),
        ("x", "travel", ("v",)),
    }
    soon = visit("v", f"{DAY} 09:35", "p2")
    assert codes(facts([first, soon])) == {"travel"}
    assert codes(facts([first, replace(soon, person="p1", service="SH03")])) == {"xun"}
    assert codes(facts([first, visit("v", f"{DAY} 09:40", "p2")])) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minutes": 59}, "short"),
        ({"entered_after": 49}, "late"),
        ({"entered_after": 49, "late_reason": ""}, "late_unexplained"),
        ({"entered_after": 49, "late_reason": "L03"}, "late"),
        ({"entered_after": -4}, "future"),
        ({"entered_after": -4, "clock_suspect": True}, "clock"),
        ({"confirmed_by": ""}, "unconfirmed"),
        ({"confirmed_by": "nobody"}, "unconfirmed"),
    ],
)
def test_what_a_visit_raises_by_itself(changes: dict[str, Any], code: str) -> None:
    plain = visit("v", f"{DAY} 09:00")
    hours = changes.pop("entered_after", 0)
    assert isinstance(hours, int)
    moved = replace(plain, entered_at=plain.ended_at + hours * HOUR_MS)
    assert codes(facts([replace(moved, **changes)])) == {code}


@pytest.mark.parametrize(
    ("life", "code"),
    [
        ({"closed_on": "2026-11-11", "closed_reason": "deceased"}, "died"),
        ({"closed_on": "2026-11-11", "closed_reason": "moved"}, "moved"),
        ({"closed_on": "2026-11-11", "closed_reason": "placed"}, "placed"),
        ({"closed_on": "2026-11-11", "closed_reason": "left"}, "closed"),
        ({"closed_on": DAY, "closed_reason": "deceased"}, ""),
        ({"hospital": (Span("2026-11-11", "2026-11-13"),)}, "hospital"),
        ({"hospital": (Span("2026-11-11"),)}, "hospital"),
        ({"placed": (Span("2026-11-11"),)}, "placed"),
        ({"placed": (Span("2026-11-01", "2026-11-13"),)}, "placed"),
        ({"placed": (Span("2026-11-01", DAY), Span(DAY))}, ""),
        ({"hospital": (Span(DAY, "2026-11-20"), Span("2026-11-01", DAY))}, ""),
        ({"registered_on": "2026-11-13"}, "unregistered"),
        ({"enrolled": (Span("2026-01-01", "2026-11-11"),)}, "unenrolled"),
        ({"enrolled": ()}, "unenrolled"),
        ({"enrolled": (Span("2026-01-01", DAY),)}, ""),
        ({"services": ("JS01", "SH03")}, "unplanned"),
        ({"services": ("SH02",)}, ""),
    ],
)
def test_what_the_life_and_plan_of_a_client_raise(life: dict[str, Any], code: str) -> None:
    known = facts([visit("v", f"{DAY} 09:00")], [client(**life)])
    assert codes(known) == ({code} if code else set())


def test_a_task_of_the_plan_is_enough() -> None:
    done = visit("v", f"{DAY} 09:00", tasks=("JS01",))
    assert codes(facts([done], [client(services=("JS01",))])) == set()


@pytest.mark.parametrize("paper", ["contract", "insurance", "certificate"])
def test_a_worker_needs_papers_that_are_kept(paper: str) -> None:
    done = visit("v", f"{DAY} 09:00")
    before: dict[str, Any] = {paper: (Span("2025-01-01", "2026-11-11"),)}
    both: dict[str, Any] = {paper: (*before[paper], Span(DAY))}
    assert codes(facts([done], workers=[worker(**before)])) == {paper}
    assert codes(facts([done], workers=[worker(**both)])) == set()


def test_a_relative_is_noticed() -> None:
    known = facts([visit("v", f"{DAY} 09:00")], workers=[worker(relatives=("p1",))])
    assert codes(known) == {"relative"}


def test_second_visit_of_a_third_and_a_service_twice() -> None:
    first = visit("u", "2026-11-02 09:00")
    assert codes(facts([first, visit("v", "2026-11-09 09:00", service="SH03")])) == {"xun"}
    assert codes(facts([first, visit("v", "2026-11-11 09:00")])) == {"repeated"}
    assert codes(facts([first, visit("v", "2026-12-02 09:00")])) == set()


def test_the_same_words_lengths_and_an_evening_of_typing() -> None:
    persons = [f"p{n}" for n in range(9)]
    days = [visit(f"v{n}", f"2026-11-{n + 1:02} 09:00", p) for n, p in enumerate(persons)]
    words = [replace(one, text="same") for one in days[:3]]
    found = flags(facts(words), PARAMETERS)
    assert {(one.visit, one.code) for one in found} == {("v1", "same_text"), ("v2", "same_text")}
    at = days[8].ended_at
    typed = [
        replace(one, entered_at=at + n * 1000, late_reason="L03") for n, one in enumerate(days)
    ]
    burst = [one for one in flags(facts(typed), PARAMETERS) if one.code == "burst"]
    assert {one.visit for one in burst} == {f"v{n}" for n in range(9)}
    assert burst[0].values == (("count", "9"), ("minutes", "5"))
    assert not {one for one in flags(facts(typed[:8]), PARAMETERS) if one.code == "burst"}
    ten = [*days, visit("v9", "2026-11-20 09:00", "p9")]
    assert {one.code for one in flags(facts(ten), PARAMETERS)} == {"same_length"}
    ten[9] = replace(ten[9], minutes=75)
    assert flags(facts(ten), PARAMETERS) == frozenset()


def test_a_void_visit_raises_nothing_and_takes_no_place() -> None:
    first = visit("u", f"{DAY} 08:00", "p1", void=True)
    assert flags(facts([first, visit("v", f"{DAY} 08:20")]), PARAMETERS) == frozenset()


def test_a_village_reads_no_record_of_another() -> None:
    done = visit("v", f"{DAY} 09:00", division=B)
    dead = client(division=A, closed_on="2026-11-01", closed_reason="deceased")
    known = facts([done], [dead], [worker(division=A, contract=(Span("2020", "2021"),))])
    assert found_here(known, PARAMETERS) == frozenset()
    assert {one.code for one in outcomes(known, PARAMETERS)} == {"died", "contract"}
    assert {one.code for one in outcomes(Facts.of([done]), PARAMETERS)} == {"client_unknown"}


def test_the_draw_needs_the_secret_and_no_order() -> None:
    visits = [visit(f"v{n:04}", "2026-11-12 09:00", f"p{n}") for n in range(1000)]
    hit = drawn(b"seed", "2026-11", "t", visits, PARAMETERS)
    assert hit == drawn(b"seed", "2026-11", "t", [*visits[::-1], *visits], PARAMETERS)
    assert 60 < len(hit) < 140
    assert hit != drawn(b"other", "2026-11", "t", visits, PARAMETERS)
    assert hit != drawn(b"seed", "2026-11", "u", visits, PARAMETERS)
    assert drawn(b"seed", "2026-12", "t", visits, PARAMETERS) == []
    half = drawn(b"seed", "2026-11", "t", visits[:500], PARAMETERS)
    assert half == [one for one in hit if one < "v0500"], "who comes later takes no one's place"
    none = parameters(visits=replace(VISITS, call_back_thousandths=0))
    assert drawn(b"seed", "2026-11", "t", visits, none) == []


EVERY_VALUE = dict.fromkeys(
    (
        "minutes", "least", "hours", "day", "since", "on", "cap", "count", "month", "services",
        "planned", "service", "classes",
    ),
    "1",
)  # fmt: skip


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_flag_has_a_sentence_in_both_languages(code: str) -> None:
    told = sentence(Flag("v", code, ("u",), tuple(EVERY_VALUE.items())))
    assert told.endswith(".")
    chinese = said(told, CHINESE)
    assert chinese != told
    assert not any(word in chinese for word in ("visit", "client", "worker", "{"))


@pytest.mark.parametrize(
    ("of", "service", "told"),
    [("YH", "JK04", False), ("ZJ", "JK04", False), ("PT", "JK04", True), ("", "JK04", False),
     ("PT", "SH02", False)],
)  # fmt: skip
def test_a_service_of_nurses_is_done_by_nurses(of: str, service: str, told: bool) -> None:
    """QX-13: 助医 needs the class 医护; who states no class is not judged."""
    pack = reading.load(publishing.shipped()["140430"])
    done = replace(visit("v", f"{DAY} 09:00"), service=service)
    known = facts([done], [client(done.person)], [worker(done.worker, worker_class=of)])
    assert ("unskilled" in {one.code for one in flags(known, pack)}) == told
    again = facts([]) | known | known
    assert flags(again, pack) == flags(known, pack)


def test_a_visit_fact_bears_no_name_and_no_note() -> None:
    names = set(VisitFact.__slots__)
    assert not names & {"name", "note", "phone", "address", "id_number"}


def test_who_is_registered_twice_has_one_base() -> None:
    twins = [worker("w1", FULL_TIME, known_by="N"), worker("w2", FULL_TIME, known_by="N")]
    visits = [visit("v1", f"{DAY} 07:00", "p1"), visit("v2", f"{DAY} 09:00", "p2", worker="w2")]

    def bases(workers: list[WorkerFact]) -> list[str]:
        found = dues(facts(visits, workers=workers), PARAMETERS, DAY[:7], [DAY[:7]])
        return [one.worker for one in found if one.kind == BASE_PAY]

    assert bases(twins) == bases(twins[::-1]) == ["w1"]
    assert bases([worker("w1", FULL_TIME), worker("w2", FULL_TIME)]) == ["w1", "w2"]
