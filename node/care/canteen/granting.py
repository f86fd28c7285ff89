"""Who is entitled, and rights to a quota: asked for by a village, granted by the county, returned.

Each change goes through the functions of `node.care.rights`, the very ones that the model checker
searches: the county's book of a person and year is assembled from the acts in the ledger, and what
they refuse is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import fields, moments
from node.care.benefits.entitlement import Denied, meal_quota
from node.care.benefits.facts import Disability, Held, Person
from node.care.canteen.reading import (
    Diner,
    book,
    box,
    entitled,
    lineage,
    lines_of,
    returns_asked,
    rights_of,
    rule_on,
    settled_gross,
)
from node.care.canteen.tables import ASK, CARD, ENTITLED, GIVE_BACK, GRANT, RETURN, RIGHT
from node.care.doubles.reading import same_person
from node.care.people import PERSON
from node.care.rights import (
    GRANT as GRANTED,
)
from node.care.rights import (
    RETURN as RETURNED,
)
from node.care.rights import (
    SETTLEMENT,
    Act,
    Claim,
    County,
    Refusal,
    accept_return,
    assembled,
    grant,
    request_return,
    restored,
)
from node.errors import Refused, UsageError
from node.replica import Insert, Replica, Write

Row = Mapping[str, Any]


# --- the county's book ---------------------------------------------------------------------------


def county_book(replica: Replica, person: str, on: int) -> County:
    """The county's book of a person and year, assembled from the acts in its ledger.

    What was settled and taken back since may be granted and settled again. Where the county's own
    database was put back, or its feed branched, the book moves nothing.
    """
    gross, net = settled_gross(replica, person, on), 0
    acts: list[Act] = []
    for row in lines_of(replica, person, on):
        net += row["quota_fen"]
        if row["quota_fen"] > 0:
            author = lineage(row["author_id"])
            acts.append(Act(SETTLEMENT, row["meal"], author, gross[row["meal"]]))
    for row in rights_of(replica, person, on):
        kind = {GRANT: GRANTED, RETURN: RETURNED}.get(row["kind"])
        if kind is not None and row["amount_fen"]:
            id_ = row["id"] if kind == GRANTED else row["answers"] or row["id"]
            acts.append(Act(kind, id_, lineage(row["author_id"]), row["amount_fen"]))
    decision = entitled(replica, person, on)
    quota = decision["quota_fen"] if decision is not None else 0
    found = assembled(book(on), quota + sum(gross.values()) - net, acts)
    doubtful = replica.rolled_back or replica.author in replica.frozen()
    return restored(found) if doubtful else found


def check_county(replica: Replica) -> None:
    """Refuses what the county alone does, elsewhere.

    Raises:
        Refused: This node is not the county's.
    """
    if replica.tier != RIGHT.writer:
        raise Refused(
            f"Rights are granted and meals settled by the county, and this node is a"
            f" {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Ask for a right: linli meal right ask PERSON --amount YUAN",
        )


# --- who is entitled -----------------------------------------------------------------------------


def known_of(replica: Replica, person_id: str, registered_since: str) -> Person:
    """What decides about a person's meals, from the register, as it stands today."""
    row = replica.row(PERSON.name, person_id)
    assert row is not None, "the county holds every register"
    grade, closed = row["disability_grade"], row["closed_on"]
    return Person(
        row["id"],
        row["birth_date"] or "",
        known.code if (known := replica.tree.get(row["division#"])) else "",
        (Held("county", registered_since),) if registered_since else (),
        tuple(Held(group) for group in row["groups"]),
        (),
        (Disability(row["disability_kind"] or "", grade),) if grade else (),
        (),
        (Held(row["closed_reason"], closed),) if closed and row["closed_reason"] else (),
    )


def decide(
    replica: Replica, who: Diner, on: int, registered_since: str
) -> tuple[list[Insert], int]:
    """What is to be written so that a person is entitled in a year, and how much the quota is.

    Raises:
        UsageError: Nobody has said since when the household is registered in the county.
        Refused: The person is in none of the groups, not registered in the county, or has a quota
            under another record already.
    """
    known = entitled(replica, who.id, on)
    if known is not None:
        return [], known["quota_fen"]
    _check_once(replica, who, on)
    since = registered_since or _registered_before(replica, who.id)
    if not since:
        raise UsageError(
            f"Whether {who.name} is registered in the county (户籍) is not known.",
            hint="Say since when, as the booklet does: --registered-since 1990-01-01",
        )
    day = _reference(replica, on)
    rule, version = rule_on(replica, day, who.home)
    found = meal_quota(known_of(replica, who.id, fields.date("registered_since", since)), day, rule)
    if isinstance(found, Denied):
        raise Refused(
            f"{who.name} has no quota of meals in {on}. {found.reason}",
            hint="The groups of a person stand in the register: linli person show PERSON",
        )
    values = {
        "person": who.id,
        "year": on,
        "quota_fen": found.fen,
        "basis": found.reason,
        "registered_since": since,
        "policy": version,
    }
    return [Insert(ENTITLED.name, ENTITLED.check(values))], found.fen


def _check_once(replica: Replica, who: Diner, on: int) -> None:
    """Refuses a second quota for one person: it follows the person, not the record.

    Records are one person's by the ID number, or since somebody merged them or the person moved.
    """
    for other in same_person(replica, who.id):
        if other != who.id and entitled(replica, other, on) is not None:
            raise Refused(
                f"{who.name} has the quota of {on} under another record already: {other}.",
                hint=f"Grant from that one: linli meal right grant {other}",
            )


def _registered_before(replica: Replica, person: str) -> str:
    """What an earlier year's decision says of the registration."""
    known = replica.rows(ENTITLED.name, where={"person": person})
    return max((row["registered_since"] for row in known), default="")


def _reference(replica: Replica, on: int) -> str:
    """The day by which a year is decided: today, or the nearest day of that year."""
    return min(max(moments.today(replica), f"{on}-01-01"), f"{on}-12-31")


# --- granting ------------------------------------------------------------------------------------


def boxes_at(replica: Replica, division: str) -> list[str]:
    """The authors that stand at a division and were not cut off."""
    view = replica.view
    found = (one for one in view.certificates if one not in view.cuts)
    return sorted(
        one for one in found if (place := view.standing(one)) and place.division == division
    )


@dataclass(frozen=True)
class Wanted:
    """A right that is to be granted.

    Attributes:
        diner: From whose quota.
        division: To the box of which village.
        author: Which box.
        year: Of which year.
        fen: How much; 0 only tells the village of the person, who then has the discount there.
    """

    diner: Diner
    division: str
    author: str
    year: int
    fen: int


def grant_right(replica: Replica, one: Wanted, *, user: str, registered_since: str = "") -> int:
    """Grants a right: the decision where it is new, the card where the person is a stranger there.

    Returns:
        What of the quota is not granted to anybody afterwards, fen.

    Raises:
        UsageError: The registration is not known.
        Refused: This node is not the county's, the person is not entitled, or the quota is used up.
    """
    check_county(replica)
    with replica.store.transaction():  # nobody grants of the same quota in between
        return _grant(replica, one, registered_since, user)


def _grant(replica: Replica, one: Wanted, registered_since: str, user: str) -> int:
    parts: list[tuple[str, list[Write]]] = []
    free = 0
    there: list[Write] = [*_card(replica, one)]
    if one.fen:
        decision, quota = decide(replica, one.diner, one.year, registered_since)
        county = county_book(replica, one.diner.id, one.year)
        if decision:
            county = assembled_again(county, quota)
        after = grant(county, "new", lineage(one.author), one.fen, replica.frozen())
        if isinstance(after, Refusal):
            raise Refused(after.reason, hint="See who holds what: linli meal right list")
        free = after.budget_fen - after.outstanding_fen
        there.append(_act(replica, one, GRANT, None))
        if decision:
            parts.append((one.diner.home, list(decision)))
    if there:
        parts.append((one.division, there))
    if parts:
        replica.act(parts, user=user)
    return free


def assembled_again(county: County, quota_fen: int) -> County:
    """A book whose quota was decided just now."""
    return County(county.book, county.budget_fen + quota_fen, county.accounts, county.phase)


def _act(replica: Replica, one: Wanted, kind: str, answers: str | None) -> Insert:
    _, version = rule_on(replica, _reference(replica, one.year), one.diner.home)
    values = {
        "person": one.diner.id,
        "year": one.year,
        "kind": kind,
        "author_id": one.author,
        "amount_fen": one.fen,
        "answers": answers,
        "policy": version,
    }
    return Insert(RIGHT.name, RIGHT.check(values))


def _card(replica: Replica, one: Wanted) -> list[Insert]:
    """What a village must know of somebody who lives elsewhere; nothing where it knows."""
    who = one.diner
    if replica.tree.covers(one.division, who.home):
        return []
    values = {
        "person": who.id,
        "name": who.name,
        "home": who.home,
        "birth_date": who.birth_date or None,
    }
    known = replica.rows(CARD.name, one.division, {"person": who.id})
    if any(all(row[name] == value for name, value in values.items()) for row in known):
        return []
    return [Insert(CARD.name, CARD.check(values))]


# --- asking and giving back ----------------------------------------------------------------------


def ask(
    replica: Replica, name: str, home: str, on: int, fen: int, *, user: str, person: str = "",
    note: str = "",
) -> str:  # fmt: skip
    """Asks the county for a right to spend from somebody's quota.

    Returns:
        The id of the request.

    Raises:
        UsageError: A field does not fit.
    """
    values = {
        "name": fields.name("name", name),
        "person": person or None,
        "home": home,
        "year": on,
        "amount_fen": fen,
        "note": note or None,
    }
    insert = Insert(ASK.name, ASK.check(values))
    return replica.write(replica.division, [insert], user=user).ids[0]


def open_asks(replica: Replica, within: str | None = None) -> list[dict[str, Any]]:
    """The requests after which no right was granted to their village for that person and year."""
    found = []
    for row in replica.rows(ASK.name, within):
        people = [row["person"]] if row["person"] else _named(replica, row)
        later = [
            right
            for person in people
            for right in rights_of(replica, person, row["year"])
            if right["division#"] == row["division#"] and right["time"] > row["time"]
        ]
        if not later:
            found.append(row)
    return sorted(found, key=lambda row: (row["time"], row["id"]))


def _named(replica: Replica, row: Row) -> Iterable[str]:
    people = replica.rows(PERSON.name, row["home"], {"name": row["name"]})
    return [one["id"] for one in people]


def give_back(replica: Replica, who: Diner, on: int, fen: int, *, user: str) -> str:
    """Asks the county to take back a right that this box holds; from now on it is not used.

    Raises:
        Refused: This box does not hold so much.
    """
    after = request_return(box(replica, who.id, on), "new", 0, fen)
    if isinstance(after, Refusal):
        raise Refused(after.reason, hint="See what it holds: linli meal right list")
    values = {"person": who.id, "year": on, "amount_fen": fen}
    insert = Insert(GIVE_BACK.name, GIVE_BACK.check(values))
    return replica.write(replica.division, [insert], user=user).ids[0]


def take_back(replica: Replica, *, user: str) -> tuple[int, list[tuple[Claim, str]]]:
    """Takes back every right that a box asked to return, so that others may be granted it.

    Returns:
        How many were taken back, and those that were not, each with the reason.

    Raises:
        Refused: This node is not the county's.
    """
    check_county(replica)
    with replica.store.transaction():
        return _take_back(replica, user)


def _take_back(replica: Replica, user: str) -> tuple[int, list[tuple[Claim, str]]]:
    asked = {(row["person"], row["year"]) for row in replica.rows(GIVE_BACK.name)}
    parts: list[tuple[str, list[Write]]] = []
    refused: list[tuple[Claim, str]] = []
    frozen = replica.frozen()
    for person, on in sorted(asked):
        county = county_book(replica, person, on)
        for claim in returns_asked(replica, person, on):
            after = accept_return(county, claim, frozen)
            if isinstance(after, Refusal):
                refused.append((claim, after.reason))
                continue
            county = after
            row = replica.row(GIVE_BACK.name, claim.id)
            assert row is not None
            who = Diner(person, "", row["division#"], "")
            one = Wanted(who, row["division#"], claim.lineage.author, on, claim.fen)
            parts.append((row["division#"], [_act(replica, one, RETURN, claim.id)]))
    if parts:
        replica.act(parts, user=user)
    return len(parts), refused
