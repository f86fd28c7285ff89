"""The sums by which nodes are compared.

Over heads by partition, over derived tables, and frontiers of `trust`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from node.feed import Digest, Partition
from node.schema import Channel
from node.store.prepared import PARTITION, given, of_partition, prepared, replacing
from node.store.tables import Tables


class Digests:
    """Digests on disk, moved in the same transaction as what they sum up.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables

    def partition_digest(self, partition: Partition) -> Digest:
        """The sum over the heads of one partition."""
        raw = self.connection.execute(self._digest, of_partition(partition)).scalar()
        return Digest.from_bytes(raw) if raw else Digest()

    def move_digest(self, partition: Partition, by: Digest) -> None:
        """Adds to the sum over the heads of one partition."""
        digest = (self.partition_digest(partition) + by).to_bytes()
        self.connection.execute(self._put_digest, {**of_partition(partition), "digest": digest})

    @prepared
    def _digest(self) -> Any:
        table = self.tables.partition
        return select(table.c.digest).where(given(table, *PARTITION))

    @prepared
    def _put_digest(self) -> Any:
        return replacing(self.tables.partition, *PARTITION)

    def partition_digests(self) -> dict[Partition, Digest]:
        """The sums over the heads of every partition."""
        rows = self.connection.execute(self._digests)
        return {Partition(d, Channel(c)): Digest.from_bytes(raw) for d, c, raw in rows}

    @prepared
    def _digests(self) -> Any:
        table = self.tables.partition
        return select(table.c.division, table.c.channel, table.c.digest)

    def state_digests(self) -> dict[tuple[Partition, str], Digest]:
        """The sums over the derived tables of every partition."""
        rows = self.connection.execute(self._states)
        return {(Partition(d, Channel(c)), tab): Digest.from_bytes(r) for d, c, tab, r in rows}

    def move_state(self, partition: Partition, tab: str, by: Digest) -> None:
        """Adds to the digest of a derived table."""
        if not by.value:
            return
        key = {**of_partition(partition), "tab": tab}
        raw = self.connection.execute(self._state, key).scalar()
        digest = ((Digest.from_bytes(raw) if raw else Digest()) + by).to_bytes()
        self.connection.execute(self._put_state, {**key, "digest": digest})

    @prepared
    def _states(self) -> Any:
        table = self.tables.state_digest
        return select(table.c.division, table.c.channel, table.c.tab, table.c.digest)

    @prepared
    def _state(self) -> Any:
        table = self.tables.state_digest
        return select(table.c.digest).where(given(table, *PARTITION, "tab"))

    @prepared
    def _put_state(self) -> Any:
        return replacing(self.tables.state_digest, *PARTITION, "tab")

    def drop_state(self, partition: Partition) -> None:
        """Forgets the digests of a partition's derived tables, before a rebuild."""
        table = self.tables.state_digest
        self.connection.execute(
            delete(table).where(
                table.c.division == partition.division,
                table.c.channel == int(partition.channel),
            )
        )

    def put_trust(self, digest: bytes, content: bytes) -> None:
        """Keeps a frontier of `trust` under its digest."""
        self.connection.execute(self._put_trust, {"digest": digest, "content": content})

    def trust_content(self, digest: bytes) -> bytes:
        """A frontier of `trust` as `put_trust` kept it; empty for the frontier of nothing."""
        found = self.connection.execute(self._trust_content, {"digest": digest})
        raw: bytes | None = found.scalar()
        return raw or b""

    @prepared
    def _put_trust(self) -> Any:
        return insert(self.tables.trust_frontier).on_conflict_do_nothing()

    @prepared
    def _trust_content(self) -> Any:
        table = self.tables.trust_frontier
        return select(table.c.content).where(given(table, "digest"))
