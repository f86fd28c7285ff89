"""A whole small county under random work and bad links, again and again, and equal in the end.

One county, two townships, four villages. Everybody writes everything that it may; some write facts
into a neighbour's partition. Children dial their parents, and sometimes the county past a township;
nearly every session breaks off somewhere, some are dialled twice at once, boxes are copied and
both copies go on. Then the links hold, and after at most four rounds everyone has what it should.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from cli.simulation.line import Link, interleave, meet
from node.feed import FeedKey, Partition
from node.replica import (
    AddElement,
    Amend,
    Assign,
    Increment,
    Insert,
    RemoveElement,
    Replica,
    Settle,
    Write,
)
from node.schema import Channel
from tests.ledger.federation import NODES, PARENTS, Federation, belongs, county
from tests.session.sameness import check_same, shared_digest

ROUNDS_MAX = 4
STEPS = 30
SEEDS = 32
SEEDS_PER_TEST = 8
CHANNEL = {
    "person": Channel.CARE,
    "visit": Channel.CARE,
    "notice": Channel.ORDERS,
    "facility": Channel.REGISTRY,
}


@dataclass
class History:
    """What has been written and what befell it.

    Attributes:
        acknowledged: Every row, with its table and the feed that it went into.
        figures: What happened, so that a test can see that it was not an easy ride.
    """

    nodes: Federation
    chance: random.Random
    acknowledged: list[tuple[str, str, FeedKey]] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    # --- work ------------------------------------------------------------------------------------

    def work(self) -> None:
        """Somebody writes something."""
        node = self.chance.choice(list(self.nodes.nodes.values()))
        replica = node.replica
        below = replica.tree.below(replica.division)
        division = self.chance.choice(below or [replica.division])
        rows = replica.rows("person", within=replica.division, limit=2)
        made = self.chance.random()
        if made < 0.3 or not rows:
            self.insert(replica, division, "" if rows else "person")
        elif made < 0.4:
            self.insert(replica, self.chance.choice(list(PARENTS)), "visit")
        else:
            self.change(replica, self.chance.choice(rows))

    def insert(self, replica: Replica, division: str, table: str = "") -> None:
        table = table or self.chance.choice(list(CHANNEL))
        word = f"字{self.chance.randrange(100)}"
        write = {
            "person": Insert("person", {"name": word, "phone": word}, {"groups": ["低保"]}),
            "visit": Insert("visit", {"person": word, "minutes": 60, "note": word}),
            "notice": Insert("notice", {"text": word}),
            "facility": Insert("facility", {"name": word}, {"services": ["午餐"]}),
        }[table]
        id_ = replica.write(division, [write]).ids[0]
        feed = FeedKey(replica.author, division, CHANNEL[table])
        self.acknowledged.append((table, id_, feed))
        self.figures["rows"] += 1

    def change(self, replica: Replica, row: dict[str, object]) -> None:
        id_, division = str(row["id"]), str(row["division#"])
        word = f"改{self.chance.randrange(100)}"
        writes: list[Write] = [
            Assign("person", id_, "phone", word),
            Settle("person", id_, "phone", word),
            Assign("person", id_, "grade", word),
            Assign("person", id_, "benefit", self.chance.randrange(9)),
            AddElement("person", id_, "groups", self.chance.choice("甲乙丙")),
            RemoveElement("person", id_, "groups", "低保"),
            Increment("person", id_, "meals", self.chance.randint(-3, 9)),
        ]
        visits = replica.rows("visit", within=division, limit=3)
        if visits:
            visit = self.chance.choice(visits)
            amendments: list[dict[str, Any]] = [
                {"void": "误"},
                {"correct": {"minutes": 30}, "reason": "误"},
            ]
            amend = Amend("visit", str(visit["id"]), self.chance.choice(amendments))
            replica.write(str(visit["division#"]), [amend])
        replica.write(division, [self.chance.choice(writes)])
        self.figures["updates"] += 1

    # --- links -----------------------------------------------------------------------------------

    def exchange(self) -> None:
        """Somebody dials, and as a rule the link breaks."""
        child = self.chance.choice([name for name in self.nodes.nodes if name != "county"])
        parent = self.parent(child)
        if self.chance.random() < 0.15:
            parent = "county"
        chance = random.Random(self.chance.random())
        link = Link(self.nodes[child], self.nodes[parent], chance)
        if self.chance.random() < 0.2:
            for _ in range(self.chance.randrange(6)):
                link.step()
            interleave([link, Link(self.nodes[child], self.nodes[parent], chance)], chance)
            self.figures["dialled twice"] += 1
        elif self.chance.random() < 0.5:
            link.run(frames_max=self.chance.randrange(14))
        else:
            link.run(bytes_max=self.chance.randrange(6_000))
        assert link.error is None, link.error
        self.figures["sessions"] += 1
        self.figures["cut"] += not link.up

    def parent(self, child: str) -> str:
        division = PARENTS[NODES[child.removesuffix("-clone")]]
        return next(name for name, stands_at in NODES.items() if stands_at == division)

    def copy(self) -> None:
        """A box is copied, and both go on."""
        plain = [name for name in NODES if f"{name}-clone" not in self.nodes.nodes]
        name = self.chance.choice(plain)
        if name != "county" and self.figures["copied"] < 2:
            self.nodes.clone(name, self.chance.random())
            self.figures["copied"] += 1

    def heal(self) -> int:
        """Everyone meets its parent, upwards and then down, until each pair is equal.

        Returns:
            How many rounds it took.
        """
        children = sorted(
            (name for name in self.nodes.nodes if name != "county"),
            key=lambda name: (not name.startswith("village"), name),
        )
        for number in range(1, ROUNDS_MAX + 1):
            for child in children + children[::-1]:
                link = meet(self.nodes[child], self.nodes[self.parent(child)])
                assert link.error is None, link.error
            if all(self.level(child) for child in children):
                return number
        raise AssertionError(f"still different after {ROUNDS_MAX} rounds")

    def level(self, child: str) -> bool:
        """Whether a child and its parent hold the same heads of what they share."""
        below, above = self.nodes[child], self.nodes[self.parent(child)]
        return shared_digest(below, above) == shared_digest(above, below)


def run(history: History) -> None:
    for _ in range(STEPS):
        step = history.chance.random()
        if step < 0.55:
            history.work()
        elif step < 0.95:
            history.exchange()
        else:
            history.copy()


def check(history: History) -> None:
    """Everyone equals everyone, and has each acknowledged row that it should hold."""
    replicas = [node.replica for node in history.nodes.nodes.values()]
    check_same(*replicas)
    for table, id_, feed in history.acknowledged:
        for replica in replicas:
            held = belongs(feed, replica.division)
            assert (replica.row(table, id_) is not None) == held, (table, id_, replica.division)
    for replica in replicas:
        kinds = {alert.kind for alert in replica.store.peers.alerts()}
        assert kinds <= {"fork"}, kinds
        history.figures["forks"] += "fork" in kinds
        history.figures["conflicts"] += len(replica.conflicts())


def check_rebuild(replica: Replica) -> None:
    """What is derived anew from the segments is the same."""
    states = replica.store.ledger.state_digests()
    for partition in replica.partitions():
        before = replica.dump_digest(partition)
        replica.rebuild(Partition(*partition))
        assert replica.dump_digest(partition) == before, partition
    after = replica.store.ledger.state_digests()
    assert {k: d for k, d in after.items() if d.value} == {
        k: d for k, d in states.items() if d.value
    }


def one(seed: int) -> Counter[str]:
    chance = random.Random(seed)
    with county(settled=seed % 4 == 1) as nodes:
        history = History(nodes, chance)
        run(history)
        history.figures["rounds"] = history.heal()
        check(history)
        if seed % 4 == 0:
            check_rebuild(nodes[chance.choice(list(nodes.nodes))])
        return history.figures


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_PER_TEST))
def test_everyone_ends_equal_and_nothing_is_lost(first: int) -> None:
    total: Counter[str] = Counter()
    rounds = []
    for seed in range(first, first + SEEDS_PER_TEST):
        figures = one(seed)
        rounds.append(figures.pop("rounds"))
        total += figures
    print(f"seeds {first} to {first + SEEDS_PER_TEST - 1}: {dict(total)}, rounds {rounds}")
    for kind in ("rows", "updates", "cut", "copied", "dialled twice", "forks", "conflicts"):
        assert total[kind], f"nothing of {kind} happened: this was too easy"
