"""Reads what was said of pairs, and judges who had a right to say it.

A statement counts where its author's division covers both people: a township decides over its own
villages, the county over all. What a node holds of the two it judges by where they stand; of a
person who is not here it can only take the statement's word, and such a statement changes nothing
in the partition of the other, where its author could not write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from node.care import rows
from node.care.doubles.links import LINK, PROPOSAL, Doubles, Statement, doubles, statement
from node.care.doubles.scanning import Record
from node.care.people import PERSON
from node.division import LEVELS
from node.replica import Replica

_READ = ("id", "division", "name", "birth_date", "id_number", "gender", "disability_certificate")
_ID_CHARACTERS = 18


def read(replica: Replica, divisions: Iterable[str] | None = None) -> Doubles:
    """Who is whom by what is said in some divisions, or everywhere here.

    Args:
        replica: This node.
        divisions: Only what stands in these, and by the records that stand there: whoever holds
            them comes to the same, whatever else they hold. None: all that is here.
    """
    chosen = None if divisions is None else frozenset(divisions)
    found = [(row, one) for row in _rows(replica, chosen) if (one := statement(row)) is not None]
    if not found:
        return Doubles()
    lives = _lives(replica, chosen, (one for _, one in found))
    weights: dict[tuple[str, tuple[str, str]], int] = {}
    weighed = []
    for row, one in found:
        places = (
            lives.get(one.pair[0], one.divisions[0]),
            lives.get(one.pair[1], one.divisions[1]),
        )
        key = row["author#"], places
        if key not in weights:
            weights[key] = weight(replica, row["author#"], places)
        weighed.append((one, weights[key]))
    return doubles(weighed)


def weight(replica: Replica, author: str, places: tuple[str, str]) -> int:
    """How much an author's word about people of two divisions weighs; 0 for a proposal.

    What a township has decided stands when one of its villages goes to another township.
    """
    standing = replica.view.standing(author)
    if standing is None or standing.tier not in LEVELS:
        return PROPOSAL
    covers = all(replica.tree.ever_covered(standing.division, place) for place in places)
    return len(LEVELS) - 1 - LEVELS.index(standing.tier) if covers else PROPOSAL


def _rows(replica: Replica, chosen: frozenset[str] | None) -> Iterator[Mapping[str, Any]]:
    if chosen is None:
        yield from rows.pages(replica, LINK.name)
        return
    for division in sorted(chosen):
        found = rows.pages(replica, LINK.name, division)
        yield from (row for row in found if row["division#"] == division)


def _lives(
    replica: Replica, chosen: frozenset[str] | None, said: Iterable[Statement]
) -> dict[str, str]:
    """Where people stand, as far as that is here."""
    ids = sorted({id for one in said for id in one.pair})
    found = replica.rows(PERSON.name, where={"id": ids})
    return {
        row["id"]: row["division#"] for row in found if chosen is None or row["division#"] in chosen
    }


def same_person(replica: Replica, id: str) -> list[str]:
    """All records of the person of a record: merged, moved, or with the same ID number."""
    found = set(read(replica).group(id))
    rows_ = replica.rows(PERSON.name, where={"id": sorted(found)})
    numbers = sorted({row["id_number"] for row in rows_ if row["id_number"]})
    alike = replica.rows(PERSON.name, where={"id_number": numbers}) if numbers else []
    return sorted(found | {row["id"] for row in alike})


def copies(replica: Replica, statements: Iterable[Statement]) -> dict[Statement, set[str]]:
    """The divisions in which there is a copy of each statement."""
    found: dict[Statement, set[str]] = {one: set() for one in statements}
    for row in rows.pages(replica, LINK.name):
        one = statement(row)
        if one in found:
            found[one].add(row["division#"])
    return found


def records(replica: Replica, within: str | None = None) -> Iterator[Record]:
    """What a scan reads of every person, of some division and below or of all here."""
    for id, division, name, born, number, gender, certificate in replica.columns(
        PERSON.name, _READ, within
    ):
        known = number or (certificate or "")[:_ID_CHARACTERS]
        yield Record(id, division, name or "", born or "", known, gender or "")
