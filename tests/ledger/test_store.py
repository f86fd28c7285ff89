"""A database that would not keep its promises is not opened, and its troubles are told in words."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from node.errors import LinliError, StoreFault, UsageError
from node.feed import Partition
from node.replica import AddElement, Amend, Assign, Increment, Insert, RemoveElement, Settle, Write
from node.schema import Channel
from node.store import Store
from node.store import database as doors
from tests.ledger.federation import SCHEMA, Federation, county, fast_folder, row

ROOT = Path(__file__).resolve().parent.parent.parent
CHILD_S_MAX = 60


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with an empty database, closed."""
    folder = fast_folder()
    Store.create(folder, SCHEMA).close()
    yield folder
    shutil.rmtree(folder)


# --- what is refused at the start ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("synchronous", "NORMAL"), ("secure_delete", "OFF"), ("temp_store", "FILE")],
)
def test_a_pragma_that_does_not_hold_is_found(home: Path, name: str, value: str) -> None:
    store = Store(home, SCHEMA)
    try:
        doors.check_pragmas(store.connection, store.path)
        store.connection.exec_driver_sql(f"PRAGMA {name} = {value}")
        with pytest.raises(StoreFault, match=f"runs with {name} = .* is needed"):
            doors.check_pragmas(store.connection, store.path)
    finally:
        store.close()


def test_a_setting_that_did_not_take_refuses_the_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes another setting into the program is told so at its first start."""
    weaker = tuple(
        (name, "NORMAL" if name == "synchronous" else value, expected)
        for name, value, expected in doors._PRAGMAS
    )
    monkeypatch.setattr(doors, "_PRAGMAS", weaker)
    with pytest.raises(StoreFault, match="synchronous = 1; 2 is needed"):
        Store(home, SCHEMA)


def test_the_promises_hold_on_the_opened_database(home: Path) -> None:
    store = Store(home, SCHEMA)
    found = {
        name: store.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    store.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_nothing_is_written_in_the_clear(home: Path) -> None:
    with county("village1") as nodes:
        name = "Wang Xiaoming of Nanda"
        nodes["village1"].write("VILL0001", [Insert("person", {"name": name})])
        for path in nodes.nodes["village1"].home.iterdir():
            assert name.encode() not in path.read_bytes(), path.name
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(home / "ledger.db").execute("SELECT * FROM node")


@pytest.mark.parametrize("version", ["3.51.2", "3.40.1", "3.7.0", "2.8.17"])
def test_an_old_sqlite_is_refused(version: str) -> None:
    with pytest.raises(StoreFault, match=f"SQLite is {version}.*before 3.51.3"):
        doors.check_sqlite(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.53.4", "3.60.0", "4.0.0"])
def test_a_newer_sqlite_is_not(version: str) -> None:
    doors.check_sqlite(version)


# --- keys ----------------------------------------------------------------------------------------


def test_a_wrong_key_is_told(home: Path) -> None:
    (home / "ledger.key").write_text("ab" * 32 + "\n")
    with pytest.raises(StoreFault, match="does not open with its key"):
        Store(home, SCHEMA)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused(home: Path, mode: int) -> None:
    (home / "ledger.key").chmod(mode)
    with pytest.raises(StoreFault, match=f"mode {mode:o}.*chmod 600"):
        Store(home, SCHEMA)


def test_key_and_database_are_made_for_their_owner_only(home: Path) -> None:
    for name in ("ledger.key", "ledger.db"):
        assert (home / name).stat().st_mode & 0o777 == 0o600, name


def test_a_torn_or_missing_key_is_told(home: Path) -> None:
    (home / "ledger.key").write_text("abc\n")
    with pytest.raises(StoreFault, match="torn"):
        Store(home, SCHEMA)
    (home / "ledger.key").unlink()
    with pytest.raises(StoreFault, match=r"cannot be read \(No such file"):
        Store(home, SCHEMA)


def test_a_folder_without_a_node_and_one_with_two(home: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="no node in"):
        Store(tmp_path, SCHEMA)
    with pytest.raises(StoreFault, match="already holds a node"):
        Store.create(home, SCHEMA)


# --- damage --------------------------------------------------------------------------------------


@pytest.fixture
def filled() -> Iterator[Federation]:
    """A village with some people, its database closed and in one file."""
    with county("village1") as nodes:
        for number in range(60):
            values = {"name": f"person {number}", "phone": "1" * 400}
            nodes["village1"].write("VILL0001", [Insert("person", values)])
        nodes["village1"].seal()
        nodes["village1"].close()
        yield nodes


def read_all(folder: Path) -> int:
    """Opens a database and reads every page of it."""
    store = Store(folder, SCHEMA)
    try:
        with doors.store_faults(store.path):
            if damages := store.damages():
                raise StoreFault(f"damaged: {damages}")
            people = store.records.read(SCHEMA.by_name["person"])
            for table in store.tables.metadata.sorted_tables:
                store.connection.execute(table.select()).fetchall()
        return len(people)
    finally:
        store.close()


def test_a_truncated_file_is_told(filled: Federation) -> None:
    folder = filled.nodes["village1"].home
    content = (folder / "ledger.db").read_bytes()
    assert len(content) > 20 * doors.PAGE_BYTES and read_all(folder) == 60
    for size in (100, doors.PAGE_BYTES, 7 * doors.PAGE_BYTES, len(content) // 2 + 77):
        (folder / "ledger.db").write_bytes(content[:size])
        with pytest.raises(StoreFault, match=r"damaged|failed|failing"):
            read_all(folder)


def test_an_empty_file_is_no_database_to_write_into(filled: Federation) -> None:
    """A card that lost the file's content must not look like a fresh node."""
    folder = filled.nodes["village1"].home
    (folder / "ledger.db").write_bytes(b"")
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (folder / name).unlink(missing_ok=True)
    with pytest.raises(StoreFault, match="empty"):
        Store(folder, SCHEMA)


def test_no_flipped_bit_gives_other_data(filled: Federation) -> None:
    """What comes back is what was written, or a fault; never another elder's telephone number."""
    folder = filled.nodes["village1"].home
    content = (folder / "ledger.db").read_bytes()
    chance = random.Random(6)
    found = 0
    for _ in range(60):
        bent = bytearray(content)
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        (folder / "ledger.db").write_bytes(bent)
        try:
            assert read_all(folder) == 60
        except StoreFault:
            found += 1
    assert found == 60, f"{60 - found} of 60 flipped bits went unnoticed"


# --- a full disk ---------------------------------------------------------------------------------

FILL = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from node.errors import StoreFault
from node.replica import Insert
from tests.ledger import federation
home = Path(sys.argv[1])
replica = federation.open_replica(home, federation.ManualClock(federation.START_MS))
limit = max(path.stat().st_size for path in home.iterdir()) + 400_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
saved = 0
try:
    for number in range(1_000):
        replica.write("VILL0001", [Insert("person", {"name": str(number), "phone": "1" * 900})])
        saved += 1
except StoreFault as fault:
    print(fault)
print(replica.count("person"), saved)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
replica.write("VILL0001", [Insert("person", {"name": "after"})])
print(replica.count("person") - saved)
"""


def test_a_full_disk_is_told_and_loses_nothing() -> None:
    """The limit on a file's size is the full disk that needs no rights; SQLite calls it I/O."""
    with county("village1") as nodes:
        folder = nodes.nodes["village1"].home
        nodes["village1"].close()
        done = subprocess.run(
            [sys.executable, "-c", FILL, str(folder)],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}", "PATH": ""},
            capture_output=True,
            text=True,
            timeout=CHILD_S_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told, counts, after = done.stdout.splitlines()
        assert "is full or failing" in told and "Nothing of this was saved" in told
        assert "Free some space" in told
        here, saved = map(int, counts.split())
        assert here == saved > 0, "what was acknowledged is there, and nothing else"
        assert after == "1", "with room again it goes on"
        nodes.nodes["village1"].reopen()
        assert nodes["village1"].count("person") == saved + 1


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ("database or disk is full", "full or failing"),
        ("disk I/O error", "full or failing"),
        ("file is not a database", "does not open with its key"),
        ("database disk image is malformed", "damaged"),
        ("database is locked", "Another process"),
        ("no such table: node", "failed"),
    ],
)
def test_each_trouble_has_its_words(tmp_path: Path, cause: str, message: str) -> None:
    path = tmp_path / "ledger.db"
    with pytest.raises(StoreFault, match=message) as told, doors.store_faults(path):
        raise sqlcipher.OperationalError(cause)
    assert (told.value.hint and cause in str(told.value)) or "Another" in str(told.value)
    assert told.value.exit_code == 5 and isinstance(told.value, LinliError)


# --- transactions --------------------------------------------------------------------------------


def test_a_change_over_two_partitions_is_whole_or_not_at_all() -> None:
    with county("village1") as nodes:
        village = nodes["village1"]
        good = Insert("notice", {"text": "a"})
        with pytest.raises(LinliError):
            village.act([("VILL0001", [good]), ("VILL0002", [Insert("person", {"name": "b"})])])
        assert village.count("notice") == 0 and not village.store.ledger.tails()
        assert village.write("VILL0001", [good]).ids


# --- deriving anew -------------------------------------------------------------------------------


def test_what_is_derived_anew_is_the_same() -> None:
    """Every kind, sealed and still in the tail, with a conflict and something not applied."""
    with county("county", "town1", "village1") as nodes:
        village, town = nodes["village1"], nodes["town1"]
        person = Insert("person", {"name": "a", "phone": "1", "grade": "x"}, {"groups": ["poor"]})
        id_ = village.write("VILL0001", [person]).ids[0]
        visit = village.write("VILL0001", [Insert("visit", {"person": id_, "minutes": 9})]).ids[0]
        nodes.settle()
        for name in ("village1", "town1"):
            writes: list[Write] = [
                Assign("person", id_, "phone", name),
                Assign("person", id_, "grade", name),
                Increment("person", id_, "meals", 2),
                AddElement("person", id_, "groups", name),
                RemoveElement("person", id_, "groups", "poor"),
                Amend("visit", visit, {"correct": {"minutes": len(name)}}),
            ]
            nodes[name].write("VILL0001", writes)
        nodes.settle()
        assert len(town.conflicts()) == 3
        village.write("VILL0001", [Assign("person", id_, "name", "in the tail")])
        village.write("VILL0001", [Insert("visit", {"person": id_, "minutes": 5})])
        for name in nodes.nodes:
            for partition in nodes[name].partitions():
                before = nodes.nodes[name].digests(partition)
                nodes[name].rebuild(partition)
                assert nodes.nodes[name].digests(partition) == before, (name, partition)
        nodes.settle()
        care = Partition("VILL0001", Channel.CARE)
        assert len({nodes.nodes[name].digests(care) for name in nodes.nodes}) == 1


# --- writes that cannot be meant -----------------------------------------------------------------


def test_one_change_writes_an_element_once() -> None:
    """Add and remove of one element in one change would be one version with two contents."""
    with county("village1") as nodes:
        village = nodes["village1"]
        id_ = village.write("VILL0001", [Insert("person", {"name": "a"})]).ids[0]
        both: list[Write] = [
            AddElement("person", id_, "groups", "DJ"),
            RemoveElement("person", id_, "groups", "DJ"),
        ]
        with pytest.raises(UsageError, match=r"groups DJ of .* twice"):
            village.write("VILL0001", both)
        village.write("VILL0001", [both[0], AddElement("person", id_, "groups", "SN")])
        assert row(village, "person", id_)["groups"] == ["DJ", "SN"]


@pytest.mark.parametrize("value", ["{half", '["void"]', "5"])
def test_an_amendment_is_settled_with_an_amendment(value: str) -> None:
    with county("village1") as nodes:
        village = nodes["village1"]
        id_ = village.write("VILL0001", [Insert("visit", {"minutes": 1})]).ids[0]
        with pytest.raises(UsageError, match="is no amendment"):
            village.write("VILL0001", [Settle("visit", id_, "amendment", value)])


# --- nothing left to open, nothing left to write to ----------------------------------------------


def child(program: str, *words: str) -> str:
    """What a program of its own says."""
    done = subprocess.run(
        [*words, sys.executable, "-c", program],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}", "PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=CHILD_S_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


HANDLES = """
import contextlib, os, resource
from pathlib import Path
from node.replica import Insert
from tests.ledger import federation
replica = federation.open_replica(Path({home!r}), federation.ManualClock(federation.START_MS))
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
with contextlib.suppress(OSError):
    while True:
        os.open("/dev/null", os.O_RDONLY)
for number in range(20):
    print(replica.write("VILL0001", [Insert("person", {{"name": str(number)}})]).ids[0])
replica.seal()
"""


def test_without_a_file_handle_left_writes_go_on() -> None:
    """A box whose callers hold every handle still takes what the aide types."""
    with county("village1") as nodes:
        folder = nodes.nodes["village1"].home
        nodes["village1"].close()
        acknowledged = child(HANDLES.format(home=str(folder))).split()
        nodes.nodes["village1"].reopen()
        assert len(acknowledged) == 20
        assert all(nodes["village1"].row("person", id_) for id_ in acknowledged)


READ_ONLY = """
from pathlib import Path
from node.errors import StoreFault
from node.replica import Insert
from tests.ledger import federation
replica = federation.open_replica(Path({home!r}), federation.ManualClock(federation.START_MS))
print(replica.count("person"), [alert.kind for alert in replica.alerts()])
try:
    replica.write("VILL0001", [Insert("person", {{"name": "a"}})])
except StoreFault as fault:
    print(fault)
"""


def test_a_disk_that_can_only_be_read_is_told(require_tool: Callable[..., str]) -> None:
    unshare = require_tool("unshare", "--mount", "true")
    with county("village1") as nodes:
        folder = nodes.nodes["village1"].home
        nodes["village1"].close()
        mount = f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"
        wrapped = (unshare, "--mount", "sh", "-c", f'{mount} && exec "$0" "$@"')
        told = child(READ_ONLY.format(home=str(folder)), *wrapped)
        assert "0 ['disk']" in told and "open for reading only" in told
        assert "Nothing of this was saved" in told and "linli doctor" in told
        nodes.nodes["village1"].reopen()
        assert nodes["village1"].write("VILL0001", [Insert("person", {"name": "a"})]).ids


# --- a process that was forked -------------------------------------------------------------------

FORKED = """
import os, sys
from pathlib import Path
from node.errors import StoreFault
from node.replica import Insert
from tests.ledger import federation
home, new = Path({home!r}), Insert("person", {{"name": "a"}})
clock = federation.ManualClock(federation.START_MS)
replica = federation.open_replica(home, clock)
replica.write("VILL0001", [new])
pid = os.fork()
if not pid:
    for use in (lambda: replica.write("VILL0001", [new]), lambda: replica.count("person")):
        try:
            print("used", use())
        except StoreFault as fault:
            print(fault.message)
    replica.close()
    with federation.open_replica(home, clock, seed="child") as fresh:
        fresh.write("VILL0001", [new])
    sys.stdout.flush()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
replica.write("VILL0001", [new])
print(replica.count("person"), replica.store.damages())
"""


def test_a_forked_process_may_not_use_the_open_database() -> None:
    """It would take its parent's locks for its own; it opens the database anew, as any other."""
    with county("village1") as nodes:
        folder = nodes.nodes["village1"].home
        nodes["village1"].close()
        written, read, parent = child(FORKED.format(home=str(folder))).splitlines()
        assert written == read and "was forked while it had the database open" in written
        assert parent == "3 []"
        nodes.nodes["village1"].reopen()
