"""What came before what in a feed: its branches, where they join, what each change number names.

Only questions; nothing here writes. A feed is normally a line and then answered by its numbers; one
that branched is followed from header to header.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select, tuple_

from node.feed import FeedKey, Head, Partition
from node.schema import Channel
from node.segment import Header
from node.store.prepared import FEED, HEAD, given, of_feed, prepared
from node.store.tables import Tables
from node.wire import decode_header

_BRANCH_POINTS_MAX = 64
"""How far back the heads of a feed at an earlier moment are looked for; the rest is sent again."""


class Lineage:
    """The ancestry of segments.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables

    def _feed(self, table: Any, feed: FeedKey) -> Any:
        return and_(
            table.c.division == feed.division,
            table.c.channel == int(feed.channel),
            table.c.author == feed.author,
        )

    def headers(
        self, partition: Partition, author: str = "", boot: int = 0
    ) -> Iterator[tuple[Head, Header]]:
        """The header of every segment of a partition, or of one boot of an author, in no order."""
        segment = self.tables.segment
        query = select(segment.c.number, segment.c.hash, segment.c.header).where(
            segment.c.division == partition.division,
            segment.c.channel == int(partition.channel),
        )
        if author:
            query = query.where(segment.c.author == author, segment.c.boot == boot)
        for number, hash_, header in self.connection.execute(query):
            yield Head(number, hash_), decode_header(header)

    def contexts(self, channel: Channel, after: int, limit: int) -> list[tuple[Head, Header, int]]:
        """What of a lane arrived after a number: heads, headers, times of the beacons in force."""
        segment = self.tables.segment
        rows = self.connection.execute(
            select(segment.c.number, segment.c.hash, segment.c.header, segment.c.beacon_time)
            .where(segment.c.channel == int(channel), segment.c.arrival > after)
            .order_by(segment.c.arrival)
            .limit(limit)
        )
        return [
            (Head(number, hash_), decode_header(header), beacon_time)
            for number, hash_, header, beacon_time in rows
        ]

    def changes_in(self, feed: FeedKey, heads: Iterable[Head]) -> int:
        """How many changes some segments of a feed hold."""
        segment = self.tables.segment
        columns = (segment.c.number, segment.c.hash, segment.c.changes)
        rows = self.connection.execute(select(*columns).where(self._feed(segment, feed)))
        wanted = set(heads)
        return sum(changes for number, hash_, changes in rows if Head(number, hash_) in wanted)

    def reaches(self, header: Header, head: Head) -> bool:
        """Whether another segment of its boot does not end below a segment's first change."""
        values = {
            **of_feed(header.feed), "boot": header.boot, "first": header.first_change,
            "this": head.hash,
        }  # fmt: skip
        return self.connection.execute(self._reaches, values).first() is not None

    @prepared
    def _reaches(self) -> Any:
        segment = self.tables.segment
        reaching = select(segment.c.number).where(
            given(segment, *FEED, "boot"),
            segment.c.last_change >= bindparam("first"),
            segment.c.hash != bindparam("this"),
        )
        return reaching.limit(1)

    def heads_at(self, feed: FeedKey, arrival: int) -> tuple[Head, ...]:
        """The heads of a feed as they were when a certain segment had just arrived."""
        values = {**of_feed(feed), "arrival": arrival}
        rows = self.connection.execute(self._newest_at, values).fetchall()
        named = {head for _, _, header in rows for head in decode_header(header).previous}
        return tuple(sorted({Head(number, hash_) for number, hash_, _ in rows} - named))

    @prepared
    def _newest_at(self) -> Any:
        segment = self.tables.segment
        here = self._headers.where(segment.c.arrival <= bindparam("arrival"))
        return here.order_by(segment.c.number.desc()).limit(_BRANCH_POINTS_MAX)

    @property
    def _headers(self) -> Any:
        segment = self.tables.segment
        columns = (segment.c.number, segment.c.hash, segment.c.header)
        return select(*columns).where(given(segment, *FEED))

    def chain(self, feed: FeedKey, head: Head) -> Iterator[Head]:
        """A branch from a head to its start, newest first; where branches join, by the highest."""
        segment = self.tables.segment
        at: Head | None = head
        while at is not None:
            row = self.connection.execute(
                select(segment.c.header).where(
                    self._feed(segment, feed),
                    segment.c.number == at.number,
                    segment.c.hash == at.hash,
                )
            ).fetchone()
            if row is None:
                return
            yield at
            at = max(decode_header(row[0]).previous, default=None)

    def lacking(self, feed: FeedKey, known: Iterable[Head]) -> list[Head]:
        """The segments here that someone lacks who has everything up to certain heads.

        Returns:
            In an order in which each comes after those that it names.
        """
        names = [head for head in known if self._is_here(feed, head)]
        if not names or self._is_line(feed, names):
            values = {**of_feed(feed), "after": names[0].number if names else 0}
            rows = self.connection.execute(self._headers_after, values)
            return [Head(number, hash_) for number, hash_, _ in rows]
        rows = self.connection.execute(self._headers_after, {**of_feed(feed), "after": 0})
        above = {Head(number, hash_): header for number, hash_, header in rows}
        reached, had = list(names), set(names)
        while reached:
            header = decode_header(above[reached.pop()])
            fresh = [head for head in header.previous if head not in had]
            had.update(fresh)
            reached.extend(fresh)
        return [head for head in above if head not in had]

    @prepared
    def _headers_after(self) -> Any:
        segment = self.tables.segment
        later = self._headers.where(segment.c.number > bindparam("after"))
        # By arrival: a box that branched often joined branches in between.
        return later.order_by(segment.c.arrival)

    def _is_here(self, feed: FeedKey, head: Head) -> bool:
        values = {**of_feed(feed), **head._asdict()}
        return self.connection.execute(self._number, values).first() is not None

    @prepared
    def _number(self) -> Any:
        segment = self.tables.segment
        return select(segment.c.number).where(given(segment, *HEAD))

    def _is_line(self, feed: FeedKey, names: list[Head]) -> bool:
        """Whether a feed has one head known to someone and no branch up to it."""
        if len(names) != 1:
            return False
        values = {**of_feed(feed), "up_to": names[0].number}
        return bool(self.connection.execute(self._count, values).scalar() == names[0].number)

    @prepared
    def _count(self) -> Any:
        return select(func.count()).where(self._up_to)

    @property
    def _up_to(self) -> Any:
        segment = self.tables.segment
        return and_(given(segment, *FEED), segment.c.number <= bindparam("up_to"))

    def covers(self, feed: FeedKey, boot: int, change: int) -> Head | None:
        """The segment whose change of a number counts, or None while it waits in the tail."""
        values = {**of_feed(feed), "boot": boot, "change": change}
        row = self.connection.execute(self._covers, values).first()
        return Head(*row) if row else None

    @prepared
    def _covers(self) -> Any:
        segment, quarantine = self.tables.segment, self.tables.quarantine
        lost = select(quarantine.c.hash).where(
            given(quarantine, *FEED), quarantine.c.reason == "BOOT_REUSED"
        )
        change: Any = bindparam("change")
        return select(segment.c.number, segment.c.hash).where(
            given(segment, *FEED, "boot"),
            segment.c.first_change <= change,
            segment.c.last_change >= change,
            segment.c.hash.not_in(lost),
        )

    def reach(
        self, feed: FeedKey, heads: Sequence[Head], lost: Collection[Head]
    ) -> dict[int, list[tuple[int, int]]]:
        """The changes of each boot up to certain heads, as spans; other branches do not count.

        Not only the last change: on another branch a copy of the same process may have written
        numbers below it. Of the segments in `lost` the numbers mean other changes.
        """
        segment = self.tables.segment
        values = {**of_feed(feed), "up_to": max((head.number for head in heads), default=0)}
        spans: dict[int, list[tuple[int, int]]] = {}
        if not lost and self._is_line(feed, list(heads)):
            for boot, first, last in self.connection.execute(self._spans, values):
                spans.setdefault(boot, []).append((first, last))
            return spans
        span = (segment.c.boot, segment.c.first_change, segment.c.last_change)
        columns = (segment.c.number, segment.c.hash, *span, segment.c.header)
        known = {
            Head(number, hash_): rest
            for number, hash_, *rest in self.connection.execute(
                select(*columns).where(self._up_to), values
            )
        }
        reached = {head for head in heads if head in known}
        waiting = list(reached)
        while waiting:
            at = waiting.pop()
            boot, first, last, header = known[at]
            if at not in lost:
                spans.setdefault(boot, []).append((first, last))
            fresh = set(decode_header(header).previous) - reached
            reached |= fresh
            waiting.extend(fresh)
        return spans

    @prepared
    def _spans(self) -> Any:
        segment = self.tables.segment
        span = (segment.c.boot, segment.c.first_change, segment.c.last_change)
        return select(*span).where(self._up_to)

    def forked(self) -> list[tuple[FeedKey, int]]:
        """Feeds in which one number names two segments, with the lowest such number."""
        several = self._several().subquery()
        feed = (several.c.author, several.c.division, several.c.channel)
        rows = self.connection.execute(select(*feed, func.min(several.c.number)).group_by(*feed))
        return [
            (FeedKey(author, division, Channel(channel)), number)
            for author, division, channel, number in rows
        ]

    def branched_after(self, feed: FeedKey) -> set[Head]:
        """The segments that several others of a feed name as the one before them.

        Where a feed began several times, number 0 without a hash.
        """
        segment = self.tables.segment
        query = select(segment.c.header).where(self._feed(segment, feed))
        named: Counter[Head] = Counter()
        for (header,) in self.connection.execute(query):
            named.update(decode_header(header).previous or (Head(0, b""),))
        return {head for head, count in named.items() if count > 1}

    def doubled(self, author: str) -> dict[tuple[FeedKey, int], list[tuple[bytes, bytes]]]:
        """What an author signed for each number that names several segments of one of its feeds.

        Returns:
            Header and signature of each of them, by feed and number.
        """
        segment = self.tables.segment
        place = (segment.c.author, segment.c.division, segment.c.channel, segment.c.number)
        several = self._several().where(segment.c.author == author)
        rows = self.connection.execute(
            select(*place[1:], segment.c.header, segment.c.signature).where(
                segment.c.author == author, tuple_(*place).in_(several)
            )
        )
        signed: dict[tuple[FeedKey, int], list[tuple[bytes, bytes]]] = {}
        for division, channel, number, header, signature in rows:
            key = (FeedKey(author, division, Channel(channel)), number)
            signed.setdefault(key, []).append((header, signature))
        return signed

    def _several(self) -> Select[Any]:
        """Author, division, channel and number where these name several segments."""
        segment = self.tables.segment
        place = (segment.c.author, segment.c.division, segment.c.channel, segment.c.number)
        return select(*place).group_by(*place).having(func.count() > 1)
