"""Where a kill fell is told by the parents' logs, and a kill at the wrong moment is no proof."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo import outage
from cli.demo.box import Box
from cli.demo.places import choose
from cli.demo.screen import Screen
from cli.demo.trial import Trial
from node.care.policy import division_list
from node.codes import read_list
from node.errors import LinliError


class Logged:
    """A trial without processes, whose boxes hear what a test says."""

    def __init__(self, folder: Path) -> None:
        places = choose(read_list(division_list("130732")), 1, 2, seed=1)
        self.trial = Trial(folder, places, 1, Screen())
        self.victim, self.town = self.trial.villages[-1], self.trial.townships[0]
        self.victim.author = "v" * 32
        self.cut = outage.watch(self.trial, self.victim)

    def log(
        self, event: str, box: Box | None = None, peer: str = "v" * 32, changes: int = 0
    ) -> None:
        line = json.dumps({"event": event, "peer": peer, "changes": changes})
        (box or self.town)._hear(f"{line}\n".encode())

    def frames(self, count: int, changes: int = 4) -> None:
        for _ in range(count):
            self.log("frame_committed", changes=changes)


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Logged]:
    one = Logged(tmp_path)
    yield one
    one.trial.witness.close()


def test_it_strikes_after_some_frames_of_one_session(logged: Logged) -> None:
    logged.log("session_started")
    logged.frames(outage.FRAMES_BEFORE - 1)
    logged.log("session_started")
    logged.frames(outage.FRAMES_BEFORE - 1)
    logged.frames(3, changes=0)
    assert not logged.cut.fallen.is_set(), "frames of two sessions, and empty ones, do not add up"
    logged.frames(1)
    assert logged.cut.fallen.is_set()
    assert (logged.cut.frames_before, logged.cut.committed_by) == (4, logged.town)


def test_frames_of_others_and_of_the_village_itself_do_not_count(logged: Logged) -> None:
    logged.log("session_started")
    for _ in range(9):
        logged.log("frame_committed", peer="w" * 32, changes=4)
        logged.log("frame_committed", box=logged.victim, changes=4)
    assert logged.cut.frames_before == 0


def test_what_arrives_after_the_kill_counts_as_later_only_in_a_new_session(logged: Logged) -> None:
    logged.log("session_started")
    logged.frames(5)
    assert (logged.cut.frames_before, logged.cut.frames_after) == (5, 0)
    logged.log("session_started")
    logged.frames(2)
    assert (logged.cut.frames_before, logged.cut.frames_after) == (5, 2)


def test_a_session_that_was_complete_proves_nothing(logged: Logged) -> None:
    logged.log("session_started")
    logged.frames(2)
    logged.log("session_synced")
    assert logged.cut.fallen.is_set() and logged.cut.complete

    with pytest.raises(LinliError, match="was complete before it could be killed"):
        asyncio.run(outage.strike(logged.victim, logged.cut, {}))
