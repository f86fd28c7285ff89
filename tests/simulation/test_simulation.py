"""The simulator itself: repeatable, able to fail, and able to show a small plan of what broke."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from cli.simulation.boxes import Box, BoxClock, Killed, set_wrong
from cli.simulation.county import OLD, found_county, places_of
from cli.simulation.figures import MARKERS, SELDOM, Figures, never
from cli.simulation.judging import Judge
from cli.simulation.line import Link
from cli.simulation.plan import (
    EVERYTHING,
    SPOILING,
    START_MS,
    Event,
    Plan,
    Swarm,
    Topology,
    plan_of,
    swarm_of,
)
from cli.simulation.running import run_in_memory
from cli.simulation.shrinking import shrink
from cli.simulation.work import write_something
from cli.simulation.world import check, run
from node.care.records import SCHEMA
from node.clock import DAY_MS
from node.errors import StoreFault, UsageError
from node.feed import Partition
from node.schema import Channel
from node.store.tail import Tails

ROOT = Path(__file__).resolve().parents[2]
SMALL = Topology(1, 2)
BAD = {
    "doubled": {"a frame came twice"},
    "swapped": {"frames changed places"},
    "deaf": {"only one direction carried", "a receipt was lost after its commit"},
    "slow": {"a session took hours"},
}


# --- plans ---------------------------------------------------------------------------------------


def test_a_plan_comes_back_as_it_was() -> None:
    plan = plan_of(7, SMALL, 3)
    assert Plan.from_json(plan.to_json()) == plan
    for wrong in ("", "[]", "{}", '{"seed": 1}'):
        with pytest.raises(UsageError):
            Plan.from_json(wrong)


def test_every_seed_draws_another_swarm() -> None:
    swarms = [swarm_of(seed) for seed in range(20)]
    assert [seed for seed in range(20) if swarms[seed] == EVERYTHING] == [1, 5, 9, 13, 17]
    swarms = [one for one in swarms if one != EVERYTHING]
    assert len(set(swarms)) == 15
    assert all(getattr(EVERYTHING, item.name) for item in fields(Swarm))
    for kind in (*SPOILING, "restores", "losses", "fills", "old", "outages"):
        drawn = [getattr(one, kind) for one in swarms]
        assert min(drawn) == 0 < max(drawn), f"{kind} is always or never there"


def test_a_county_has_its_real_places() -> None:
    placed = places_of(plan_of(1, Topology(18, 440), 1))
    assert len(placed) == len({one.place.code for one in placed}) == 459
    with pytest.raises(UsageError, match="18 townships and 440 villages"):
        places_of(plan_of(1, Topology(18, 441), 1))


# --- boxes ---------------------------------------------------------------------------------------


@pytest.fixture
def boxes(tmp_path: Path) -> dict[str, Box]:
    return found_county(plan_of(1, SMALL, 1, Swarm(1, 1)), tmp_path, lambda: START_MS)


def test_clocks_go_wrong_as_they_are_told() -> None:
    now = START_MS
    clock = BoxClock(lambda: now)
    box = mock.Mock(clock=clock)
    day = 86_400_000
    for kind, shown, later in (
        ("1970", 0, day), ("still", START_MS, START_MS), ("right", START_MS, START_MS + day),
        ("drift", START_MS, START_MS + day // 2),
    ):  # fmt: skip
        now = START_MS
        set_wrong(box, kind, now, 0.5)
        assert clock.now_ms() == shown
        now += day
        assert clock.now_ms() == later


def test_who_dies_in_the_middle_has_what_it_acknowledged(boxes: dict[str, Box]) -> None:
    box, chance, acknowledged = boxes["v000"], random.Random(3), []
    died = 0
    for steps in (300, 20_000, 60_000, 90_000):
        try:
            with box.dying(steps):
                for _ in range(100):
                    acknowledged += write_something(box.replica, chance)
        except Killed:
            died += 1
            assert not box.runs
        for one in acknowledged:
            if "values" in one:
                assert box.replica.row(one["table"], one["id"]) is not None
    assert died == 4 and acknowledged
    box.close()


def test_a_full_disk_refuses_and_recovers(boxes: dict[str, Box]) -> None:
    box, chance = boxes["v000"], random.Random(3)
    with box.full(), pytest.raises(StoreFault):
        any(write_something(box.replica, chance) is None for _ in range(300))
    assert not box.damaged()
    assert any(write_something(box.replica, chance) for _ in range(5))
    box.close()


def test_what_comes_in_finds_no_room_and_comes_later(boxes: dict[str, Box]) -> None:
    village, town, chance = boxes["v000"], boxes["t000"], random.Random(3)
    for _ in range(150):
        write_something(village.replica, chance)
    with town.full():
        link = Link(village.replica, town.replica, chance).run()
        assert isinstance(link.error, StoreFault)
    assert not town.damaged()
    assert town.replica.count("person") < village.replica.count("person")
    assert Link(village.replica, town.replica, chance).run().done
    assert town.replica.count("person") == village.replica.count("person") > 0
    for box in (village, town):
        box.close()


def test_a_flipped_bit_is_seen(boxes: dict[str, Box]) -> None:
    box, chance = boxes["v000"], random.Random(5)
    for _ in range(6):
        box.back_up()
        box.flip(chance.random(), chance.randrange(8))
        assert box.damaged()
        box.close()
        assert box.restore()
    assert not box.damaged()
    box.close()


# --- runs ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_everything_that_can_befall_a_county_befalls_it_and_all_holds() -> None:
    """Each marker is hit within a few seeds: none of the faults is there in name only."""
    happened: Counter[str] = Counter()
    for seed in range(8):
        found, figures, _ = run_in_memory(plan_of(seed, SMALL, 4, EVERYTHING))
        assert not found, (seed, found[:3])
        assert figures.acknowledged > 50
        happened += figures.happened
        if not never(happened):
            return
    raise AssertionError(f"never happened: {never(happened)}")


def test_only_what_is_on_a_list_can_be_counted() -> None:
    figures = Figures()
    for what in (*MARKERS, *SELDOM):
        assert figures.count(what) == what
    assert not never(figures.happened)
    gone = list(MARKERS)[3]
    del figures.happened[gone]
    assert never(figures.happened) == [gone]
    with pytest.raises(AssertionError, match="on neither list"):
        figures.count("a meteorite struck")


def test_a_fault_that_never_struck_ends_the_command_with_1() -> None:
    words = ("sim", "--townships", "1", "--villages", "1", "--days", "1", "--seed", "2")
    ran = [
        subprocess.run(
            [sys.executable, "-m", "cli", *words, *more],
            capture_output=True, text=True, cwd=ROOT, check=False, timeout=200,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/proto"},
        )
        for more in ([], ["--markers"])
    ]  # fmt: skip
    assert [one.returncode for one in ran] == [0, 1], ran
    assert "never happened" not in ran[0].stdout
    (told,) = (line for line in ran[1].stdout.splitlines() if "never happened: " in line)
    assert "a database was lost" in told and "written" not in told


def test_a_village_that_was_away_for_a_year_catches_up() -> None:
    """It writes alone for a year, while the others meet every four weeks."""
    month, events = 28 * DAY_MS, list[tuple[int, str, str]]()
    for number in range(13):
        at = number * month
        events += [(at, "write", "t000"), (at + 1, "write", "v001"), (at + 2, "meet", "v001")]
        events += [(at + 3, "meet", "t000"), (at + 4, "write", "v000")]
    events.append((14 * month, "meet", "v000"))
    plan = plan_of(1, SMALL, 1, Swarm(0, 0)).only(
        tuple(Event(n, START_MS + at, kind, who) for n, (at, kind, who) in enumerate(events))
    )
    found, figures, _ = run_in_memory(plan)
    assert not found, found
    assert figures.happened["a box came back after days alone"]
    assert figures.happened["written"] > 25 and figures.rounds <= 2


@pytest.mark.parametrize("kind", ["doubled", "swapped", "deaf", "slow"])
def test_a_bad_line_does_no_harm(kind: str) -> None:
    """Every session is bad in one way, and nothing else goes wrong."""
    always: dict[str, Any] = {kind: 1.0}
    swarm = replace(Swarm(writes=4, meets=6), **always)
    found, figures, _ = run_in_memory(plan_of(3, SMALL, 2, swarm))
    assert not found, found
    assert set(figures.happened) & BAD[kind] == BAD[kind]


@pytest.mark.slow
def test_a_seed_gives_the_same_in_every_process() -> None:
    """Also under another order of sets, and where everything happens that can (seed 5)."""
    assert swarm_of(5) == EVERYTHING
    program = (
        "from cli.simulation.plan import *; from cli.simulation.running import run_in_memory; "
        "print(*(run_in_memory(plan_of(n, Topology(1, 2), 2))[1].trace for n in (4, 5)))"
    )
    traces = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT}/proto"}
        ran = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True, text=True, env=environment, cwd=ROOT, check=True, timeout=200,
        )  # fmt: skip
        traces.add(ran.stdout.strip())
    (both,) = traces
    first, second = both.split()
    assert first != second and len(first) == len(second) == 16


def test_old_nodes_lack_tables() -> None:
    assert {one.name for one in OLD.tables} < {one.name for one in SCHEMA.tables}
    assert OLD.version < SCHEMA.version


@pytest.mark.slow
def test_what_breaks_is_seen_and_shrunk(tmp_path: Path) -> None:
    """Of several changes that wait only the last is sealed: two writes and a meeting show it."""
    plan = plan_of(2, SMALL, 2, Swarm(writes=4, meets=4))
    whole = Tails.tail

    def lossy(self: Tails, partition: Partition, *limits: Any) -> list[tuple[int, bytes]]:
        changes = whole(self, partition, *limits)
        return changes[-1:] if partition.channel is Channel.CARE else changes

    with mock.patch.object(Tails, "tail", lossy):
        found, _ = run(plan, tmp_path / "whole")
        assert found
        kind = found[0].kind

        def breaks(smaller: Plan) -> str:
            again, _, _ = run_in_memory(smaller)
            return again[0].kind if again else ""

        small = shrink(plan, kind, breaks, 60)
        assert len(small.events) <= 20 < len(plan.events)
        assert breaks(small) == kind


def test_a_backup_that_brings_nothing_back_is_seen(tmp_path: Path) -> None:
    """What stands in a backup is not given up when it is put back."""
    plan = plan_of(2, SMALL, 1, Swarm(writes=0, meets=0))
    kinds = [*(["write"] * 6), "backup", "restore", "evening"]
    events = [
        Event(number, START_MS + number, kind, "" if kind in ("backup", "evening") else "v000")
        for number, kind in enumerate(kinds, start=1)
    ]
    for number in range(1, 6):  # the first at which noon's dice choose the box
        backups = [Event(90 + number + one, START_MS + 7, "backup", "") for one in range(number)]
        found, figures = run(
            plan.only((*events[:6], *backups, *events[7:])), tmp_path / str(number)
        )
        assert not found
        if figures.happened["a box was restored"]:
            break
    assert not figures.given_up, "nothing was written after the backup"

    def empty(box: Box) -> bool:
        box.lose_database()
        return True

    with mock.patch.object(Box, "restore", empty):
        found, _ = run(plan.only((*events[:6], *backups, *events[7:])), tmp_path / "empty")
    assert {one.kind for one in found} & {"own writes", "reader"}


def test_a_fault_of_any_kind_is_found_and_the_others_go_on(tmp_path: Path) -> None:
    def broken(event: Event) -> None:
        raise KeyError("odd")

    found, _ = run(plan_of(2, SMALL, 1), tmp_path / "odd", broken)
    assert [(one.kind, one.text) for one in found] == [("error", "KeyError: 'odd'")]


def test_a_plan_that_no_world_can_run_is_refused() -> None:
    plan = plan_of(2, SMALL, 1)
    check(plan)
    for kind, node in (("meteor", "v000"), ("write", "v999")):
        with pytest.raises(UsageError, match="no such kind or no such node"):
            check(plan.only((Event(1, START_MS, kind, node),)))


def test_a_folder_that_cannot_be_written_is_told_before_the_hour(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    words = ["sim", "--villages", "2", "--days", "1", "--keep", str(tmp_path / "file")]
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--keep" in done.stderr and str(tmp_path / "file") in done.stderr


def test_a_long_plan_is_shrunk_in_few_runs() -> None:
    """A fault that needs three of thousands of events is found without running thousands."""
    plan = plan_of(2, Topology(3, 9), 30)
    needed = {plan.events[place].id for place in (700, 1500, 2200)}
    runs = 0

    def breaks(smaller: Plan) -> str:
        nonlocal runs
        runs += 1
        return "lost" if needed <= {event.id for event in smaller.events} else ""

    small = shrink(plan, "lost", breaks, 60)
    assert {event.id for event in small.events} == needed
    assert runs < 200


def test_the_judge_sees_a_number_given_twice(tmp_path: Path) -> None:
    judge = Judge(tmp_path)
    ack = {"table": "person", "id": "A", "values": {}, "author": "a", "boot": 1, "number": 1}
    judge.note("v000", [ack], 0)
    judge.note("v000", [{**ack, "number": 2}], 0)
    judge.note("v001", [{**ack, "id": "B"}], 0)
    assert [one.kind for one in judge.found] == ["ids", "numbers"]


def test_events_keep_what_they_draw_when_others_are_left_out() -> None:
    plan = plan_of(5, SMALL, 2)
    fewer = plan.only(plan.events[::3])
    assert fewer.events == plan.events[::3]
    assert all(isinstance(one, Event) for one in fewer.events)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parent.glob("regressions/*.json")), ids=lambda path: path.stem
)
def test_what_was_once_found_stays_mended(path: Path) -> None:
    found, _, _ = run_in_memory(Plan.from_json(path.read_text()))
    assert not found


def test_a_start_that_ends_leaves_the_log_to_the_next(boxes: dict[str, Box]) -> None:
    """Whoever died while starting holds nothing open, so that the next one can fold the log in."""
    box, chance, died = boxes["v000"], random.Random(3), 0
    for number in range(12):
        assert write_something(box.replica, chance) is not None
        acknowledged = box.replica.count("person")
        try:
            box.start_dying(20 + 400 * number)
        except Killed:
            died += 1
        assert box.replica.count("person") == acknowledged
        box.close()
        assert not list(box.home.glob("ledger.db-*")), "nobody else has the database open"
    assert 2 < died < 12
