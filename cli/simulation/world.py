"""Runs a plan: everything that happens, then the healing, then the judgement.

In the first phase everything goes wrong that the plan says. In the second all links hold, every box
runs, and after at most `ROUNDS_MAX` rounds everyone has what it should hold. An acknowledgement is
given up only where the one box that held it lost its disk; whether another box holds it is looked
up at that moment.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.simulation import boxes as faults
from cli.simulation.boxes import Box, Killed
from cli.simulation.county import found_county
from cli.simulation.figures import Figures
from cli.simulation.judging import Found, Judge
from cli.simulation.line import Link, NoBooks
from cli.simulation.meeting import Meetings
from cli.simulation.plan import COUNTY, SPOILING, START_MS, Event, Plan, chance
from cli.simulation.sticks import Sticks
from cli.simulation.work import write_something
from node.care.records import SCHEMA
from node.errors import LinliError, StoreFault, UsageError
from node.feed import FeedKey

ROUNDS_MAX = 4


class World:
    """The nodes of one plan.

    Args:
        plan: The plan.
        folder: An empty folder for them.
        told: Is told of each event before it happens.
    """

    def __init__(
        self, plan: Plan, folder: Path, told: Callable[[Event], None] = lambda event: None
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.told = told
        self.now_ms = START_MS
        self.figures = Figures()
        self._count = self.figures.count
        self.judge = Judge(folder)
        self._trace = hashlib.blake2b(digest_size=8)
        self.boxes = found_county(plan, folder, lambda: self.now_ms)
        self.sticks = Sticks(self.boxes, self.figures, self.judge)
        self.meetings = Meetings(
            self.boxes, plan.swarm, self.figures, self.judge, lambda: self.now_ms
        )

    def run(self) -> list[Found]:
        """Runs the plan to its end.

        Returns:
            What is wrong; nothing where everything holds.
        """
        try:
            for event in self.plan.events:
                self.now_ms = max(self.now_ms, event.at_ms)
                self.told(event)
                self.meetings.go_on()
                self._happen(event)
            self.heal()
            self.judge.state(self.boxes)
        except AssertionError as broken:
            self.judge.found.append(Found("assertion", str(broken)[:300]))
        finally:
            for box in self.boxes.values():
                box.close()
        self.figures.trace = self._trace.hexdigest()
        self.figures.acknowledged = self.judge.acknowledged
        self.figures.latencies_ms = self.judge.latencies_ms
        if not self.judge.found:
            self.judge.read(self.boxes, chance(self.plan.seed, "judging"))
        return self.judge.found

    def _happen(self, event: Event) -> None:
        handler: Callable[[Event, random.Random], object] = getattr(self, f"_on_{event.kind}")
        outcome: object
        try:
            outcome = handler(event, chance(self.plan.seed, "event", event.id))
        except Killed:
            outcome = "killed"
        self._note(event.id, event.kind, outcome)

    def _note(self, *words: object) -> None:
        self._trace.update(repr(words).encode())

    # --- work ------------------------------------------------------------------------------------

    def _on_write(self, event: Event, drawn: random.Random) -> object:
        box = self.boxes[event.node]
        try:
            acknowledged = write_something(box.replica, drawn)
        except StoreFault:
            return self._count("a write found no room")
        self._count("written" if acknowledged else "a write was refused")
        self.judge.note(box.name, acknowledged, self.now_ms)
        return [one["id"] for one in acknowledged]

    def _on_fill(self, event: Event, drawn: random.Random) -> object:
        """The disk fills up, for some writes and a session; then somebody makes room."""
        box = self.boxes[event.node]
        with box.full():
            try:
                for _ in range(drawn.randint(20, 150)):
                    done = write_something(box.replica, drawn)
                    self.judge.note(box.name, done, self.now_ms)
            except StoreFault:
                self._count("a full disk refused a write")
            self.meetings.meet(box, drawn, spoilt=False)
        return "full"

    def _on_clock(self, event: Event, drawn: random.Random) -> object:
        kind = drawn.choice(faults.CLOCK_FAULTS)
        faults.set_wrong(self.boxes[event.node], kind, self.now_ms, drawn.uniform(0.9, 1.1))
        return self._count(f"a clock: {kind}")

    # --- sessions --------------------------------------------------------------------------------

    def _on_meet(self, event: Event, drawn: random.Random) -> object:
        box, swarm = self.boxes[event.node], self.plan.swarm
        spoilt = drawn.random() < sum(getattr(swarm, one) for one in SPOILING)
        link = self.meetings.meet(box, drawn, spoilt)
        return str(link and link.frames)

    def _on_stick(self, event: Event, drawn: random.Random) -> object:
        return self.sticks.carry(self.boxes[event.node], drawn)

    def _on_outage(self, event: Event, drawn: random.Random) -> object:
        self.meetings.outage = True
        return "nobody meets"

    def _on_reunion(self, event: Event, drawn: random.Random) -> object:
        return self.meetings.all_at_once(drawn)

    # --- what befalls boxes ----------------------------------------------------------------------

    def _on_crash(self, event: Event, drawn: random.Random) -> object:
        """The process ends in the middle of some writes or of a session."""
        box = self.boxes[event.node]
        steps = int(10 ** drawn.uniform(2.5, 5.5))
        during = drawn.choice(("write", "session", "start"))
        if during == "session" and not box.parent:
            during = "write"
        if during == "start":
            self._die_starting(box, drawn, 2.5)
        try:
            with box.dying(steps):
                if during == "session":
                    link = Link(box.replica, self.boxes[box.parent].replica, drawn, NoBooks())
                    link.run()
                else:
                    for _ in range(30):
                        done = write_something(box.replica, drawn)
                        self.judge.note(box.name, done, self.now_ms)
        except Killed:
            if during == "start":
                self._count("killed after a start")
            else:
                self._count(f"killed during a {during}")
            self.judge.reads_its_writes(box)
            return "killed"
        return "lived"

    def _die_starting(self, box: Box, drawn: random.Random, most: float) -> None:
        """The power goes while a box starts, after instructions of up to so many digits."""
        try:
            box.start_dying(int(10 ** drawn.uniform(1.3, most)))
        except Killed:
            self._count("killed during a start")
            self.judge.reads_its_writes(box)

    def _on_backup(self, event: Event, drawn: random.Random) -> object:
        """Some boxes are backed up at noon."""
        chosen = [box for box in self.boxes.values() if drawn.random() < 0.3]
        for box in chosen:
            box.back_up()
            self.judge.backed_up(box.name)
        return len(chosen)

    def _on_restore(self, event: Event, drawn: random.Random) -> object:
        """A backup is put back: what was written since lives on where it has come to."""
        box = self.boxes[event.node]
        if box.image is None:
            return "no backup"
        self._give_up_what_only(box, self.judge.restored)
        box.restore()
        what = "the county was restored" if box.name == COUNTY else "a box was restored"
        return self._count(what)

    def _on_lose(self, event: Event, drawn: random.Random) -> object:
        """A card dies: a bit turns over, and the box begins again with an empty database."""
        box = self.boxes[event.node]
        self._give_up_what_only(box, self.judge.give_up)
        box.flip(drawn.random(), drawn.randrange(8))
        if not box.damaged():
            self.judge.found.append(Found("damage", f"a flipped bit at {box.name} went unseen"))
        box.lose_database()
        return self._count("a database was lost")

    def _on_clone(self, event: Event, drawn: random.Random) -> object:
        box = self.boxes[event.node]
        other = box.copy(f"{box.name}+", lambda: self.now_ms)
        other.parent = box.parent
        other.seed = (self.plan.seed, "clone")
        self.boxes[other.name] = other
        self.judge.cloned(box.name, other.name)
        for kind in ("write", "meet"):
            for number in range(4):
                again = Event(-event.id * 10 - number, self.now_ms, kind, other.name)
                getattr(self, f"_on_{kind}")(again, chance(self.plan.seed, kind, again.id))
        return self._count("a box was cloned")

    def _on_upgrade(self, event: Event, drawn: random.Random) -> object:
        box = self.boxes[event.node]
        box.close()
        box.schema = SCHEMA
        self._die_starting(box, drawn, 4.5)
        return self._count("an older program was upgraded")

    def _on_evening(self, event: Event, drawn: random.Random) -> object:
        """What is looked at day by day."""
        for box in self.boxes.values():
            self.judge.reads_its_writes(box)
        county = self.boxes[COUNTY].replica
        self.judge.reached(county, self.now_ms)
        return str(county.frontier_digest())

    def _give_up_what_only(
        self, box: Box, strike: Callable[[str, Callable[[dict[str, Any]], bool]], int]
    ) -> None:
        """Strikes the acknowledgements that no other box holds."""
        try:
            box.replica.seal()
        except StoreFault:
            self._count("a tail went with its disk")
        box.close()
        others = self._others(box)

        def elsewhere(ack: dict[str, Any]) -> bool:
            for other in others:
                channel = SCHEMA.by_name[ack["table"]].channel
                feed = FeedKey(ack["author"], ack["division"], channel)
                ledger = other.replica.store.ledger
                if ledger.covers(feed, ack["boot"], ack["number"]) is not None:
                    return True
            return False

        self.figures.given_up += strike(box.name, elsewhere)

    def _others(self, box: Box) -> list[Box]:
        """All other boxes, those above first, which hold most of what a box has written."""
        above, step = [], box
        while step.parent and step.parent not in above:
            above.append(step.parent)
            step = self.boxes[step.parent]
        others = [other for other in self.boxes.values() if other is not box]
        return sorted(others, key=lambda other: other.name not in above)

    # --- healing ---------------------------------------------------------------------------------

    def heal(self) -> None:
        """Everything works again: everyone meets its parent until each pair is equal."""
        for box in self.boxes.values():
            box.clock.set(self.now_ms)
            if box.schema is not SCHEMA:
                box.close()
                box.schema = SCHEMA
        children = sorted(
            (box for box in self.boxes.values() if box.parent),
            key=lambda box: (box.parent == COUNTY, box.name),
        )
        drawn = chance(self.plan.seed, "healing")
        for number in range(1, ROUNDS_MAX + 1):
            self.figures.rounds = number
            for box in children + children[::-1]:
                link = Link(box.replica, self.boxes[box.parent].replica, drawn, NoBooks())
                link.run()
                if link.error is not None:
                    self.judge.found.append(Found("healing", f"{box.name}: {link.error}"))
                    return
            if all(self._level(box) for box in children):
                return
        unequal = [box.name for box in children if not self._level(box)]
        self.judge.found.append(
            Found("liveness", f"still different after {ROUNDS_MAX} rounds: {', '.join(unequal)}")
        )

    def _level(self, box: Box) -> bool:
        """Whether a box and its parent hold the same of what they share."""
        below, above = box.replica, self.boxes[box.parent].replica
        mine, theirs = below.scope(above.division), above.scope(below.division)
        return str(mine.digest()) == str(theirs.digest())


def run(
    plan: Plan, folder: Path, told: Callable[[Event], None] = lambda event: None
) -> tuple[list[Found], Figures]:
    """Runs a plan in an empty folder; what is wrong, and what happened."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(plan, folder, told)
    try:
        found = world.run()
    except LinliError as error:
        found = [Found("error", str(error))]
    except Exception as fault:  # noqa: BLE001 - one seed must not end the hour of all others
        found = [Found("error", f"{type(fault).__name__}: {fault}"[:300])]
    return found, world.figures


def check(plan: Plan) -> None:
    """Refuses a plan that no world can run.

    Raises:
        UsageError: It names a kind of event or a node that there is not.
    """
    names = {"", *plan.topology.names}
    for event in plan.events:
        if not hasattr(World, f"_on_{event.kind}") or event.node not in names:
            raise UsageError(
                f"The plan has an event {event.kind!r} at {event.node!r}, and there is no such "
                "kind or no such node.",
                hint="A plan is replayed as it was kept; one of another version may not fit.",
            )
