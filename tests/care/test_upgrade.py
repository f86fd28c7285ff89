"""A node that ran the first version goes on with the second, and understands what it set aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from node import identity
from node.care import households, people, visits
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock
from node.config import Config
from node.errors import StoreFault
from node.replica import Insert, Replica
from node.schema import Schema, Table
from node.store import Store
from tests.care.test_records_kept import give

NOW = BOOT_FLOOR_MS + DAY_MS
OF_VERSION_1 = {
    "person": "name gender birth_date id_number phone address groups care_grade "
    "disability_grade status note",
    "worker": "name worker_class qualification clients_per_day_max status",
    "visit": "person worker service started_at ended_at minutes fee_fen rating note",
    "facility": "name kind address operator_mode status seats services meals_served",
    "modification_case": "person household_address items note status",
    "stage_event": "modification_case kind stage stop round builds_on note",
}


def of_version_1() -> Schema:
    """The schema as the first version declared it."""
    tables: list[Table] = []
    for table in SCHEMA.tables:
        if table.name in OF_VERSION_1:
            names = OF_VERSION_1[table.name].split()
            columns = tuple(column for column in table.columns if column.name in names)
            assert len(columns) == len(names), table.name
            indexes = tuple(index for index in table.indexes if set(index) <= set(names))
            tables.append(replace(table, columns=columns, indexes=indexes))
        elif table.name in ("division_act", "certificate"):
            tables.append(table)
    return Schema(version=1, rules="1", tables=tuple(tables), policy="baseline-1")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A county's node of the first version, with a person and a worker."""
    home = tmp_path / "old"
    make(home)
    with Replica(home, of_version_1(), ManualClock(NOW)) as replica:
        act = {"subject": "c", "kind": "establish", "level": "county", "code": "130732"}
        act |= {"name": "赤城县", "parent": "", "valid_from": "2026-01-01"}
        replica.write("c", [Insert("division_act", act)])
        person = {"name": "王桂兰", "phone": "13812345678", "status": "active"}
        replica.write("c", [Insert("person", person, {"groups": ["DB"]})], user="张三")
        replica.write("c", [Insert("worker", {"name": "李秀英", "status": "active"})])
    return home


def make(home: Path) -> None:
    key = identity.Key.generate(bytes([7]) * 32)
    root = identity.new_root(key, "c", NOW, 3650)
    home.mkdir()
    key.save(home / "node.key")
    (home / "chain.pem").write_bytes(identity.chain_to_pem([root]))
    author = identity.read_certificate(root).author
    Config(division="c", author=author, user="张三", cluster=author).save(home)
    Store.create(home, of_version_1()).close()


def test_a_node_of_the_first_version_goes_on(old: Path) -> None:
    with Replica(old, SCHEMA, ManualClock(NOW + 1)) as replica:
        (person,) = replica.rows("person")
        assert (person["phone"], person["groups"]) == ("13812345678", ["DB"])
        assert person["household"] is None and person["closed_reason"] is None
        home = households.add_household(replica, "c", {"address": "南大街12号"}, user="李四")
        changes = {"household": home, "relation": "户主", "ability_level": "中度失能"}
        people.set_person(replica, person["id"], changes, user="李四")
        (worker,) = replica.rows("worker")
        visit = {"person": person["id"], "worker": worker["id"], "service": "SH02"}
        visit |= {"started_at": NOW, "minutes": 30, "tasks": "助洁-居室、洗衣"}
        visits.record_visit(replica, "c", visit, user="李四")
    with Replica(old, SCHEMA, ManualClock(NOW + 2)) as replica:
        (person,) = replica.rows("person")
        assert (person["household"], person["relation"]) == (home, "HZ")
        assert person["ability_level"] == "2"
        assert replica.rows("visit")[0]["tasks"] == "SH02,SH03"
        assert not replica.store.quarantine.entries()
        assert replica.store.outdated_rules == ""


def test_an_older_linli_refuses_what_a_newer_wrote(old: Path) -> None:
    Replica(old, SCHEMA, ManualClock(NOW + 1)).close()
    with pytest.raises(StoreFault, match="newer Linli"):
        Replica(old, of_version_1(), ManualClock(NOW + 2))


def test_what_an_old_node_set_aside_is_understood_after_the_upgrade(old: Path) -> None:
    """An old box may hold what a new one wrote, and reads it the day it is renewed itself."""
    twin = old.with_name("twin")
    make(twin)
    with Replica(old, SCHEMA, ManualClock(NOW + 1)) as writer:
        home = households.add_household(writer, "c", {"address": "南大街12号"}, user="李四")
        (person,) = writer.rows("person")
        people.set_person(writer, person["id"], {"relation": "配偶"}, user="李四")
        writer.seal()
        with Replica(twin, of_version_1(), ManualClock(NOW + 1)) as reader:
            give(writer, reader)
            assert reader.rows("person")[0]["phone"] == "13812345678", "what it knows, it applies"
            assert reader.store.quarantine.entries()
        with Replica(twin, SCHEMA, ManualClock(NOW + 2)) as reader:
            assert not reader.store.quarantine.entries()
            assert reader.row("household", home) is not None
            assert reader.rows("person")[0]["relation"] == "PO"
            for partition in writer.partitions():
                assert list(reader.dump(partition)) == list(writer.dump(partition))
