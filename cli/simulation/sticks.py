"""The sticks of a simulation: bundles that people carry, pull out, lose and find again."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping

from cli.simulation.boxes import Box
from cli.simulation.figures import Figures
from cli.simulation.judging import Found, Judge
from cli.simulation.plan import COUNTY
from node.bundle import export, take_in
from node.errors import LinliError, Refused, StoreFault, UsageError

_KEPT_MAX = 30


class Sticks:
    """What is carried between the nodes of one plan, and what lies in drawers.

    Args:
        boxes: The nodes; may grow.
        figures: Where it is counted.
        judge: Is told of bundles that were not taken as they have to be.
    """

    def __init__(self, boxes: Mapping[str, Box], figures: Figures, judge: Judge) -> None:
        self.boxes = boxes
        self.judge = judge
        self._count = figures.count
        self._lying: list[tuple[str, bytes]] = []

    def carry(self, box: Box, drawn: random.Random) -> int:
        """Somebody carries a bundle up and, where it arrived, the answer down.

        Returns:
            How many bytes were carried.
        """
        above = self.boxes[COUNTY if drawn.random() < 0.2 else box.parent]
        content = self._made(box, above)
        if content is None:
            return 0
        if not self._arrives(content, above, drawn):
            return len(content)
        answer = self._made(above, box)
        if answer is not None and self._arrives(answer, box, drawn):
            self._count("a stick went there and back")
        return len(content) + len(answer or b"")

    def _made(self, box: Box, reader: Box) -> bytes | None:
        file = io.BytesIO()
        try:
            export(box.replica, reader.replica.division, file)
        except Refused:
            return None  # whoever lost its database does not know yet who stands there
        return file.getvalue()

    def _arrives(self, content: bytes, reader: Box, drawn: random.Random) -> bool:
        """One of the ways of a stick; returns whether all of it arrived."""
        way = drawn.choices(("whole", "cut", "flipped", "lost", "swapped"), (6, 1, 1, 1, 1))[0]
        if way == "lost":
            self._lying.append((reader.name, content))
            del self._lying[:-_KEPT_MAX]
            self._count("a stick was lost")
            return False
        if way == "swapped" and self._lying:
            name, old = drawn.choice(self._lying)
            self._insert(old, self.boxes[name], spoilt=False)
            self._count("an old stick was found")
        if way == "cut":
            self._insert(content[: drawn.randrange(len(content))], reader, spoilt=True)
            self._count("a stick was pulled out")
            return False
        if way == "flipped":
            spoilt = bytearray(content)
            spoilt[drawn.randrange(len(content))] ^= 1 << drawn.randrange(8)
            self._insert(bytes(spoilt), reader, spoilt=True)
            self._count("a bit was turned over on a stick")
            return False
        self._insert(content, reader, spoilt=False)
        return True

    def _insert(self, content: bytes, reader: Box, spoilt: bool) -> None:
        """Takes a bundle in; one that nothing befell has to be read to its end."""
        try:
            taken = take_in(reader.replica, io.BytesIO(content))
        except StoreFault:
            raise
        except (Refused, UsageError) as refusal:
            if not spoilt:
                self._told(reader, refusal)
            return
        if taken.whole == spoilt or (taken.fault is not None and not spoilt):
            self.judge.found.append(Found("bundle", f"{reader.name}: whole is {taken.whole}"))

    def _told(self, reader: Box, refusal: LinliError) -> None:
        self.judge.found.append(Found("bundle", f"{reader.name}: {refusal}"))
