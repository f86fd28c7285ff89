"""A session that breaks off, at every frame and at random bytes: the next one goes on from there.

One golden session is recorded first, between a village and a township that each have something for
the other, with small frames so that there are many. Then it is run again and again from the same
two folders and broken off somewhere else each time.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.simulation.line import Traffic, meet
from node.clock import ManualClock
from node.replica import Assign, Insert, Replica
from tests.ledger.federation import START_MS, Federation, county, fast_folder, open_replica
from tests.session.sameness import alerts, bulk, check_same, limit, person

FRAME_BYTES_MAX = 8_192
LIMITS = {"frame_bytes_max": FRAME_BYTES_MAX, "segment_changes_max": 2}
BYTE_CUTS = 20
CUTS_IN_A_ROW = 12


@dataclass
class Prepared:
    """Two folders from which the golden session starts, and what it is like."""

    folder: Path
    acknowledged: list[str]
    frames: int = 0
    bytes: int = 0
    segments: int = 0


def write_work(nodes: Federation) -> list[str]:
    """Gives both sides something to send: every lane, old rows and new."""
    village, town = nodes["village1"], nodes["town1"]
    subject = person(village, phone="1")
    made = [subject, *bulk(village, 30), *bulk(town, 20, seed=1)]
    village.write("VILL0001", [Assign("person", subject, "phone", "2")])
    made += village.write("VILL0001", [Insert("notice", {"text": "停水"})]).ids
    made += town.write("TOWN0001", [Insert("facility", {"name": "食堂"}, {"services": ["午"]})]).ids
    return made


@pytest.fixture(scope="module")
def prepared() -> Iterator[Prepared]:
    folder = fast_folder()
    with county("county", "town1", "village1") as nodes:
        limit(nodes, **LIMITS)
        meet(nodes["village1"], nodes["town1"])
        made = write_work(nodes)
        for name in ("village1", "town1"):
            nodes.nodes[name].replica.close()
            shutil.copytree(nodes.nodes[name].home, folder / name)
            nodes.nodes[name].replica = open_replica(nodes.nodes[name].home, ManualClock(START_MS))
    result = Prepared(folder, made)
    with pair(result) as (village, town):
        golden = meet(village, town, seed=1)
        assert golden.done
        result.frames, result.bytes = golden.frames, golden.bytes
        result.segments = golden.traffic.segments
    yield result
    shutil.rmtree(folder)


@contextlib.contextmanager
def pair(prepared: Prepared) -> Iterator[tuple[Replica, Replica]]:
    """The two nodes, opened in fresh copies of their folders."""
    folder = fast_folder()
    opened = []
    try:
        for name in ("village1", "town1"):
            shutil.copytree(prepared.folder / name, folder / name)
            opened.append(open_replica(folder / name, ManualClock(START_MS), seed="again"))
        yield opened[0], opened[1]
    finally:
        for replica in opened:
            replica.close()
        shutil.rmtree(folder)


def check_ended(prepared: Prepared, village: Replica, town: Replica) -> None:
    """They are equal, nothing is missing, and nobody was alarmed."""
    check_same(village, town)
    assert not alerts(village) + alerts(town)
    for replica in (village, town):
        present = {
            row["id"]
            for table in ("person", "visit", "notice", "facility")
            for row in replica.rows(table)
        }
        assert set(prepared.acknowledged) <= present


def check_cut(prepared: Prepared, frames_max: int | None, bytes_max: int | None) -> bool:
    """Breaks the golden session off and has the nodes meet again; returns whether it was cut."""
    with pair(prepared) as (village, town):
        traffic = Traffic()
        cut = meet(village, town, 1, traffic, frames_max, bytes_max)
        healed = meet(village, town, 1, traffic)
        assert healed.done
        for one, other in ((village, town), (town, village)):
            assert traffic.twice(one.author, other.author) < FRAME_BYTES_MAX
        assert traffic.repeated == 0, "what was committed is never sent again"
        check_ended(prepared, village, town)
        return not cut.up


def test_the_golden_session_has_many_frames_both_ways(prepared: Prepared) -> None:
    """Or else the interruptions below would prove little."""
    assert prepared.frames > 30
    assert prepared.segments > 25
    assert prepared.bytes > 3 * FRAME_BYTES_MAX


@pytest.mark.slow
def test_cut_after_every_frame_the_next_session_goes_on(prepared: Prepared) -> None:
    cuts = [check_cut(prepared, frames, None) for frames in range(prepared.frames + 1)]
    assert all(cuts)
    print(f"cut after each of {len(cuts)} frames")


@pytest.mark.slow
def test_cut_at_random_bytes_the_next_session_goes_on(prepared: Prepared) -> None:
    chance = random.Random(7)
    places = [chance.randrange(prepared.bytes) for _ in range(BYTE_CUTS)]
    assert all(check_cut(prepared, None, place) for place in places)


def test_many_cuts_in_a_row_still_come_to_an_end(prepared: Prepared) -> None:
    chance = random.Random(3)
    with pair(prepared) as (village, town):
        traffic = Traffic()
        cuts = 0
        for seed in range(CUTS_IN_A_ROW):
            cuts += not meet(village, town, seed, traffic, bytes_max=chance.randrange(12_000)).up
        assert cuts >= CUTS_IN_A_ROW // 2
        assert meet(village, town, 99, traffic).done
        for one, other in ((village, town), (town, village)):
            assert traffic.twice(one.author, other.author) < cuts * FRAME_BYTES_MAX
        assert traffic.repeated == 0
        check_ended(prepared, village, town)


def test_both_sides_restart_after_a_cut(prepared: Prepared) -> None:
    """Nothing that a session needs to go on lives in memory only."""
    for frames in range(4, prepared.frames, 7):
        with pair(prepared) as (village, town):
            meet(village, town, 1, frames_max=frames)
            homes = village.core.home, town.core.home
            village.close()
            town.close()
            clock = ManualClock(START_MS + 1_000)
            village, town = (open_replica(home, clock, seed="restarted") for home in homes)
            assert meet(village, town).done
            check_ended(prepared, village, town)
            village.close()
            town.close()
