"""What is stored and not applied yet.

Listed with its reason, forwarded all the same, tried again later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, select
from sqlalchemy.dialects.sqlite import insert

from node.feed import FeedKey, Head, Partition
from node.schema import Channel
from node.store.prepared import (
    FEED,
    HEAD,
    PARTITION,
    Prepared,
    given,
    of_feed,
    of_partition,
    once,
    one_of,
    prepared,
)
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
        chosen = tuple(reasons)
        query = once(
            self.tables,
            ("entries", feed is None, chosen),
            lambda: Prepared(self._entries(FEED if feed is not None else (), chosen)),
        )
        values = of_feed(feed) if feed is not None else {}
        return [
            SetAside(FeedKey(author, division, Channel(channel)), Head(number, hash_), *rest)
            for author, division, channel, number, hash_, *rest in self.connection.execute(
                query, values
            )
        ]

    def _entries(self, known: Sequence[str], reasons: Sequence[str]) -> Any:
        """Selects in the order of `SetAside`, where the values of some columns are known."""
        table, segment = self.tables.quarantine, self.tables.segment
        own = ("tab", "col", "reason", "first_change", "last_change", "since")
        query = (
            select(
                *(table.c[name] for name in ("author", "division", "channel", "number", "hash")),
                segment.c.boot,
                *(table.c[name] for name in own),
            )
            .join(segment, and_(*(segment.c[name] == table.c[name] for name in HEAD)))
            .where(given(table, *known))
            .order_by(table.c.channel, table.c.division, table.c.author, table.c.number)
        )
        return query.where(one_of(table.c.reason, reasons)) if reasons else query

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

    @prepared
    def _trust_waiting(self) -> Any:
        table = self.tables.quarantine
        return select(table.c.author, table.c.division, table.c.number, table.c.hash).where(
            table.c.channel == int(Channel.TRUST),
            one_of(table.c.reason, ["TRUST_BEHIND", "FORMAT_UNKNOWN"]),
        )

    def remove(self, feed: FeedKey, head: Head) -> None:
        """Strikes a segment from the list, because it is tried again."""
        self.connection.execute(self._remove, {**of_feed(feed), **head._asdict()})

    @prepared
    def _remove(self) -> Any:
        return delete(self.tables.quarantine).where(given(self.tables.quarantine, *HEAD))

    def clear(self, partition: Partition) -> None:
        """Strikes a whole partition from the list, before a rebuild."""
        self.connection.execute(self._clear, of_partition(partition))

    @prepared
    def _clear(self) -> Any:
        return delete(self.tables.quarantine).where(given(self.tables.quarantine, *PARTITION))
