"""The county settles a month of meals, and the sheet of each canteen follows from what it wrote.

For every person and year it looks at all meals up to the end of the month, by `settle_month`, and
writes what differs from what it told before: a line into the partition of the canteen's village,
which makes up the canteen's sheet, and one into that of the person's home, which shows the quota.
All of it is one transaction. A month that was settled is never settled again; what comes later has
its line in the next.
"""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from node.care import moments
from node.care.amendments import void
from node.care.benefits.facts import ended_on
from node.care.canteen.granting import check_county, county_book, known_of
from node.care.canteen.reading import (
    Diner,
    diner,
    entitled,
    every_meal,
    lines_of,
    meal_fact,
    told_of,
)
from node.care.canteen.tables import LINE, SETTLED
from node.care.facilities import FACILITY
from node.care.meals.month import OVER, VOID, Record, Told, owed, settle_month
from node.care.meals.sheet import MealSheet, SheetLine, sheet
from node.care.parameters import publishing
from node.care.parameters.groups import Parameters
from node.care.people import PERSON
from node.errors import Refused
from node.replica import Insert, Replica

Row = Mapping[str, Any]
Inserts = dict[str, list[Insert]]


def last_day(period: str) -> str:
    """The last day of a month."""
    return f"{period}-{calendar.monthrange(int(period[:4]), int(period[5:]))[1]:02}"


def settle(replica: Replica, period: str, *, user: str) -> int:
    """Settles a month of meals over the whole county.

    Args:
        replica: The county's node.
        period: As `2026-11`.
        user: Who settles.

    Returns:
        How many lines were written.

    Raises:
        UsageError: The county has published no numbers.
        Refused: This node is not the county's, the month is not over, it or a later one is settled
            already, or the county's database was put back.
    """
    check_county(replica)
    with replica.store.transaction():  # nobody grants or settles in between
        _check_open(replica, period)
        lines, homes = _news(replica, period)
        for division, inserts in (*sorted(lines.items()), *sorted(homes.items())):
            replica.insert_each(division, inserts, user=user)
    return sum(map(len, lines.values()))


def _check_open(replica: Replica, period: str) -> None:
    if replica.rolled_back or replica.author in replica.frozen():
        raise Refused(
            "The county's own database was put back or copied, so nobody knows what it has paid.",
            hint="Let the townships bring back what it lacks: linli sync on each of them",
        )
    today = moments.today(replica)
    if today <= last_day(period):
        raise Refused(
            f"The month {period} is not over: it is {today} here.",
            hint="Settle it when it is: linli meal settle --month MONTH",
        )
    known = max((row["period"] for row in replica.rows(LINE.name) if not void(row)), default="")
    if known >= period:
        raise Refused(
            f"Meals are settled up to {known} already, and a settled month never changes.",
            hint="See it with: linli meal sheet --month MONTH; what came late is in the next one",
        )


def _news(replica: Replica, period: str) -> tuple[Inserts, Inserts]:
    """What a month's settlement has to write, by canteen's village and by home."""
    parameters, frozen = publishing.needed(replica), replica.frozen()
    lines: Inserts = defaultdict(list)
    homes: Inserts = defaultdict(list)
    places = {row["id"]: row["division#"] for row in replica.rows(FACILITY.name)}
    groups = every_meal(replica, last_day(period))
    for person, on in sorted(groups):
        rows = groups[person, on]
        decision, who = entitled(replica, person, on), diner(replica, person)
        quota = decision["quota_fen"] if decision is not None else 0
        records = [_record(replica, row, who, parameters, places) for row in rows]
        earlier = lines_of(replica, person, on)
        before, listed = told_of(earlier), Counter[str]()
        for row in earlier:
            listed[row["meal"]] += row["list_fen"]
        last = last_day(period)
        rule = parameters.meals.on(last, replica.tree.code_on(rows[0]["division#"], last))
        _, told = settle_month(
            county_book(replica, person, on), records, quota, before, frozen,
            one_per_meal=rule.one_per_meal if rule else True,
        )  # fmt: skip
        by_id = {row["id"]: row for row in rows}
        for one in told:
            row, old = by_id[one.id], before.get(one.id)
            price = (0 if one.state == VOID else row["list_fen"]) - listed[one.id]
            line = _line(row, one, old, period, price)
            if line is None:
                continue
            line["policy"] = parameters.version
            lines[_place(replica, row, places)].append(Insert(LINE.name, line))
            home = {field.name: line[field.name] for field in SETTLED.fields}
            homes[row["division#"]].append(Insert(SETTLED.name, home))
    return lines, homes


def _place(replica: Replica, row: Row, places: Mapping[str, str]) -> str:
    """Where the line of a meal stands: at its canteen, or with who claims to have cooked it."""
    if not _elsewhere(replica, row, places):
        return places[row["facility"]]
    standing = replica.view.standing(row["author#"])
    return standing.division if standing is not None else str(row["division#"])


def _elsewhere(replica: Replica, row: Row, places: Mapping[str, str]) -> bool:
    """Whether a meal was written by a box that is not its canteen's, or names no canteen."""
    place, standing = places.get(row["facility"]), replica.view.standing(row["author#"])
    if place is None or standing is None:
        return True
    return not replica.tree.covers(standing.division, place)


def _record(
    replica: Replica, row: Row, who: Diner | None, parameters: Parameters, places: Mapping[str, str]
) -> Record:
    """A meal, and what may be asked of the government for it."""
    day, fact = row["served_on"], meal_fact(row)
    rule = parameters.meals.on(day, replica.tree.code_on(row["division#"], day))
    age = who.age(day) if who is not None else None
    gave = max(row["discount_fen"], 0)
    if _elsewhere(replica, row, places):
        return Record(
            fact, gave, void(row), 0, 0,
            "It was not recorded by the box of this canteen, nor by one above it.",
        )  # fmt: skip
    ended = _ended(replica, row["person"], day)
    if ended:
        return Record(fact, gave, void(row), 0, 0, ended)
    due = owed(row["list_fen"], row["discount_fen"], row["quota_fen"], age, rule)
    return Record(fact, gave, void(row), due.quota_fen, due.discount_fen, due.reason)


def _ended(replica: Replica, person: str, day: str) -> str:
    """Why nothing is due to somebody any more, as a sentence; empty where it is."""
    row = replica.row(PERSON.name, person)
    if row is None:
        return "The person is in no register that the county has."
    closing, on = ended_on(known_of(replica, person, ""), day)
    return f"The person's record is closed since {on}, before the meal." if closing else ""


def _line(
    row: Row, one: Told, old: Told | None, period: str, price_fen: int
) -> dict[str, Any] | None:
    """What a month changes for a meal; None where it says what was said."""
    was = old or Told(one.id, 0, 0, 0, "")
    if old is None and one.state == VOID:
        return None
    if old is not None and _said(one) == _said(was) and not price_fen:
        return None
    return {
        "facility": row["facility"],
        "period": period,
        "meal": one.id,
        "person": row["person"],
        "year": int(row["served_on"][:4]),
        "author_id": row["author#"],
        "served_on": row["served_on"],
        "meal_time": row["meal_time"],
        "list_fen": price_fen,
        "discount_fen": one.discount_fen - was.discount_fen,
        "quota_fen": one.quota_fen - was.quota_fen,
        "over_fen": one.over_fen - was.over_fen,
        "state": one.state,
        "reason": one.reason or None,
    }


def _said(one: Told) -> tuple[Any, ...]:
    return one.discount_fen, one.quota_fen, one.over_fen, one.state


# --- sheets --------------------------------------------------------------------------------------


def sheets(replica: Replica, period: str, within: str | None = None) -> list[MealSheet]:
    """The sheets of a month that are here, by division and canteen."""
    found: dict[tuple[str, str], list[SheetLine]] = defaultdict(list)
    for row in replica.rows(LINE.name, within, {"period": period}):
        if not void(row):
            found[row["division#"], row["facility"]].append(_sheet_line(row))
    return [
        sheet(period, division, facility, found[division, facility])
        for division, facility in sorted(found)
    ]


def _sheet_line(row: Row) -> SheetLine:
    return SheetLine(
        row["meal"], row["person"], row["served_on"], row["meal_time"], row["list_fen"],
        row["discount_fen"], row["quota_fen"], row["over_fen"], row["state"], row["reason"] or "",
    )  # fmt: skip


def overs(replica: Replica, within: str | None = None) -> Iterator[dict[str, Any]]:
    """What canteens bear themselves, one item a meal: the sum of its lines, where it is not zero.

    It is the facility's, never the elder's.
    """
    by_meal: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _by_time(replica.rows(LINE.name, within)):
        by_meal[row["meal"]].append(row)
    for id_ in sorted(by_meal):
        told = told_of(by_meal[id_])[id_]
        if told.over_fen:
            last = by_meal[id_][-1]
            yield {**last, "over_fen": told.over_fen, "state": OVER}


def _by_time(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [row for row in rows if not void(row)]
    return sorted(kept, key=lambda row: (row["time"], row["author#"], row["number"], row["id"]))
