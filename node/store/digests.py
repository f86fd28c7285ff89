"""The sums by which nodes are compared.

Over heads by partition, over derived tables, and frontiers of `trust`.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from node.feed import Digest, Partition
from node.schema import Channel
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
        table = self.tables.partition
        raw = self.connection.execute(
            select(table.c.digest).where(
                table.c.division == partition.division,
                table.c.channel == int(partition.channel),
            )
        ).scalar()
        return Digest.from_bytes(raw) if raw else Digest()

    def partition_digests(self) -> dict[Partition, Digest]:
        """The sums over the heads of every partition."""
        table = self.tables.partition
        rows = self.connection.execute(select(table.c.division, table.c.channel, table.c.digest))
        return {Partition(d, Channel(c)): Digest.from_bytes(raw) for d, c, raw in rows}

    def state_digests(self) -> dict[tuple[Partition, str], Digest]:
        """The sums over the derived tables of every partition."""
        table = self.tables.state_digest
        rows = self.connection.execute(
            select(table.c.division, table.c.channel, table.c.tab, table.c.digest)
        )
        return {(Partition(d, Channel(c)), tab): Digest.from_bytes(r) for d, c, tab, r in rows}

    def move_state(self, partition: Partition, tab: str, by: Digest) -> None:
        """Adds to the digest of a derived table."""
        if not by.value:
            return
        table = self.tables.state_digest
        key = {"division": partition.division, "channel": int(partition.channel), "tab": tab}
        raw = self.connection.execute(
            select(table.c.digest).where(*(table.c[name] == value for name, value in key.items()))
        ).scalar()
        digest = ((Digest.from_bytes(raw) if raw else Digest()) + by).to_bytes()
        self.connection.execute(
            insert(table)
            .values(**key, digest=digest)
            .on_conflict_do_update(
                index_elements=["division", "channel", "tab"], set_={"digest": digest}
            )
        )

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
        self.connection.execute(
            insert(self.tables.trust_frontier)
            .values(digest=digest, content=content)
            .on_conflict_do_nothing()
        )

    def trust_content(self, digest: bytes) -> bytes:
        """A frontier of `trust` as `put_trust` kept it; empty for the frontier of nothing."""
        table = self.tables.trust_frontier
        raw: bytes | None = self.connection.execute(
            select(table.c.content).where(table.c.digest == digest)
        ).scalar()
        return raw or b""
