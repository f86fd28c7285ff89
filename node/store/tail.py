"""The open tails: changes that are committed and that no segment holds yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from node.feed import Partition
from node.schema import Channel
from node.store.prepared import PARTITION, given, of_partition, prepared
from node.store.tables import Tables


class Tails:
    """Tails on disk.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables

    def put_tail(
        self,
        partition: Partition,
        number: int,
        boot: int,
        written_at: int,
        body: bytes,
        changes: int = 1,
    ) -> None:
        """Keeps changes that no segment holds yet, under the number of the first of them."""
        self.connection.execute(
            self._put_tail,
            {
                **of_partition(partition),
                "number": number,
                "boot": boot,
                "changes": changes,
                "written_at": written_at,
                "body": body,
            },
        )

    def tails(self, within: Partition | None = None) -> list[tuple[Partition, int, int, int]]:
        """Every open tail, or those of one partition: its boot, changes, and since when."""
        if within is None:
            rows = self.connection.execute(self._tails)
        else:
            rows = self.connection.execute(self._tails_of, of_partition(within))
        return [(Partition(d, Channel(c)), boot, n, at) for d, c, boot, n, at in rows]

    @prepared
    def _put_tail(self) -> Any:
        return insert(self.tables.tail)

    @prepared
    def _tails(self) -> Any:
        return self._open

    @property
    def _open(self) -> Any:
        tail = self.tables.tail
        return (
            select(
                tail.c.division,
                tail.c.channel,
                tail.c.boot,
                func.sum(tail.c.changes),
                func.min(tail.c.written_at),
            )
            .group_by(tail.c.division, tail.c.channel, tail.c.boot)
            .order_by(tail.c.channel, tail.c.division, func.min(tail.c.number))
        )

    @prepared
    def _tails_of(self) -> Any:
        return self._open.where(given(self.tables.tail, *PARTITION))

    def tail(
        self, partition: Partition, boot: int, limit: int, bytes_max: int | None = None
    ) -> list[tuple[int, bytes]]:
        """The first changes of a tail: bodies, each with the number of its first change.

        Args:
            partition: The partition.
            boot: The boot that wrote them.
            limit: At most so many.
            bytes_max: At most so many bytes of bodies, but one body at least.
        """
        values = {**of_partition(partition), "boot": boot, "limit": limit}
        rows = self.connection.execute(self._oldest, values)
        chosen: list[tuple[int, bytes]] = []
        size = count = 0
        for number, body, changes in rows:
            size += len(body)
            count += changes
            if chosen and (count > limit or (bytes_max is not None and size > bytes_max)):
                break
            chosen.append((number, body))
        return chosen

    @prepared
    def _oldest(self) -> Any:
        tail = self.tables.tail
        chosen = select(tail.c.number, tail.c.body, tail.c.changes)
        chosen = chosen.where(given(tail, *PARTITION, "boot"))
        return chosen.order_by(tail.c.number).limit(bindparam("limit"))

    def waiting_change(
        self, partition: Partition, boot: int, number: int
    ) -> tuple[int, bytes] | None:
        """The body that holds a change of a tail, with its first number; None if none does."""
        tail = self.tables.tail
        row = self.connection.execute(
            select(tail.c.number, tail.c.body)
            .where(
                tail.c.division == partition.division,
                tail.c.channel == int(partition.channel),
                tail.c.boot == boot,
                tail.c.number <= number,
            )
            .order_by(tail.c.number.desc())
            .limit(1)
        ).fetchone()
        return (row.number, row.body) if row else None

    def drop_tail(self, partition: Partition, boot: int, up_to: int) -> None:
        """Forgets the changes of a tail that a segment holds now."""
        values = {**of_partition(partition), "boot": boot, "up_to": up_to}
        self.connection.execute(self._drop_tail, values)

    @prepared
    def _drop_tail(self) -> Any:
        tail = self.tables.tail
        ours = given(tail, *PARTITION, "boot")
        return delete(tail).where(ours, tail.c.number <= bindparam("up_to"))
