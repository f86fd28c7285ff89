"""A trial: the boxes of one small county, the links between them, and the moment of quiet.

Whatever the story does, it does through this: it knows every box and every link, waits until all
that was written has arrived, writes the plan for the reader, and stops every process at the end,
however the story ended.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cli.demo.box import Box
from cli.demo.links import Link
from cli.demo.places import Place, Places
from cli.demo.reader import ACKS, PLAN
from cli.demo.screen import Screen
from cli.demo.witness import Witness
from cli.demo.worker import declared
from node.errors import LinliError

QUIET_S_MAX = 150.0
_LOOK_S = 0.3
_LOOKS_EQUAL = 2
_AT_ONCE = 4

Result = TypeVar("Result")


class Trial:
    """Everything that runs.

    Args:
        folder: Where everything is kept; it is there and empty.
        places: Where the nodes stand.
        seed: What decides every choice.
        screen: Where the story is told.
    """

    def __init__(self, folder: Path, places: Places, seed: int, screen: Screen) -> None:
        for name in ("nodes", "logs", "tokens"):
            (folder / name).mkdir(mode=0o700)
        self.folder = folder
        self.places = places
        self.seed = seed
        self.screen = screen
        self.witness = Witness(folder / ACKS)
        self.boxes = {place.code: self.box(place) for place in places.all}
        self.links: list[Link] = []
        self.ids: dict[str, str] = {}

    # --- who is who ------------------------------------------------------------------------------

    @property
    def county(self) -> Box:
        """The box at the top."""
        return self.boxes[self.places.county.code]

    @property
    def townships(self) -> list[Box]:
        """The boxes of the townships."""
        return [self.boxes[place.code] for place in self.places.townships]

    @property
    def villages(self) -> list[Box]:
        """The boxes of the villages."""
        return [self.boxes[place.code] for place in self.places.villages]

    @property
    def all(self) -> list[Box]:
        """Every box, from above."""
        return list(self.boxes.values())

    def above(self, place: Place) -> Box:
        """The box at the division above."""
        return self.boxes[place.parent]

    def keeper(self, code: str) -> Box:
        """The box that keeps a division's people: its own, or else its township's."""
        place = self.boxes.get(code)
        if place is not None:
            return place
        parents = {one.code: one.parent for one in self.places.without_a_box}
        return self.boxes[parents[code]]

    # --- what a trial elsewhere does otherwise ---------------------------------------------------

    def box(self, place: Place) -> Box:
        """Makes the box of a place."""
        return Box(place, self.folder, self.witness)

    def addresses(self, box: Box) -> tuple[str, str]:
        """Where a box can listen for children and for newcomers."""
        first, second = free_addresses(2)
        return first, second

    def link(self, box: Box, upper: Box) -> Link:
        """Makes the link between a box and one above it."""
        host, _, port = upper.listen.rpartition(":")
        return Link(f"{box.name}—{upper.name}", host, int(port))

    # --- running ---------------------------------------------------------------------------------

    async def each(
        self,
        boxes: Iterable[Box],
        work: Callable[[Box], Awaitable[Result]],
        at_once: int = _AT_ONCE,
    ) -> list[Result]:
        """Does something at several boxes at the same time, so many at once."""
        room = asyncio.Semaphore(at_once)

        async def one(box: Box) -> Result:
            async with room:
                return await work(box)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(box)) for box in boxes]
        return [task.result() for task in tasks]

    async def quiet(self, boxes: Sequence[Box] | None = None) -> float:
        """Waits until nothing is under way and every two neighbours hold the same.

        Args:
            boxes: Among which boxes; all if None.

        Returns:
            How long that took, in seconds.

        Raises:
            LinliError: It did not come about, naming those that differ.
        """
        chosen = self.all if boxes is None else list(boxes)
        pairs = self._pairs(chosen)
        loop = asyncio.get_running_loop()
        began, equal_looks, before = loop.time(), 0, ""
        with self.screen.waiting("等待各节点一致 · waiting until all are equal") as tell:
            while True:
                found = await self._figures(chosen, pairs)
                apart = _apart(chosen, pairs, found)
                now = json.dumps([found[box] for box in chosen])
                equal_looks = equal_looks + 1 if not apart and now == before else 0
                before = now
                took = loop.time() - began
                if equal_looks >= _LOOKS_EQUAL - 1 and not apart:
                    return took
                tell(f"{len(apart)} 处尚未一致 · still apart ({took:.0f} s)")
                if took > QUIET_S_MAX:
                    raise LinliError(
                        f"After {took:.0f} s the nodes are still apart: {'; '.join(apart[:5])}.",
                        hint="The services' logs lie in the folder: run it again with --keep DIR",
                    )
                await asyncio.sleep(_LOOK_S)

    def _pairs(self, boxes: Sequence[Box]) -> list[tuple[Box, Box]]:
        return [
            (self.above(box.place), box)
            for box in boxes
            if box.place.parent in self.boxes and self.above(box.place) in boxes
        ]

    async def _figures(
        self, boxes: Sequence[Box], pairs: Sequence[tuple[Box, Box]]
    ) -> dict[Box, dict[str, Any]]:
        async def ask(box: Box) -> dict[str, Any]:
            peers = {upper.division for upper, lower in pairs if lower is box}
            peers |= {lower.division for upper, lower in pairs if upper is box}
            figures: dict[str, Any] = await box.do("figures", peers=sorted(peers))
            return figures

        found = await self.each(boxes, ask)
        return dict(zip(boxes, found, strict=True))

    # --- links -----------------------------------------------------------------------------------

    def cut(self) -> None:
        """Cuts every link."""
        for link in self.links:
            link.cut()

    def heal(self) -> None:
        """Heals every link."""
        for link in self.links:
            link.heal()

    # --- for the reader, and at the end ----------------------------------------------------------

    def write_plan(self) -> None:
        """Writes what the reader needs to know besides the databases."""
        plan = {
            "nodes": [
                {
                    "code": box.place.code,
                    "name": box.name,
                    "tier": box.place.tier,
                    "division": box.division,
                    "author": box.author,
                    "home": str(box.home.relative_to(self.folder)),
                }
                for box in self.all
            ],
            **declared(),
        }
        (self.folder / PLAN).write_text(json.dumps(plan, ensure_ascii=False, indent=1))

    async def stop(self) -> None:
        """Stops every process in the ordinary way, from below."""
        await asyncio.gather(*(box.lay_down_work() for box in self.all))
        await asyncio.gather(*(box.stop() for box in self.all))

    async def close(self) -> None:
        """Stops every process and every link."""
        try:
            await self.stop()
        finally:
            for box in self.all:
                box.kill()
            await asyncio.gather(*(link.close() for link in self.links))
            self.witness.close()


def _apart(
    boxes: Sequence[Box],
    pairs: Sequence[tuple[Box, Box]],
    found: dict[Box, dict[str, Any]],
) -> list[str]:
    """What is still under way, for people."""
    apart = [f"{box.name} has an open tail" for box in boxes if found[box]["tails"]]
    for upper, lower in pairs:
        theirs = found[upper]["shared"][lower.division]
        if theirs != found[lower]["shared"][upper.division]:
            apart.append(f"{lower.name} and {upper.name} differ")
    return apart


def free_addresses(count: int) -> list[str]:
    """Addresses on this machine at which nobody listens."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    finally:
        for one in sockets:
            one.close()
