"""Contents beside the ledger: photos and papers, named in a row by the hash of what they hold.

A row that names one comes with its segment; the content comes later, a piece at a time, and a part
of it is kept across sessions. It lies in the same encrypted database as the rows: what shows a
person is no more readable on a stolen card than the person's record. It stands in no frontier and
in no digest; where a row came first, the content is known to lack.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from node.feed import FeedKey
from node.store.prepared import Prepared, given, once, prepared
from node.store.tables import Tables

PIECE_BYTES_MAX = 262_144
_HASH = re.compile(r"[0-9a-f]{64}")


class Blob(NamedTuple):
    """What is known of a content.

    Attributes:
        hash: SHA-256 of it, hexadecimal.
        author: Who named it first here.
        size: How many bytes it has; 0 where that is not known yet.
        held: How many of them are here.
        arrival: This node's running number over all that are here whole; 0 while it is not.
    """

    hash: str
    author: str
    size: int
    held: int
    arrival: int

    @property
    def whole(self) -> bool:
        """Whether all of it is here."""
        return self.arrival > 0


class Blobs:
    """The contents of a node.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables

    # --- writing ---------------------------------------------------------------------------------

    def name(self, hashes: Iterable[Any], origin: int) -> None:
        """Notes that rows name contents, so that what lacks is known; what is no hash names none.

        Args:
            hashes: SHA-256, hexadecimal.
            origin: The store's number of who wrote the rows.
        """
        for one in hashes:
            if isinstance(one, str) and _HASH.fullmatch(one):
                self.connection.execute(self._name, {"hash": one, "origin": origin})

    @prepared
    def _name(self) -> Any:
        fresh = insert(self.tables.blob).values(
            hash=bindparam("hash"), origin=bindparam("origin"), size=0, held=0, arrival=0
        )
        return fresh.on_conflict_do_nothing()

    def add(self, hash_: str, data: bytes, size: int) -> Blob:
        """Adds the next bytes to what is here of a content that is named.

        Returns:
            It as it then stands. It is whole only where its hash is the one that names it.
        """
        table, piece, before = self.tables.blob, self.tables.blob_piece, self.blob(hash_)
        assert before is not None and not before.whole, "it is named, and lacks"
        held = before.held
        for start in range(0, len(data), PIECE_BYTES_MAX):
            part = data[start : start + PIECE_BYTES_MAX]
            values = {"hash": hash_, "start": held, "data": part}
            self.connection.execute(insert(piece).values(values))
            held += len(part)
        whole = held == size and hashlib.sha256(self.content(hash_)).hexdigest() == hash_
        arrival = self.last_arrival() + 1 if whole else 0
        ours = table.c.hash == hash_
        self.connection.execute(
            table.update().where(ours).values(size=size, held=held, arrival=arrival)
        )
        return before._replace(size=size, held=held, arrival=arrival)

    def drop(self, hash_: str) -> None:
        """Takes away what is here of a content; it lacks again."""
        table, piece = self.tables.blob, self.tables.blob_piece
        self.connection.execute(delete(piece).where(piece.c.hash == hash_))
        ours = table.c.hash == hash_
        self.connection.execute(table.update().where(ours).values(size=0, held=0, arrival=0))

    # --- reading ---------------------------------------------------------------------------------

    def blob(self, hash_: str) -> Blob | None:
        """What is known of a content; None where no row ever named it here."""
        row = self.connection.execute(self._blob, {"hash": hash_}).first()
        return Blob(*row) if row else None

    @prepared
    def _blob(self) -> Any:
        return self._all().where(given(self.tables.blob, "hash"))

    def _all(self) -> Any:
        table, origin = self.tables.blob, self.tables.origin
        query = select(table.c.hash, origin.c.author, table.c.size, table.c.held, table.c.arrival)
        return query.join(origin, origin.c.origin == table.c.origin)

    def read(self, hash_: str, start: int, room: int) -> bytes:
        """Bytes of a content from a place on, at most so many and at least one if there is one."""
        piece = self.tables.blob_piece
        query = (
            select(piece.c.start, piece.c.data)
            .where(piece.c.hash == hash_, piece.c.start <= start)
            .order_by(piece.c.start.desc())
            .limit(1)
        )
        row = self.connection.execute(query).first()
        return bytes(row[1][start - row[0] :][:room]) if row else b""

    def content(self, hash_: str) -> bytes:
        """All that is here of a content."""
        piece = self.tables.blob_piece
        query = select(piece.c.data).where(piece.c.hash == hash_).order_by(piece.c.start)
        return b"".join(row[0] for row in self.connection.execute(query))

    def bytes_of(self, author: str) -> int:
        """How many bytes are here of contents that an author was the first to name."""
        table, origin = self.tables.blob, self.tables.origin
        query = (
            select(func.sum(table.c.held))
            .join(origin, origin.c.origin == table.c.origin)
            .where(origin.c.author == author)
        )
        return int(self.connection.execute(query).scalar() or 0)

    def last_arrival(self) -> int:
        """The running number of the last content that came whole."""
        return int(self.connection.execute(self._last).scalar() or 0)

    @prepared
    def _last(self) -> Any:
        return select(func.max(self.tables.blob.c.arrival))

    def since(self, arrival: int, limit: int) -> list[Blob]:
        """What came whole after a running number, in that order."""
        arrived = self.tables.blob.c.arrival
        query = self._all().where(arrived > arrival).order_by(arrived).limit(limit)
        return [Blob(*row) for row in self.connection.execute(query)]

    def lacking(self) -> Iterator[tuple[str, FeedKey]]:
        """Contents that are not here whole, each with the feed of a row that names it."""
        yield from self._named(None)

    def naming(self, hash_: str) -> list[FeedKey]:
        """The feeds of the rows that name a content."""
        return [feed for _, feed in self._named(hash_)]

    def _named(self, hash_: str | None) -> Iterator[tuple[str, FeedKey]]:
        for table in self.tables.schema.tables:
            for column in table.blobs:
                query = self._naming(table.name, column.name, hash_ is None)
                values = {} if hash_ is None else {"hash": hash_}
                for named, division, author in self.connection.execute(query, values).fetchall():
                    yield named, FeedKey(author, division, table.channel)

    def _naming(self, name: str, column: str, lacks: bool) -> Any:
        key = ("blobs", name, column, lacks)
        return once(self.tables, key, lambda: Prepared(self._asking(name, column, lacks)))

    def _asking(self, name: str, column: str, lacks: bool) -> Any:
        rows, origin, blob = self.tables.rows[name], self.tables.origin, self.tables.blob
        query = select(rows.c[column], rows.c.division, origin.c.author).join(
            origin, origin.c.origin == rows.c.origin
        )
        if not lacks:
            return query.where(rows.c[column] == bindparam("hash"))
        query = query.join(blob, blob.c.hash == rows.c[column]).where(blob.c.arrival == 0)
        return query.order_by(rows.c.time, rows.c.id)

    # --- who else has it -------------------------------------------------------------------------

    def note(self, peer: str, hashes: Iterable[str]) -> None:
        """Notes that a peer says it has contents; of what no row names here nothing is noted."""
        for one in hashes:
            self.connection.execute(self._note, {"peer": peer, "hash": one})

    @prepared
    def _note(self) -> Any:
        table, blob = self.tables.blob_at, self.tables.blob
        known = select(bindparam("peer"), blob.c.hash).where(blob.c.hash == bindparam("hash"))
        return insert(table).from_select(["peer", "hash"], known).on_conflict_do_nothing()

    def forget(self, peer: str, hash_: str = "") -> None:
        """Strikes that a peer has a content, or anything at all."""
        table = self.tables.blob_at
        ours = table.c.peer == peer
        if hash_:
            ours &= table.c.hash == hash_
        self.connection.execute(delete(table).where(ours))

    def holders(self, hash_: str) -> set[str]:
        """The peers that are known to have a content."""
        table = self.tables.blob_at
        query = select(table.c.peer).where(table.c.hash == hash_)
        return {row[0] for row in self.connection.execute(query)}
