"""What was said of two records, and what follows from all that was said.

A statement is a fact about a pair: they are one person's and one is kept (`same`), they are two
people's (`distinct`), or what was said is undone (`apart`). It names the statements that it answers
and the versions of the records that its author had seen, and says nothing of the person. It stands
as a copy in the partition of each record concerned, since a village holds no other; copies are one
statement.

A village's statement is a proposal. A township's or the county's counts, and the county's outweighs
a township's. What nothing of equal weight has answered stands. So the outcome is a function of the
set of statements: whoever holds the same ones, in whatever order they came, sees the same
survivors. Where those that stand disagree there is a conflict, which stays until a person settles
it, and until then there is a value all the same:

- of a pair that some call one person and others two, nothing is merged;
- of people who are merged with somebody who is held apart from another of them, nobody is;
- where one record was merged into two, or two into each other, they are one person, and what
  the newest word keeps is kept.

A circle does not come out of it: who survives is chosen for all that hang together at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from node.schema import Channel, Column, Kind, Table

SAME, DISTINCT, APART = "same", "distinct", "apart"
WORDS = (SAME, DISTINCT, APART)

PROPOSAL = 0
"""The weight of a statement that waits for somebody who decides."""

LINK = Table(
    name="person_link",
    channel=Channel.CARE,
    meaning="what was said of two records of people: one person's, or two",
    columns=(
        Column("statement", Kind.FACT, required=True, meaning="its number, the same in each copy"),
        Column("person", Kind.FACT, required=True, meaning="id of one person, the lesser"),
        Column("person_division", Kind.FACT, required=True, meaning="id of the division"),
        Column("person_seen", Kind.FACT, meaning="the newest version seen: time, author, number"),
        Column("other", Kind.FACT, required=True, meaning="id of the other person"),
        Column("other_division", Kind.FACT, required=True, meaning="id of the division"),
        Column("other_seen", Kind.FACT, meaning="the newest version seen: time, author, number"),
        Column("word", Kind.FACT, required=True, meaning="same, distinct or apart"),
        Column("keep", Kind.FACT, meaning="of same, the id that survives"),
        Column("replaces", Kind.FACT, meaning="numbers of statements, sorted, blank between"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
    ),
    indexes=(("person",), ("other",)),
    local=True,
)

TABLES = (LINK,)

Pair = tuple[str, str]
Row = TypeVar("Row", bound=Mapping[str, Any])


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """One statement about a pair; copies of it are equal but for their weight.

    Attributes:
        number: Its number, of which later ones are greater.
        pair: The ids of the two, the lesser first.
        divisions: Where they stood, in the same order.
        seen: Which versions of them its author had seen.
        word: One of `WORDS`.
        keep: Of `same`, who survives.
        replaces: The numbers of the statements that it answers.
        note: Free text.
    """

    number: str
    pair: Pair
    divisions: tuple[str, str]
    seen: tuple[str, str]
    word: str
    keep: str
    replaces: tuple[str, ...]
    note: str = ""


def statement(row: Mapping[str, Any]) -> Statement | None:
    """A statement from a row; None where a peer wrote what is none."""
    one, two, word, keep = row["person"], row["other"], row["word"], row["keep"] or ""
    if not one < two or word not in WORDS or (word == SAME) != (keep in (one, two)):
        return None
    return Statement(
        row["statement"],
        (one, two),
        (row["person_division"], row["other_division"]),
        (row["person_seen"] or "", row["other_seen"] or ""),
        word,
        keep,
        tuple(sorted((row["replaces"] or "").split())),
        row["note"] or "",
    )


@dataclass(frozen=True, slots=True)
class Spoken:
    """What all statements about one pair amount to.

    Attributes:
        word: `same`, `distinct`, or empty where nothing is decided or those that stand disagree.
        keep: Of `same`, who survives.
        contested: Whether those that stand disagree.
        stands: Those that stand, by number.
        proposed: The proposals that nobody has answered, by number.
    """

    word: str
    keep: str
    contested: bool
    stands: tuple[Statement, ...]
    proposed: tuple[Statement, ...]

    @property
    def parted(self) -> bool:
        """Whether somebody's word that stands calls them two people."""
        return any(one.word == DISTINCT for one in self.stands)


@dataclass(frozen=True, slots=True)
class Doubles:
    """Who is whom.

    Attributes:
        pairs: What is said of each pair that anything was said of.
        survivors: By a merged record the record that is kept.
        groups: By a record that is kept all records of the person, itself included, sorted.
        contested: Records of one conflict each, sorted.
    """

    pairs: Mapping[Pair, Spoken] = field(default_factory=dict)
    survivors: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contested: tuple[tuple[str, ...], ...] = ()

    def survivor(self, id: str) -> str:
        """The record that is kept for a record; most stand for themselves."""
        return self.survivors.get(id, id)

    def group(self, id: str) -> tuple[str, ...]:
        """All records of the person whose record this is, itself included, sorted."""
        return self.groups.get(self.survivor(id), (id,))

    def once(self, people: Iterable[Row]) -> Iterator[Row]:
        """Rows of people, each person once: without those that were merged into another."""
        return (row for row in people if row["id"] not in self.survivors)

    def of_kept(self, facts: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Facts about people, each as one about the record that is kept."""
        for row in facts:
            kept = self.survivors.get(row["person"])
            yield {**row, "person": kept} if kept else row

    def conflict(self, id: str) -> tuple[str, ...]:
        """The records of the conflict in which a record is; empty where it is in none."""
        return next((one for one in self.contested if id in one), ())


def pair_of(one: str, two: str) -> Pair:
    """Two ids in their order."""
    return (one, two) if one < two else (two, one)


def doubles(weighed: Iterable[tuple[Statement, int]]) -> Doubles:
    """What follows from statements.

    Args:
        weighed: Copies of statements, each with the weight of whoever wrote the copy, in any
            order: 0 for a proposal, more for who decides. The heaviest copy counts.
    """
    weights: dict[Statement, int] = {}
    for one, weight in weighed:
        weights[one] = max(weight, weights.get(one, PROPOSAL))
    by_pair: dict[Pair, dict[Statement, int]] = {}
    for one, weight in weights.items():
        by_pair.setdefault(one.pair, {})[one] = weight
    pairs = {pair: _spoken(said) for pair, said in sorted(by_pair.items())}
    return _joined(pairs)


def _spoken(said: Mapping[Statement, int]) -> Spoken:
    decided = {one: weight for one, weight in said.items() if weight > PROPOSAL}
    stands = _standing(decided)
    ordered = sorted(stands, key=lambda one: (decided[one], one))
    words, keeps = {one.word for one in stands}, {one.keep for one in stands}
    contested = len(words) > 1 if SAME in words else False
    word, keep = "", ""
    if words == {SAME}:
        word, keep, contested = SAME, ordered[-1].keep, len(keeps) > 1
    elif DISTINCT in words and SAME not in words:
        word = DISTINCT
    proposed = _standing({one: 0 for one in said if one not in decided})
    answered = {number for one in decided for number in one.replaces}
    open_ = [
        one
        for one in proposed
        if one.number not in answered and (contested or not _says(one, word, keep))
    ]
    return Spoken(word, keep, contested, tuple(sorted(stands)), tuple(sorted(open_)))


def _says(one: Statement, word: str, keep: str) -> bool:
    """Whether a proposal asks for what stands already."""
    return (one.word if one.word != APART else "", one.keep) == (word, keep)


def _standing(said: Mapping[Statement, int]) -> list[Statement]:
    """Those that nothing of equal weight answers; those that answer each other all stand."""
    above = {
        one: {
            other
            for other, weight in said.items()
            if other != one and one.number in other.replaces and weight >= said[one]
        }
        for one in said
    }
    return [one for one in said if all(other in _reached(one, above) for other in above[one])]


def _reached(one: Statement, above: Mapping[Statement, set[Statement]]) -> set[Statement]:
    """The statements that a statement answers, at once or through others."""
    found: set[Statement] = set()
    waiting = [other for other in above if one in above[other]]
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += [other for other in above if step in above[other]]
    return found


def _joined(pairs: Mapping[Pair, Spoken]) -> Doubles:
    heap: dict[str, set[str]] = {}
    for (one, two), spoken in pairs.items():
        if spoken.word == SAME:
            both = heap.get(one, {one}) | heap.get(two, {two})
            heap.update(dict.fromkeys(both, both))
    survivors: dict[str, str] = {}
    groups: dict[str, tuple[str, ...]] = {}
    within: dict[tuple[str, ...], list[Spoken]] = {}
    conflicts: set[tuple[str, ...]] = set()
    for pair, spoken in pairs.items():
        together = heap.get(pair[0], set())
        if pair[1] in together:
            within.setdefault(tuple(sorted(together)), []).append(spoken)
        elif spoken.contested:
            conflicts.add(pair)
    for members, said in within.items():
        kept, doubtful = _kept(members, said)
        if doubtful:
            conflicts.add(members)
        if kept:
            groups[kept] = members
            survivors |= {one: kept for one in members if one != kept}
    return Doubles(pairs, survivors, groups, tuple(sorted(conflicts)))


def _kept(members: tuple[str, ...], said: list[Spoken]) -> tuple[str, bool]:
    """Who survives of records that hang together, and whether that is in conflict."""
    if any(spoken.parted for spoken in said):
        return "", True
    merged = [spoken for spoken in said if spoken.word == SAME]
    lost = {id for one in merged for id in one.stands[0].pair if id != one.keep}
    ends = [id for id in members if id not in lost]
    newest = max(
        one
        for spoken in merged
        for one in spoken.stands
        if one.keep == spoken.keep and (not ends or one.keep in ends)
    )
    return newest.keep, len(ends) != 1 or any(spoken.contested for spoken in said)
