"""What is stored and not applied yet.

Listed with its reason, forwarded all the same, tried again later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, and_, delete, select
from sqlalchemy.dialects.sqlite import insert

from node.feed import FeedKey, Head, Partition
from node.schema import Channel
from node.store.prepared import FEED, HEAD, given, of_feed
from node.store.tables import Tables


@dataclass(frozen=True, slots=True)
class SetAside:
    """A part of a segment that is stored and not applied. An empty table means all of it."""

    feed: FeedKey
    head: Head
    boot: int
    table: str
    column: str
    reason: str
    first_change: int
    last_change: int
    since: int


class Quarantine:
    """The list of what waits.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables

    def add(self, entries: Sequence[SetAside]) -> None:
        """Lists parts of segments that are stored and not applied."""
        if not entries:
            return
        rows = [
            {
                **entry.feed._asdict(),
                "channel": int(entry.feed.channel),
                "number": entry.head.number,
                "hash": entry.head.hash,
                "tab": entry.table,
                "col": entry.column,
                "reason": entry.reason,
                "first_change": entry.first_change,
                "last_change": entry.last_change,
                "since": entry.since,
            }
            for entry in entries
        ]
        self.connection.execute(insert(self.tables.quarantine).on_conflict_do_nothing(), rows)

    def entries(self, feed: FeedKey | None = None, reasons: Sequence[str] = ()) -> list[SetAside]:
        """What is stored and not applied, oldest segment first."""
        table = self.tables.quarantine
        query, values = self._entries, {}
        if feed is not None:
            query, values = self._entries_of, of_feed(feed)
        if reasons:
            query = query.where(table.c.reason.in_(reasons))
        return [
            SetAside(
                FeedKey(row.author, row.division, Channel(row.channel)),
                Head(row.number, row.hash),
                row.boot,
                row.tab,
                row.col,
                row.reason,
                row.first_change,
                row.last_change,
                row.since,
            )
            for row in self.connection.execute(query, values)
        ]

    @cached_property
    def _entries(self) -> Any:
        table, segment = self.tables.quarantine, self.tables.segment
        return (
            select(table, segment.c.boot)
            .join(segment, and_(*(segment.c[name] == table.c[name] for name in HEAD)))
            .order_by(table.c.channel, table.c.division, table.c.author, table.c.number)
        )

    @cached_property
    def _entries_of(self) -> Any:
        return self._entries.where(given(self.tables.quarantine, *FEED))

    def trust_waiting(self) -> dict[FeedKey, set[Head]]:
        """The segments of `trust` that wait as a whole, by feed.

        They wait for other trust data, or for a version of this program that can read them.
        """
        rows = self.connection.execute(self._trust_waiting)
        waiting: dict[FeedKey, set[Head]] = {}
        for author, division, number, hash_ in rows:
            feed = FeedKey(author, division, Channel.TRUST)
            waiting.setdefault(feed, set()).add(Head(number, hash_))
        return waiting

    @cached_property
    def _trust_waiting(self) -> Any:
        table = self.tables.quarantine
        return select(table.c.author, table.c.division, table.c.number, table.c.hash).where(
            table.c.channel == int(Channel.TRUST),
            table.c.reason.in_(["TRUST_BEHIND", "FORMAT_UNKNOWN"]),
        )

    def remove(self, feed: FeedKey, head: Head) -> None:
        """Strikes a segment from the list, because it is tried again."""
        table = self.tables.quarantine
        self.connection.execute(
            delete(table).where(
                table.c.division == feed.division,
                table.c.channel == int(feed.channel),
                table.c.author == feed.author,
                table.c.number == head.number,
                table.c.hash == head.hash,
            )
        )

    def clear(self, partition: Partition) -> None:
        """Strikes a whole partition from the list, before a rebuild."""
        table = self.tables.quarantine
        self.connection.execute(
            delete(table).where(
                table.c.division == partition.division,
                table.c.channel == int(partition.channel),
            )
        )
