"""What people read at one node, again and again: their own writes, and never less than before.

A seeded county writes, reads, meets over bad lines, restarts, loses the power, and is put back to
an image of its card. Every reading is written down, and the history is judged at the end by a
checker that knows nothing but what was acknowledged and what was read:

* whoever wrote at a node reads it there from then on (read your writes);
* what was read at a node is read there from then on, and no older value comes back (monotonic
  reads);
* with one exception: a database that was put back shows less until its neighbours have brought back
  what it lacks. Where that is something of its own, it says so itself.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import dataclass, field

from cli.simulation.line import Link, meet
from node.replica import Assign, Insert, Replica
from tests.ledger.federation import SCHEMA, Federation, county, entropy, open_replica, row

SEEDS = 3
STEPS = 80
MINUTE_MS = 60_000
PARENT = {"village1": "town1", "town1": "county"}


@dataclass
class Read:
    """One reading at a node, and what had been acknowledged there by then.

    Attributes:
        node: Where.
        told: Whether the node said that its database was put back.
        put_back: Whether it was, and its neighbours have not all met it since.
        seen: The visits that were shown.
        value: The last value of the one register, which only ever grows.
        own: The visits that were acknowledged at this node before.
    """

    node: str
    told: bool
    put_back: bool
    seen: frozenset[str]
    value: int
    own: frozenset[str]


@dataclass
class Life:
    """A county at work, and the history of what was read in it."""

    nodes: Federation
    chance: random.Random
    person: str
    own: dict[str, set[str]]
    history: list[Read] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    value: int = 0
    put_back: str = ""

    def step(self) -> None:
        name = self.chance.choice(list(self.nodes.nodes))
        for node in self.nodes.nodes.values():
            node.clock.advance(self.chance.randrange(MINUTE_MS))
        kinds = {
            "write": 6,
            "assign": 3,
            "meet": 5,
            "cut": 2,
            "restart": 1,
            "kill": 1,
            "restore": 1,
            "heal": 1,
        }
        kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
        getattr(self, kind)(name)
        self.figures[kind] += 1
        for other in self.nodes.nodes:
            self.read(other)

    def write(self, name: str) -> None:
        insert = Insert("visit", {"person": self.person, "minutes": 1})
        self.own[name] |= set(self.nodes[name].write("VILL0001", [insert]).ids)

    def assign(self, name: str) -> None:
        """The village alone says it, and each time a greater number."""
        self.value += 1
        write = Assign("person", self.person, "phone", str(self.value))
        self.nodes["village1"].write("VILL0001", [write])

    def meet(self, name: str) -> None:
        if name in PARENT:
            meet(self.nodes[name], self.nodes[PARENT[name]])

    def cut(self, name: str) -> None:
        """A session that breaks off somewhere."""
        if name in PARENT:
            link = Link(self.nodes[name], self.nodes[PARENT[name]])
            for _ in range(self.chance.randrange(1, 9)):
                if not link.step():
                    break
            link.cut()

    def restart(self, name: str) -> None:
        self.nodes.nodes[name].reopen(seed=self.chance.random())

    def kill(self, name: str) -> None:
        """The files as they lie there, log and all, are what the next start finds."""
        node = self.nodes.nodes[name]
        left = node.home.with_name("left behind")
        shutil.copytree(node.home, left)
        node.replica.close()
        shutil.rmtree(node.home)
        left.rename(node.home)
        node.replica = open_replica(node.home, node.clock, seed=self.chance.random())

    def restore(self, name: str) -> None:
        """The database goes back to an image, but for its anchor; the next readings know less.

        What it lacks then had reached its neighbour, and comes back with a session.
        """
        if self.put_back:
            return  # two losses at once are no longer one
        node, self.put_back = self.nodes.nodes[name], name
        node.replica.close()
        copy = shutil.copytree(node.home, node.home.with_name("image"))
        node.replica = open_replica(node.home, node.clock, seed=self.chance.random())
        for _ in range(3):
            self.write(name)
            node.replica.seal()
            node.clock.advance(MINUTE_MS)
            self.read(name)
        self.meet("town1" if name == "county" else name)
        node.replica.close()
        for path in list(node.home.glob("ledger.db*")):
            path.unlink()
        for path in copy.glob("ledger.db*"):
            shutil.copy(path, node.home)
        shutil.rmtree(copy)
        node.replica = Replica(node.home, SCHEMA, node.clock, entropy(self.chance.random()))

    def heal(self, name: str) -> None:
        """Everybody meets, up and down."""
        for _ in range(2):
            meet(self.nodes["village1"], self.nodes["town1"])
            meet(self.nodes["town1"], self.nodes["county"])
        meet(self.nodes["village1"], self.nodes["town1"])
        self.put_back = ""

    def read(self, name: str) -> None:
        """As a command beside the service reads, or as the service does."""
        node = self.nodes.nodes[name]
        if self.chance.random() < 0.1:
            with Replica(node.home, SCHEMA, node.clock, entropy(self.chance.random())) as beside:
                self.note(name, beside)
        else:
            self.note(name, node.replica)

    def note(self, name: str, replica: Replica) -> None:
        seen = frozenset(one["id"] for one in replica.rows("visit"))
        value = int(row(replica, "person", self.person)["phone"] or 0)
        told = any(alert.kind == "rolled_back" for alert in replica.alerts())
        own = frozenset(self.own[name])
        self.history.append(Read(name, told, name == self.put_back, seen, value, own))


def judged(history: list[Read]) -> list[str]:
    """Where a reading showed less than was promised, in order."""
    wrong = []
    seen: dict[str, frozenset[str]] = {}
    newest: dict[str, int] = {}
    for number, read in enumerate(history):
        known, value = seen.get(read.node, frozenset()), newest.get(read.node, 0)
        if read.own - read.seen and not read.told:
            wrong.append(f"{number}: {read.node} does not show what was written there")
        if not read.put_back:
            if known - read.seen:
                wrong.append(f"{number}: {read.node} no longer shows what it showed")
            if read.value < value:
                wrong.append(f"{number}: {read.node} shows {read.value} after {value}")
        seen[read.node] = known | read.seen
        newest[read.node] = max(value, read.value)
    return wrong


def test_whoever_reads_again_reads_no_less() -> None:
    figures: Counter[str] = Counter()
    for seed in range(SEEDS):
        live(seed, figures)
    kinds = {"write", "assign", "meet", "cut", "restart", "kill", "restore", "heal"}
    assert {*kinds, "less was told"} <= (+figures).keys(), figures


def live(seed: int, figures: Counter[str]) -> None:
    with county("county", "town1", "village1") as nodes:
        id_ = nodes["village1"].write("VILL0001", [Insert("person", {"name": "王"})]).ids[0]
        for _ in range(2):
            meet(nodes["village1"], nodes["town1"])
            meet(nodes["town1"], nodes["county"])
        life = Life(nodes, random.Random(seed), id_, {name: set() for name in nodes.nodes})
        for _ in range(STEPS):
            life.step()
        assert not judged(life.history)
        figures.update(life.figures)
        figures["less was told"] += sum(
            read.told and bool(read.own - read.seen) for read in life.history
        )


def test_the_checker_finds_what_is_wrong() -> None:
    def read(seen: str, value: int, own: str = "", back: bool = False) -> Read:
        return Read("town1", back, back, frozenset(seen), value, frozenset(own))

    assert not judged([read("a", 1), read("ab", 2, "b"), read("ab", 2, "b")])
    assert "no longer shows" in judged([read("a", 1), read("", 1)])[0]
    assert "after 2" in judged([read("a", 2), read("a", 1)])[0]
    assert "written there" in judged([read("a", 1, "b")])[0]
    assert not judged([read("ab", 2), read("a", 1, "b", back=True), read("ab", 2, "b")])
    assert judged([read("ab", 2), read("a", 2, back=True), read("a", 2)])
