"""What a store does after its disk failed: opens anew, checks, and keeps an alert until it is seen.

How a disk fails, call by call, is tried in `tests/kill/test_failing.py` and `tests/exchange`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator

import pytest

from node.clock import ManualClock
from node.config import DISK_ALERT
from node.errors import StoreFault
from node.replica import Insert, Replica
from node.store.database import PAGE_BYTES
from tests.ledger.federation import START_MS, county, open_replica

VILLAGE = "VILL0001"


@pytest.fixture
def village() -> Iterator[Replica]:
    with county("village1") as nodes:
        write(nodes["village1"], 50)
        nodes["village1"].seal()
        yield nodes["village1"]


def write(replica: Replica, count: int = 1) -> None:
    for number in range(count):
        replica.write(VILLAGE, [Insert("person", {"name": str(number), "phone": "1" * 300})])


def kinds(replica: Replica) -> list[str]:
    return [alert.kind for alert in replica.alerts()]


def kept(replica: Replica) -> dict[str, object]:
    told = json.loads((replica.core.home / DISK_ALERT).read_bytes())
    assert isinstance(told, dict)
    return told


def test_the_next_write_opens_the_database_anew(village: Replica) -> None:
    store = village.store
    before = store.connection.connection.driver_connection
    store.disk.fail()
    assert kinds(village) == ["disk"] and not kept(village)["settled"]
    assert village.count("person") == 50, "reading goes on"
    assert store.connection.connection.driver_connection is before
    moved = store.moved
    write(village)
    assert store.connection.connection.driver_connection is not before
    assert store.moved > moved, "whatever was remembered of the old connection is looked at again"
    assert village.count("person") == 51 and not store.damages()
    assert kinds(village) == ["disk"] and kept(village)["settled"], "until somebody has looked"
    for partition in village.partitions():
        dump = village.dump_digest(partition)
        village.rebuild(partition)
        assert village.dump_digest(partition) == dump


def test_the_alert_is_seen_by_others_and_by_the_next_start(village: Replica) -> None:
    home = village.core.home
    with open_replica(home, ManualClock(START_MS), seed="beside") as beside:
        village.store.disk.fail()
        write(village)
        assert kinds(beside) == ["disk"]
        beside.store.disk.clear()
        assert not kinds(beside) and not kinds(village)
        village.store.disk.fail()
        write(village)
    village.close()
    with open_replica(home, ManualClock(START_MS), seed="next") as again:
        assert kinds(again) == ["disk"]


def test_a_start_after_a_failure_opens_anew_before_it_writes(village: Replica) -> None:
    home = village.core.home
    village.store.disk.fail()
    village.close()
    with open_replica(home, ManualClock(START_MS), seed="next") as again:
        assert again.store.opened == 2 and kept(again)["settled"] and not again.store.read_only
        write(again)


def test_a_file_that_was_torn_is_a_failure_too(village: Replica) -> None:
    village.close()
    (village.core.home / DISK_ALERT).write_bytes(b'{"at_ms')
    with open_replica(village.core.home, ManualClock(START_MS), seed="next") as again:
        assert again.store.opened == 2 and kinds(again) == ["disk"]


def test_a_file_that_cannot_be_opened_now_tells_nothing_of_the_disk(village: Replica) -> None:
    """As where the process has no handle left."""
    (village.core.home / DISK_ALERT).mkdir()
    assert not kinds(village) and not village.store.disk.unsettled


def test_where_the_alert_cannot_be_written_it_is_remembered(village: Replica) -> None:
    """As on a disk that takes nothing; it is written as soon as it can be."""
    place = village.core.home / DISK_ALERT
    place.mkdir()
    (place / "in the way").touch()
    village.store.disk.fail()
    write(village)
    assert kinds(village) == ["disk"]
    shutil.rmtree(place)
    assert kinds(village) == ["disk"] and place.is_file()


def test_what_was_written_last_must_still_be_there(village: Replica) -> None:
    """The disk comes back with what it held earlier: authentic, and not all of it."""
    path = village.store.path
    village.store.connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    shutil.copyfile(path, path.with_name("earlier"))
    write(village)
    village.store.disk.fail()
    os.replace(path.with_name("earlier"), path)
    for _ in range(2):
        with pytest.raises(StoreFault, match="what was written last is not there"):
            write(village)
    assert kinds(village) == ["disk"] and "damaged" in village.alerts()[0].text


@pytest.mark.parametrize("whole", [True, False])
def test_damage_bars_every_write_and_the_next_start(
    village: Replica, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small database is checked as a whole, of a large one what the next write leans upon."""
    connection, path = village.store.connection, village.store.path
    if not whole:
        monkeypatch.setattr("node.store.database.CHECK_BYTES_MAX", 0)
    query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    table = "person" if whole else "head"
    page = int(connection.exec_driver_sql(query, (table,)).scalar_one())
    village.store.disk.fail()
    village.close()
    shutil.copyfile(path, path.with_name("well"))
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES + 100)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    for _ in range(2):
        with open_replica(village.core.home, ManualClock(START_MS), seed="next") as again:
            assert again.store.read_only and "damaged" in again.store.alerts()[0].text
            with pytest.raises(StoreFault, match="open for reading only"):
                write(again)
    os.replace(path.with_name("well"), path)
    with open_replica(village.core.home, ManualClock(START_MS), seed="well") as again:
        write(again)
        assert kinds(again) == ["disk"], "now with another database, and told all the same"
