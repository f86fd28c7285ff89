"""Whether a database is of one moment: what a copy of files that were in use gives away.

Every page of such a copy is authentic, so the pages do not tell that some are older than others.
The ledger does: it is made of hashes and of numbers without a gap. What is looked for is a segment
that is not the one under whose hash it stands, one that names another that is not here, heads and
sums over heads that do not follow from the segments, and a number of arrival or of an open change
that is missing or there twice. What is derived is no question here: it is derived anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from node import wire
from node.errors import LinliError, StoreFault
from node.feed import Digest, FeedKey, Head, Partition, head_digest
from node.replica.core import Core
from node.segment import Segment
from node.store.ledger import Stored

_SHOWN_MAX = 3


def check_moment(core: Core) -> None:
    """Reads the whole database and its ledger, before what was put back is taken as it is.

    Raises:
        StoreFault: It is damaged, or of two moments.
    """
    found = core.store.damages() or mixed(core)
    if found:
        raise StoreFault(
            f"The database of this node was put back, and it is a copy of files that were in use: "
            f"it is not of one moment ({'; '.join(found[:_SHOWN_MAX])}).",
            hint="Stop the node, move ledger.db and its -wal and -shm files away, then restore a "
            "backup or ask the parent: linli restore",
        )


def mixed(core: Core) -> list[str]:
    """What shows that the ledger is not of one moment; empty where nothing does."""
    ledger = core.store.ledger
    heads: dict[Partition, dict[FeedKey, set[Head]]] = {}
    found: list[str] = []
    arrivals: list[int] = []
    spans: list[tuple[int, int, int]] = []
    for partition in sorted(_partitions(core)):
        here: dict[FeedKey, set[Head]] = {}
        named: dict[FeedKey, set[Head]] = {}
        for segment, stored in ledger.of_partition(partition):
            feed = segment.header.feed
            arrivals.append(stored.arrival)
            if feed.author == core.author:
                header = segment.header
                spans.append((header.boot, header.first_change, header.last_change))
            here.setdefault(feed, set()).add(segment.head)
            named.setdefault(feed, set()).update(segment.header.previous)
            found += _wrong(core, segment, stored)
        for feed, lacking in named.items():
            gone = lacking - here[feed]
            found += [f"segment {head.number} in {_lane(feed)} is missing" for head in sorted(gone)]
        heads[partition] = {feed: every - named[feed] for feed, every in here.items()}
    if sorted(arrivals) != list(range(1, len(arrivals) + 1)):
        found.append("a segment that had arrived is missing")
    return [*found, *_heads_differ(core, heads), *_tails_differ(core), *_gap(core, spans)]


def _partitions(core: Core) -> set[Partition]:
    """The partitions with a segment, a head or a sum."""
    ledger = core.store.ledger
    return {
        *ledger.partition_digests(),
        *ledger.segment_partitions(),
        *(feed.partition for feed in ledger.all_heads()),
    }


def _wrong(core: Core, segment: Segment, stored: Stored) -> Iterator[str]:
    feed, head = segment.header.feed, segment.head
    known = core.store.ledger.has(feed, head)
    try:
        wire.read_segment(wire.segment_message(segment))
    except LinliError:
        known = None
    if known is None or known.arrival != stored.arrival:
        yield f"segment {head.number} in {_lane(feed)} is not what its hash says"


def _heads_differ(core: Core, heads: dict[Partition, dict[FeedKey, set[Head]]]) -> Iterator[str]:
    told = core.store.ledger.all_heads()
    sums = core.store.ledger.partition_digests()
    for partition, feeds in heads.items():
        total = Digest()
        for feed, expected in feeds.items():
            if set(told.get(feed, ())) != expected:
                yield f"the heads in {_lane(feed)} are not those of its segments"
            for head in expected:
                total += head_digest(feed, head)
        if sums.get(partition, Digest()) != total:
            yield f"the sum over {partition.channel.name.lower()} of {partition.division} differs"


def _tails_differ(core: Core) -> Iterator[str]:
    """An open change is not sealed as well, can be read, and has a number that was given out."""
    ledger, last = core.store.ledger, core.store.integer("next_number")
    for partition, boot, count, _ in ledger.tails():
        feed = core.own_feed(*partition)
        for number, raw in ledger.tail(partition, boot, count):
            try:
                numbers = list(wire.decode_body(raw, number).changes.number)
            except LinliError:
                numbers = [last]
            sealed = any(ledger.covers(feed, boot, one) is not None for one in numbers)
            if sealed or max(numbers) >= last:
                yield f"an open change in {_lane(feed)} is of another moment"


def _gap(core: Core, spans: list[tuple[int, int, int]]) -> Iterator[str]:
    """What a process wrote just before its first open change is here, where it wrote before.

    Args:
        core: The replica's core.
        spans: Boot, first and last change of every own segment.
    """
    ledger, numbers = core.store.ledger, dict[int, set[int]]()
    for partition, boot, count, _ in ledger.tails():
        for number, raw in ledger.tail(partition, boot, count):
            with contextlib.suppress(LinliError):  # told by now
                numbers.setdefault(boot, set()).update(wire.decode_body(raw, number).changes.number)
    every = set[int]().union(*numbers.values())
    for boot, open_ in numbers.items():
        before = min(open_) - 1
        wrote = any(one == boot and last <= before for one, _, last in spans)
        sealed = any(first <= before <= last for _, first, last in spans)
        if wrote and not sealed and before not in every:
            yield f"change {before}, written just before an open one, is missing"


def _lane(feed: FeedKey) -> str:
    return f"{feed.channel.name.lower()} of {feed.division}"
