"""Meals and rights as the ledger has them now, in the words of `node.care.meals` and its rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import fields, rows
from node.care.amendments import void
from node.care.benefits.months import age_on
from node.care.canteen.tables import (
    CARD,
    ENTITLED,
    GIVE_BACK,
    GRANT,
    LINE,
    MEAL,
    RETURN,
    RIGHT,
    SETTLED,
)
from node.care.facts import writing
from node.care.facts.declaring import FactKind
from node.care.meals.month import STANDS, WAITS, Told
from node.care.meals.quota import Meal, Year, year
from node.care.parameters import publishing
from node.care.parameters.groups import Meals
from node.care.people import PERSON
from node.care.rights import GIVEN_BACK, RESERVED, Book, Booked, Box, Claim, Lineage
from node.clock import stamp_ms
from node.errors import Refused, UsageError
from node.replica import Replica

Row = Mapping[str, Any]

PROGRAMME = "meals"


@dataclass(frozen=True)
class Diner:
    """Who eats, as far as a canteen must know.

    Attributes:
        id: The person's row, wherever it is kept.
        name: The name.
        home: The id of the division in which the person's record stands.
        birth_date: ISO; empty where it is not known.
    """

    id: str
    name: str
    home: str
    birth_date: str

    def age(self, on: str) -> int | None:
        """The age on a day; None where the birth date is not known, or lies later."""
        if not self.birth_date or self.birth_date > on:
            return None
        return age_on(self.birth_date, on)


def lineage(author: str) -> Lineage:
    """The lineage under which an author's rights run: one for all its starts."""
    return Lineage(author, 0)


def book(on: int) -> Book:
    """The book of a year."""
    return Book(PROGRAMME, on)


def year_of(day: str) -> int:
    """The year of a day."""
    return int(day[:4])


# --- people --------------------------------------------------------------------------------------


def diner(replica: Replica, person_id: str) -> Diner | None:
    """A person by id, from the register or from the card that the county sent here."""
    row = replica.row(PERSON.name, person_id)
    if row is not None:
        return Diner(row["id"], row["name"], row["division#"], row["birth_date"] or "")
    cards = sorted(replica.rows(CARD.name, where={"person": person_id}), key=_order)
    kept = [row for row in cards if not void(row)]
    return _of_card(kept[-1]) if kept else None


def diners(replica: Replica, typed: str) -> list[Diner]:
    """Everybody whom a name, an id or the end of one may mean at this till."""
    wanted = typed.strip()
    ids = {row["id"] for row in replica.rows(PERSON.name, where={"name": wanted})}
    cards = [row for row in replica.rows(CARD.name) if not void(row)]
    ids |= {row["person"] for row in cards if row["name"] == wanted}
    part = wanted.upper()
    if len(part) >= 6 and part.isascii():
        ids |= set(replica.ids_with(PERSON.name, part))
        ids |= {row["person"] for row in cards if row["person"].endswith(part)}
    found = (diner(replica, id_) for id_ in sorted(ids))
    return [one for one in found if one is not None]


def _of_card(row: Row) -> Diner:
    return Diner(row["person"], row["name"] or "", row["home"], row["birth_date"] or "")


def rule_on(replica: Replica, day: str, division: str) -> tuple[Meals, str]:
    """The county's rule of meals on a day in a division, and the version of its policy.

    Raises:
        UsageError: The county has published no numbers.
        Refused: It has no rule of meals then and there.
    """
    parameters = publishing.needed(replica)
    found = parameters.meals.on(day, replica.tree.code_on(division, day))
    if found is None:
        raise Refused(
            f"The county has set no discount and no quota of meals on {day}.",
            hint="See what it has set: linli policy show",
        )
    return found, parameters.version


# --- meals ---------------------------------------------------------------------------------------


def meals_of(replica: Replica, person: str, on: int) -> list[dict[str, Any]]:
    """Every meal of a person in a year that is known here, as corrections leave it, with voids."""
    return [row for row in _meals(replica, {"person": person}) if year_of(row["served_on"]) == on]


def _meals(replica: Replica, where: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    for row in rows.pages(replica, MEAL.name, None, where):
        # Whose meal it was is no slip that a correction mends: it is voided and sold again.
        whole = {**writing.corrected(MEAL, row), "person": row["person"]}
        if sound(whole):
            yield whole


def every_meal(replica: Replica, until: str) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """All meals that are known here up to a day, by person and year."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in _meals(replica):
        if row["served_on"] <= until:
            found[row["person"], year_of(row["served_on"])].append(row)
    return found


def sound(row: Row) -> bool:
    """Whether a peer wrote a meal that can be read: a whole row, with a real day."""
    if any(row[one.name] is None for one in MEAL.fields if one.required):
        return False
    try:
        return bool(fields.date("served_on", row["served_on"]) == row["served_on"])
    except UsageError:
        return False


def meal_fact(row: Row) -> Meal:
    """A meal as the rules know it."""
    return Meal(
        stamp_ms(row["time"]), row["id"], row["person"], row["facility"], row["meal_time"],
        max(row["quota_fen"], 0), lineage(row["author#"]), row["number"], row["served_on"],
    )  # fmt: skip


# --- rights --------------------------------------------------------------------------------------


def rights_of(replica: Replica, person: str, on: int) -> list[dict[str, Any]]:
    """What the county granted and took back of a person's quota, as far as it is known here."""
    return _of(replica, RIGHT, person, on)


def entitled(replica: Replica, person: str, on: int) -> dict[str, Any] | None:
    """The county's decision on a person's quota of a year, its last; None where none is here."""
    known = sorted(_of(replica, ENTITLED, person, on), key=_order)
    return known[-1] if known else None


def give_backs(replica: Replica, person: str, on: int) -> list[dict[str, Any]]:
    """What boxes asked to give back of a person's quota."""
    return _of(replica, GIVE_BACK, person, on)


def _of(replica: Replica, kind: FactKind, person: str, on: int) -> list[dict[str, Any]]:
    found = replica.rows(kind.name, where={"person": person, "year": on})
    return [row for row in found if not void(row)]


def _order(row: Row) -> tuple[Any, ...]:
    return row["time"], row["author#"], row["boot#"], row["number"], row["id"]


def box(replica: Replica, person: str, on: int) -> Box:
    """This box's own rights to a person's quota: what it was granted, and what it promised of it.

    A meal that was voided before it was settled is promised no more.
    """
    own, known = replica.author, rights_of(replica, person, on)
    grants = frozenset(
        Booked(row["id"], row["amount_fen"])
        for row in known
        if row["kind"] == GRANT and row["author_id"] == own
    )
    paid = settled_gross(replica, person, on)
    claims = []
    for row in meals_of(replica, person, on):
        fen = paid.get(row["id"], 0 if void(row) else row["quota_fen"])
        if row["author#"] == own and fen:
            claims.append(_claim(row, on, RESERVED, fen))
    for row in give_backs(replica, person, on):
        if row["author#"] == own:
            claims.append(_claim(row, on, GIVEN_BACK, row["amount_fen"]))
    return Box(book(on), lineage(own), grants, frozenset(claims))


def _claim(row: Row, on: int, kind: str, fen: int) -> Claim:
    return Claim(row["id"], book(on), lineage(row["author#"]), row["number"], kind, fen)


def returns_asked(replica: Replica, person: str, on: int) -> list[Claim]:
    """The requests to take rights back that the county has not answered, by id."""
    answered = {row["answers"] for row in rights_of(replica, person, on) if row["kind"] == RETURN}
    found = [
        _claim(row, on, GIVEN_BACK, row["amount_fen"])
        for row in give_backs(replica, person, on)
        if row["id"] not in answered
    ]
    return sorted(found)


# --- what the county has settled -----------------------------------------------------------------


def lines_of(replica: Replica, person: str, on: int) -> list[dict[str, Any]]:
    """The lines of settled months of a person's meals that are known here, oldest first."""
    return sorted(_of(replica, LINE, person, on), key=_order)


def settled_gross(replica: Replica, person: str, on: int) -> dict[str, int]:
    """What was settled of each meal and counts against its right, whatever was taken back since."""
    found: dict[str, int] = {}
    for row in lines_of(replica, person, on):
        if row["quota_fen"] > 0:
            found[row["meal"]] = found.get(row["meal"], 0) + row["quota_fen"]
    return found


def told_of(lines: list[dict[str, Any]]) -> dict[str, Told]:
    """What was told of each meal so far: the sums of its lines, and what the last one says."""
    found: dict[str, Told] = {}
    for row in lines:
        old = found.get(row["meal"], Told(row["meal"], 0, 0, 0, ""))
        found[row["meal"]] = Told(
            row["meal"], old.discount_fen + row.get("discount_fen", 0),
            old.quota_fen + row["quota_fen"], old.over_fen + row["over_fen"],
            row["state"], row["reason"] or "",
        )  # fmt: skip
    return found


def quota_of(replica: Replica, person: str, on: int, *, one_per_meal: bool = True) -> Year:
    """A person's quota of a year and what became of it: the same wherever the home's records are.

    It reads the partition of the person's village alone, so that the village, its township and the
    county tell the same.
    """
    decision = entitled(replica, person, on)
    told = told_of(sorted(_of(replica, SETTLED, person, on), key=_order))
    settled = {id_: one.quota_fen for id_, one in told.items() if one.state != WAITS}
    meals = [meal_fact(row) for row in meals_of(replica, person, on) if not void(row)]
    quota = decision["quota_fen"] if decision is not None else 0
    stands = {id_ for id_, one in told.items() if one.state in STANDS}
    return year(meals, quota, settled, one_per_meal=one_per_meal, told=stands)
