"""The rows of the register in SQL: creating them by the batch, deriving columns, reading them back.

What a new row adds to the digest of its table is hashed a segment at a time, over whole columns,
because that is how rows arrive; `node.merge` calls `rows_digest` where a segment is applied and
where one is sealed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from node.feed import Digest
from node.schema import Channel, Derivation, Table
from node.store.blobs import Blobs
from node.store.prepared import Prepared, given, listed, once, one_of_given, prepared, text_of
from node.store.tables import Tables

_ID_BATCH = 500


class Records:
    """The tables of the schema.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables
        self.blobs = Blobs(connection, tables)
        self._origins: dict[tuple[str, int], int] = {}

    # --- writing ---------------------------------------------------------------------------------

    def origin(self, author: str, boot: int, tier: str = "") -> int:
        """This node's number for an author and boot, made where it is new.

        Args:
            author: The author id.
            boot: The boot number.
            tier: The tier at which the author stands, where that is known.
        """
        known = self._origins.get((author, boot))
        if known is not None and not tier:
            return known
        table, writer = self.tables.origin, {"author": author, "boot": boot}
        row = self.connection.execute(self._origin, writer).first()
        if row is None:
            number = int(self.connection.execute(self._last_origin).scalar() or 0) + 1
            fresh = {"origin": number, "tier": tier, **writer}
            self.connection.execute(self._put_origin, fresh)
        else:
            number = int(row[0])
            if tier and row[1] != tier:
                ours = table.c.origin == number
                self.connection.execute(update(table).where(ours).values(tier=tier))
        self._origins[author, boot] = number
        return number

    @prepared
    def _origin(self) -> Any:
        table = self.tables.origin
        return select(table.c.origin, table.c.tier).where(given(table, "author", "boot"))

    @prepared
    def _last_origin(self) -> Any:
        return select(func.max(self.tables.origin.c.origin))

    @prepared
    def _put_origin(self) -> Any:
        return insert(self.tables.origin)

    def forget_origins(self) -> None:
        """Empties the memory of origins, after a transaction that came to nothing."""
        self._origins.clear()

    def insert(
        self,
        division: str,
        table: Table,
        ids: list[str],
        columns: Mapping[str, list[Any]],
        stamps: tuple[Iterable[int], int, Iterable[int]],
    ) -> None:
        """Creates rows; one that is here already stays as it is.

        Args:
            division: The partition's division.
            table: The table.
            ids: The rows' ids.
            columns: A list of values for each column that the rows fill.
            stamps: Clamped times, the origin, and change numbers.
        """
        key = ("insert", table.name, *columns)
        statement, order = once(self.tables, key, lambda: self._inserting(table, columns))
        times, origin, numbers = stamps
        lists: dict[str, Iterable[Any]] = {
            **columns,
            "division": [division] * len(ids),
            "id": ids,
            "time": times,
            "origin": [origin] * len(ids),
            "number": numbers,
        }
        rows = list(zip(*(lists[name] for name in order), strict=True))
        self.connection.exec_driver_sql(statement, rows)
        for column in table.blobs:
            self.blobs.name(columns.get(column.name, ()), origin)

    def _inserting(self, table: Table, columns: Iterable[str]) -> tuple[str, list[str]]:
        """A statement that creates rows, and the order in which it takes their columns."""
        target = self.tables.rows[table.name]
        names = ["division", "id", *columns, "time", "origin", "number"]
        bare = insert(target).values(dict.fromkeys(names))
        order = [name for name in (column.name for column in target.columns) if name in names]
        return text_of(bare.on_conflict_do_nothing()), order

    def derive(
        self, division: str, table: Table, derivation: Derivation, ids: Iterable[str]
    ) -> Digest:
        """Computes a derived column of some rows anew.

        Returns:
            What that adds to the digest of the table.
        """
        target = self.tables.rows[table.name]
        moved = Digest()
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), _ID_BATCH):
            batch = wanted[start : start + _ID_BATCH]
            present = self.connection.execute(
                select(target.c.id, target.c[derivation.column]).where(
                    target.c.division == division, target.c.id.in_(batch)
                )
            ).fetchall()
            sources = self._sources(division, derivation, [row[0] for row in present])
            for id_, before in present:
                value = derivation.compute(sources.get(id_, []))
                if value == before:
                    continue
                moved = moved - _derived_digest(table.name, id_, derivation.column, before)
                moved = moved + _derived_digest(table.name, id_, derivation.column, value)
                self.connection.execute(
                    update(target)
                    .where(target.c.division == division, target.c.id == id_)
                    .values({derivation.column: value})
                )
        return moved

    def _sources(
        self, division: str, derivation: Derivation, ids: list[str]
    ) -> dict[str, list[dict[str, Any]]]:
        source, origin = self.tables.rows[derivation.source], self.tables.origin
        key = source.c[derivation.key]
        rows = self.connection.execute(
            select(source, origin.c.tier, origin.c.author)
            .join(origin, origin.c.origin == source.c.origin)
            .where(source.c.division == division, key.in_(ids))
            .order_by(source.c.id)
        )
        grouped: dict[str, list[dict[str, Any]]] = {}
        for row in rows.mappings():
            grouped.setdefault(row[derivation.key], []).append(dict(row))
        return grouped

    def drop(self, division: str, channel: Channel) -> None:
        """Empties the derived tables of a partition, before a rebuild."""
        for table in self.tables.schema.tables:
            if table.channel is not channel:
                continue
            place = {"division": division, "tab": table.name}
            key = ("drop", table.name)
            for statement in once(self.tables, key, lambda: self._dropping(table)):  # noqa: B023 - run at once
                self.connection.execute(statement, place)

    def _dropping(self, table: Table) -> list[Prepared]:
        """The statements that empty a table, its sets and its versions in a division."""
        own = [self.tables.rows[table.name]]
        own += [self.tables.sets[table.name, column.name] for column in table.sets]
        versions = (self.tables.version, self.tables.overwrite, self.tables.waiting)
        return [
            *(Prepared(delete(one).where(given(one, "division"))) for one in own),
            *(Prepared(delete(one).where(given(one, "division", "tab"))) for one in versions),
        ]

    # --- reading ---------------------------------------------------------------------------------

    def read(
        self,
        table: Table,
        divisions: Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        after: str = "",
    ) -> list[dict[str, Any]]:
        """Rows by id, with their sets as sorted lists.

        Besides its columns a row has `author#` and `boot#`, who wrote it, and `division#`, where it
        stands (a column of the register may bear one of the plain names).

        Args:
            table: The table.
            divisions: Only those divisions; None for all here.
            where: Columns that must have a value; a list means any of its values.
            limit: At most so many.
            after: Only ids after this one.
        """
        asked = {} if divisions is None else {"division": list(divisions)}
        tests = [*asked.items(), *(where or {}).items()]
        forms = tuple(
            (name, None if value is None else isinstance(value, list)) for name, value in tests
        )
        key = ("read", table.name, forms, bool(after), limit is not None)
        query = once(self.tables, key, lambda: Prepared(self._reading(table, forms, *key[3:])))
        values = {
            f"test_{place}": listed(value) if isinstance(value, list) else value
            for place, (_, value) in enumerate(tests)
        }
        found = self.connection.execute(query, {**values, "after": after, "limit": limit})
        names = [column.name for column in self.tables.rows[table.name].columns]
        names += ["division#", "author#", "boot#"]
        rows = [dict(zip(names, row, strict=True)) for row in found]
        for set_column in table.sets:
            self._fill_set(table.name, set_column.name, rows)
        return rows

    def _reading(
        self, table: Table, forms: Sequence[tuple[str, bool | None]], after: bool, limit: bool
    ) -> Any:
        """Reads rows where columns have one of some values, or a value, or none at all."""
        target, origin = self.tables.rows[table.name], self.tables.origin
        query = select(
            target,
            target.c.division.label("division#"),
            origin.c.author.label("author#"),
            origin.c.boot.label("boot#"),
        ).join(origin, origin.c.origin == target.c.origin)
        for place, (name, several) in enumerate(forms):
            column, value = target.c[name], f"test_{place}"
            if several is None:
                query = query.where(column.is_(None))
            else:
                same = one_of_given(column, value) if several else column == bindparam(value)
                query = query.where(same)
        if after:
            query = query.where(target.c.id > bindparam("after"))
        query = query.order_by(target.c.id)
        return query.limit(bindparam("limit")) if limit else query

    def _fill_set(self, table: str, column: str, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        members = self.tables.sets[table, column]
        by_id: dict[tuple[str, str], list[str]] = {}
        query = once(
            self.tables,
            ("set", table, column),
            lambda: Prepared(
                select(members).where(one_of_given(members.c.id, "ids")).order_by(members.c.element)
            ),
        )
        ids = {"ids": listed(row["id"] for row in rows)}
        for division, id_, element in self.connection.execute(query, ids):
            by_id.setdefault((division, id_), []).append(element)
        for row in rows:
            row[column] = by_id.get((row["division"], row["id"]), [])

    def counts(self, *tables: str) -> tuple[int, ...]:
        """How many rows each of some tables has here, asked at once."""
        statement = once(self.tables, ("counts", tables), lambda: Prepared(self._counting(tables)))
        return tuple(self.connection.execute(statement).one())

    def _counting(self, tables: Sequence[str]) -> Any:
        rows = (select(func.count()).select_from(self.tables.rows[name]) for name in tables)
        return select(*(one.scalar_subquery() for one in rows))

    def ids(self, table: Table) -> list[tuple[str, str]]:
        """Division and id of every row."""
        target = self.tables.rows[table.name]
        query = once(
            self.tables,
            ("ids", table.name),
            lambda: Prepared(select(target.c.division, target.c.id)),
        )
        return [(division, id_) for division, id_ in self.connection.execute(query)]

    def ids_with(self, table: Table, part: str, limit: int) -> list[str]:
        """Ids that begin or end with a part."""
        target = self.tables.rows[table.name]
        ends = or_(
            target.c.id.startswith(part, autoescape=True),
            target.c.id.endswith(part, autoescape=True),
        )
        query = select(target.c.id).where(ends).order_by(target.c.id).limit(limit)
        return [row[0] for row in self.connection.execute(query)]

    def count(self, table: Table, divisions: Sequence[str] | None = None) -> int:
        """How many rows a table has here."""
        target = self.tables.rows[table.name]
        query = select(func.count()).select_from(target)
        if divisions is not None:
            query = query.where(target.c.division.in_(list(divisions)))
        counted: int = self.connection.execute(query).scalar() or 0
        return counted


def rows_digest(
    table: Table, ids: list[str], columns: Mapping[str, list[Any]], numbers: Iterable[int]
) -> Digest:
    """What the new rows of one segment and table add to the digest of the table.

    The numbers tie the rows to their changes; author and boot are in the ids.
    """
    hasher = hashlib.sha256(table.name.encode())
    parts: list[tuple[str, list[Any]]] = [("id", ids), ("number", list(numbers))]
    parts.extend(sorted(columns.items()))
    for name, values in parts:
        text = json.dumps([name, values], ensure_ascii=False, separators=(",", ":"))
        hasher.update(text.encode())
    return Digest(int.from_bytes(hasher.digest(), "big"))


def _derived_digest(table: str, id_: str, column: str, value: Any) -> Digest:
    if value is None:
        return Digest()
    return Digest.of(json.dumps([table, id_, column, value], ensure_ascii=False).encode())
