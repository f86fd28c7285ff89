"""Somebody copies the files of a database while the service writes, and puts the copy back.

Such a copy is no backup: `linli backup` makes those. It may lack what came later, be damaged, or,
where the log was written into the file between the copying of the two, be a mixture of two moments
that opens all the same. What is promised is that nobody takes it for the database that it was: it
is refused, found damaged, or found to have been put back, by the anchor that stayed in its place.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.clock import ManualClock
from node.config import ANCHOR, CHAIN, CONFIG, NODE_KEY
from node.errors import StoreFault
from node.replica import Insert, Replica
from node.replica.mixed import mixed
from node.store import LEDGER, LEDGER_KEY
from node.store.database import PAGE_BYTES
from tests.ledger.federation import START_MS, county, fast_folder, open_replica

ROOT = Path(__file__).resolve().parent.parent.parent
COPIES = 24
MIXES = 40 if os.environ.get("FAULTS_LONG") else 12
SEALED_EVERY = 5
ORDERS = (
    (LEDGER,),
    (LEDGER, f"{LEDGER}-wal"),
    (f"{LEDGER}-wal", LEDGER),
    (LEDGER, f"{LEDGER}-shm", f"{LEDGER}-wal"),
)
WRITER = f"""
import itertools, sys
from pathlib import Path
from node.replica import Insert
from tests.ledger import federation
clock, checkpoints = federation.ManualClock(federation.START_MS), int(sys.argv[2])
replica = federation.open_replica(Path(sys.argv[1]), clock)
for number in itertools.count(1):
    person = Insert("person", {{"name": str(number), "phone": "1" * 200}})
    facility = Insert("facility", {{"name": str(number)}})
    replica.act([("VILL0001", [person]), ("VILL0001", [facility])])
    if number % {SEALED_EVERY} == 0:
        replica.seal()
    if checkpoints and number % 3 == 0:
        replica.store.connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    print(number, flush=True)
"""


@contextlib.contextmanager
def writing(home: Path, checkpoints: bool) -> Iterator[Iterator[str]]:
    """A process that writes without end; gives a line for each write."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), str(int(checkpoints))],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield iter(process.stdout)
    finally:
        process.kill()
        process.communicate()


def take_copies(home: Path, folder: Path, checkpoints: bool) -> list[Path]:
    """Copies the files again and again, in each order, while other writes go on between them."""
    chance = random.Random(14)
    places = []
    with writing(home, checkpoints) as lines:
        next(lines)
        for number in range(COPIES):
            places.append(folder / f"copy-{number}")
            places[-1].mkdir()
            for name in ORDERS[number % len(ORDERS)]:
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(home / name, places[-1] / name)
                    (places[-1] / name).chmod(0o600)
                for _ in itertools.islice(lines, chance.randrange(3)):
                    pass
        for _ in itertools.islice(lines, 2 * SEALED_EVERY):
            pass  # so that every copy lacks a segment
    return places


def found_in(home: Path, place: Path) -> str:
    """Opens a copy that was put back beside the keys and the anchor; says what comes of it."""
    for name in (LEDGER_KEY, NODE_KEY, CHAIN, CONFIG, ANCHOR):
        shutil.copy2(home / name, place / name)
    try:
        with open_replica(place, ManualClock(START_MS), seed="put back") as replica:
            if replica.store.damages():
                return "damaged"
            assert replica.rolled_back, f"{place.name} is taken for the database that it was"
            people, facilities = (
                sorted(int(row["name"]) for row in replica.rows(table))
                for table in ("person", "facility")
            )
            for names in (people, facilities):
                assert names == list(range(1, len(names) + 1)), "a record is missing in a feed"
            assert not mixed(replica.core)
            for partition in replica.partitions():
                dump = replica.dump_digest(partition)
                replica.rebuild(partition)
                assert replica.dump_digest(partition) == dump, "it is not what the ledger says"
            return "an earlier state" if people == facilities else "a mixture"
    except StoreFault as fault:
        return "named" if "not of one moment" in fault.message else "refused"


def pages_of(home: Path, replica: Replica) -> list[bytes]:
    """The file as it is with the log written into it, page by page."""
    replica.store.connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    content = (home / LEDGER).read_bytes()
    return [content[at : at + PAGE_BYTES] for at in range(0, len(content), PAGE_BYTES)]


def write_some(replica: Replica, numbers: range) -> None:
    for number in numbers:
        person = Insert("person", {"name": str(number), "phone": "1" * 200})
        facility = Insert("facility", {"name": str(number)})
        replica.act([("VILL0001", [person]), ("VILL0001", [facility])])
        if number % SEALED_EVERY == 0:
            replica.seal()


@pytest.mark.slow
def test_pages_of_two_moments_are_told_or_do_no_harm() -> None:
    """As `cp` leaves them where the log goes into the file meanwhile, at every place of the cut.

    And worse: any pages of either moment, as no `cp` leaves them.
    """
    folder = fast_folder()
    found: Counter[str] = Counter()
    try:
        with county("village1") as nodes:
            replica, home = nodes["village1"], nodes.nodes["village1"].home
            numbers = iter(range(1, 10_000))
            for seed in range(MIXES):
                chance = random.Random(seed)
                moments = []
                for _ in range(2):
                    first = next(numbers)
                    more = chance.choice((1, 2, 7, 30))
                    write_some(replica, range(first, first + more))
                    numbers = iter(range(first + more, 10_000))
                    moments.append(pages_of(home, replica))
                first = next(numbers)
                write_some(replica, range(first, first + 2 * SEALED_EVERY))
                numbers = iter(range(first + 2 * SEALED_EVERY, 10_000))
                for number, mix in enumerate(mixes(moments[0], moments[1], chance)):
                    place = folder / f"mix-{seed}-{number}"
                    place.mkdir()
                    (place / LEDGER).write_bytes(b"".join(mix))
                    (place / LEDGER).chmod(0o600)
                    found[found_in(home, place)] += 1
                    shutil.rmtree(place)
    finally:
        shutil.rmtree(folder)
    print(found)
    assert found["named"] and found["an earlier state"] and found.total() >= MIXES


def mixes(early: list[bytes], late: list[bytes], chance: random.Random) -> Iterator[list[bytes]]:
    """Files of pages of two moments: cut once, either way round, and strewn."""
    cuts = [at for at in range(1, len(early)) if early[at] != late[at]]
    for at in chance.sample(cuts, min(len(cuts), 3)):
        yield [*early[:at], *late[at:]]
        yield [*late[:at], *early[at:], *late[len(early) :]]
    pairs = zip(early, late, strict=False)
    yield [*(chance.choice(pair) for pair in pairs), *late[len(early) :]]


@pytest.mark.slow
@pytest.mark.parametrize("checkpoints", [False, True])
def test_a_copy_that_was_made_while_the_service_wrote_is_found_out(checkpoints: bool) -> None:
    folder = fast_folder()
    try:
        with county("village1") as nodes:
            home = nodes.nodes["village1"].home
            nodes["village1"].close()
            places = take_copies(home, folder, checkpoints)
            found = Counter(found_in(home, place) for place in places)
            print(found)
            assert found["an earlier state"]
            if not checkpoints:
                assert not found["a mixture"], "until the log goes into the file nothing can mix"
            nodes.nodes["village1"].reopen()
    finally:
        shutil.rmtree(folder)


def test_a_whole_ledger_is_of_one_moment() -> None:
    """With what came from others, and with what waits in a tail."""
    with county("county", "town1", "village1", "village2") as nodes:
        for first in (1, 8):
            for name in ("village1", "town1"):
                write_some(nodes[name], range(first, first + 7))
            nodes.settle()
        write_some(nodes["village1"], range(20, 22))
        assert nodes["village1"].store.ledger.tails()
        for name in nodes.nodes:
            assert not mixed(nodes[name].core), name
