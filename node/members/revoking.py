"""Revoking a node, taking the revocation back, and looking at a fork.

A box that was lost, stolen or replaced must be heard no more, on any carrier. Whoever stands above
it states in `trust` up to where its feeds count. A township's word is provisional, since it may be
the one that lies: once the county has spoken of a node, only the county's word counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from node import identity, wire
from node.clock import stamp_ms
from node.cut import encode_heads
from node.division import LEVELS
from node.errors import LinliError, Refused, RefusedBytes, UsageError
from node.feed import FeedKey, Head
from node.replica import Insert, Replica, forks
from node.replica.reading import check_receipt
from node.segment import Body, Header, Segment, ids_of
from node.store.peers import Received

Frontier = dict[FeedKey, tuple[Head, ...]]
Value = str | int | None
_PAGE_RECEIPTS = 500


@dataclass(frozen=True, slots=True)
class Revoked:
    """What a revocation did here.

    Attributes:
        author: Who was revoked.
        counting: How many of its changes here still count.
        withdrawn: How many do not any more.
    """

    author: str
    counting: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a revoked node wrote past its cut: a row, or a value of a cell.

    Attributes:
        author: The node.
        user: Who acted there; recorded, not trusted.
        division: Into which division it was written.
        table: Into which table.
        id: The row.
        written: What it says, by column.
        time_ms: When, by that box's own clock.
        segment: The signed segment that holds it.
    """

    author: str
    user: str
    division: str
    table: str
    id: str
    written: dict[str, Value]
    time_ms: int
    segment: Head


def revoke(
    replica: Replica,
    author: str,
    *,
    cause: str,
    since_ms: int | None = None,
    withdraw: bool = False,
    user: str = "",
) -> Revoked:
    """Revokes a node below this one: nobody hears it any more; durable on return.

    Args:
        replica: This node's.
        author: Whom.
        cause: Why, in words.
        since_ms: From which moment on nothing of it counts, by the stamps that it wrote itself. If
            None, all that has reached this node counts.
        withdraw: Whether that may take back what the county has given its receipt for.
        user: Who revokes.

    Raises:
        UsageError: It would take back what the county has receipted, and nobody said so.
        Refused: `INVITE_SCOPE`: this node does not stand above it; or the county has spoken of it.
    """
    with replica.store.transaction():
        _check_may(replica, author)
        replica.seal()
        heads: Frontier = {}
        past: dict[FeedKey, list[Head]] = {}
        for feed in _feeds(replica, author):
            counting = _counting(replica, feed, since_ms)
            past[feed] = replica.store.ledger.lacking(feed, counting)
            if counting:
                heads[feed] = counting
        if since_ms is None:
            _add_confirmed(replica, author, heads)
        taken_back = [
            one
            for feed, cut in past.items()
            for one in _headers(replica, feed, _receipted(replica, feed, cut))
        ]
        if taken_back and not withdraw:
            count = sum(one.changes for one in taken_back)
            raise UsageError(
                f"The county has given its receipt for {count} of the changes that would not count"
                " any more.",
                hint="To take them back all the same: --withdraw. They are kept, and count again "
                "when the revocation is lifted.",
            )
        stated: dict[str, Value] = {"author": author, "heads": encode_heads(heads), "cause": cause}
        if taken_back:
            stated["withdrawn"] = json.dumps([_named(one) for one in taken_back])
        replica.write(replica.division, [Insert("cut", stated)], user=user)
        every = sum(
            _changes(replica, feed, replica.store.ledger.lacking(feed, ())) for feed in past
        )
        lost = sum(_changes(replica, feed, cut) for feed, cut in past.items())
    return Revoked(author, every - lost, lost)


def lift(replica: Replica, author: str, *, cause: str, user: str = "") -> None:
    """Takes a revocation back: all that the node wrote counts again; durable on return.

    Raises:
        UsageError: It is not revoked.
        Refused: `INVITE_SCOPE`: this node does not stand above it; or the county has spoken of it.
    """
    if author not in replica.view.cuts:
        raise UsageError(
            f"The node {author} is not revoked.", hint="The nodes are listed by: linli member list"
        )
    _check_may(replica, author)
    lifted: dict[str, Value] = {"author": author, "cause": cause, "lifts": 1}
    replica.write(replica.division, [Insert("cut", lifted)], user=user)


def review(replica: Replica, author: str, *, finding: str, user: str = "") -> int:
    """States that the county has looked at the forks of a node; durable on return.

    Its alert goes everywhere, and it may spend again what it is given.

    Returns:
        How many branches it has looked at.

    Raises:
        UsageError: No feed of the node has branched since the county looked last.
        Refused: `INVITE_SCOPE`: this is not the county's node.
    """
    if not replica.core.is_root:
        raise Refused(
            "Only the county's own node can say that the county has looked.",
            reason="INVITE_SCOPE",
            hint="Ask the county.",
        )
    if author not in replica.frozen():
        raise UsageError(
            f"No feed of {author} has branched since the county looked last.",
            hint="The authors whose feeds branch are listed by: linli doctor",
        )
    seen = forks.branches(replica.core, author)
    looked: dict[str, Value] = {
        "author": author, "branches": forks.written(seen), "finding": finding
    }  # fmt: skip
    replica.write(replica.division, [Insert("fork_review", looked)], user=user)
    return len(seen)


def withdrawn(replica: Replica, author: str = "") -> Iterator[Withdrawn]:
    """What revoked nodes wrote past their cuts, and whoever they admitted there, to be judged.

    Args:
        replica: This node's.
        author: Of one node only.
    """
    core, view = replica.core, replica.view
    for feed in sorted(core.store.ledger.all_heads()):
        nobody = feed.author not in view.certificates
        if not (nobody or feed.author in view.cuts) or author not in ("", feed.author):
            continue
        for head in core.store.ledger.lacking(feed, ()):
            if not nobody and not core.cuts.past(feed, head):
                continue
            segment = core.store.ledger.segment(feed, head)
            assert segment is not None, "what is listed is here"
            try:
                body = wire.body_of(segment, core.limits.body_bytes_max)
            except RefusedBytes:
                continue  # nobody can read it
            yield from _written(segment, body)


def _written(segment: Segment, body: Body) -> Iterator[Withdrawn]:
    header = segment.header
    changes = body.changes

    def one(table: str, id_: str, change: int, written: dict[str, Value]) -> Withdrawn:
        feed, time = header.feed, stamp_ms(changes.time[change])
        user = changes.user[change] or ""
        return Withdrawn(feed.author, user, feed.division, table, id_, written, time, segment.head)

    for rows in body.rows:
        ids = ids_of(identity.author_bytes(header.feed.author), header.boot, changes, rows)
        for at, (id_, change) in enumerate(zip(ids, rows.change, strict=True)):
            said = {name: values[at] for name, values in rows.columns.items()}
            yield one(rows.table, id_, change, said)
    for cells in body.cells:
        for row, change, value in zip(cells.row, cells.change, cells.value, strict=True):
            yield one(cells.table, row, change, {cells.column: value})


# --- what counts ---------------------------------------------------------------------------------


def _check_may(replica: Replica, author: str) -> None:
    """Refuses whoever does not stand above a node, or below one that has spoken of it."""
    view, known = replica.view, replica.view.known.get(author)
    if known is None:
        raise UsageError(
            f"No node {author} is known here.", hint="The nodes are listed by: linli member list"
        )
    if known.division == replica.division or not view.covers(replica.division, known.division):
        raise Refused(
            f"This node does not stand above {author}, so it has no say about it.",
            reason="INVITE_SCOPE",
            hint="Ask the tier above that node.",
        )
    spoke = view.spoken.get(author)
    by = view.standing(spoke) if spoke is not None else None
    if by is not None and by.tier == LEVELS[0] != replica.tier:
        raise Refused(
            f"The county has spoken of {author}; a township cannot change that.",
            reason="INVITE_SCOPE",
            hint="Ask the county.",
        )


def _feeds(replica: Replica, author: str) -> list[FeedKey]:
    return sorted(feed for feed in replica.store.ledger.all_heads() if feed.author == author)


def _counting(replica: Replica, feed: FeedKey, since_ms: int | None) -> tuple[Head, ...]:
    """The last heads of a feed that count."""
    if since_ms is None:
        return replica.store.ledger.heads(feed)
    counting: dict[Head, tuple[Head, ...]] = {}
    for head in replica.store.ledger.lacking(feed, ()):
        segment = replica.store.ledger.segment(feed, head)
        assert segment is not None, "what is listed is here"
        previous = segment.header.previous
        if counting.keys() >= set(previous) and _ended_before(replica, segment, since_ms):
            counting[head] = previous
    named = {head for previous in counting.values() for head in previous}
    return tuple(sorted(counting.keys() - named))


def _ended_before(replica: Replica, segment: Segment, since_ms: int) -> bool:
    try:
        body = wire.body_of(segment, replica.core.limits.body_bytes_max)
    except RefusedBytes:
        return False
    return stamp_ms(max(body.changes.time)) < since_ms


def _add_confirmed(replica: Replica, author: str, heads: Frontier) -> None:
    """Adds what the county has receipted and what has not come here: it may still come."""
    after = 0
    while received := replica.store.peers.receipts_after(after, _PAGE_RECEIPTS):
        after = received[-1].arrival
        for one in received:
            if one.feed.author != author or not _of_county(replica, one):
                continue
            known = heads.get(one.feed, ())
            missing = [
                head for head in one.heads if replica.store.ledger.has(one.feed, head) is None
            ]
            if missing:
                heads[one.feed] = tuple(sorted({*known, *missing}))


def _of_county(replica: Replica, receipt: Received) -> bool:
    """Whether a receipt is a county's, and good."""
    standing = replica.view.standing(receipt.issuer)
    if standing is None or standing.tier != LEVELS[0]:
        return False
    try:
        check_receipt(replica.core, receipt.content)
    except LinliError:
        return False
    return True


def _receipted(replica: Replica, feed: FeedKey, past: list[Head]) -> list[Head]:
    """Those segments of a feed for which the county has given its word."""
    if not past or replica.tier == LEVELS[0]:
        return past
    given = {
        head
        for receipt in replica.store.peers.receipts(feed)
        if _of_county(replica, receipt)
        for head in receipt.heads
    }
    lacking = set(replica.store.ledger.lacking(feed, given))
    return [head for head in past if head not in lacking]


def _headers(replica: Replica, feed: FeedKey, heads: list[Head]) -> Iterator[Header]:
    for head in heads:
        segment = replica.store.ledger.segment(feed, head)
        assert segment is not None, "what is listed is here"
        yield segment.header


def _named(header: Header) -> list[Value]:
    """The changes of a segment, as a cut names what it takes back."""
    feed = header.feed
    lane = feed.channel.name.lower()
    return [feed.division, lane, header.boot, header.first_change, header.last_change]


def _changes(replica: Replica, feed: FeedKey, heads: list[Head]) -> int:
    return sum(one.changes for one in _headers(replica, feed, heads))
