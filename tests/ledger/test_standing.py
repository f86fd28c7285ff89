"""Which versions of a cell stand, against a model that anyone can check by reading it.

The model says what design.md section 5 says, with dictionaries and loops. The store says it in SQL,
over whole batches. Here both judge the same updates: any that hypothesis thinks of, naming each
other in any way, and arriving in every order, the creation of the row among them.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from node.clock import clamp, stamp
from node.feed import FeedKey, VersionName
from node.identity import author_bytes, author_text
from node.merge import Authority, Merge, Source
from node.schema import AMENDMENT, Channel, Kind
from node.segment import Body, Cells, Changes, Rows, row_ids
from node.store import Store
from tests.ledger.federation import SCHEMA, fast_folder

ISOLATION_MS = 1_000
NOW_MS = 1_000_000
DIVISION = "VILL0001"
ELEMENT = "alone"
UPDATES_MAX = 5


@dataclass(frozen=True)
class Writer:
    """A boot of an author, with its rights in the partition and the beacon that it had seen."""

    author: str
    boot: int
    tier: str
    covers: bool
    beacon_ms: int = 0


COUNTY = Writer(author_text(b"\x11" * 20), 7, "county", covers=True)
TOWN = Writer(author_text(b"\x55" * 20), 9, "township", covers=True)
TOWN_AGAIN = Writer(author_text(b"\x55" * 20), 3, "township", covers=True, beacon_ms=NOW_MS)
VILLAGE = Writer(author_text(b"\x99" * 20), 5, "village", covers=True, beacon_ms=NOW_MS + 1)
NEIGHBOUR = Writer(author_text(b"\xbb" * 20), 4, "village", covers=False)
WRITERS = (COUNTY, TOWN, TOWN_AGAIN, VILLAGE, NEIGHBOUR)


@dataclass(frozen=True)
class Cell:
    """What is tried: one column, and the row's first value in it."""

    table: str
    column: str
    kind: Kind
    creator: Writer = TOWN
    owner: str = ""
    first: Any = None


@dataclass(frozen=True)
class Update:
    """One write of the cell.

    Attributes:
        number: Its change. The row's creation has number 0 here.
        time: The stamp that its author gave.
        named: The numbers of what it overwrites; some may not exist.
    """

    writer: Writer
    number: int
    time: int
    value: Any
    named: frozenset[int]


# --- the model -----------------------------------------------------------------------------------


class Model:
    """Standing versions, naively: the set of updates goes in, and their order is not asked."""

    def __init__(self, cell: Cell, updates: Sequence[Update]) -> None:
        self.cell = cell
        self.versions = {update.number: update for update in updates}
        if cell.kind in (Kind.REGISTER, Kind.AUTHORITY):
            first = Update(cell.creator, 0, stamp(NOW_MS), cell.first, frozenset())
            self.versions[0] = first

    def applied(self, update: Update) -> bool:
        """Whether its author had the right; an outsider may amend the fact that it wrote."""
        own = update.writer == self.cell.creator and 0 in update.named
        return update.writer.covers or update.number == 0 or (self.amends and own)

    @property
    def amends(self) -> bool:
        return self.cell.column == AMENDMENT

    def owns(self, update: Update) -> bool:
        """Whether only its like overwrites it: the owning tier's word, and a void."""
        if self.amends:
            return (update.value or "").startswith('{"void"')
        return self.cell.kind is Kind.AUTHORITY and update.writer.tier == self.cell.owner

    def overwrites(self, update: Update) -> set[int]:
        """What an update names, and what those name that were not applied, and so on."""
        reached: set[int] = set()
        waiting = list(update.named)
        while waiting:
            number = waiting.pop()
            if number not in reached and number in self.versions:
                reached.add(number)
                if not self.applied(self.versions[number]):
                    waiting.extend(self.versions[number].named)
        return reached

    def standing(self) -> list[Update]:
        """The applied versions that no applied version overwrites, the deciding one first."""
        applied = [version for version in self.versions.values() if self.applied(version)]
        dead = {
            number
            for update in applied
            for number in self.overwrites(update)
            if self.owns(update) or not self.owns(self.versions[number])
        }
        left = [version for version in applied if version.number not in dead]
        return sorted(left, key=self.rank, reverse=True)

    def rank(self, update: Update) -> tuple[bool, int, str, int, int]:
        """Owners and voids first; then by clamped time, author, boot and number."""
        writer = update.writer
        time = clamp(update.time, writer.beacon_ms, ISOLATION_MS)
        return self.owns(update), time, writer.author, writer.boot, update.number

    def value(self) -> Any:
        """What the cell shows."""
        standing = self.standing()
        if self.cell.kind is Kind.COUNTER:
            return sum(v.value for v in self.versions.values() if self.applied(v))
        if self.cell.kind is Kind.SET:
            return [ELEMENT] if any(version.value is not None for version in standing) else []
        if self.cell.kind is Kind.AUTHORITY:
            standing = [version for version in standing if self.owns(version)]
        return standing[0].value if standing else None


# --- the store -----------------------------------------------------------------------------------


class Undo(Exception):
    """Ends a transaction that was only tried."""


@contextlib.contextmanager
def tried(store: Store) -> Iterator[None]:
    """A transaction that comes to nothing."""
    with contextlib.suppress(Undo), store.transaction():
        yield
        raise Undo


class Trial:
    """Applies the same updates to many rows, in another order for each.

    Args:
        store: Where.
        cell: The column.
        orders: For each row, the numbers of the updates in their order of arrival.
    """

    def __init__(self, store: Store, cell: Cell, orders: Sequence[Sequence[int]]) -> None:
        self.store = store
        self.cell = cell
        self.orders = orders
        self.table = SCHEMA.by_name[cell.table]
        count = len(orders)
        author = author_bytes(cell.creator.author)
        times = [stamp(NOW_MS)] * count
        self.ids = row_ids(author, cell.creator.boot, [0] * count, times, range(count))

    def run(self, updates: Sequence[Update]) -> None:
        """Takes everything in step by step; each step is settled before the next begins."""
        by_number = {update.number: update for update in updates}
        merge = Merge(self.store, SCHEMA, ISOLATION_MS)
        for step in range(len(self.orders[0])):
            arrivals: dict[int, list[int]] = {}
            for row, order in enumerate(self.orders):
                arrivals.setdefault(order[step], []).append(row)
            for number, rows in arrivals.items():
                if number:
                    self.update(merge, by_number, by_number[number], rows)
                else:
                    self.create(merge, rows)
            merge.settle()

    def source(self, writer: Writer) -> Source:
        feed = FeedKey(writer.author, DIVISION, Channel.CARE)
        return Source(feed, writer.boot, writer.beacon_ms, Authority(writer.covers, writer.tier))

    def create(self, merge: Merge, rows: list[int]) -> None:
        columns = {name: [value] * len(rows) for name, value in self.first_values().items()}
        block = Rows(self.cell.table, [0] * len(rows), rows, columns)
        changes = Changes([0], [stamp(NOW_MS)], ["test"], [None], [None])
        merge.add(self.source(self.cell.creator), Body(changes, [block]))

    def first_values(self) -> dict[str, Any]:
        needed: dict[str, dict[str, Any]] = {
            "person": {"name": "somebody"},
            "visit": {"minutes": 30},
        }
        stored = needed[self.cell.table]
        first = {self.cell.column: self.cell.first} if self.cell.first is not None else {}
        return {**stored, **first}

    def update(
        self, merge: Merge, known: dict[int, Update], update: Update, rows: list[int]
    ) -> None:
        names = tuple(self.name(known, number) for number in sorted(update.named))
        element = ELEMENT if self.cell.kind is Kind.SET else None
        count = len(rows)
        cells = Cells(
            self.cell.table,
            self.cell.column,
            [0] * count,
            [self.ids[row] for row in rows],
            [element] * count,
            [update.value] * count,
            [names] * count,
        )
        changes = Changes([update.number], [update.time], ["test"], [None], [None])
        merge.add(self.source(update.writer), Body(changes, [], [cells]))

    def name(self, known: dict[int, Update], number: int) -> VersionName:
        """The version of that number; a number that nobody gave is one that never comes."""
        writer = self.cell.creator
        if number:
            writer = known[number].writer if number in known else COUNTY
        return VersionName(writer.author, writer.boot, number)

    def values(self) -> list[Any]:
        """What each row shows."""
        rows = self.store.records.read(self.table, None, {"id": self.ids})
        by_id = {row["id"]: row[self.cell.column] for row in rows}
        return [by_id.get(id_) for id_ in self.ids]

    def standing(self) -> list[set[tuple[str, int, int]]]:
        """What stands in each row."""
        version, origin = self.store.tables.version, self.store.tables.origin
        found = self.store.connection.execute(
            select(version.c.id, origin.c.author, origin.c.boot, version.c.number)
            .join(origin, origin.c.origin == version.c.origin)
            .where(version.c.standing == 1, version.c.id.in_(self.ids))
        )
        by_id: dict[str, set[tuple[str, int, int]]] = {id_: set() for id_ in self.ids}
        for id_, *name in found:
            by_id[id_].add((name[0], name[1], name[2]))
        return list(by_id.values())

    def in_order(self) -> list[tuple[str, int, int]]:
        """What stands in the first row, as it is listed to people."""
        element = ELEMENT if self.cell.kind is Kind.SET else ""
        place = (DIVISION, self.cell.table, self.ids[0], self.cell.column, element)
        return [(one.author, one.boot, one.number) for one in self.store.cells.standing(*place)]


def orders_of(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """Every order of some updates and the row's creation; of five, the row's creation is fixed."""
    if len(numbers) < UPDATES_MAX:
        return list(itertools.permutations([0, *numbers]))
    return [(*order[:3], 0, *order[3:]) for order in itertools.permutations(numbers)]


def check(store: Store, cell: Cell, updates: Sequence[Update]) -> None:
    """Model and store agree on every row, whatever the order in which it learned of the updates."""
    model = Model(cell, updates)
    expected = [(v.writer.author, v.writer.boot, v.number) for v in model.standing()]
    orders = orders_of([update.number for update in updates])
    with tried(store):
        trial = Trial(store, cell, orders)
        trial.run(updates)
        for order, value in zip(orders, trial.values(), strict=True):
            assert value == model.value(), (order, updates)
        if cell.kind is not Kind.COUNTER:
            for order, standing in zip(orders, trial.standing(), strict=True):
                assert standing == set(expected), (order, updates)
            assert trial.in_order() == expected


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    folder = fast_folder()
    made = Store.create(folder, SCHEMA)
    yield made
    made.close()
    shutil.rmtree(folder)


# --- the tries -----------------------------------------------------------------------------------

TIMES = st.sampled_from([0, 3, NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW_MS + 2, 9 * NOW_MS]).map(stamp)
TEXTS = st.sampled_from([None, "", "a", "b", "c"])
VALUES = {
    Kind.REGISTER: TEXTS,
    Kind.AUTHORITY: TEXTS,
    Kind.SET: st.sampled_from([1, None]),
    Kind.COUNTER: st.integers(-(1 << 40), 1 << 40),
}
AMENDMENTS = st.sampled_from(
    ['{"void":"twice"}', '{"correct":{"minutes":1},"reason":"typo"}', '{"correct":{"minutes":2}}']
)


@st.composite
def updates_of(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> list[Update]:
    """Up to five updates that name each other, the row, and what does not exist, in any way."""
    count = draw(st.integers(1, UPDATES_MAX))
    anything = st.frozensets(st.integers(0, count + 1), max_size=3)
    return [
        Update(draw(st.sampled_from(WRITERS)), number, draw(TIMES), draw(values), draw(anything))
        for number in range(1, count + 1)
    ]


TRIES = settings(max_examples=40)


@TRIES
@given(updates=updates_of(TEXTS), first=TEXTS)
def test_a_register(store: Store, updates: list[Update], first: str | None) -> None:
    check(store, Cell("person", "phone", Kind.REGISTER, first=first), updates)


@TRIES
@given(updates=updates_of(TEXTS), first=TEXTS, creator=st.sampled_from([COUNTY, TOWN]))
def test_an_authority(
    store: Store, updates: list[Update], first: str | None, creator: Writer
) -> None:
    check(store, Cell("person", "grade", Kind.AUTHORITY, creator, "county", first), updates)


@TRIES
@given(updates=updates_of(VALUES[Kind.SET]))
def test_a_set(store: Store, updates: list[Update]) -> None:
    check(store, Cell("person", "groups", Kind.SET), updates)


@TRIES
@given(updates=updates_of(VALUES[Kind.COUNTER]))
def test_a_counter(store: Store, updates: list[Update]) -> None:
    check(store, Cell("person", "meals", Kind.COUNTER), updates)


@TRIES
@given(updates=updates_of(AMENDMENTS), creator=st.sampled_from([TOWN, NEIGHBOUR]))
def test_an_amendment(store: Store, updates: list[Update], creator: Writer) -> None:
    check(store, Cell("visit", AMENDMENT, Kind.REGISTER, creator), updates)


# --- what the rules are for, one case each -------------------------------------------------------


def at(ms: int, writer: Writer, number: int, value: Any, *named: int) -> Update:
    return Update(writer, number, stamp(NOW_MS + ms), value, frozenset(named))


def shown(store: Store, cell: Cell, *updates: Update) -> tuple[Any, list[Any]]:
    """What store and model agree the cell shows, and the values that stand."""
    check(store, cell, updates)
    model = Model(cell, updates)
    return model.value(), [version.value for version in model.standing()]


PHONE = Cell("person", "phone", Kind.REGISTER, first="0")
GRADE = Cell("person", "grade", Kind.AUTHORITY, COUNTY, "county", "none")
VISIT = Cell("visit", AMENDMENT, Kind.REGISTER, NEIGHBOUR)


def test_a_concurrent_write_is_not_lost_behind_a_chain(store: Store) -> None:
    chain = [at(1, TOWN, 1, "x", 0), at(2, TOWN, 2, "y", 1), at(3, TOWN, 3, "w", 2)]
    assert shown(store, PHONE, *chain, at(1, COUNTY, 4, "z", 0)) == ("w", ["w", "z"])


def test_order_is_by_clamped_time(store: Store) -> None:
    """A box from 2036 wins against a write of its own day, and against none of the next."""
    ahead = at(10_000_000, VILLAGE, 1, "from 2036", 0)
    assert shown(store, PHONE, ahead, at(5_000, TOWN, 2, "later", 0))[0] == "later"
    behind = Update(VILLAGE, 1, stamp(0), "from 1970", frozenset({0}))
    assert shown(store, PHONE, behind, at(0, TOWN, 2, "before", 0))[0] == "from 1970"


def test_another_tier_only_proposes(store: Store) -> None:
    decided = at(1, COUNTY, 1, "half", 0)
    assert shown(store, GRADE, decided, at(2, TOWN, 2, "full", 1)) == ("half", ["half", "full"])
    taken = at(3, COUNTY, 3, "full", 1, 2)
    assert shown(store, GRADE, decided, at(2, TOWN, 2, "full", 1), taken) == ("full", ["full"])


def test_a_concurrent_add_beats_a_remove(store: Store) -> None:
    cell = Cell("person", "groups", Kind.SET)
    added = at(1, TOWN, 1, 1)
    assert shown(store, cell, added, at(2, COUNTY, 2, None, 1))[0] == []
    assert shown(store, cell, added, at(2, COUNTY, 2, None, 1), at(1, TOWN, 3, 1))[0] == [ELEMENT]


def test_a_void_wins_over_a_later_correction(store: Store) -> None:
    void, correction = '{"void":"twice"}', '{"correct":{"minutes":9}}'
    both = at(1, COUNTY, 1, void, 0), at(2, TOWN, 2, correction, 0)
    assert shown(store, VISIT, *both) == (void, [void, correction])


def test_a_correction_that_names_a_void_does_not_undo_it(store: Store) -> None:
    void, correction = '{"void":"twice"}', '{"correct":{"minutes":9}}'
    after = at(1, COUNTY, 1, void, 0), at(2, TOWN, 2, correction, 1)
    assert shown(store, VISIT, *after) == (void, [void, correction])


def test_an_outsider_amends_what_it_wrote_and_nothing_else(store: Store) -> None:
    void = '{"void":"twice"}'
    assert shown(store, VISIT, at(1, NEIGHBOUR, 1, void, 0))[0] == void
    assert shown(store, VISIT, at(1, NEIGHBOUR, 1, void))[0] is None
    other = Cell("visit", AMENDMENT, Kind.REGISTER, TOWN)
    assert shown(store, other, at(1, NEIGHBOUR, 1, void, 0))[0] is None


def test_what_is_not_applied_is_transparent(store: Store) -> None:
    forged = at(1, NEIGHBOUR, 1, "forged", 0)
    assert shown(store, PHONE, forged) == ("0", ["0"])
    assert shown(store, PHONE, forged, at(2, TOWN, 2, "mended", 1)) == ("mended", ["mended"])
