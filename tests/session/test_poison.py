"""Signed rubbish: a box whose program is broken and whose key is good.

What it writes belongs where it says, so it is kept and forwarded like anything else. It is set
aside with a reason, and stops nothing before, beside or after it on any node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from cli.simulation.line import meet
from linli.v1 import ledger_pb2
from node import wire
from node.feed import FeedKey
from node.replica import Increment, Insert, Replica
from node.schema import Channel
from node.segment import SEGMENT_DOMAIN, Header, Segment
from tests.ledger.federation import START_MS, Federation
from tests.session.sameness import check_same, own_feed, person, visits

TIME = START_MS << 16


def signed(replica: Replica, packed: bytes, size: int, **other: Any) -> Segment:
    """A segment of a village's own feed with any body: its program is broken, its key is good."""
    feed = other.pop("feed", own_feed(replica))
    previous = replica.store.ledger.heads(feed)
    number = replica.store.integer("next_number") or 1
    stated: dict[str, Any] = {
        "cluster": replica.core.root.author,
        "feed": feed,
        "number": max((head.number for head in previous), default=0) + 1,
        "previous": previous,
        "boot": replica.core.boot,
        "first_change": number,
        "last_change": number,
        "changes": 1,
        "body_hash": hashlib.sha256(packed).digest(),
        "body_bytes": size,
        "beacon": None,
        "trust": replica.store.ledger.trust_heads(),
        "policy": "",
        "schema": replica.core.schema.version,
    }
    encoded = wire.encode_header(Header(**(stated | other)))
    signature = replica.core.sign(SEGMENT_DOMAIN, encoded)
    with replica.store.transaction():
        replica.store.put_integer("next_number", number + 1)
    return Segment(encoded, signature, packed, wire.decode_header(encoded))


def body(replica: Replica) -> ledger_pb2.Body:
    """A sound body of one change that creates one visit."""
    message = ledger_pb2.Body()
    message.changes.number.append(0)
    message.changes.time.append(TIME)
    rows = message.rows.add(table="visit", count=1)
    column = rows.columns.add(name="note", encoding=ledger_pb2.Column.ENCODING_TEXT)
    column.texts.append("x")
    return message


def cells(message: ledger_pb2.Body, table: str, column: str, row: str) -> ledger_pb2.Cells:
    """Adds a write to a cell."""
    added = message.cells.add(table=table, column=column, count=1)
    added.row.encoding = added.value.encoding = ledger_pb2.Column.ENCODING_TEXT
    added.row.texts.append(row)
    added.named_count.append(0)
    return added


def number(value: int) -> ledger_pb2.Column:
    return ledger_pb2.Column(encoding=ledger_pb2.Column.ENCODING_INTEGER, integers=[value])


def unknown_table(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].table = "no such table"


def unknown_column(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].columns[0].name = "no such column"


def wrong_type(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].columns[0].CopyFrom(number(5))
    message.rows[0].columns[0].name = "note"


def too_many_rows(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].count = 4_000_000_000


def no_changes(message: ledger_pb2.Body, _: str) -> None:
    message.ClearField("changes")


def far_positions(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].change.append(7)


def same_row_twice(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].change.extend([0, 0])
    message.rows[0].count = 2
    message.rows[0].columns[0].texts.append("y")


def bad_dictionary(message: ledger_pb2.Body, _: str) -> None:
    column = message.rows[0].columns[0]
    column.encoding = ledger_pb2.Column.ENCODING_DICTIONARY
    column.words.append(9)


def unknown_encoding(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].columns[0].encoding = 99  # type: ignore[assignment]


def torn_nulls(message: ledger_pb2.Body, _: str) -> None:
    message.rows[0].columns[0].nulls = b"\0" * 9


def early_time(message: ledger_pb2.Body, _: str) -> None:
    message.changes.time[0] = -1


def last_time(message: ledger_pb2.Body, _: str) -> None:
    message.changes.time[0] = (1 << 63) - 1


def huge_boot(message: ledger_pb2.Body, subject: str) -> None:
    added = cells(message, "person", "phone", subject)
    added.value.texts.append("1")
    added.named_count[0] = 1
    added.named_origin.append(0)
    added.named_number.append(1)
    message.origins.add(author=b"a" * 20, boot=(1 << 64) - 1)


def torn_origin(message: ledger_pb2.Body, subject: str) -> None:
    huge_boot(message, subject)
    message.origins[0].author = b"a"


def huge_named_number(message: ledger_pb2.Body, subject: str) -> None:
    huge_boot(message, subject)
    message.origins[0].boot = 1
    message.cells[0].named_number[0] = (1 << 64) - 1


def largest_count(message: ledger_pb2.Body, subject: str) -> None:
    cells(message, "person", "meals", subject).value.CopyFrom(number((1 << 63) - 1))


def element_of_no_set(message: ledger_pb2.Body, subject: str) -> None:
    added = cells(message, "person", "phone", subject)
    added.value.texts.append("1")
    added.element.encoding = ledger_pb2.Column.ENCODING_TEXT
    added.element.texts.append("e")


def set_without_element(message: ledger_pb2.Body, subject: str) -> None:
    cells(message, "person", "groups", subject).value.CopyFrom(number(1))


def fact_overwritten(message: ledger_pb2.Body, subject: str) -> None:
    cells(message, "visit", "note", subject).value.texts.append("y")


def derived_overwritten(message: ledger_pb2.Body, subject: str) -> None:
    cells(message, "person", "minutes", subject).value.CopyFrom(number(1))


def row_of_no_ulid(message: ledger_pb2.Body, _: str) -> None:
    cells(message, "person", "phone", "\0'; drop table person; --").value.texts.append("1")


ALTERATIONS = [
    unknown_table,
    unknown_column,
    wrong_type,
    too_many_rows,
    no_changes,
    far_positions,
    same_row_twice,
    bad_dictionary,
    unknown_encoding,
    torn_nulls,
    early_time,
    last_time,
    huge_boot,
    torn_origin,
    huge_named_number,
    largest_count,
    element_of_no_set,
    set_without_element,
    fact_overwritten,
    derived_overwritten,
    row_of_no_ulid,
]


def rubbish(name: str, replica: Replica) -> Segment:
    """Segments whose bodies cannot even be unpacked, or are not what the header says."""
    good = body(replica).SerializeToString()
    packed = zstandard.compress(good)
    bomb = zstandard.compress(bytes(64 << 20))
    made: dict[str, Callable[[], Segment]] = {
        "no zstd": lambda: signed(replica, b"not zstd at all", 100),
        "nothing": lambda: signed(replica, b"", 1),
        "no protobuf": lambda: signed(replica, zstandard.compress(b"\xff" * 50), 50),
        "size too small": lambda: signed(replica, packed, len(good) - 1),
        "size too large": lambda: signed(replica, packed, len(good) + 1),
        "bomb": lambda: signed(replica, bomb, len(good)),
        "bomb that says so": lambda: signed(replica, bomb, 64 << 20),
        "other numbers": lambda: signed(replica, packed, len(good), last_change=1 << 40),
        "other count": lambda: signed(replica, packed, len(good), changes=1, last_change=1 << 40),
        "format of the future": lambda: signed(replica, packed, len(good), format=9),
        "schema of the future": lambda: signed(replica, packed, len(good), schema=4_000_000_000),
    }
    return made[name]()


RUBBISH = [
    "no zstd",
    "nothing",
    "no protobuf",
    "size too small",
    "size too large",
    "bomb",
    "bomb that says so",
    "other numbers",
    "other count",
    "format of the future",
    "schema of the future",
]


def check_poison(nodes: Federation, make: Callable[[Replica], Segment]) -> None:
    """A poisonous segment goes up to the county, and work before, beside and after it arrives."""
    village, town, top = nodes["village1"], nodes["town1"], nodes["county"]
    early = visits(village, 1)
    village.seal()
    poison = make(village)
    assert village.take([poison]).segments == 1, "the village's own program is altered"
    late = visits(village, 1)
    notice = village.write("VILL0001", [Insert("notice", {"text": "a"})]).ids[0]
    assert meet(village, town).done
    assert meet(town, top).done
    for replica in (town, top):
        ledger = replica.store.ledger
        assert ledger.has(poison.header.feed, poison.head), "stored and forwarded"
        kept = ledger.segment(poison.header.feed, poison.head)
        assert kept is not None and kept.header_bytes == poison.header_bytes
        assert kept.body == poison.body
        assert all(replica.row("visit", id_) for id_ in (*early, *late))
        assert replica.row("notice", notice)
    check_same(village, town, top)
    for partition in top.partitions():
        before = list(top.dump(partition))
        top.rebuild(partition)
        assert list(top.dump(partition)) == before


@pytest.mark.parametrize("name", RUBBISH)
def test_a_body_that_cannot_be_read_is_kept_forwarded_and_set_aside(
    three: Federation, name: str
) -> None:
    check_poison(three, lambda village: rubbish(name, village))
    waiting = three["county"].store.quarantine.entries()
    if name != "schema of the future":
        assert [(entry.feed.author, entry.table) for entry in waiting] == [
            (three["village1"].author, "")
        ]


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_a_body_that_makes_no_sense_stops_nothing(
    three: Federation, alter: Callable[[ledger_pb2.Body, str], None]
) -> None:
    subject = person(three["village1"])

    def make(village: Replica) -> Segment:
        message = body(village)
        alter(message, subject)
        raw = message.SerializeToString()
        return signed(village, zstandard.compress(raw), len(raw))

    check_poison(three, make)


def test_a_counter_that_would_leave_64_bits_stops_nothing(three: Federation) -> None:
    subject = person(three["village1"])
    village = three["village1"]

    def make(_: Replica) -> Segment:
        message = body(village)
        largest_count(message, subject)
        raw = message.SerializeToString()
        return signed(village, zstandard.compress(raw), len(raw))

    assert village.take([make(village)]).segments == 1
    check_poison(three, make)
    village.write("VILL0001", [Increment("person", subject, "meals", 1)])
    assert meet(village, three["town1"]).done
    check_same(village, three["town1"])


def test_a_foreign_partition_s_poison_stays_in_its_partition(three: Federation) -> None:
    """A village's facts for the county's own partition, unreadable."""
    feed = FeedKey(three["village1"].author, "COUNTY01", Channel.CARE)
    check_poison(three, lambda village: signed(village, b"rubbish", 7, feed=feed))
