"""What the rows of a division amount to: each function is one figure or one table, and pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care.benefits.months import age_on
from node.care.facts.premises import compliance
from node.care.figures.figure import (
    FEN,
    HOUSEHOLDS,
    PEOPLE,
    PLACES,
    TIMES,
    Figure,
)
from node.care.figures.gathering import (
    COMMUNITIES,
    VILLAGES,
    Gathered,
    Row,
    kind_of,
    open_on,
)
from node.care.pay.worth import VISIT_PAY
from node.care.policy import BASELINE
from node.care.verdict import ACCEPTED, RETURNED, verdict_of
from node.clock import day, stamp_ms

_KINDS = BASELINE.lists.disability_kinds
_SERVING = frozenset({"open", "trial"})
NONE = ""


def figures(found: Gathered) -> list[Figure]:
    """Every figure of a division, in the order in which they are read."""
    return [*_places(found), *_people(found), *_workers(found), *_care(found), *_reached(found)]


def population(found: Gathered, column: str) -> tuple[int | None, str]:
    """The last figure of the division's own population, and its day; of one day the last stated."""
    told = [
        row
        for row in found.populations
        if row["division#"] == found.scope and row[column] is not None
    ]
    if not told:
        return None, ""
    last = max(told, key=lambda row: (row["counted_on"], row["time"], row["id"]))
    return last[column], last["counted_on"]


def _places(found: Gathered) -> list[Figure]:
    kinds = Counter(kind_of(one.code) for one in found.divisions)
    townships = len(found.of_level("township"))
    made = [Figure("townships", "乡镇(街道)数", townships, unit=PLACES)]
    for code, title, names in (
        ("villages", "行政村数", VILLAGES),
        ("communities", "社区数", COMMUNITIES),
    ):
        made.append(Figure(code, title, sum(kinds[name] for name in names), unit=PLACES))
    return made


def _people(found: Gathered) -> list[Figure]:
    made = []
    for column, title, unit in (
        ("residents", "常住人口", PEOPLE),
        ("registered", "户籍人口", PEOPLE),
        ("households", "户数", HOUSEHOLDS),
    ):
        number, on = population(found, column)
        made.append(Figure(column, title, number, unit=unit, day=on))
    for basis, name in (("residents", "常住"), ("registered", "户籍")):
        old, on = population(found, f"{basis}_65")
        whole, of_day = population(found, basis)
        known = old is not None and on == of_day
        title = f"65岁及以上占{name}人口"
        made.append(
            Figure(f"aged_65_{basis}", title, old if known else None, whole, share=True, day=on)
        )
    active = [row for row in found.people if open_on(row, found.last)]
    disabled = sum(1 for row in active if is_disabled(row))
    made += [
        Figure("people", "登记服务对象", len(active)),
        Figure("disabled", "登记残疾人", disabled),
    ]
    for basis, name in (("residents", "常住"), ("registered", "户籍")):
        whole, on = population(found, basis)
        title = f"残疾人占{name}人口"
        made.append(Figure(f"disabled_{basis}", title, disabled, whole, share=True, day=on))
    return made


def visited_on(row: Row) -> str:
    """The day of a visit, ISO."""
    return day(row["started_at"])


def is_disabled(row: Row) -> bool:
    """Whether a person's record says a disability."""
    return bool(row["disability_kind"] or row["disability_grade"])


def _workers(found: Gathered) -> list[Figure]:
    active = [row for row in found.workers if _serves(found, row)]
    with_one = {row["worker"] for row in found.records if row["disability_grade"]}
    number = sum(1 for row in active if row["id"] in with_one)
    return [
        Figure("workers", "在岗服务人员", len(active)),
        Figure("workers_disabled", "残疾服务人员占比", number, len(active), share=True),
    ]


def _serves(found: Gathered, row: Row) -> bool:
    return found.tree.covers(found.scope, row["division#"]) and open_on(row, found.last)


def _care(found: Gathered) -> list[Figure]:
    """Visits, and the five figures of purchased care (HC-13)."""
    now = [row for row in found.visits if found.within(day(row["started_at"]))]
    accepted = [row for row in now if verdict_of(row).outcome == ACCEPTED]
    paid = [
        line
        for one in found.sheets
        if one.sheet is not None and found.first[:7] <= one.period
        for line in one.sheet.lines
    ]
    of_visit = {row["id"]: row["person"] for row in found.visits}
    bought = {
        of_visit.get(line.subject, line.subject)
        for line in paid
        if line.kind == VISIT_PAY and line.amount_fen > 0
    }
    placed = {row["person"] for row in found.placements if found.within(row["since"])}
    moved = {row["id"] for row in found.transfers if found.within(day(row["departed_at"]))}
    advanced = {one.id: one.fen for one in found.advances if found.within(one.day)}
    return [
        Figure(
            "visits_total", "累计有效探访", len({row["id"] for row in found.visits}), unit=TIMES
        ),
        Figure("visits", "本期有效探访", len({row["id"] for row in now}), unit=TIMES),
        Figure("visits_accepted", "本期受理探访", len(accepted), unit=TIMES),
        Figure("purchased_people", "购买服务人数", len(bought)),
        Figure("purchased_fen", "购买服务金额", sum(one.amount_fen for one in paid), unit=FEN),
        Figure("placements", "集中养护人数", len(placed)),
        Figure("transfers", "医疗转运", len(moved), unit="人次"),
        Figure("advances_fen", "医疗垫付", sum(advanced.values()), unit=FEN),
    ]


# --- places --------------------------------------------------------------------------------------


def serving(found: Gathered, kinds: Iterable[str]) -> list[Row]:
    """The facilities of some kinds that served at the end of the last day."""
    wanted = set(kinds)
    return [
        row
        for row in found.facilities
        if row["kind"] in wanted
        and (row["status"] in _SERVING or bool(row["closed_on"]))
        and open_on(row, found.last)
    ]


def without_institution(found: Gathered) -> list[str]:
    """The townships in which no institution serves, by id (ZS-11)."""
    placed = [row["division#"] for row in serving(found, found.meaning.institution_kinds)]
    return [
        one.id
        for one in found.of_level("township")
        if not any(found.tree.covers(one.id, place) for place in placed)
    ]


def _reached(found: Gathered) -> list[Figure]:
    townships = len(found.of_level("township"))
    lacking = len(without_institution(found))
    sites = serving(found, found.meaning.site_kinds)
    places = {row["division#"] for row in sites}
    ids = {row["id"] for row in sites}
    spent = sum(row["amount_fen"] for row in found.investments if row["facility"] in ids)
    made = [
        Figure(
            "institution_cover", "有养老机构的乡镇", townships - lacking, townships, PLACES, True
        ),
        Figure("sites", "养老阵地数", len(sites), unit=PLACES),
        Figure("sites_fen", "养老阵地投资", spent, unit=FEN),
    ]
    for code, title, names in (
        ("sites_villages", "有养老阵地的行政村", VILLAGES),
        ("sites_communities", "有养老阵地的社区", COMMUNITIES),
    ):
        all_ = {one.id for one in found.of_level("village") if kind_of(one.code) in names}
        made.append(Figure(code, title, len(all_ & places), len(all_), PLACES, True))
    villages = {one.id for one in found.of_level("village")}
    title = f"{found.meaning.reach_minutes}分钟助餐可达的村(社区)"
    made.append(
        Figure("reached", title, len(villages & reached(found)), len(villages), PLACES, True)
    )
    return made


def reached(found: Gathered) -> set[str]:
    """The villages from which a canteen that serves is near enough, as the township marked it."""
    canteens = {row["id"] for row in serving(found, found.meaning.canteen_kinds)}
    last: dict[tuple[str, str], Row] = {}
    for row in sorted(found.reaches, key=lambda row: (row["marked_on"], row["time"], row["id"])):
        last[row["division#"], row["facility"]] = row
    return {
        place
        for (place, facility), row in last.items()
        if facility in canteens and row["minutes"] <= found.meaning.reach_minutes
    }


# --- tables --------------------------------------------------------------------------------------


def by_kind(found: Gathered) -> dict[str, int]:
    """Active people by their one kind of disability; those without one under the empty key."""
    active = {row["id"]: row for row in found.people if open_on(row, found.last)}
    told = Counter(str(row["disability_kind"] or NONE) for row in active.values())
    codes = [*_KINDS, *sorted(told.keys() - {*_KINDS, NONE}), NONE]
    return {code: told[code] for code in codes}


AGES = ((0, 59), (60, 69), (70, 79), (80, 89), (90, 99), (100, 200))


def by_age(found: Gathered) -> dict[str, list[int]]:
    """By the division directly below the scope, active people in each band of `AGES`.

    The last number is that of those whose birth is not known.
    """
    table = {id_: [0] * (len(AGES) + 1) for id_ in parts(found)}
    for row in found.people:
        place = part_of(found, row["division#"])
        if open_on(row, found.last) and place in table:
            table[place][_band(row["birth_date"], found.last)] += 1
    return table


def _band(birth: str | None, on: str) -> int:
    if not birth or birth > on:
        return len(AGES)
    age = age_on(birth, on)
    return next((n for n, (low, high) in enumerate(AGES) if low <= age <= high), len(AGES))


def parts(found: Gathered) -> list[str]:
    """The divisions directly below the scope, and itself first, where records stand there."""
    below = [one.id for one in found.divisions if one.parent == found.scope]
    return [found.scope, *below]


def part_of(found: Gathered, division: str) -> str:
    """Under which of `parts` a division stands."""
    path = found.tree.path(division)
    after = path.index(found.scope) + 1 if found.scope in path else len(path)
    return path[after] if after < len(path) else found.scope


@dataclass(frozen=True, slots=True)
class Served:
    """What was done in a division in the time that is reported."""

    recorded: int
    accepted: int
    returned: int
    minutes: int
    clients: int


def by_division(found: Gathered) -> dict[str, Served]:
    """Visits by the division directly below the scope."""
    told: dict[str, list[Row]] = {id_: [] for id_ in parts(found)}
    for row in found.visits:
        if found.within(day(row["started_at"])):
            told.setdefault(part_of(found, row["division#"]), []).append(row)
    return {id_: served(some) for id_, some in told.items()}


def served(some: Iterable[Row]) -> Served:
    """What some visits amount to, each counted once."""
    every = list({row["id"]: row for row in some}.values())
    outcomes = Counter(verdict_of(row).outcome for row in every)
    return Served(
        len(every),
        outcomes[ACCEPTED],
        outcomes[RETURNED],
        sum(row["minutes"] or 0 for row in every),
        len({row["person"] for row in every}),
    )


@dataclass(frozen=True, slots=True)
class Worked:
    """What a worker did in the time that is reported, by accepted visits alone (CC-19).

    Attributes:
        worker: Who.
        visits: Accepted visits.
        minutes: Their minutes.
        clients: Their clients.
        rated: How many of them have a rating.
        stars: The sum of the ratings.
        on_time: How many were entered without a reason for being late.
        returned: Visits that the township gave back, which count for nothing else.
    """

    worker: str
    visits: int
    minutes: int
    clients: int
    rated: int
    stars: int
    on_time: int
    returned: int


def by_worker(found: Gathered, late_hours: int) -> list[Worked]:
    """What each worker did, by id; a visit is on time where it was entered within some hours."""
    told: dict[str, list[Row]] = {}
    for row in {row["id"]: row for row in found.visits}.values():
        if found.within(day(row["started_at"])):
            told.setdefault(row["worker"], []).append(row)
    made = []
    for worker, some in sorted(told.items()):
        good = [row for row in some if verdict_of(row).outcome == ACCEPTED]
        stars = [row["rating"] for row in good if row["rating"]]
        returned = sum(1 for row in some if verdict_of(row).outcome == RETURNED)
        on_time = sum(1 for row in good if _on_time(row, late_hours))
        total = served(good)
        made.append(
            Worked(worker, total.recorded, total.minutes, total.clients, len(stars), sum(stars),
                   on_time, returned)
        )  # fmt: skip
    return made


def _on_time(row: Row, late_hours: int) -> bool:
    from_ms = row["ended_at"] or row["started_at"]
    return bool(stamp_ms(row["time"]) <= from_ms + late_hours * 3_600_000)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a facility, to be compared with others of its kind (CC-06)."""

    facility: Mapping[str, Any]
    residents: int
    diners: int
    activities: int
    score: int | None
    lacking: int | None


def by_facility(found: Gathered) -> list[Kept]:
    """What is known of each facility that serves, by kind and name."""
    checklists = BASELINE.lists.inspection_templates
    made = []
    for row in serving(found, BASELINE.lists.facility_kinds):
        id_ = row["id"]
        inside = {
            one["person"]
            for one in found.placements
            if one["facility"] == id_ and (not one["until"] or one["until"] >= found.last)
        }
        scores = [one for one in found.evaluations if one["facility"] == id_]
        newest = max((one["year"] for one in scores), default=0)
        lacking = [
            len(known[id_].lacking)
            for name in checklists
            if id_ in (known := compliance(found.inspections, name))
        ]
        made.append(
            Kept(
                row,
                len(inside),
                sum(one["diners"] for one in found.meals
                    if one["facility"] == id_ and found.within(one["served_on"])),
                sum(1 for one in found.activities
                    if one["facility"] == id_ and found.within(one["held_on"])),
                min((one["score"] for one in scores if one["year"] == newest), default=None),
                sum(lacking) if lacking else None,
            )
        )  # fmt: skip
    return sorted(
        made, key=lambda one: (one.facility["kind"], one.facility["name"], one.facility["id"])
    )
