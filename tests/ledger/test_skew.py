"""Two versions of Linli side by side: the older one keeps, forwards, and catches up.

A township runs a schema that lacks a table, or columns of a table. It stores and forwards what it
does not understand byte for byte, applies what it knows, and after its upgrade has what a node has
that was new from the start.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.errors import StoreFault
from node.feed import Partition
from node.replica import AddElement, Amend, Assign, Increment, Insert
from node.schema import Channel, Schema
from node.segment import Segment
from node.store import Store
from node.trust import TRUST_TABLES
from tests.ledger.federation import (
    FACILITY,
    NOTICE,
    PERSON,
    PLAN,
    SCHEMA,
    VISIT,
    Federation,
    county,
    row,
)
from tests.ledger.forging import forge, new_rows

LACKING = ("phone", "benefit", "groups", "meals")
FEWER = dataclasses.replace(
    PERSON, columns=tuple(column for column in PERSON.columns if column.name not in LACKING)
)
SILENT = dataclasses.replace(
    PERSON, columns=tuple(c for c in PERSON.columns if c.name != "minutes"), derivations=()
)
OLDER = {
    "a table": Schema(1, "1", (*TRUST_TABLES, VISIT, PERSON, NOTICE, PLAN)),
    "columns": Schema(1, "1", (*TRUST_TABLES, VISIT, FEWER, NOTICE, PLAN, FACILITY)),
    "what is derived and its source": Schema(
        1, "0", (*TRUST_TABLES, SILENT, NOTICE, PLAN, FACILITY)
    ),
}
REASONS = {
    "a table": "TABLE_UNKNOWN",
    "columns": "COLUMN_UNKNOWN",
    "what is derived and its source": "TABLE_UNKNOWN",
}


@pytest.fixture(params=list(OLDER))
def lack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def nodes(lack: str) -> Iterator[Federation]:
    """Everybody but township 1 is new."""
    with county("county", "village1", "village2") as federation:
        federation.add("town1", OLDER[lack])
        federation.give("county", "town1")
        yield federation


def write_everything(federation: Federation) -> str:
    """Two villages write every kind, also rows that nobody touches again."""
    one, two = federation["village1"], federation["village2"]
    insert = Insert("person", {"name": "Wang", "phone": "1", "grade": "a"}, {"groups": ["poor"]})
    id_ = one.write("VILL0001", [insert]).ids[0]
    visit = one.write("VILL0001", [Insert("visit", {"person": id_, "minutes": 60})]).ids[0]
    one.write("VILL0001", [Amend("visit", visit, {"correct": {"minutes": 45}})])
    one.write("VILL0001", [Assign("person", id_, "phone", "2"), Assign("person", id_, "name", "W")])
    one.write("VILL0001", [Increment("person", id_, "meals", 3)])
    one.write("VILL0001", [AddElement("person", id_, "groups", "deaf")])
    one.write("VILL0001", [Insert("facility", {"name": "canteen"}, {"services": ["meals"]})])
    two.write("VILL0002", [Insert("person", {"name": "Li"})])
    two.write("VILL0001", [Insert("visit", {"person": id_, "minutes": 5})])
    return id_


def everywhere(federation: Federation) -> list[Partition]:
    return sorted({p for node in federation.nodes.values() for p in node.replica.partitions()})


def check_equal_with_the_county(federation: Federation) -> None:
    for partition in everywhere(federation):
        if partition.division in ("COUNTY01", "TOWN0002") and not partition.channel.countywide:
            continue
        seen = {name: federation.nodes[name].digests(partition) for name in ("county", "town1")}
        assert seen["county"] == seen["town1"], partition


def test_an_older_node_keeps_forwards_and_catches_up(nodes: Federation, lack: str) -> None:
    id_ = write_everything(nodes)
    nodes.give("village2", "town1")
    nodes.give("village1", "town1")
    assert row(nodes["town1"], "person", id_)["name"] == "W", "what it knows is applied"
    waiting = {entry.reason for entry in nodes["town1"].store.quarantine.entries()}
    assert waiting == {REASONS[lack]}
    written = nodes["town1"].write("TOWN0001", [Insert("person", {"name": "of the old"})]).ids[0]
    nodes.give("town1", "county")
    check_same_bytes(nodes)
    assert row(nodes["county"], "person", id_)["meals"] == 3
    assert nodes["county"].row("person", written) is not None
    nodes.nodes["town1"].reopen(SCHEMA)
    nodes.settle()
    assert not nodes["town1"].store.quarantine.entries()
    upgraded = row(nodes["town1"], "person", id_)
    assert (upgraded["phone"], upgraded["meals"]) == ("2", 3)
    assert (upgraded["minutes"], upgraded["groups"]) == (50, ["deaf", "poor"])
    check_equal_with_the_county(nodes)


def check_same_bytes(federation: Federation) -> None:
    """What the county has by way of the old township is what the villages sealed."""
    for name in ("village1", "village2"):
        for feed, segments in federation.nodes[name].held.items():
            if feed.author == federation[name].author:
                for head, segment in segments.items():
                    arrived = federation.nodes["county"].held[feed][head]
                    assert arrived.header_bytes == segment.header_bytes
                    assert (arrived.signature, arrived.body) == (segment.signature, segment.body)


def test_an_upgrade_that_was_cut_short_is_finished_at_the_next_start(
    nodes: Federation, lack: str
) -> None:
    """The tables are new and the power goes before anything was derived for them."""
    write_everything(nodes)
    nodes.settle()
    node = nodes.nodes["town1"]
    node.replica.close()
    Store(node.home, SCHEMA).close()
    node.reopen(SCHEMA)
    assert not node.replica.store.quarantine.entries()
    check_equal_with_the_county(nodes)


def test_a_row_from_before_a_counter_joined_has_counted_nothing() -> None:
    """No change mentions the counter, so nothing waits, and the row is as on a new node."""
    with county("county", "village2") as nodes:
        nodes.add("town1", OLDER["columns"])
        nodes.give("county", "town1")
        id_ = nodes["village2"].write("VILL0002", [Insert("person", {"name": "Li"})]).ids[0]
        nodes.give("village2", "town1")
        nodes.settle()
        nodes.nodes["town1"].reopen(SCHEMA)
        assert row(nodes["town1"], "person", id_)["meals"] == 0
        check_equal_with_the_county(nodes)


def test_other_rules_derive_everything_anew() -> None:
    """A derivation joins, or computes otherwise: the rules' version says so."""
    with county("county", "village2") as nodes:
        before = Schema(1, "0", (*TRUST_TABLES, VISIT, SILENT, NOTICE, PLAN, FACILITY))
        nodes.add("town1", before)
        nodes.give("county", "town1")
        id_ = nodes["village2"].write("VILL0002", [Insert("person", {"name": "Li"})]).ids[0]
        nodes["village2"].write("VILL0002", [Insert("visit", {"person": id_, "minutes": 7})])
        nodes.settle()
        assert "minutes" not in row(nodes["town1"], "person", id_)
        nodes.nodes["town1"].reopen(SCHEMA)
        assert row(nodes["town1"], "person", id_)["minutes"] == 7
        check_equal_with_the_county(nodes)


def test_an_index_joins_with_the_upgrade(tmp_path: Path) -> None:
    bare = dataclasses.replace(VISIT, indexes=())
    Store.create(tmp_path, Schema(1, "1", (*TRUST_TABLES, bare))).close()
    upgraded = Store(tmp_path, Schema(2, "1", (*TRUST_TABLES, VISIT)))
    names = upgraded.connection.exec_driver_sql("PRAGMA index_list(visit)").fetchall()
    upgraded.close()
    assert "visit_person" in {row[1] for row in names}


NEWER = dataclasses.replace(SCHEMA, version=SCHEMA.version + 1, format=2)


def test_a_newer_format_waits_for_the_upgrade() -> None:
    with county("county", "village1") as nodes:
        trust = nodes["village1"].store.ledger.trust_heads()
        body = new_rows("person", {"name": ["from the future"]})
        segment = forge("village1", "VILL0001", body, trust=trust, format=2)
        intake = nodes.deliver("county", [segment])
        assert intake.segments == 1 and not intake.refused
        assert [e.reason for e in nodes["county"].store.quarantine.entries()] == ["FORMAT_UNKNOWN"]
        nodes.nodes["county"].reopen(NEWER)
        assert not nodes["county"].store.quarantine.entries()
        assert [one["name"] for one in nodes["county"].rows("person")] == ["from the future"]


def newer_move(nodes: Federation) -> Segment:
    """The county's act, in a form that older programs cannot read, that moves village 1."""
    act = {"subject": ["VILL0001"], "kind": ["move"], "parent": ["TOWN0002"]}
    body = new_rows("division_act", {**act, "valid_from": ["2026-03-01"]})
    last = nodes.heads_of("county", "COUNTY01", Channel.TRUST)
    return forge("county", "COUNTY01", body, trust={}, channel=Channel.TRUST, after=last, format=2)


def test_what_leans_on_trust_of_a_newer_format_is_judged_anew_after_the_upgrade() -> None:
    with county("county", "town2", "village4") as nodes:
        for name in ("county", "town2"):
            nodes.nodes[name].reopen(NEWER)
        move = newer_move(nodes)
        for name in ("county", "town2"):
            nodes.deliver(name, [move])
        id_ = nodes["town2"].write("VILL0001", [Insert("facility", {"name": "canteen"})]).ids[0]
        nodes.give("town2", "county")
        nodes.give("county", "village4")
        assert nodes["village4"].row("facility", id_) is None
        nodes.nodes["village4"].reopen(NEWER)
        nodes.settle()
        partition = Partition("VILL0001", Channel.REGISTRY)
        names = ("county", "town2", "village4")
        assert len({nodes.nodes[name].digests(partition) for name in names}) == 1
        assert row(nodes["village4"], "facility", id_)
        assert not nodes["village4"].store.quarantine.entries()


def test_an_older_program_does_not_say_that_it_knew_what_it_cannot_read() -> None:
    """It writes by the trust data that it understood, and everybody judges it by those."""
    with county("county", "town1") as nodes:
        nodes.nodes["county"].reopen(NEWER)
        move = newer_move(nodes)
        for name in ("county", "town1"):
            nodes.deliver(name, [move])
        id_ = nodes["town1"].write("VILL0001", [Insert("facility", {"name": "canteen"})]).ids[0]
        nodes.give("town1", "county")
        assert row(nodes["town1"], "facility", id_) and row(nodes["county"], "facility", id_)


def test_an_older_program_refuses_a_newer_database(lack: str) -> None:
    with county("village1") as nodes:
        node = nodes.nodes["village1"]
        before = (node.home / "ledger.db").read_bytes()
        with pytest.raises(StoreFault, match=r"newer Linli \(schema 2; this one knows 1\)"):
            Store(node.home, OLDER[lack])
        node.reopen(SCHEMA)
        assert len((node.home / "ledger.db").read_bytes()) == len(before)
