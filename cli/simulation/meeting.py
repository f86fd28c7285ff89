"""The sessions of a simulation: who meets whom, and every way in which that goes wrong.

A session is whole, or one thing is wrong with its line: it breaks off, turns a bit over, brings old
frames, brings a frame twice or in another order, carries in one direction only, stands for hours,
or is dialled while another stands. A session that was whole has to end without an error.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from cli.simulation.boxes import Box
from cli.simulation.figures import Figures
from cli.simulation.judging import Found, Judge
from cli.simulation.line import Link, NoBooks, Side, interleave
from cli.simulation.plan import COUNTY, SPOILING, Swarm
from node.clock import DAY_MS
from node.errors import StoreFault
from node.session import Session

_FRAMES_KEPT = 40
_ODD = 0.3
"""How often a frame comes twice or changes places, where a line does such things."""

_ALONE_MS = 2 * DAY_MS
_SLOW_STEPS = 2
"""How many frames a slow line carries while something happens elsewhere."""


class Meetings:
    """The sessions between the nodes of one plan.

    Args:
        boxes: The nodes; may grow.
        swarm: How much goes wrong.
        figures: Where it is counted.
        judge: Is told of sessions that ended as none may.
        true_ms: Tells the true time.
    """

    def __init__(
        self,
        boxes: Mapping[str, Box],
        swarm: Swarm,
        figures: Figures,
        judge: Judge,
        true_ms: Callable[[], int],
    ) -> None:
        self.boxes = boxes
        self.swarm = swarm
        self.judge = judge
        self.outage = False
        self._count = figures.count
        self._true_ms = true_ms
        self._begun = true_ms()
        self._met: dict[str, int] = {}
        self._frames: dict[str, list[bytes]] = {}
        self._slow: list[tuple[Link, Box, Box]] = []

    def meet(self, box: Box, drawn: random.Random, spoilt: bool) -> Link | None:
        """One session of a box with its parent, whole or not; none where nobody answers."""
        parent = self._parent(box, drawn) if box.parent else None
        if parent is None or self.outage:
            return None
        self._notice_absence(box)
        try:
            link = Link(box.replica, parent.replica, drawn, NoBooks())
            if spoilt:
                self._spoil(link, box, parent, drawn)
            else:
                link.run()
        except StoreFault:
            self._count("a session found no room")
            return None
        self._look_at(link, spoilt)
        return link

    def all_at_once(self, drawn: random.Random) -> int:
        """Whoever had met before dials when an outage ends: a parent hears all children at once."""
        self.outage = False
        children = [box for box in self.boxes.values() if box.parent and box.name in self._met]
        for box in children:
            self._notice_absence(box)
        links = [
            Link(box.replica, self.boxes[box.parent].replica, drawn, NoBooks()) for box in children
        ]
        if links:
            interleave(links, drawn)
            self._count("all dialled at once after an outage")
        for link in links:
            self._look_at(link, spoilt=False)
        return sum(link.frames for link in links)

    def go_on(self) -> None:
        """Slow lines carry a little more; those whose box went down meanwhile are gone."""
        standing = []
        for link, box, parent in self._slow:
            if not all(
                _stands(side, one) for side, one in zip(link.sides, (box, parent), strict=True)
            ):
                link.cut()
                continue
            for _ in range(_SLOW_STEPS):
                link.step()
            if link.busy:
                standing.append((link, box, parent))
                continue
            self._look_at(link, spoilt=False)
            self._count("a session took hours")
        self._slow = standing

    def _parent(self, box: Box, drawn: random.Random) -> Box:
        if box.parent != COUNTY and drawn.random() < self.swarm.past:
            if not self.outage:
                self._count("a village dialled the county")
            return self.boxes[COUNTY]
        return self.boxes[box.parent]

    def _notice_absence(self, box: Box) -> None:
        now = self._true_ms()
        if now - self._met.get(box.name, self._begun) >= _ALONE_MS:
            self._count("a box came back after days alone")
        self._met[box.name] = now

    def _look_at(self, link: Link, spoilt: bool) -> None:
        """Keeps some frames for later, and minds what no session may end with."""
        for side in link.sides:
            kept = self._kept(side.session)
            kept.extend(link.passed.get(side.session.replica.author, []))
            del kept[:-_FRAMES_KEPT]
        if isinstance(link.error, StoreFault):
            self._count("a session found no room")
        elif link.error is not None and not spoilt:
            self.judge.found.append(Found("session", str(link.error)))

    def _kept(self, session: Session) -> list[bytes]:
        """Frames with segments that this node was once sent by anybody."""
        return self._frames.setdefault(session.replica.author, [])

    # --- what goes wrong -------------------------------------------------------------------------

    def _spoil(self, link: Link, box: Box, parent: Box, drawn: random.Random) -> None:
        """One of the ways in which a session goes wrong."""
        (kind,) = drawn.choices(SPOILING, [getattr(self.swarm, one) for one in SPOILING])
        if kind == "twice":
            self._dial_twice(link, box, parent, drawn)
        elif kind == "slow":
            self._slow.append((link, box, parent))
        else:
            getattr(self, f"_{kind}")(link, drawn)

    def _cut(self, link: Link, drawn: random.Random) -> None:
        if drawn.random() < 0.5:
            link.run(frames_max=drawn.randrange(14))
        else:
            link.run(bytes_max=drawn.randrange(20_000))
        if not link.up:
            self._count("a session broke off")

    def _damage(self, link: Link, drawn: random.Random) -> None:
        left = drawn.randrange(1, 6)

        def flip(raw: bytes) -> bytes:
            nonlocal left
            left -= 1
            if left or not raw:
                return raw
            place = drawn.randrange(8 * len(raw))
            spoilt = bytearray(raw)
            spoilt[place >> 3] ^= 1 << (place & 7)
            return bytes(spoilt)

        link.spoil = flip
        link.run()
        if left <= 0:
            self._count("a bit was turned over on the line")

    def _replay(self, link: Link, drawn: random.Random) -> None:
        for _ in range(drawn.randrange(2, 8)):
            link.step()
        for side in link.sides:
            kept = self._kept(side.session)
            for raw in drawn.sample(kept, min(3, len(kept))):
                side.coming += len(raw).to_bytes(4, "big") + raw
                self._count("an old frame came again")
        link.run()

    def _dial_twice(self, link: Link, box: Box, parent: Box, drawn: random.Random) -> None:
        for _ in range(drawn.randrange(6)):
            link.step()
        second = Link(box.replica, parent.replica, drawn, NoBooks())
        interleave([link, second], drawn)
        self._count("a box dialled twice")

    def _doubled(self, link: Link, drawn: random.Random) -> None:
        while link.busy:
            side = drawn.choice(link.sides)
            if side.coming and drawn.random() < _ODD:
                side.repeat()
                self._count("a frame came twice")
            link.step()

    def _swapped(self, link: Link, drawn: random.Random) -> None:
        while link.busy:
            if drawn.random() < _ODD and drawn.choice(link.sides).swap():
                self._count("frames changed places")
            link.step()

    def _deaf(self, link: Link, drawn: random.Random) -> None:
        """From some frame on one side hears nothing more, and the other hears everything."""
        for _ in range(drawn.randrange(12)):
            link.step()
        link.deaf = drawn.choice(link.sides)
        link.run()
        if link.unheard:
            self._count("only one direction carried")
        if link.unheard["ack"]:
            self._count("a receipt was lost after its commit")


def _stands(side: Side, box: Box) -> bool:
    """Whether a box still runs as it did when this end of a link was made."""
    return box.runs and box.replica is side.session.replica
