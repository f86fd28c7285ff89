"""What the whole county has: lists over all divisions, a page at a time.

A node holds the records of what lies below it, so these questions can be asked anywhere and mean
the whole county where the county's node answers. They read and never write. Every list is bounded
and ordered, and says how many rows it has in all, so that a screen can page through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from node.care.cases import CASE
from node.care.doubles.links import Doubles
from node.care.doubles.reading import read
from node.care.facilities import FACILITY
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.care.status import Status
from node.care.visits import VISIT, amendment
from node.clock import DAY_MS, stamp_ms
from node.division import LEVELS, Division
from node.replica import Conflict, Replica
from node.store import Wanted

PAGE_ROWS = 50
PAGES_MAX = 10_000
FRESH_MS = 3_600_000
"""Up to what age word from a node is called fresh."""

STALE_MS = 7 * 86_400_000
"""From what age on somebody should ask what is wrong there."""


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        rows: What is on it.
        total: How many rows all pages have.
        number: Which page, from 1.
    """

    rows: list[dict[str, Any]]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(-(-self.total // PAGE_ROWS), 1)


def townships(replica: Replica) -> list[Division]:
    """The townships of the county, by code."""
    tree = replica.tree
    known = (tree.get(one) for one in tree.below(tree.root))
    return [one for one in known if one is not None and one.level == LEVELS[1]]


def township_of(replica: Replica, division: str) -> str:
    """The id of the township in which a division lies; empty where it lies in none."""
    tree = replica.tree
    return next((one for one in tree.path(division) if tree.level(one) == LEVELS[1]), "")


def _below(replica: Replica, township: str) -> list[str] | None:
    """The divisions of a township; of the whole county where none is named."""
    return replica.tree.below(township) if township else None


def _page(replica: Replica, table: str, number: int, wanted: Wanted) -> Page:
    """A page of rows; a number past the end gives the last page."""
    total = replica.listed(table, wanted)
    last = max(-(-total // PAGE_ROWS), 1)
    at = min(max(number, 1), last)
    shown = replace(wanted, limit=PAGE_ROWS, offset=(at - 1) * PAGE_ROWS)
    return Page(replica.listing(table, shown), total, at)


# --- facilities ----------------------------------------------------------------------------------


def facilities(
    replica: Replica,
    *,
    township: str = "",
    kind: str = "",
    status: str = "",
    name: str = "",
    page: int = 1,
) -> Page:
    """Facilities by name.

    Args:
        replica: The county's node.
        township: Only what stands in this township, by id.
        kind: Only this kind, by code.
        status: Only with this status, by code.
        name: Only with this in their name.
        page: Which page.
    """
    where = {name: [value] for name, value in (("kind", kind), ("status", status)) if value}
    part = {"name": name} if name else {}
    wanted = Wanted(_below(replica, township), where, part, order="name")
    return _page(replica, FACILITY.name, page, wanted)


# --- visits --------------------------------------------------------------------------------------


def visits(
    replica: Replica, *, township: str = "", is_ahead: bool = False, page: int = 1
) -> tuple[Page, int]:
    """Visits, the latest first; each row has `void` where it counts for nothing.

    A visit that says that it begins tomorrow or later was mistyped somewhere. It would stand first
    for as long as it lies ahead, so those stand in a list of their own.

    Args:
        replica: The county's node.
        township: Only what took place in this township, by id.
        is_ahead: The list of those that lie ahead.
        page: Which page.

    Returns:
        The page, and how many visits lie ahead.
    """
    tomorrow = {"started_at": replica.core.now_ms() + DAY_MS}
    below = _below(replica, township)
    ahead = Wanted(below, above=tomorrow, order="started_at")
    past = Wanted(below, at_most=tomorrow, order="started_at", descending=True)
    found = _page(replica, VISIT.name, page, ahead if is_ahead else past)
    for row in found.rows:
        row["void"] = "void" in amendment(row)
    return found, found.total if is_ahead else replica.listed(VISIT.name, ahead)


# --- cases ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StageCount:
    """How many cases stand at one place of their way.

    Attributes:
        key: What an address names it by: the number of the stage, or the code of an ending.
        name: Its name in the policy pack; empty for cases that have entered no stage.
        tier: The tier that acts next; empty where nobody does.
        count: How many.
        statuses: The stored statuses that belong to it.
    """

    key: str
    name: str
    tier: str
    count: int
    statuses: list[str] = field(default_factory=list)

    @property
    def is_ending(self) -> bool:
        """Whether it is no stage but a way to end early."""
        return not self.key.isdigit()


def cases_by_stage(replica: Replica, *, township: str = "") -> list[StageCount]:
    """The stages in order and then the endings, each with its cases; those with none are there."""
    tally = replica.tally(CASE.name, "status", Wanted(_below(replica, township)))
    by_place: dict[str, list[tuple[str, int]]] = {}
    for status, count in tally.items():
        by_place.setdefault(_stands_at(status or ""), []).append((status, count))
    rules = BASELINE.case
    places = [("0", "", rules.stages[0].tier)]
    for stage in rules.stages:
        following = rules.stages[stage.number : stage.number + 1]
        places.append((str(stage.number), stage.name, following[0].tier if following else ""))
    places += [(ending.code, ending.name, "") for ending in rules.endings]
    return [
        StageCount(
            key,
            name,
            tier,
            sum(count for _, count in by_place.get(key, [])),
            [status for status, _ in by_place.get(key, [])],
        )
        for key, name, tier in places
    ]


def _stands_at(status: str) -> str:
    """The key of the place of a stored status: its first ending, else its stage.

    A settled case stays at its stage whatever came later, as it is shown everywhere.
    """
    read = Status.read(status)
    if read.progress < BASELINE.case.settled_stage:
        for ending in BASELINE.case.endings:
            if ending.code in read.stops:
                return ending.code
    return str(read.progress)


def cases(replica: Replica, stage: StageCount, *, township: str = "", page: int = 1) -> Page:
    """The cases at one place of their way."""
    wanted = Wanted(_below(replica, township), {"status": stage.statuses})
    return _page(replica, CASE.name, page, wanted)


# --- conflicts -----------------------------------------------------------------------------------


def conflicts(replica: Replica, *, page: int = 1) -> tuple[list[Conflict], Page]:
    """Open conflicts with every version that stands, and the page on which they are."""
    cells = replica.contested()
    last = max(-(-len(cells) // PAGE_ROWS), 1)
    at = min(max(page, 1), last)
    shown = cells[(at - 1) * PAGE_ROWS : at * PAGE_ROWS]
    return [replica.conflict(*cell) for cell in shown], Page([], len(cells), at)


# --- nodes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """A member of the county, and how fresh its word is.

    Attributes:
        author: Its author id.
        division: The id of its division.
        code: The code of its division.
        tier: Its tier.
        spoke_at: When it was last in a session with this node itself; None for never.
        confirmed_at: When something that it wrote was last confirmed by a node above it. A node
            that is there and writes nothing is not heard of so.
        own: Whether it is the node that answers.
        revoked: Why it is heard no more; empty where it is.
    """

    author: str
    division: str
    code: str
    tier: str
    spoke_at: int | None
    confirmed_at: int | None
    own: bool
    revoked: str

    @property
    def word_at(self) -> int | None:
        """When there was last word of it, by whichever way; None for never."""
        return max(filter(None, (self.spoke_at, self.confirmed_at)), default=None)

    @property
    def is_direct(self) -> bool:
        """Whether it speaks to this node itself, so that silence of it means that it is gone."""
        if self.spoke_at is None:
            return False
        return self.confirmed_at is None or self.confirmed_at - self.spoke_at < FRESH_MS

    def freshness(self, now_ms: int) -> str:
        """`revoked`, `own`, `fresh`, `aging`, `stale` or `silent`."""
        if self.revoked:
            return "revoked"
        if self.own:
            return "own"
        if self.word_at is None:
            return "silent"
        age = now_ms - self.word_at
        return "fresh" if age < FRESH_MS else "aging" if age < STALE_MS else "stale"


def nodes(replica: Replica) -> list[Node]:
    """Every node of the county, by the code of its division: each village after its township."""
    view, store = replica.view, replica.core.store
    peers, confirmed = store.peers.peers(), store.peers.newest_receipts()
    found = []
    for author, certificate in view.certificates.items():
        standing, peer = view.standing(author), peers.get(author)
        division = replica.tree.get(certificate.division)
        found.append(
            Node(
                author,
                certificate.division,
                division.code if division else "",
                standing.tier if standing else "",
                peer.spoke_at or None if peer else None,
                confirmed.get(author),
                author == replica.author,
                view.cuts[author].cause if author in view.cuts else "",
            )
        )
    return sorted(found, key=lambda node: (node.code, node.author))


def written_at(version_time: int) -> int:
    """When a version was written, milliseconds, by the clock of its node."""
    return stamp_ms(version_time)


def names(replica: Replica, table: str, ids: Sequence[str]) -> Mapping[str, str]:
    """The names of records that are here, by id; of a person, as the record kept says."""
    known = read(replica) if table == PERSON.name else Doubles()
    kept = {one: known.survivor(one) for one in ids}
    rows = replica.rows(table, where={"id": sorted({*kept, *kept.values()})}) if ids else []
    found = {row["id"]: str(row["name"] or "") for row in rows}
    return {one: found[kept[one] if kept[one] in found else one] for one in ids
            if kept[one] in found or one in found}  # fmt: skip
