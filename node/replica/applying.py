"""Applying what is kept: judged by its own context, and set aside with a reason where it cannot be.

What a kept segment does here is a function of what is kept, never of the order in which it came: so
a segment is judged by the trust data that its header names, waits where they are not here yet, and
everything can be dropped and derived anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from node import wire
from node.errors import RefusedBytes
from node.events import WARNING, tell
from node.feed import FeedKey, Head, Partition
from node.merge import Authority, Merge, Source
from node.replica.core import Core
from node.replica.cuts import REVOKED
from node.replica.reuse import BOOT_REUSED, listed, losers
from node.schema import Channel
from node.segment import Segment
from node.store.ledger import Stored
from node.store.quarantine import SetAside

CURED_BY_UPGRADE = ("FORMAT_UNKNOWN", "TABLE_UNKNOWN", "COLUMN_UNKNOWN", "VALUE_INVALID")
CURED_BY_TRUST = ("TRUST_BEHIND",)


def apply(core: Core, merge: Merge, segment: Segment, stored: Stored) -> bool:
    """Applies a segment that is kept; what cannot be applied is set aside.

    Returns:
        Whether all of it was applied.
    """
    header = segment.header
    reason, authority = _judge(core, segment, stored)
    if reason or authority is None:
        _set_aside(core, segment, [("", "", reason, header.first_change, header.last_change)])
        return False
    # Rows of `trust` stay: who reads them asks whether they count.
    if header.feed.channel is not Channel.TRUST and core.cuts.past(header.feed, segment.head):
        authority = replace(authority, barred=REVOKED)
    try:
        with core.store.savepoint():
            body = wire.body_of(segment, core.limits.body_bytes_max)
            source = Source(header.feed, header.boot, stored.beacon_time, authority)
            aside = merge.add(source, body)
    except RefusedBytes as refusal:
        tell("segment_set_aside", WARNING, author=header.feed.author, error=refusal)
        _set_aside(core, segment, [("", "", "MALFORMED", header.first_change, header.last_change)])
        return False
    core.observe(min(max(body.changes.time), _ceiling(core, stored)))
    _set_aside(
        core,
        segment,
        [(a.table, a.column, a.reason, a.first_change, a.last_change) for a in aside],
    )
    return not aside


def _ceiling(core: Core, stored: Stored) -> int:
    """The highest stamp that a segment can push this node's own stamps to."""
    base = stored.beacon_time or core.now_ms()
    return (base + core.limits.isolation_ms) << 16


def _judge(core: Core, segment: Segment, stored: Stored) -> tuple[str, Authority | None]:
    """Why a segment cannot be applied at all, or what its author may do."""
    header = segment.header
    if header.format > core.schema.format:
        return "FORMAT_UNKNOWN", None
    leans_on_itself = header.feed.channel is Channel.TRUST and bool(header.previous)
    view = None if leans_on_itself else core.views.known(stored.trust)
    authority = core.authority(view, header.feed) if view is not None else None
    if authority is not None:
        return "", authority
    frontier = wire.decode_trust(core.store.ledger.trust_content(stored.trust))
    if leans_on_itself:
        frontier[header.feed] = header.previous
    if not _applied(core, frontier):
        return "TRUST_BEHIND", None
    authority = core.authority(core.views.at(frontier), header.feed)
    if authority is None:
        return ("TRUST_REUSED" if _leans_on_lost(core, frontier) else "NOT_AUTHORISED"), None
    return "", authority


def _leans_on_lost(core: Core, frontier: Mapping[FeedKey, Sequence[Head]]) -> bool:
    """Whether a frontier of `trust` takes in what a copied machine wrote and does not count."""
    for feed, heads in frontier.items():
        lost = {head for own in listed(core, feed).values() for head in own}
        if lost - set(core.store.ledger.lacking(feed, heads)):
            return True
    return False


def _applied(core: Core, frontier: Mapping[FeedKey, tuple[Head, ...]]) -> bool:
    """Whether all that a frontier of `trust` takes in is here and does not itself wait."""
    ledger, waiting = core.store.ledger, core.store.quarantine.trust_waiting()
    for feed, heads in frontier.items():
        reached = core.views.has_reached(feed, heads)
        if not reached and any(ledger.has(feed, head) is None for head in heads):
            return False
        if feed in waiting and waiting[feed] - set(ledger.lacking(feed, heads)):
            return False
    return True


def _set_aside(
    core: Core, segment: Segment, parts: Sequence[tuple[str, str, str, int, int]]
) -> None:
    now = core.now_ms() if parts else 0
    feed, head, boot = segment.header.feed, segment.head, segment.header.boot
    core.store.quarantine.add(
        [
            SetAside(feed, head, boot, table, column, reason, first, last, now)
            for table, column, reason, first, last in parts
        ]
    )


def retry(core: Core, merge: Merge, reasons: Sequence[str], moved: set[FeedKey]) -> int:
    """Applies again what waits for certain reasons, until nothing more gives way.

    Returns:
        How many segments were applied after all.
    """
    count = 0
    while True:
        again = {
            (entry.feed, entry.head) for entry in core.store.quarantine.entries(reasons=reasons)
        }
        applied = [one for one in sorted(again) if _again(core, merge, *one, reasons)]
        moved.update(feed for feed, _ in applied)
        count += len(applied)
        if not applied:
            return count


def _again(core: Core, merge: Merge, feed: FeedKey, head: Head, reasons: Sequence[str]) -> bool:
    segment, stored = core.store.ledger.segment(feed, head), core.store.ledger.has(feed, head)
    assert segment is not None and stored is not None, "what is listed is kept"
    if _judge(core, segment, stored)[0] in reasons:
        return False
    core.store.quarantine.remove(feed, head)
    apply(core, merge, segment, stored)
    return True


def keep_apart(core: Core, segment: Segment) -> None:
    """Sets a segment aside whose numbers mean other changes."""
    header = segment.header
    _set_aside(core, segment, [("", "", BOOT_REUSED, header.first_change, header.last_change)])


def rebuild_judged(core: Core, partitions: set[Partition]) -> None:
    """Derives partitions anew in which other segments count than before, and what leans on them."""
    if any(one.channel is Channel.TRUST for one in partitions):
        partitions = set(core.store.ledger.partition_digests())  # all was judged by it
    rebuild(core, partitions)


def rebuild(core: Core, partitions: Iterable[Partition]) -> None:
    """Drops what was derived of partitions and derives it anew from their segments and tails."""
    ordered = sorted(partitions, key=lambda one: (one.channel, one.division))
    trust = [one for one in ordered if one.channel is Channel.TRUST]
    with core.store.transaction():
        for partition in ordered:
            core.store.records.drop(*partition)
            core.store.ledger.drop_state(partition)
            core.store.quarantine.clear(partition)
        if trust:
            core.forget_views()
        _rebuild_trust(core, trust)
        for partition in ordered:
            if partition not in trust:
                lost = losers(core, partition)
                for segment, stored in core.store.ledger.of_partition(partition):
                    if (segment.header.feed, segment.head) in lost:
                        keep_apart(core, segment)
                        continue
                    merge = core.merge()
                    apply(core, merge, segment, stored)
                    merge.settle()
            _rebuild_tail(core, partition)
    if trust:
        core.forget_views()


def _rebuild_trust(core: Core, partitions: Sequence[Partition]) -> None:
    """Applies the segments of `trust` partitions, each after those that it leans on.

    They may have arrived in another order and waited; so all of them wait again.
    """
    for partition in partitions:
        lost = losers(core, partition)
        for segment, _ in core.store.ledger.of_partition(partition):
            header = segment.header
            if (header.feed, segment.head) in lost:
                keep_apart(core, segment)
                continue
            behind = ("", "", CURED_BY_TRUST[0], header.first_change, header.last_change)
            _set_aside(core, segment, [behind])
    merge = core.merge()
    retry(core, merge, CURED_BY_TRUST, set())
    merge.settle()


def _rebuild_tail(core: Core, partition: Partition) -> None:
    authority = core.authority(core.view(), core.own_feed(*partition))
    beacon = core.beacon()
    if authority is None:
        return
    for _, boot, count, _ in core.store.ledger.tails(partition):
        source = Source(core.own_feed(*partition), boot, beacon.time if beacon else 0, authority)
        for number, raw in core.store.ledger.tail(partition, boot, count):
            merge = core.merge()
            merge.add(source, wire.decode_body(raw, number), digested=False)
            merge.settle()
