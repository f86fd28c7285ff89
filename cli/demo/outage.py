"""A power cut in the middle of a session: `kill -9` between two frames that the parent commits.

It only counts if it can be shown where it fell. The parents' logs say which frames of the village
they committed, and when its session was complete; the rows of the backlog say how much had arrived.
So the kill must come after a committed frame and before the session is complete, with a part of the
backlog at the parent and a part not; and further frames must come after the restart.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from cli.demo.box import Box, Event, Gone
from cli.demo.trial import Trial
from node.errors import LinliError

FRAMES_BEFORE = 4
BYTES_PER_S = 16_384
WAIT_S_MAX = 90.0
_COUNT_AT_ONCE = 200


@dataclass
class PowerCut:
    """Where it fell.

    Attributes:
        frames_before: Frames of the interrupted session that the parent had committed.
        held: How much of the backlog the parent held then.
        backlog: How many records waited in all.
        frames_after: Frames committed after the restart.
        during: How many records were acknowledged while the session ran.
        committed_by: Who committed the frames before it.
        complete: Whether the session was complete before it, which proves nothing.
        dialled_again: Whether the village has begun another session since.
        fallen: Set once it is over, in one way or the other.
    """

    frames_before: int = 0
    held: int = 0
    backlog: int = 0
    frames_after: int = 0
    during: int = 0
    committed_by: Box | None = None
    complete: bool = False
    dialled_again: bool = False
    fallen: asyncio.Event = field(default_factory=asyncio.Event)


def watch(trial: Trial, victim: Box) -> PowerCut:
    """Begins to listen to the parents; kills the village at the right moment."""
    cut = PowerCut()

    def hear(box: Box, event: Event) -> None:
        if box is victim or event.get("peer") != victim.author or cut.complete:
            return
        fallen = cut.fallen.is_set()
        if event["event"] == "session_started":
            cut.dialled_again = fallen
            cut.frames_before = cut.frames_before if fallen else 0
        elif event["event"] == "session_synced" and not cut.dialled_again:
            cut.complete = True
            cut.fallen.set()
        elif event["event"] == "frame_committed" and event["changes"]:
            if cut.dialled_again:
                cut.frames_after += 1
                return
            cut.frames_before += 1
            if not fallen and cut.frames_before >= FRAMES_BEFORE:
                victim.kill()
                cut.committed_by = box
                cut.fallen.set()

    for box in trial.all:
        box.heard.append(hear)
    return cut


async def strike(victim: Box, cut: PowerCut, visit: dict[str, object]) -> None:
    """Waits for the kill while the aide goes on writing, and looks where it fell.

    Raises:
        LinliError: It cannot be shown that it fell between two frames.
    """
    writing = asyncio.create_task(_go_on_writing(victim, visit))
    try:
        async with asyncio.timeout(WAIT_S_MAX):
            await cut.fallen.wait()
            if cut.complete:
                raise LinliError(
                    f"The session of {victim.name} was complete before it could be killed, so "
                    f"nothing would be shown.",
                    hint="Run it again; a slower link is set in cli/demo/outage.py (BYTES_PER_S).",
                )
            cut.during = await writing
    except TimeoutError:
        raise LinliError(
            f"Within {WAIT_S_MAX:.0f} s no parent committed {FRAMES_BEFORE} frames of "
            f"{victim.name} ({cut.frames_before} so far), so it was never killed.",
            hint="Look into the parent's log: run it again with --keep DIR",
        ) from None
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    if not await victim.killed():
        raise LinliError(f"The service of {victim.name} ended by itself and not by `kill -9`.")


async def measure(cut: PowerCut, backlog: list[str]) -> None:
    """Counts what the parent holds of the backlog.

    Raises:
        LinliError: It holds all or nothing: then the kill did not fall between two frames.
    """
    assert cut.committed_by is not None, "the kill followed a committed frame"
    cut.backlog = len(backlog)
    for start in range(0, len(backlog), _COUNT_AT_ONCE):
        ids = backlog[start : start + _COUNT_AT_ONCE]
        cut.held += await cut.committed_by.do("count", table="visit", ids=ids)
    if not 0 < cut.held < cut.backlog:
        raise LinliError(
            f"{cut.committed_by.name} held {cut.held} of {cut.backlog} records when the village "
            f"was killed, so the kill did not fall between two frames.",
            hint="Run it again.",
        )


async def _go_on_writing(victim: Box, visit: dict[str, object]) -> int:
    """Records visits until the box is gone; returns how many were acknowledged."""
    count = 0
    with contextlib.suppress(Gone):
        while True:
            await victim.do("record_visit", **visit)
            count += 1
            await asyncio.sleep(0.1)
    return count
