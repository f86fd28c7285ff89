"""Flags and sheets depend on the set of facts, not on their order or on where they are computed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from node.care.parameters.dated import Entry
from node.care.pay.facts import ACCEPT, RETURN, WAIVE, ClientFact, Facts, Review, VisitFact
from node.care.pay.flags import flags, found_here, outcomes
from node.care.pay.sheet import Sheet, paid, sheet
from node.care.pay.worth import VISIT_PAY
from node.clock import parse_local
from tests.care.pay.building import (
    BOTH,
    FULL_TIME,
    INPUTS,
    PARAMETERS,
    PART_TIME,
    PAY,
    A,
    B,
    client,
    parameters,
    settled,
    visit,
    worker,
)

PERIODS = ("2026-10", "2026-11", "2026-12", "2027-01")
RISING = parameters(
    (Entry(PAY, until="2026-11-14"), Entry(replace(PAY, per_visit_fen=6_500), "2026-11-15"))
)
WORKERS = (
    worker("w1", clients_per_day_max=2),
    worker("w2", kinds=(("", PART_TIME), ("2026-12-01", FULL_TIME))),
)
CLIENTS = (
    client("p1"),
    client("p2", closed_on="2026-11-12", closed_reason="deceased"),
    client("p3", division=B),
    client("p4", division=B, services=("SH02",)),
)
QUARTERS = 4 * 24


@st.composite
def one_visit(draw: st.DrawFn, id_: str) -> VisitFact:
    """A visit of few days and hours, so that they meet; the hours lie around midnight too."""
    day = draw(st.sampled_from(("2026-10-31", "2026-11-12", "2026-11-30", "2026-12-01")))
    quarter = draw(st.integers(0, QUARTERS - 1))
    minutes = draw(st.sampled_from((30, 60, 61, 90)))
    made = visit(
        id_,
        f"{day} {quarter // 4:02}:{quarter % 4 * 15:02}",
        draw(st.sampled_from([one.id for one in CLIENTS])),
        draw(st.sampled_from([one.id for one in WORKERS])),
        minutes,
        division=draw(st.sampled_from(BOTH)),
        service=draw(st.sampled_from(("SH02", "SH03"))),
        rating=draw(st.sampled_from((None, 1, 5))),
        text=draw(st.sampled_from(("", "same"))),
        void=draw(st.integers(0, 9)) == 0,
        held=draw(st.integers(0, 9)) == 0,
    )
    return replace(made, entered_at=made.ended_at + draw(st.sampled_from((0, 60_000, 300_000_000))))


@st.composite
def visits_and_reviews(draw: st.DrawFn) -> tuple[list[VisitFact], list[Review]]:
    count = draw(st.integers(1, 14))
    visits = [draw(one_visit(f"v{n:02}")) for n in range(count)]
    reviews = []
    for one in visits:
        for n in range(draw(st.sampled_from((0, 1, 1, 1, 2)))):
            decision = draw(st.sampled_from((ACCEPT, ACCEPT, ACCEPT, RETURN, WAIVE)))
            flag = draw(st.sampled_from(("cap", "overlap", "died", "short")))
            at = draw(st.integers(1, 3))
            reviews.append(Review(f"r{n}-{one.id}", one.id, decision, at, flag, "因故"))
    return visits, reviews


Drawn = tuple[list[VisitFact], list[Review]]


def whole(drawn: Drawn) -> Facts:
    return Facts.of(drawn[0], CLIENTS, WORKERS, drawn[1])


@given(visits_and_reviews(), st.data())
def test_order_and_repetition_change_neither_flags_nor_bytes(
    drawn: Drawn, data: st.DataObject
) -> None:
    visits, reviews = drawn
    one = whole(drawn)
    twice = data.draw(st.permutations([*visits, *visits[:3]]))
    people: list[ClientFact] = data.draw(st.permutations([*CLIENTS, CLIENTS[1]]))
    workers = data.draw(st.permutations(WORKERS))
    other = Facts.of(twice, people, workers, data.draw(st.permutations(reviews)))
    assert flags(one, RISING) == flags(other, RISING)
    for period in PERIODS:
        mine, theirs = (settled(period, known, params=RISING) for known in (one, other))
        assert mine.encoded() == theirs.encoded()


@given(visits_and_reviews(), st.data())
def test_facts_split_over_nodes_and_joined_give_the_same(drawn: Drawn, data: st.DataObject) -> None:
    visits, reviews = drawn
    parts = []
    for _ in range(3):
        some = [one for one in visits if data.draw(st.booleans())]
        said = [one for one in reviews if data.draw(st.booleans())]
        known = [one for one in CLIENTS if data.draw(st.booleans())]
        parts.append(Facts.of(some, known, [one.public() for one in WORKERS], said))
    parts.append(whole(drawn))
    joined = Facts()
    for part in data.draw(st.permutations(parts)):
        joined = part | joined
    assert joined == whole(drawn)
    assert settled("2026-12", joined).encoded() == settled("2026-12", whole(drawn)).encoded()


@given(visits_and_reviews())
def test_a_village_computes_the_sheet_that_the_county_computes(drawn: Drawn) -> None:
    county = whole(drawn)
    told = county.told(outcomes(county, PARAMETERS))
    for village in BOTH:
        own = told.within({village})
        assert all(one.visit in own.visits for one in own.outcomes)
        for period in PERIODS[:3]:
            mine = sheet(period, village, {village}, own, PARAMETERS, INPUTS)
            theirs = sheet(period, village, {village}, told, PARAMETERS, INPUTS)
            assert mine.encoded() == theirs.encoded()
    by_village = found_here(told.within({A}), PARAMETERS) | found_here(told.within({B}), PARAMETERS)
    assert by_village == found_here(county, PARAMETERS)
    assert by_village | told.outcomes == flags(county, PARAMETERS)


def by_visit(sheets: list[Sheet]) -> dict[tuple[str, str], int]:
    """What was paid to each worker for each visit, where it is not nothing."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in sheets:
        for line in one.lines:
            if line.kind == VISIT_PAY:
                sums[line.worker, line.subject] += line.amount_fen
    return {key: fen for key, fen in sums.items() if fen}


@settings(max_examples=60)
@given(visits_and_reviews(), st.data())
def test_late_facts_of_any_order_are_paid_in_the_end_and_once(
    drawn: Drawn, data: st.DataObject
) -> None:
    visits, reviews = drawn
    when_visit = {one.id: data.draw(st.integers(0, len(PERIODS) - 1)) for one in visits}
    when_review = {one.id: data.draw(st.integers(0, len(PERIODS) - 1)) for one in reviews}
    when_void = {one.id: data.draw(st.integers(0, len(PERIODS) - 1)) for one in visits if one.void}
    closed: list[Sheet] = []
    for turn, period in enumerate(PERIODS):
        here = [
            replace(one, void=one.void and when_void[one.id] <= turn)
            for one in visits
            if when_visit[one.id] <= turn
        ]
        said = [one for one in reviews if when_review[one.id] <= turn]
        if turn == len(PERIODS) - 1:
            here, said = visits, reviews
        known = Facts.of(here, CLIENTS, WORKERS, said)
        made = settled(period, known, data.draw(st.permutations(closed)), RISING)
        assert made.encoded() == settled(period, known, closed, RISING).encoded()
        closed.append(made)
        assert all(fen >= 0 for _, fen in paid(closed).values()), "never more back than was paid"
    at_once = settled(PERIODS[-1], whole(drawn), params=RISING)
    assert by_visit(closed) == by_visit([at_once])
    after = settled("2027-02", whole(drawn), closed, RISING)
    assert by_visit([after]) == {}, "nothing is left to adjust"


@given(visits_and_reviews(), st.data())
def test_voids_of_everything_take_back_exactly_what_was_paid(
    drawn: Drawn, data: st.DataObject
) -> None:
    closed: list[Sheet] = []
    for period in PERIODS[:3]:
        closed.append(settled(period, whole(drawn), closed, RISING))
    voids = [replace(one, void=True) for one in drawn[0]]
    after = settled(PERIODS[3], whole((voids, drawn[1])), closed, RISING)
    back = {key: -fen for key, fen in by_visit(closed).items()}
    assert by_visit([after]) == back
    assert by_visit([*closed, after]) == {}


@given(visits_and_reviews(), st.data())
def test_a_visit_without_rating_never_lowers_a_bonus(drawn: Drawn, data: st.DataObject) -> None:
    def bonus(known: Facts) -> int:
        made = settled("2026-12", known)
        return sum(one.amount_fen for one in made.lines if one.kind == "bonus")

    plain = visit("x", "2026-12-20 09:00", "p1", "w2", service="SH03")
    more = Facts.of([plain], reviews=[Review("rx", "x", ACCEPT, 1)])
    assert bonus(whole(drawn) | more) >= bonus(whole(drawn))


@given(st.integers(0, 4_102_444_800_000))
def test_days_are_those_of_utc_plus_8(moment: int) -> None:
    made = replace(visit("v", "2026-11-12 09:00"), started_at=moment)
    begins = parse_local(f"{made.day} 00:00")
    assert begins <= moment < begins + 86_400_000
    assert made.month == made.day[:7]
