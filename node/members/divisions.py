"""Ids for divisions, and lists of codes taken in.

A division's id is drawn by lot once and never changes; codes and names are facts about it. A list
of the statistics office adds what is new. Where it contradicts what the county has recorded, it is
a proposal and nothing more: a merger or a move is decided by a person, with a document and a date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from node.clock import day
from node.codes import Listed
from node.division import Division, Tree
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

ID_CHARACTERS = 8
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS = 5


def mint_division_id(entropy: Callable[[int], bytes], existing: Container[str] = ()) -> str:
    """Draws a division's id: 8 characters of Crockford's base32, 40 random bits.

    Args:
        entropy: Gives random bytes.
        existing: The ids that are taken.
    """
    while True:
        number = int.from_bytes(entropy(ID_CHARACTERS * _BITS // 8), "big")
        shifts = range((ID_CHARACTERS - 1) * _BITS, -1, -_BITS)
        minted = "".join(_CROCKFORD[number >> shift & 31] for shift in shifts)
        if minted not in existing:
            return minted


@dataclass(frozen=True, slots=True)
class Proposal:
    """A difference between the county's record and a list.

    Attributes:
        division: The division's id.
        code: Its code in the list.
        what: `name`, `parent`, `code`, `abolished`, or `gone` where the list lacks it; with `code`
            it has another code in the list, as far as names tell.
        here: What is recorded; a parent by its code.
        listed: What the list says.
    """

    division: str
    code: str
    what: str
    here: str
    listed: str


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a list.

    Attributes:
        count: How many divisions were new and now exist.
        proposals: Where the list differs from the record, which stays as it was.
    """

    count: int
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How a list differs from the county's record.

    Attributes:
        new: What the list has and the record lacks, above before below.
        proposals: Where the list says otherwise.
    """

    new: tuple[Listed, ...]
    proposals: tuple[Proposal, ...]


def establishing(id: str, level: str, code: str, name: str, parent: str, valid_from: str) -> Insert:
    """The act by which a division comes into being."""
    values = {
        "subject": id,
        "kind": "establish",
        "level": level,
        "code": code,
        "name": name,
        "parent": parent,
        "valid_from": valid_from,
    }
    return Insert("division_act", {key: value for key, value in values.items() if value})


def add_divisions(
    replica: Replica, listed: Sequence[Listed], *, user: str = "", valid_from: str = ""
) -> Added:
    """Establishes the divisions of a list that are not known yet, in one transaction.

    Args:
        replica: The county's.
        listed: As `node.division.read_list` gives it.
        user: Who acts.
        valid_from: ISO date from which they exist; today if empty.

    Raises:
        Refused: This node is not the county's.
        UsageError: The list is another county's.
    """
    tree = replica.tree
    _check_own(replica, listed)
    fresh, proposals = _sorted_out(replica, tree, listed, valid_from or day(replica.core.now_ms()))
    if fresh:
        replica.write(replica.division, fresh, user=user)
    return Added(len(fresh), tuple(proposals))


def compare_divisions(replica: Replica, listed: Sequence[Listed]) -> Compared:
    """Compares a whole list with the county's record and changes nothing.

    Statistical codes change with every merger, so a village that is in the list under another code
    looks like one that is gone and one that is new. Where only one of each bears a name, the two
    are taken for the same and proposed as such.

    Args:
        replica: The county's.
        listed: The whole list, as `node.division.read_list` gives it.

    Raises:
        Refused: This node is not the county's.
        UsageError: The list is another county's.
    """
    _check_own(replica, listed)
    tree = replica.tree
    codes = {row.code for row in listed}
    known = [here for id in tree.below(tree.root) if (here := tree.get(id)) is not None]
    gone = [here for here in known if not here.abolished and here.code not in codes]
    new = [row for row in listed if tree.by_code(row.code) is None]
    bearers = Counter(here.name for here in gone)
    names = Counter(row.name for row in new)
    recoded = {row.name: row for row in new if names[row.name] == 1 and bearers[row.name] == 1}
    proposals = []
    for row in listed:
        if (here := tree.by_code(row.code)) is not None:
            proposals += _differences(tree, here, row)
    for here in gone:
        again = recoded.get(here.name)
        if again is not None and again.level == here.level:
            proposals += _differences(tree, here, again)
        else:
            proposals.append(Proposal(here.id, here.code, "gone", here.name, ""))
    moved = {proposal.code for proposal in proposals if proposal.what == "code"}
    return Compared(tuple(row for row in new if row.code not in moved), tuple(proposals))


def _check_own(replica: Replica, listed: Sequence[Listed]) -> None:
    if not replica.core.is_root:
        raise Refused(
            "Only the county's node keeps the list of divisions.",
            reason="NOT_AUTHORISED",
            hint="Import it there; it comes here with the next session.",
        )
    top = next((row for row in listed if not row.parent), None)
    tree = replica.tree
    known = tree.by_code(top.code) if top else None
    if top is not None and (known is None or known.id != replica.division):
        own = tree.get(replica.division)
        raise UsageError(
            f"The list is that of {top.name} ({top.code}), and this county is"
            f" {own.name if own else ''} ({own.code if own else replica.division}).",
            hint="Take the list whose first row is this county.",
        )


def _sorted_out(
    replica: Replica, tree: Tree, listed: Sequence[Listed], valid_from: str
) -> tuple[list[Insert], list[Proposal]]:
    """The acts for what is new, and the differences in what is known."""
    ids = {row.code: found.id for row in listed if (found := tree.by_code(row.code)) is not None}
    taken = {*tree.below(tree.root)}
    proposals = []
    fresh = []
    for row in listed:
        if row.code not in ids:
            ids[row.code] = mint_division_id(replica.core.entropy, taken)
            taken.add(ids[row.code])
            fresh.append(row)
    acts = [
        establishing(
            ids[row.code], row.level, row.code, row.name, _above(row, ids, tree), valid_from
        )
        for row in fresh
    ]
    new = {row.code for row in fresh}
    for row in listed:
        here = tree.get(ids[row.code])
        if row.code not in new and here is not None:
            proposals += _differences(tree, here, row)
    return acts, proposals


def _above(row: Listed, ids: Mapping[str, str], tree: Tree) -> str:
    """The id of the division above: one of the list, or one that is known here already."""
    known = tree.by_code(row.parent)
    above = ids.get(row.parent) or (known.id if known is not None else "")
    if row.parent and not above:
        raise UsageError(
            f"{row.name} ({row.code}) lies below {row.parent}, which is not in the list and not"
            f" known here.",
            hint="Put the division above into the list too.",
        )
    return above


def _differences(tree: Tree, here: Division, row: Listed) -> list[Proposal]:
    above = tree.get(here.parent)
    pairs = (
        ("name", here.name, row.name),
        ("parent", above.code if above else "", row.parent),
        ("code", here.code, row.code),
        ("abolished", "yes" if here.abolished else "no", "no"),
    )
    return [Proposal(here.id, row.code, what, one, two) for what, one, two in pairs if one != two]
