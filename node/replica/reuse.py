"""One number, two contents: what counts where a machine was copied while it ran.

Both copies go on under one boot number and give the same change numbers to different things, so a
name of a version would mean two. Of the lines that the segments of one boot form in a feed the one
that reaches furthest counts, and of the others what overlaps nothing of it; what follows a segment
that does not count does not either, since a process names its own earlier changes. The rest is
kept, forwarded and listed as `BOOT_REUSED`. That is a function of what is kept, whatever came
first.

A box restored from a backup with an open tail makes such a pair, too: it seals again what it had
sealed already. Its line ends there, and the line of what it once was goes on: that one counts.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from typing import NamedTuple

from node import wire
from node.errors import RefusedBytes
from node.feed import FeedKey, Head, Partition
from node.replica.core import Core
from node.replica.writes import Insert
from node.schema import Channel
from node.segment import Header, Segment

BOOT_REUSED = "BOOT_REUSED"
_CERTIFICATE = ("author", "stands_at", "der")


class Place(NamedTuple):
    """What a new segment is among those of its boot.

    Attributes:
        counts: Whether it counts.
        moves: Whether because of it others count, or do not, that did otherwise.
    """

    counts: bool
    moves: bool


def place(core: Core, segment: Segment) -> Place:
    """How a segment that was just kept stands to those of its boot."""
    header, ledger = segment.header, core.store.ledger
    lost = listed(core, header.feed).get(header.boot, set())
    if not ledger.reaches(header, segment.head) and not lost.intersection(header.previous):
        return Place(True, False)  # it goes on where all before it ended, as always
    boot = dict(ledger.headers(header.feed.partition, header.feed.author, header.boot))
    now_lost = boot.keys() - _counting(boot)
    return Place(segment.head not in now_lost, now_lost - {segment.head} != lost)


def listed(core: Core, feed: FeedKey) -> dict[int, set[Head]]:
    """The segments of a feed that do not count here, by boot."""
    lost: dict[int, set[Head]] = {}
    for entry in core.store.quarantine.entries(feed, [BOOT_REUSED]):
        lost.setdefault(entry.boot, set()).add(entry.head)
    return lost


def losers(core: Core, partition: Partition) -> set[tuple[FeedKey, Head]]:
    """The segments of a partition that do not count, from the ledger alone."""
    boots: dict[tuple[FeedKey, int], dict[Head, Header]] = {}
    for head, header in core.store.ledger.headers(partition):
        boots.setdefault((header.feed, header.boot), {})[head] = header
    return {
        (feed, head) for (feed, _), boot in boots.items() for head in boot.keys() - _counting(boot)
    }


def _counting(boot: Mapping[Head, Header]) -> set[Head]:
    """The segments of one boot that count."""
    counting: set[Head] = set()
    spans: list[tuple[int, int]] = []
    named = {head for header in boot.values() for head in header.previous}
    tips = sorted(boot.keys() - named, key=lambda head: (-boot[head].last_change, head.hash))
    seen: set[Head] = set()
    for tip in tips:
        line = _line(boot, tip, seen)
        seen.update(line)
        for head in line:
            header = boot[head]
            before = boot.keys() & set(header.previous)
            at = bisect.bisect(spans, (header.first_change, 0))
            fits = at == len(spans) or header.last_change < spans[at][0]
            fits = fits and (not at or spans[at - 1][1] < header.first_change)
            lower = all(boot[one].last_change < header.first_change for one in before)
            if fits and lower and before <= counting:
                counting.add(head)
                spans.insert(at, (header.first_change, header.last_change))
    return counting


def _line(boot: Mapping[Head, Header], tip: Head, seen: set[Head]) -> list[Head]:
    """A segment and what it builds on within its boot, but for what a line before it held.

    The lowest change first.
    """
    line, reached = {tip}, [tip]
    while reached:
        fresh = (boot.keys() & set(boot[reached.pop()].previous)) - line - seen
        line |= fresh
        reached.extend(fresh)
    return sorted(line, key=lambda head: (boot[head].first_change, head.hash))


def admissions_lost(core: Core) -> list[Insert]:
    """Certificates that this node issued where it does not count, to be stated once more.

    Whoever was admitted by the copy that lost is a member all the same: its certificate proves
    itself, and only its statement in `trust` is missing.
    """
    if core.author not in core.view().certificates:
        return []  # it may not write yet
    feed = core.own_feed(core.division, Channel.TRUST)
    rows = core.store.records.read(core.schema.by_name["certificate"])
    # Not who is a member: a statement that counts for nothing by now would be made again for ever.
    stated_already = {tuple(row[name] for name in _CERTIFICATE) for row in rows}
    again: dict[str, Insert] = {}
    for heads in listed(core, feed).values():
        for head in sorted(heads):
            segment = core.store.ledger.segment(feed, head)
            assert segment is not None, "what is listed is kept"
            try:
                body = wire.body_of(segment, core.limits.body_bytes_max)
            except RefusedBytes:
                continue  # the copy has been upgraded since; it states them itself
            for block in body.rows:
                if block.table != "certificate":
                    continue
                for values in zip(*block.columns.values(), strict=True):
                    row = dict(zip(block.columns, values, strict=True))
                    stated = {name: row.get(name) for name in _CERTIFICATE}
                    if tuple(stated.values()) not in stated_already:
                        again[str(stated["der"])] = Insert("certificate", stated)
    return list(again.values())
