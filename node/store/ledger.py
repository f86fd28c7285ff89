"""The ledger on disk: segments, heads, tails and digests.

Nothing here decides anything. It keeps what `node.replica` hands it and answers what is here. Every
function that writes expects to run inside `Store.transaction`; the digests of partitions move in
the same transaction as the heads that they sum up, so they can never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, select, union_all
from sqlalchemy.dialects.sqlite import insert

from node.feed import FeedKey, Head, Partition, head_digest
from node.schema import Channel
from node.segment import Segment
from node.store.digests import Digests
from node.store.lineage import Lineage
from node.store.prepared import FEED, HEAD, Prepared, given, of_feed, once, one_of, prepared
from node.store.tail import Tails
from node.wire import decode_header


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store adds to a segment when it keeps it.

    Attributes:
        arrival: This node's running number over all segments.
        beacon_time: The beacon in force for the segment, milliseconds; 0 for none.
        trust: The digest of the `trust` frontier in force for it.
    """

    arrival: int
    beacon_time: int
    trust: bytes


class Ledger(Lineage, Digests, Tails):
    """Segments and heads of every feed that this node holds, with their digests and tails.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    # --- segments --------------------------------------------------------------------------------

    def last_arrival(self) -> int:
        """The number of the segment that arrived last; 0 for none."""
        return int(self.connection.execute(self._last_arrival).scalar() or 0)

    @prepared
    def _last_arrival(self) -> Any:
        """The highest number of each lane, as they are indexed; asked for each segment."""
        segment = self.tables.segment
        last = select(func.max(segment.c.arrival).label("last"))
        lanes = union_all(*(last.where(segment.c.channel == int(lane)) for lane in Channel))
        return select(func.max(lanes.subquery().c.last))

    def put(self, segment: Segment, stored: Stored) -> None:
        """Keeps a segment; the head and the digests are moved by `advance`."""
        header = segment.header
        self.connection.execute(
            self._put,
            {
                **of_feed(header.feed),
                "number": header.number,
                "hash": segment.hash,
                "arrival": stored.arrival,
                "boot": header.boot,
                "first_change": header.first_change,
                "last_change": header.last_change,
                "changes": header.changes,
                "beacon_time": stored.beacon_time,
                "trust": stored.trust,
                "header": segment.header_bytes,
                "signature": segment.signature,
                "body": segment.body,
                "replacement": segment.replacement,
            },
        )

    def advance(self, feed: FeedKey, previous: Iterable[Head], new: Head, arrival: int) -> None:
        """Makes a segment a head in place of those that it names, and moves the digest along."""
        moved = head_digest(feed, new)
        for gone in previous:
            removed = self.connection.execute(self._drop_head, {**of_feed(feed), "hash": gone.hash})
            if removed.rowcount:
                moved = moved - head_digest(feed, gone)
        self.connection.execute(
            self._put_head,
            {**of_feed(feed), "hash": new.hash, "number": new.number, "arrival": arrival},
        )
        self.move_digest(feed.partition, moved)

    @prepared
    def _put(self) -> Any:
        return insert(self.tables.segment)

    @prepared
    def _drop_head(self) -> Any:
        return delete(self.tables.head).where(given(self.tables.head, *FEED, "hash"))

    @prepared
    def _put_head(self) -> Any:
        return insert(self.tables.head)

    def has(self, feed: FeedKey, head: Head) -> Stored | None:
        """What is known of a segment, or None where it is not here."""
        values = {**of_feed(feed), **head._asdict()}
        row = self.connection.execute(self._has, values).first()
        return Stored(*row) if row else None

    @prepared
    def _has(self) -> Any:
        segment = self.tables.segment
        columns = (segment.c.arrival, segment.c.beacon_time, segment.c.trust)
        return select(*columns).where(given(segment, *HEAD))

    def heads(self, feed: FeedKey) -> tuple[Head, ...]:
        """The heads of a feed; none where nothing of it is here."""
        rows = self.connection.execute(self._heads, of_feed(feed))
        return tuple(sorted(Head(*row) for row in rows))

    @prepared
    def _heads(self) -> Any:
        head = self.tables.head
        return select(head.c.number, head.c.hash).where(given(head, *FEED))

    def all_heads(
        self, moved_after: int = 0, channels: Sequence[Channel] = tuple(Channel)
    ) -> dict[FeedKey, tuple[Head, ...]]:
        """The heads of every feed, or of those moved since an arrival, or of some lanes."""
        lanes = tuple(channels)
        query = once(self.tables, ("all_heads", lanes), lambda: Prepared(self._all_heads(lanes)))
        feeds: dict[FeedKey, tuple[Head, ...]] = {}
        moved: set[FeedKey] = set()
        rows = self.connection.execute(query)
        for author, division, channel, number, hash_, arrival in rows:
            feed = FeedKey(author, division, Channel(channel))
            feeds[feed] = (*feeds.get(feed, ()), Head(number, hash_))
            if arrival > moved_after:
                moved.add(feed)
        return {feed: heads for feed, heads in feeds.items() if feed in moved}

    def _all_heads(self, channels: Sequence[Channel]) -> Any:
        head = self.tables.head
        feed, which = (head.c.author, head.c.division, head.c.channel), (head.c.number, head.c.hash)
        query = select(*feed, *which, head.c.arrival)
        query = query.where(one_of(head.c.channel, map(int, channels)))
        return query.order_by(head.c.channel, head.c.division, head.c.author, *which)

    def trust_heads(self) -> dict[FeedKey, tuple[Head, ...]]:
        """The frontier of all `trust` feeds here."""
        return self.all_heads(channels=(Channel.TRUST,))

    def _segments(self, rows: Any) -> Iterator[tuple[int, Segment]]:
        for arrival, header, signature, body, replacement in rows:
            yield arrival, Segment(header, signature, body, decode_header(header), replacement)

    def _columns(self) -> Any:
        segment = self.tables.segment
        return select(
            segment.c.arrival,
            segment.c.header,
            segment.c.signature,
            segment.c.body,
            segment.c.replacement,
        )

    def since(self, channel: Channel, arrival: int, limit: int) -> list[tuple[int, Segment]]:
        """The segments of a lane that arrived after a number, in order of arrival."""
        values = {"channel": int(channel), "after": arrival, "limit": limit}
        rows = self.connection.execute(self._since, values).fetchall()
        return list(self._segments(rows))

    @prepared
    def _since(self) -> Any:
        segment = self.tables.segment
        later = self._columns().where(given(segment, "channel"))
        later = later.where(segment.c.arrival > bindparam("after"))
        return later.order_by(segment.c.arrival).limit(bindparam("limit"))

    def segment(self, feed: FeedKey, head: Head) -> Segment | None:
        """One segment, or None where it is not here."""
        values = {**of_feed(feed), **head._asdict()}
        rows = self.connection.execute(self._segment, values).fetchall()
        return next((one for _, one in self._segments(rows)), None)

    @prepared
    def _segment(self) -> Any:
        return self._columns().where(given(self.tables.segment, *HEAD))

    def of_partition(self, partition: Partition) -> Iterator[tuple[Segment, Stored]]:
        """Every segment of a partition, in order of arrival, a few at a time."""
        segment = self.tables.segment
        after = 0
        while True:
            rows = self.connection.execute(
                self._columns()
                .add_columns(segment.c.beacon_time, segment.c.trust)
                .where(
                    segment.c.division == partition.division,
                    segment.c.channel == int(partition.channel),
                    segment.c.arrival > after,
                )
                .order_by(segment.c.arrival)
                .limit(16)
            ).fetchall()
            if not rows:
                return
            for arrival, header, signature, body, replacement, beacon_time, trust in rows:
                after = arrival
                one = Segment(header, signature, body, decode_header(header), replacement)
                yield one, Stored(arrival, beacon_time, trust)

    def segment_partitions(self) -> set[Partition]:
        """The partitions of all segments here, by the segments themselves."""
        segment = self.tables.segment
        rows = self.connection.execute(select(segment.c.division, segment.c.channel).distinct())
        return {Partition(division, Channel(channel)) for division, channel in rows}

    def feed_bytes(self, author: str) -> int:
        """How much is stored because of one author, bytes: its segments and their frontiers."""
        sizes = self.connection.execute(self._filled, {"author": author}).one()
        return sum(size or 0 for size in sizes)

    @prepared
    def _filled(self) -> Any:
        segment, frontier, length = self.tables.segment, self.tables.trust_frontier, func.length
        each = length(segment.c.body) + length(segment.c.header) + length(segment.c.replacement)
        ours = given(segment, "author")
        own = select(func.sum(each)).where(ours)
        named = select(segment.c.trust).where(ours).distinct()
        more = select(func.sum(length(frontier.c.content))).where(frontier.c.digest.in_(named))
        return select(own.scalar_subquery(), more.scalar_subquery())
