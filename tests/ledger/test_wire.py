"""The ledger's bytes: what goes in comes out, and no bytes at all do more than be refused."""

from __future__ import annotations

import hashlib
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.v1 import ledger_pb2
from node import wire
from node.errors import RefusedBytes
from node.feed import FeedKey, Head, VersionName
from node.identity import author_text
from node.schema import Channel
from node.segment import Beacon, Body, Cells, Changes, Header, Rows, join
from tests.ledger.federation import key_of
from tests.ledger.forging import changes, forge, new_rows

LIMIT = 1 << 20
LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1

# --- what a node may write -----------------------------------------------------------------------

# A few words that repeat become a dictionary, and many different ones stay as they are.
TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "王", "\0", "a b"]), st.text(max_size=8))
EDGES = st.sampled_from([LOWEST, LOWEST + 1, -1, 0, 1, 1 << 53, HIGHEST])
INTEGERS = st.one_of(st.none(), EDGES, st.integers(LOWEST, HIGHEST), st.integers(-9, 9))
AUTHORS = st.sampled_from([author_text(bytes([n]) * 20) for n in range(3)])
NAMES = st.builds(
    VersionName, AUTHORS, st.integers(0, HIGHEST), st.integers(0, HIGHEST)
)  # fmt: skip
IDS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)


@st.composite
def changes_of(draw: st.DrawFn) -> Changes:
    count = draw(st.integers(1, 8))
    numbers = sorted(draw(st.sets(st.integers(1, HIGHEST), min_size=count, max_size=count)))
    texts = st.lists(TEXTS, min_size=count, max_size=count)
    times = draw(st.lists(st.integers(0, HIGHEST), min_size=count, max_size=count))
    users = [user or "" for user in draw(texts)]
    return Changes(numbers, times, users, draw(texts), draw(texts))


KINDS = {"name": TEXTS, "note": TEXTS, "minutes": INTEGERS, "天": INTEGERS}


@st.composite
def rows_of(draw: st.DrawFn, table: str, changes: int) -> Rows:
    places = st.tuples(st.integers(0, changes - 1), st.integers(0, (1 << 32) - 1))
    chosen = draw(st.lists(places, min_size=1, max_size=9, unique=True))
    columns: dict[str, list[Any]] = {}
    for name in draw(st.sets(st.sampled_from(list(KINDS)))):
        values = st.lists(KINDS[name], min_size=len(chosen), max_size=len(chosen))
        columns[name] = draw(values)
    return Rows(table, [place[0] for place in chosen], [place[1] for place in chosen], columns)


@st.composite
def cells_of(draw: st.DrawFn, changes: int) -> Cells:
    elements = draw(st.lists(TEXTS, min_size=1, max_size=6))
    places = st.tuples(st.integers(0, changes - 1), IDS, st.sampled_from(elements))
    chosen = draw(st.lists(places, min_size=1, max_size=6, unique=True))
    count = len(chosen)

    def many(strategy: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(strategy, min_size=count, max_size=count))

    column = draw(st.sampled_from(list(KINDS)))
    return Cells(
        "person",
        column,
        [place for place, _, _ in chosen],
        [id_ for _, id_, _ in chosen],
        [element for _, _, element in chosen],
        many(KINDS[column]),
        many(st.lists(NAMES, max_size=3).map(tuple)),
    )


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    changes = draw(changes_of())
    count = len(changes)
    tables = draw(st.sets(st.sampled_from(["visit", "notice"])))
    rows = [draw(rows_of(table, count)) for table in sorted(tables)]
    cells = draw(st.lists(cells_of(count), max_size=2, unique_by=lambda block: block.column))
    return Body(changes, rows, cells)


def plain(body: Body) -> tuple[Any, ...]:
    """A body as lists, so that a range and a list of the same positions are the same."""
    changes = body.changes
    return (
        (changes.number, changes.time, changes.user, changes.reason, changes.act),
        [(r.table, list(r.change), list(r.index), r.columns) for r in body.rows],
        [
            (c.table, c.column, list(c.change), c.row, c.element, c.value, c.named)
            for c in body.cells
        ],
    )


@given(body=bodies())
def test_a_body_comes_back_as_it_was(body: Body) -> None:
    first = body.changes.number[0]
    raw = wire.encode_body(body)
    assert plain(wire.decode_body(raw, first)) == plain(body)
    assert wire.decompress(wire.compress(raw), len(raw), LIMIT) == raw
    assert wire.encode_body(wire.decode_body(raw, first)) == raw


@given(parts=st.lists(bodies(), min_size=1, max_size=3))
def test_bodies_packed_into_one_hold_the_same(parts: list[Body]) -> None:
    """What a tail of single changes says is what the segment says that they are packed into."""
    highest = 0
    for body in parts:
        numbers = range(highest + 1, highest + 1 + len(body.changes))
        body.changes.number[:] = numbers
        highest = numbers[-1]
    packed = wire.decode_body(wire.encode_body(join(parts)), 1)
    assert written(packed) == sorted((one for body in parts for one in written(body)), key=repr)


def written(body: Body) -> list[tuple[Any, ...]]:
    """Every row and every write of a body with the number of its change, in one order."""
    number = body.changes.number
    rows = [
        (rows.table, number[at], index, sorted((n, v[i]) for n, v in rows.columns.items()))
        for rows in body.rows
        for i, (at, index) in enumerate(zip(rows.change, rows.index, strict=True))
    ]
    writes = [
        (c.table, c.column, number[at], *rest)
        for c in body.cells
        for at, *rest in zip(c.change, c.row, c.element, c.value, c.named, strict=True)
    ]
    return sorted([*rows, *writes], key=repr)


# --- what anybody may send -----------------------------------------------------------------------


def sample_body() -> bytes:
    names = (
        VersionName(author_text(b"\x01" * 20), 7, 5),
        VersionName(author_text(b"a" * 20), 1, 2),
    )
    changes = Changes([3, 4, 9], [70, 80, 75], ["a", "a", "b"], [None, "x", None], ["q", None, "q"])
    rows = Rows("visit", [0, 1, 1], [0, 0, 1], {"person": ["A", "A", None], "minutes": [1, -5, 9]})
    writes = Cells("person", "groups", [0, 2], ["R1", "R2"], ["e", "f"], [1, None], [names, ()])
    return wire.encode_body(Body(changes, [rows], [writes]))


def sample_header() -> bytes:
    feed = FeedKey(key_of("village1").author, "VILL0001", Channel.CARE)
    trusted = FeedKey(key_of("county").author, "COUNTY01", Channel.TRUST)
    beacon = Beacon(99, b"t" * 32, b"r" * 32, key_of("county").author, b"s" * 64)
    previous = (Head(1, b"a" * 32), Head(2, b"b" * 32))
    trust = {trusted: (Head(4, b"c" * 32),)}
    header = Header(
        key_of("county").author, feed, 3, previous, 77, 10, 12, 3, b"h" * 32, 500, beacon, trust,
        "policy", 2,
    )  # fmt: skip
    return wire.encode_header(header)


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """The bytes with a few changed, cut out, put in, or repeated."""
    bent = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(bent) + 1)
        kind = chance.randrange(5)
        if kind == 0 and at < len(bent):
            bent[at] ^= 1 << chance.randrange(8)
        elif kind == 1 and at < len(bent):
            bent[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind == 2:
            del bent[at : at + chance.randint(1, 9)]
        elif kind == 3:
            bent[at:at] = chance.randbytes(chance.randint(1, 9))
        else:
            bent[at:at] = bent[at : at + chance.randint(1, 30)]
    return bytes(bent)


def well_formed(body: Body) -> bool:
    """Whether a body that was read can be merged without a surprise."""
    count = len(body.changes)
    texts = (*body.changes.user, *body.changes.reason, *body.changes.act)
    fits = all(text is None or isinstance(text, str) for text in texts)
    for rows in body.rows:
        fits &= all(0 <= at < count for at in rows.change)
        fits &= all(len(values) == len(rows) for values in rows.columns.values())
    for cells in body.cells:
        fits &= all(isinstance(id_, str) for id_ in cells.row)
        fits &= all(one is None or isinstance(one, str) for one in cells.element)
        names = [name for named in cells.named for name in named]
        fits &= all(0 <= name.boot < 1 << 63 and name.number < 1 << 63 for name in names)
        integers = [value for value in cells.value if isinstance(value, int)]
        fits &= all(LOWEST <= value <= HIGHEST for value in integers)
    return fits


@pytest.mark.parametrize("seed", range(8))
def test_a_bent_body_is_refused_or_well_formed(seed: int) -> None:
    chance, raw = random.Random(seed), sample_body()
    refused, reasons = 0, set()
    for _ in range(1_500):
        try:
            body = wire.decode_body(mutated(raw, chance), 3)
        except RefusedBytes as refusal:
            reasons.add(refusal.reason)
            refused += 1
        else:
            assert well_formed(body)
    assert reasons == {"MALFORMED"}
    assert 100 < refused < 1_500, f"{refused} refused: the mutations are too mild or too wild"


@pytest.mark.parametrize("seed", range(4))
def test_a_bent_header_is_refused_or_well_formed(seed: int) -> None:
    chance, raw = random.Random(seed), sample_header()
    refused, reasons = 0, set()
    for _ in range(1_500):
        try:
            header = wire.decode_header(mutated(raw, chance))
        except RefusedBytes as refusal:
            reasons.add(refusal.reason)
            refused += 1
        else:
            assert 0 < header.number < 1 << 63 and 0 <= header.boot < 1 << 63
            assert all(feed.channel is Channel.TRUST for feed in header.trust)
            assert all(heads for heads in header.trust.values())
    assert reasons == {"MALFORMED"}
    assert 100 < refused < 1_500


@settings(max_examples=200)
@given(raw=st.binary(max_size=200))
def test_any_bytes_at_all_are_refused_or_read(raw: bytes) -> None:
    readers: tuple[Callable[[], object], ...] = (
        lambda: wire.decode_body(raw, 1),
        lambda: wire.decode_header(raw),
        lambda: wire.decompress(raw, 100, LIMIT),
        lambda: wire.read_receipt(raw),
    )
    for read in readers:
        try:
            read()
        except RefusedBytes:
            pass


def test_a_header_comes_back_as_it_was() -> None:
    raw = sample_header()
    assert wire.encode_header(wire.decode_header(raw)) == raw


# --- sizes ---------------------------------------------------------------------------------------


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """64 MiB of zeros in two kilobytes; whatever it states, nobody makes room for it."""
    bomb = zstandard.ZstdCompressor().compress(bytes(64 << 20))
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(64 << 20))
    assert len(bomb) < 10_000
    tracemalloc.start()
    for body, stated in ((bomb, 100), (bomb, 64 << 20), (silent, 100), (silent, LIMIT)):
        with pytest.raises(RefusedBytes) as refused:
            wire.decompress(body, stated, LIMIT)
        assert refused.value.reason == "MALFORMED"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * LIMIT, f"{peak} bytes were used to refuse it"


@pytest.mark.parametrize("size", [0, -1, LIMIT + 1])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(RefusedBytes, match="allowed"):
        wire.decompress(wire.compress(b"a"), size, LIMIT)


def test_many_rows_in_few_bytes_are_refused() -> None:
    """A count without the positions that it needs would be work for nothing."""
    message = ledger_pb2.Body()
    message.changes.number.append(0)
    message.changes.time.append(1)
    message.rows.add(table="visit", count=(1 << 32) - 1)
    with pytest.raises(RefusedBytes, match="more rows than changes"):
        wire.decode_body(message.SerializeToString(), 1)


def test_a_body_that_differs_from_its_header_is_refused() -> None:
    body = new_rows("visit", {"minutes": [1, 2]})
    good = forge("village1", "VILL0001", body, trust={})
    assert len(wire.body_of(good, LIMIT).changes) == 2
    longer = forge("village1", "VILL0001", body, trust={}, last_change=3)
    fewer = forge("village1", "VILL0001", body, trust={}, changes=1)
    for torn in (longer, fewer):
        with pytest.raises(RefusedBytes, match="not those of its header"):
            wire.body_of(torn, LIMIT)


def test_two_rows_of_one_id_are_refused() -> None:
    body = new_rows("visit", {"minutes": [1]})
    body.rows.extend(new_rows("visit", {"note": ["the same again"]}).rows)
    with pytest.raises(RefusedBytes, match="two rows of one id"):
        wire.decode_body(wire.encode_body(body), 1)


@pytest.mark.parametrize("element", [None, "DJ"])
def test_two_writes_of_one_cell_in_one_change_are_refused(element: str | None) -> None:
    """Both would be the same version, and the one that came second would be lost."""
    cells = Cells("person", "groups", [0, 0], ["P" * 26] * 2, [element] * 2, [1, None], [()] * 2)
    with pytest.raises(RefusedBytes, match="two versions of one name"):
        wire.decode_body(wire.encode_body(Body(changes(), [], [cells])), 1)
    cells.change = [0, 1]
    assert len(wire.decode_body(wire.encode_body(Body(changes(2), [], [cells])), 1).cells[0]) == 2


def test_a_segment_comes_back_and_one_with_another_body_does_not() -> None:
    segment = forge("village1", "VILL0001", new_rows("visit", {"minutes": [1]}), trust={})
    message = wire.segment_message(segment)
    assert wire.read_segment(ledger_pb2.Segment.FromString(message.SerializeToString())) == segment
    message.body = wire.compress(b"another")
    assert hashlib.sha256(message.body).digest() != segment.header.body_hash
    with pytest.raises(RefusedBytes) as refused:
        wire.read_segment(message)
    assert refused.value.reason == "HASH_MISMATCH"
