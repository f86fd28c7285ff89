"""One number, two contents: what counts where a machine was copied while it ran.

Both copies go on under one boot number and give the same change numbers to different things, so a
name of a version would mean two. Of the segments of one boot in a feed, taken by their first change
and then their hash, each counts that overlaps none that counts before it and that names, of that
boot, only such in `previous`: what a process wrote next names its own earlier changes. The rest is
kept, forwarded and listed as `BOOT_REUSED`. That is a function of what is kept, and the first of
them always counts, wherever the copies sealed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from node import wire
from node.errors import RefusedBytes
from node.feed import FeedKey, Head, Partition
from node.replica.core import Core
from node.replica.writes import Insert
from node.schema import Channel
from node.segment import Header, Segment

BOOT_REUSED = "BOOT_REUSED"


class Place(enum.Enum):
    """What a new segment is among those of its boot."""

    FREE = "it counts"
    LOST = "it does not count"
    FIRST = "it counts, and some that had counted do not any more"


def place(core: Core, segment: Segment) -> Place:
    """How a segment that is kept stands to those of its boot, given which of them count."""
    header = segment.header
    lost = listed(core, header.feed)
    reaching = dict(core.store.ledger.reaching(header, segment.head))
    before = set(header.previous)
    if before & reaching.keys() or before & lost.get(header.boot, set()):
        return Place.LOST
    rivals = [
        (first, head.hash)
        for head, first in reaching.items()
        if first <= header.last_change and head not in lost.get(header.boot, set())
    ]
    if any(rival < (header.first_change, segment.hash) for rival in rivals):
        return Place.LOST
    return Place.FIRST if rivals else Place.FREE


def listed(core: Core, feed: FeedKey) -> dict[int, set[Head]]:
    """The segments of a feed that do not count here, by boot."""
    lost: dict[int, set[Head]] = {}
    for entry in core.store.quarantine.entries(feed, [BOOT_REUSED]):
        lost.setdefault(entry.boot, set()).add(entry.head)
    return lost


def losers(core: Core, partition: Partition) -> set[tuple[FeedKey, Head]]:
    """The segments of a partition that do not count, from the ledger alone."""
    boots: dict[tuple[FeedKey, int], list[tuple[Head, Header]]] = {}
    for head, header in core.store.ledger.headers(partition):
        boots.setdefault((header.feed, header.boot), []).append((head, header))
    return {(feed, head) for (feed, _), own in boots.items() for head in _losers_of(own)}


def _losers_of(boot: Iterable[tuple[Head, Header]]) -> set[Head]:
    """Those of one boot that do not count."""
    own = dict(boot)
    counting: set[Head] = set()
    reach = 0
    for head, header in sorted(own.items(), key=lambda one: (one[1].first_change, one[0].hash)):
        before = own.keys() & set(header.previous)
        if before <= counting and header.first_change > reach:
            counting.add(head)
            reach = header.last_change
    return own.keys() - counting


def admissions_lost(core: Core) -> list[Insert]:
    """Certificates that this node issued where it does not count, to be stated once more.

    Whoever was admitted by the copy that lost is a member all the same: its certificate proves
    itself, and only its statement in `trust` is missing.
    """
    feed = core.own_feed(core.division, Channel.TRUST)
    again: dict[str, Insert] = {}
    for heads in listed(core, feed).values():
        for head in sorted(heads):
            segment = core.store.ledger.segment(feed, head)
            assert segment is not None, "what is listed is kept"
            try:
                body = wire.body_of(segment, core.limits.body_bytes_max)
            except RefusedBytes:
                continue  # the copy has been upgraded since; it states them itself
            for rows in body.rows:
                if rows.table != "certificate":
                    continue
                for values in zip(*rows.columns.values(), strict=True):
                    stated = dict(zip(rows.columns, values, strict=True))
                    if stated["author"] not in core.view().certificates:
                        again[str(stated["der"])] = Insert("certificate", stated)
    return list(again.values())
