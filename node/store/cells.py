"""Standing versions in SQL: value and conflict of a cell as functions of the set of its updates.

A version stands while no applied version overwrites it. An update names what it overwrites, so
whether a version stands does not depend on the order in which the updates arrived, nor on whether
the row itself is here yet. A version that is not applied is transparent: whoever named it is taken
to name what it named.

All cells that a batch touched are settled together, with a fixed number of statements for each
column:

1. `write` adds versions, what they name, and the cells to `touched`;
2. `settle` keeps a row's first values as versions where they are overwritten for the first time,
marks what stands,
   writes the values into the rows, and returns what it changed so that digests and derivations can
   follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from node.feed import Digest
from node.schema import Column, Kind, Table
from node.store.prepared import Prepared, given, once, prepared, text_of
from node.store.standing import Named, Standing, Version, counted
from node.store.tables import CELL, Tables

_PLACE = tuple(bindparam(name, type_=String) for name in ("of_division", "of_tab", "of_col"))
"""Stands for division, table and column in a statement that is made once."""


class Cells(Standing):
    """The versions of all cells that were ever updated.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        super().__init__(connection, tables)
        inserting = once(tables, "insert versions", lambda: _inserting(tables))
        self._insert_version, self._insert_overwrite, self._insert_touched = inserting

    # --- writing ---------------------------------------------------------------------------------

    def write(
        self,
        division: str,
        table: str,
        column: str,
        versions: Sequence[Version],
        named: Sequence[Named],
    ) -> None:
        """Adds versions to cells of one column; `settle` makes them count."""
        sql = self.connection.exec_driver_sql
        sql(
            self._insert_version,
            [(division, table, v.id, column, v.element, *v[2:], 0) for v in versions],
        )
        if named:
            sql(
                self._insert_overwrite,
                [(division, table, n.id, column, n.element, *n[2:]) for n in named],
            )
        sql(
            self._insert_touched,
            list({(division, table, v.id, column, v.element) for v in versions}),
        )

    def wake(self, division: str, table: str) -> None:
        """Touches the cells whose row has come after their updates."""
        if not self.connection.execute(self._waits, {"division": division, "tab": table}).first():
            return
        waiting, version, rows = (
            self.tables.waiting,
            self.tables.version,
            self.tables.rows[table],
        )
        ours = and_(waiting.c.division == division, waiting.c.tab == table)
        here = select(waiting.c.id).join(
            rows, and_(rows.c.division == waiting.c.division, rows.c.id == waiting.c.id)
        )
        come = [row[0] for row in self.connection.execute(here.where(ours))]
        for id_ in come:
            self.connection.execute(
                insert(self.tables.touched)
                .from_select(
                    list(CELL),
                    select(*(version.c[n] for n in CELL))
                    .where(
                        version.c.division == division,
                        version.c.tab == table,
                        version.c.id == id_,
                    )
                    .distinct(),
                )
                .on_conflict_do_nothing()
            )
            self.connection.execute(delete(waiting).where(ours, waiting.c.id == id_))

    @prepared
    def _waits(self) -> Any:
        waiting = self.tables.waiting
        return select(waiting.c.id).where(given(waiting, "division", "tab")).limit(1)

    # --- settling --------------------------------------------------------------------------------

    def touched(self) -> list[tuple[str, str, str]]:
        """The (division, table, column) of the cells that wait to be settled."""
        rows = self.connection.execute(self._touched)
        return [(division, tab, col) for division, tab, col in rows]

    @prepared
    def _touched(self) -> Any:
        touched = self.tables.touched
        columns = (touched.c.division, touched.c.tab, touched.c.col)
        return select(*columns).distinct().order_by(*columns)

    def contributions(self) -> dict[tuple[str, str], Digest]:
        """What the standing versions of touched cells add to the digests, by division and table."""
        sums: dict[tuple[str, str], int] = {}
        for row in self.connection.execute(self._standing):
            # Not repr: how that writes a rare character depends on the version of Python.
            content = json.dumps(list(row)[1:], ensure_ascii=False).encode()
            value = int.from_bytes(hashlib.sha256(content).digest(), "big")
            sums[row[0], row[1]] = sums.get((row[0], row[1]), 0) + value
        return {key: Digest() + Digest(value) for key, value in sums.items()}

    @prepared
    def _standing(self) -> Any:
        """The standing versions of touched cells."""
        version, origin = self.tables.version, self.tables.origin
        return (
            select(
                *(version.c[n] for n in CELL),
                version.c.time,
                origin.c.author,
                origin.c.boot,
                version.c.number,
                version.c.text,
                version.c.integer,
                version.c.owner,
            )
            .join(self.tables.touched, self._same_cell(version, self.tables.touched))
            .join(origin, origin.c.origin == version.c.origin)
            .where(version.c.standing == 1)
        )

    def settle(self, division: str, declared: Table, column: Column) -> list[str]:
        """Makes the touched cells of one column what their versions say.

        Returns:
            The ids of the rows touched.
        """
        run = self.connection.execute
        key = ("settle", declared.name, column.name)
        steps = once(self.tables, key, lambda: [*map(Prepared, self._settling(declared, column))])
        place = {"of_division": division, "of_tab": declared.name, "of_col": column.name}
        for step in steps:
            run(step, place)
        run(self._empty_dead)
        return [row[0] for row in run(self._touched_ids, place)]

    def _settling(self, declared: Table, column: Column) -> Iterator[Any]:
        """The statements that settle a column; every write runs them, so they are made once."""
        if column.kind in (Kind.REGISTER, Kind.AUTHORITY):
            yield self._keep_first(declared, column)
        yield self._note_dead()
        yield self._mark()
        if column.kind is Kind.SET:
            yield from self._write_members(declared.name, column.name)
        else:
            yield self._write_values(declared, column)

    def clear(self, names: Iterable[str]) -> None:
        """Notes the rows of some tables that are still to come, and empties the scratch."""
        for name in sorted(set(names)):
            note = once(self.tables, ("absent", name), lambda: Prepared(self._note_absent(name)))  # noqa: B023 - run at once
            self.connection.execute(note)
        self.connection.execute(self._empty_touched)

    def _note_absent(self, name: str) -> Any:
        table, touched = self.tables.rows[name], self.tables.touched
        absent = and_(
            touched.c.tab == name,
            ~exists().where(table.c.division == touched.c.division, table.c.id == touched.c.id),
        )
        chosen = select(*(touched.c[n] for n in CELL[:3])).where(absent).distinct()
        noting = insert(self.tables.waiting).from_select(["division", "tab", "id"], chosen)
        return noting.on_conflict_do_nothing()

    @prepared
    def _empty_touched(self) -> Any:
        return delete(self.tables.touched)

    @prepared
    def _empty_dead(self) -> Any:
        return delete(self.tables.dead)

    def _same_cell(self, one: Any, other: Any) -> Any:
        return and_(*(one.c[name] == other.c[name] for name in CELL))

    def _of(self, table: Any, division: Any, tab: Any, col: Any) -> Any:
        return and_(table.c.division == division, table.c.tab == tab, table.c.col == col)

    @prepared
    def _touched_ids(self) -> Any:
        touched = self.tables.touched
        return select(touched.c.id).where(self._of(touched, *_PLACE)).distinct()

    def _keep_first(self, declared: Table, column: Column) -> Any:
        """Keeps the value that a row was created with as a version, once it is overwritten."""
        rows, origin = self.tables.rows[declared.name], self.tables.origin
        touched = self.tables.touched
        value = rows.c[column.name]
        owner = case((origin.c.tier == column.owner, 1), else_=0) if column.owner else literal(0)
        first = (
            select(
                rows.c.division,
                literal(declared.name),
                rows.c.id,
                literal(column.name),
                literal(""),
                rows.c.origin,
                rows.c.number,
                rows.c.time,
                value if column.type is str else null(),
                value if column.type is int else null(),
                owner,
                literal(1),
                literal(0),
            )
            .join(touched, and_(touched.c.division == rows.c.division, touched.c.id == rows.c.id))
            .join(origin, origin.c.origin == rows.c.origin)
            .where(self._of(touched, *_PLACE))
        )
        names = [c.name for c in self.tables.version.columns]
        return insert(self.tables.version).from_select(names, first).on_conflict_do_nothing()

    def _note_dead(self) -> Any:
        """Notes what applied versions of touched cells overwrite, through what is not applied."""
        version, overwrite, touched, dead = (
            self.tables.version,
            self.tables.overwrite,
            self.tables.touched,
            self.tables.dead,
        )
        names = [overwrite.c[n] for n in CELL]
        by = and_(
            self._same_cell(overwrite, version),
            overwrite.c.origin == version.c.origin,
            overwrite.c.number == version.c.number,
        )
        named = (
            select(*names, overwrite.c.named_origin, overwrite.c.named_number, version.c.owner)
            .select_from(touched)
            .join(version, and_(self._same_cell(version, touched), version.c.applied == 1))
            .join(overwrite, by)
            .where(self._of(touched, *_PLACE))
            .cte("named", recursive=True)
        )
        through = (
            select(*names, overwrite.c.named_origin, overwrite.c.named_number, named.c.owner)
            .select_from(named)
            .join(
                version,
                and_(
                    self._same_cell(version, named),
                    version.c.origin == named.c.named_origin,
                    version.c.number == named.c.named_number,
                    version.c.applied == 0,
                ),
            )
            .join(overwrite, by)
        )
        reached = named.union(through)
        columns = [c.name for c in dead.columns]
        return insert(dead).from_select(columns, select(*reached.columns))

    def _mark(self) -> Any:
        """Marks the versions of touched cells that are applied and not noted as overwritten."""
        version, touched, dead = self.tables.version, self.tables.touched, self.tables.dead
        overwritten = exists().where(
            self._same_cell(dead, version),
            dead.c.origin == version.c.origin,
            dead.c.number == version.c.number,
            dead.c.owner >= version.c.owner,
        )
        in_touched = exists().where(self._of(touched, *_PLACE), self._same_cell(touched, version))
        return (
            update(version)
            .where(self._of(version, *_PLACE), in_touched)
            .values(standing=case((and_(version.c.applied == 1, ~overwritten), 1), else_=0))
        )

    def _winners(self) -> Any:
        """The standing version of each touched cell that gives it its value."""
        version, origin, touched = (
            self.tables.version,
            self.tables.origin,
            self.tables.touched,
        )
        order = [
            version.c.owner.desc(),
            version.c.time.desc(),
            origin.c.author.desc(),
            origin.c.boot.desc(),
            version.c.number.desc(),
        ]
        rank = func.row_number().over(partition_by=version.c.id, order_by=order)
        ranked = (
            select(
                version.c.id, version.c.text, version.c.integer, version.c.owner, rank.label("rank")
            )
            .join(touched, self._same_cell(version, touched))
            .join(origin, origin.c.origin == version.c.origin)
            .where(self._of(touched, *_PLACE), version.c.standing == 1)
            .subquery()
        )
        return select(ranked).where(ranked.c.rank == 1).subquery()

    def _write_values(self, declared: Table, column: Column) -> Any:
        rows, touched, version = (
            self.tables.rows[declared.name],
            self.tables.touched,
            self.tables.version,
        )
        if column.kind is Kind.COUNTER:
            value: Any = (
                select(counted(version.c.integer))
                .where(
                    self._of(version, *_PLACE),
                    version.c.id == rows.c.id,
                    version.c.applied == 1,
                )
                .scalar_subquery()
            )
        else:
            winners = self._winners()
            chosen = winners.c.text if column.type is str else winners.c.integer
            owned = winners.c.owner == 1 if column.kind is Kind.AUTHORITY else true()
            value = select(chosen).where(winners.c.id == rows.c.id, owned).scalar_subquery()
        ids = select(touched.c.id).where(self._of(touched, *_PLACE))
        return (
            update(rows)
            .where(rows.c.division == _PLACE[0], rows.c.id.in_(ids))
            .values({column.name: value})
        )

    def _write_members(self, tab: str, col: str) -> Iterator[Any]:
        members, version = self.tables.sets[tab, col], self.tables.version
        touched = self.tables.touched
        ours = self._of(touched, *_PLACE)
        yield delete(members).where(
            members.c.division == _PLACE[0],
            exists().where(
                ours, touched.c.id == members.c.id, touched.c.element == members.c.element
            ),
        )
        added = (
            select(touched.c.division, touched.c.id, touched.c.element)
            .join(version, self._same_cell(version, touched))
            .where(ours, version.c.standing == 1, version.c.integer.is_not(None))
            .distinct()
        )
        yield insert(members).from_select(["division", "id", "element"], added)


def _inserting(tables: Tables) -> tuple[str, str, str]:
    """What `write` runs: for versions, for what they name, and for the cells touched."""
    fresh = insert(tables.version)
    version = fresh.on_conflict_do_update(
        index_elements=[*CELL, "origin", "number"],
        set_={"applied": fresh.excluded.applied, "owner": fresh.excluded.owner},
    )
    overwrite = insert(tables.overwrite).on_conflict_do_nothing()
    touched = insert(tables.touched).on_conflict_do_nothing()
    return text_of(version), text_of(overwrite), text_of(touched)
