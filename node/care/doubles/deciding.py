"""Says that two records are one person's, that they are not, or takes back what was said.

A village proposes; the township decides over its own villages and the county over all. Nothing is
written into the records themselves, so that a decision which was undone leaves no trace in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from node.care import fields, rows
from node.care.doubles.links import (
    APART,
    DISTINCT,
    LINK,
    PROPOSAL,
    SAME,
    Doubles,
    Spoken,
    Statement,
    pair_of,
)
from node.care.doubles.reading import copies, read, weight
from node.care.people import PERSON
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

_RANDOM_BYTES = 8
_NOTHING = Spoken("", "", False, (), ())
Row = Mapping[str, Any]


def merge(replica: Replica, one: str, two: str, keep: str, *, user: str, note: str = "") -> bool:
    """Says that two records are one person's, and which of them is kept.

    Args:
        replica: This node.
        one: The id of one.
        two: The id of the other.
        keep: The id of the one that survives.
        user: Who says it.
        note: Why.

    Returns:
        Whether it is decided; a village only proposes it.

    Raises:
        UsageError: A record is not here, or both are the same.
        Refused: They are merged so already, one was merged into a third, or the county decides.
    """
    both = _both(replica, one, two)
    if keep not in (both[0]["id"], both[1]["id"]):
        raise UsageError(
            f"{keep!r} is none of the two records.", hint="Keep one of the two that you name."
        )
    known = read(replica)
    pair = pair_of(both[0]["id"], both[1]["id"])
    _check_survive(known, both)
    return _say(replica, known, both, pair, SAME, keep, user, note)


def distinct(replica: Replica, one: str, two: str, *, user: str, note: str = "") -> bool:
    """Says that two records are two people's, so that they are not proposed again.

    Returns:
        Whether it is decided; a village only proposes it.

    Raises:
        UsageError: A record is not here, or both are the same.
        Refused: That stands already, they are merged, or the county decides.
    """
    both = _both(replica, one, two)
    known = read(replica)
    pair = pair_of(both[0]["id"], both[1]["id"])
    if known.survivor(pair[0]) == known.survivor(pair[1]) and not known.conflict(pair[0]):
        raise Refused(
            f"{both[0]['name']} and {both[1]['name']} are merged.",
            hint=f"First undo that: linli person unmerge {pair[0]} {pair[1]}",
        )
    return _say(replica, known, both, pair, DISTINCT, "", user, note)


def unmerge(replica: Replica, one: str, two: str, *, user: str, note: str = "") -> bool:
    """Takes back what was said of two records: that they are one person's, or that they are two.

    Returns:
        Whether it is decided; a village only proposes it.

    Raises:
        UsageError: A record is not here, or both are the same.
        Refused: Nothing stands that could be taken back, or the county decides.
    """
    both = _both(replica, one, two)
    known = read(replica)
    pair = pair_of(both[0]["id"], both[1]["id"])
    spoken = known.pairs.get(pair, _NOTHING)
    if not (spoken.word or spoken.contested or spoken.proposed):
        others = [other for other in known.group(pair[0]) if other not in pair]
        raise Refused(
            f"Nobody has said that {both[0]['name']} and {both[1]['name']} are one person or two.",
            hint=f"They hang together through {others[0]}: unmerge one of them from it."
            if others and pair[1] in known.group(pair[0])
            else "What was said is listed by: linli person duplicates --state merged",
        )
    return _say(replica, known, both, pair, APART, "", user, note)


def _both(replica: Replica, one: str, two: str) -> tuple[Row, Row]:
    first = rows.find(replica, PERSON, fields.row_id("person", one))
    second = rows.find(replica, PERSON, fields.row_id("person", two))
    if first["id"] == second["id"]:
        raise UsageError(
            f"Both are the same record, {first['id']}.", hint="Name two records of people."
        )
    return (first, second) if first["id"] < second["id"] else (second, first)


def _check_survive(known: Doubles, both: Sequence[Row]) -> None:
    """Refuses to merge a record that was merged into a third, where that is not in dispute."""
    for row, other in (both, both[::-1]):
        kept = known.survivor(row["id"])
        if kept in (row["id"], other["id"]) or known.conflict(row["id"]):
            continue
        raise Refused(
            f"{row['name']} ({row['id']}) was merged into {kept}.",
            hint=f"Merge that one: linli person merge {kept} {other['id']} --keep {kept}",
        )


def _say(
    replica: Replica,
    known: Doubles,
    both: tuple[Row, Row],
    pair: tuple[str, str],
    word: str,
    keep: str,
    user: str,
    note: str,
) -> bool:
    spoken = known.pairs.get(pair, _NOTHING)
    heft = weight(replica, replica.author, (both[0]["division#"], both[1]["division#"]))
    _check_may(replica, spoken, both, heft)
    settled = not spoken.contested and not (known.conflict(pair[0]) and word != spoken.word)
    if settled and (spoken.word or APART, spoken.keep) == (word, keep) and not spoken.proposed:
        raise Refused(
            f"That stands already of {both[0]['name']} and {both[1]['name']}.",
            hint="What was said is listed by: linli person duplicates --state merged",
        )
    made = Statement(
        _number(replica),
        pair,
        (both[0]["division#"], both[1]["division#"]),
        (_seen(replica, pair[0]), _seen(replica, pair[1])),
        word,
        keep,
        tuple(sorted(one.number for one in (*spoken.stands, *spoken.proposed))),
        fields.note("note", note) or "" if note else "",
    )
    parts: dict[str, list[Insert]] = {place: [_row(made)] for place in made.divisions}
    if word == SAME and heft > PROPOSAL:
        for place, statements in _restated(replica, known, made).items():
            parts.setdefault(place, []).extend(map(_row, statements))
    replica.act(sorted(parts.items()), user=user)
    return heft > PROPOSAL


def _check_may(replica: Replica, spoken: Spoken, both: Sequence[Row], heft: int) -> None:
    places = sorted({row["division#"] for row in both})
    if not all(replica.tree.covers(replica.division, place) for place in places):
        raise Refused(
            f"One of the two stands outside {replica.tree.called(replica.division)}.",
            reason="NOT_AUTHORISED",
            hint="Ask the node above, which holds both.",
        )
    strongest = max(
        (weight(replica, author, (places[0], places[-1])) for author in _authors(replica, spoken)),
        default=PROPOSAL,
    )
    if PROPOSAL < heft < strongest:
        raise Refused(
            "The county has decided about these two, and its word outweighs a township's.",
            reason="NOT_AUTHORISED",
            hint="Ask the county's operator to change it.",
        )


def _authors(replica: Replica, spoken: Spoken) -> Iterator[str]:
    """Who wrote what stands."""
    stands = {one.number for one in spoken.stands}
    for one in spoken.stands:
        for row in replica.rows(LINK.name, where={"person": one.pair[0], "other": one.pair[1]}):
            if row["statement"] in stands:
                yield row["author#"]


def _restated(replica: Replica, known: Doubles, made: Statement) -> dict[str, list[Statement]]:
    """What each partition lacks to see all that hangs together with a new statement.

    Two records of a village may be one person only by way of a third elsewhere, so every village
    concerned gets every statement by which they hang together.
    """
    members = {*known.group(made.pair[0]), *known.group(made.pair[1])}
    said = [
        one
        for pair, spoken in known.pairs.items()
        if members.issuperset(pair)
        for one in spoken.stands
        if spoken.word == SAME and pair != made.pair
    ]
    places = {place for one in (*said, made) for place in one.divisions}
    if not all(replica.tree.covers(replica.division, place) for place in places):
        raise Refused(
            "One of the two was merged with a record of another township, so the county decides.",
            reason="NOT_AUTHORISED",
            hint="Ask the county's operator.",
        )
    there = copies(replica, said)
    there[made] = {*made.divisions}
    return {
        place: lacking
        for place in sorted(places)
        if (lacking := [one for one in there if place not in there[one]])
    }


def _number(replica: Replica) -> str:
    """A new number, greater than earlier ones by this node's clock."""
    return f"{replica.core.now_ms():012X}{replica.core.entropy(_RANDOM_BYTES).hex().upper()}"


def _seen(replica: Replica, id: str) -> str:
    """The newest version of a record that is here."""
    last = max(
        (entry.time, entry.author, entry.number) for entry in replica.history(PERSON.name, id)
    )
    return "-".join(map(str, last))


def _row(one: Statement) -> Insert:
    values: dict[str, str] = {
        "statement": one.number,
        "person": one.pair[0],
        "person_division": one.divisions[0],
        "person_seen": one.seen[0],
        "other": one.pair[1],
        "other_division": one.divisions[1],
        "other_seen": one.seen[1],
        "word": one.word,
        "keep": one.keep,
        "replaces": " ".join(one.replaces),
        "note": one.note,
    }
    return Insert(LINK.name, {name: value or None for name, value in values.items()})
