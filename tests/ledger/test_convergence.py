"""Whatever the order of arrival, all end equal and nothing is lost.

Two hundred histories of fifty changes each, on real files. In each, six replicas write all six
kinds while segments wander between them in any order that respects a feed, some twice, some not at
all until the end; trust data is under way like everything else; one box is copied and both copies
write on. Then everything is exchanged, and what is derived must be the same everywhere, byte for
byte, before and after the branches are joined and after it was derived anew.

The history of a seed repeats exactly: `history(seed)` alone shows a failure again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from node.clock import DAY_MS
from node.feed import FeedKey, Head, Partition
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
from node.segment import Segment
from tests.ledger.federation import (
    NODES,
    SCHEMA,
    START_MS,
    VILLAGES,
    Federation,
    Figures,
    Node,
    admission,
    belongs,
    below,
    county,
    overreaching,
    rename,
)

CHANGES = 50
HISTORIES = 200
BATCH = 20
REBUILT = 0.03
"""How often a node derives everything anew in the middle of a history, while much still waits."""
REPLICAS = ("county", "town1", "town2", "village1", "village3")
CLONED = REPLICAS[1:]
HARD = (
    "conflicts", "trust_behind", "not_authorised", "out_of_order", "before_their_row", "repeated",
    "gaps", "forks", "joined",
)  # fmt: skip
LATE = "village3"
GROUPS = ("alone", "poor", "deaf", "blind")
SERVICES = ("meals", "baths", "day care")
LATE_MS, EARLY_MS = START_MS + 4_000 * DAY_MS, 0


@dataclass
class Written:
    """What was acknowledged, kept outside the nodes: the test's ledger of what may not be missing.

    Attributes:
        rows: Table, id, division of each row, with the author's division.
        sums: Every increment, by table, id and column.
        voids: Facts that somebody voided.
    """

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    sums: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    changes: int = 0


class History:
    """One history: who writes what, and which segments wander where.

    Args:
        federation: The county.
        seed: What it follows from.
    """

    def __init__(self, federation: Federation, seed: int) -> None:
        self.federation = federation
        self.chance = random.Random(seed)
        self.seed = seed
        self.written = Written()
        self.figures = federation.figures
        self.created: dict[Head, int] = {}

    def run(self) -> None:
        """Fifty changes, with exchanges between them."""
        copied_at = self.chance.randrange(5, 30)
        while self.written.changes < CHANGES:
            if self.written.changes >= copied_at and len(self.federation.nodes) == len(REPLICAS):
                self.federation.clone(self.chance.choice(CLONED), self.seed)
                self.figures.forks += 1
            self.write()
            if self.chance.random() < 0.27:
                self.exchange()
        self.figures.changes += self.written.changes

    # --- writing -----------------------------------------------------------------------------

    def write(self) -> None:
        """One change by someone, of a kind that chance picks."""
        node = self.chance.choice(list(self.federation.nodes.values()))
        if node.replica.view.standing(node.replica.author) is None:
            return  # not admitted yet, as far as it knows
        node.clock.advance(self.chance.choice((0, 1, 5, 60_000, 3_600_000)))
        division = self.chance.choice([v for v in NODES.values() if below(v, node.division)])
        kinds = (
            (self.person, 14), (self.visit, 16), (self.facility, 5), (self.notice, 4),
            (self.assign, 22), (self.grade, 10), (self.element, 14), (self.increment, 12),
            (self.amend, 12), (self.decide, 4), (self.trust, 6), (self.overreach, 9),
        )  # fmt: skip
        makers, weights = zip(*kinds, strict=True)
        make: Callable[[Node, str], bool] = self.chance.choices(makers, weights)[0]
        if make(node, division):
            self.written.changes += 1

    def put(self, node: Node, division: str, *writes: Write) -> list[str]:
        """Writes, and remembers what was acknowledged."""
        ids = node.replica.write(division, writes).ids
        inserts = [write for write in writes if isinstance(write, Insert)]
        for insert, id_ in zip(inserts, ids, strict=True):
            self.written.rows.append((insert.table, id_, division, node.division))
        for write in writes:
            if isinstance(write, Increment):
                self.written.sums[write.table, write.id, write.column] += write.amount
        return ids

    def word(self) -> str:
        return f"w{self.chance.randrange(1000)}"

    def person(self, node: Node, division: str) -> bool:
        values = {"name": self.word(), "phone": self.word(), "age": self.chance.randrange(100)}
        if self.chance.random() < 0.5:
            values["grade"] = self.word()
        sets = {"groups": self.chance.sample(GROUPS, self.chance.randrange(3))}
        self.put(node, division, Insert("person", values, sets))
        return True

    def visit(self, node: Node, division: str) -> bool:
        """A visit, sometimes in a village that the author cannot read, with two rows at once."""
        if self.chance.random() < 0.3:
            division = self.chance.choice(VILLAGES)
        known = [row[1] for row in self.written.rows if row[0] == "person" and row[2] == division]
        person = self.chance.choice(known) if known else None
        rows = [
            Insert("visit", {"person": person, "minutes": self.chance.randrange(100)})
            for _ in range(self.chance.choice((1, 1, 2)))
        ]
        self.put(node, division, *rows)
        return True

    def facility(self, node: Node, division: str) -> bool:
        sets = {"services": self.chance.sample(SERVICES, 1)}
        self.put(node, division, Insert("facility", {"name": self.word()}, sets))
        return True

    def notice(self, node: Node, division: str) -> bool:
        """One act over two partitions."""
        parts = [(division, [Insert("notice", {"text": self.word()})])]
        other = self.chance.choice(VILLAGES)
        if other != division:
            parts.append((other, [Insert("notice", {"text": self.word()})]))
        ids = node.replica.act(parts).ids
        for (place, _), id_ in zip(parts, ids, strict=True):
            self.written.rows.append(("notice", id_, place, node.division))
        return True

    def pick(self, node: Node, *tables: str) -> tuple[str, str, str] | None:
        """A row that the node may change: table, id, division. Some have not come to it yet."""
        rows = [
            (table, id_, division)
            for table, id_, division, _ in self.written.rows
            if table in tables and below(division, node.division)
        ]
        return self.chance.choice(rows) if rows else None

    def assign(self, node: Node, division: str) -> bool:
        chosen = self.pick(node, "person", "person", "facility")
        if chosen is None:
            return False
        table, id_, place = chosen
        column = self.chance.choice(("name", "phone", "age")) if table == "person" else "name"
        value = self.chance.randrange(100) if column == "age" else self.word()
        self.put(node, place, Assign(table, id_, column, value))
        return True

    def grade(self, node: Node, division: str) -> bool:
        chosen = self.pick(node, "person")
        if chosen is None:
            return False
        _, id_, place = chosen
        if self.chance.random() < 0.5:
            self.put(node, place, Assign("person", id_, "grade", self.word()))
        else:
            self.put(node, place, Assign("person", id_, "benefit", self.chance.randrange(9)))
        return True

    def element(self, node: Node, division: str) -> bool:
        chosen = self.pick(node, "person", "facility")
        if chosen is None:
            return False
        table, id_, place = chosen
        column, words = ("groups", GROUPS) if table == "person" else ("services", SERVICES)
        kind = self.chance.choice((AddElement, RemoveElement))
        self.put(node, place, kind(table, id_, column, self.chance.choice(words)))
        return True

    def increment(self, node: Node, division: str) -> bool:
        chosen = self.pick(node, "person", "facility")
        if chosen is None:
            return False
        table, id_, place = chosen
        column = "meals" if table == "person" else "seats"
        self.put(node, place, Increment(table, id_, column, self.chance.randrange(-3, 9)))
        return True

    def amend(self, node: Node, division: str) -> bool:
        """A void or a correction, also of an own visit in a village that the author cannot read."""
        own = [
            (table, id_, place)
            for table, id_, place, by in self.written.rows
            if table == "visit" and (by == node.division or below(place, node.division))
            and node.replica.row(table, id_) is not None
        ]  # fmt: skip
        if not own:
            return False
        _, id_, place = self.chance.choice(own)
        value: dict[str, object] = {"void": "typed twice"}
        if self.chance.random() < 0.6:
            value = {"correct": {"minutes": self.chance.randrange(100)}, "reason": "typo"}
        covers = below(place, node.division)
        wrote = node.replica.row("visit", id_)
        if not covers and wrote is not None and wrote["author#"] != node.replica.author:
            return False
        self.put(node, place, Amend("visit", id_, value))
        return True

    def decide(self, node: Node, division: str) -> bool:
        """Somebody settles a conflict."""
        open_ = [c for c in node.replica.conflicts() if below(c.division, node.division)]
        open_ = [c for c in open_ if c.column != "amendment"]
        if not open_:
            return False
        one = self.chance.choice(open_)
        value = one.versions[-1].value
        self.put(node, one.division, Settle(one.table, one.id, one.column, value))
        return True

    def trust(self, node: Node, division: str) -> bool:
        """News about who is who: the county renames a division, a township admits a box."""
        if node.name == "county":
            self.put(node, "COUNTY01", rename(self.chance.choice(VILLAGES), self.word()))
        elif node.name.startswith("town"):
            child = {"TOWN0001": "village2", "TOWN0002": LATE}[node.division]
            self.put(node, node.division, admission(child))
        else:
            return False
        return True

    def overreach(self, node: Node, division: str) -> bool:
        """An altered village writes a register of another, which it may not."""
        if not node.name.startswith("village"):
            return False
        others = [
            row for row in self.written.rows
            if row[0] == "person" and not below(row[2], node.division)
        ]  # fmt: skip
        if not others:
            return False
        _, id_, place, _ = self.chance.choice(others)
        with overreaching(node.replica):
            node.replica.write(place, [Assign("person", id_, "phone", "forged")])
        return True

    # --- exchanging --------------------------------------------------------------------------

    def exchange(self) -> None:
        """One node gives another some of what it lacks, torn, mixed and partly twice."""
        giver, taker = self.chance.sample(list(self.federation.nodes), 2)
        missing = self.federation.lacking(giver, taker)
        runs: dict[FeedKey, list[Segment]] = {}
        for segment in missing:
            self.created.setdefault(segment.head, len(self.created))
            runs.setdefault(segment.header.feed, []).append(segment)
        for feed, run in list(runs.items()):
            del run[self.chance.randrange(1, len(run) + 1) :]
            if self.chance.random() < (0.5 if feed.channel is Channel.TRUST else 0.25):
                del runs[feed]
        if runs and self.chance.random() < 0.4:
            self.skip_one(taker, self.chance.choice([*runs.values()]))
        batch = self.mixed(list(runs.values()))
        taken = [s for feed in self.federation.nodes[taker].held.values() for s in feed.values()]
        again = self.chance.sample(taken, min(len(taken), self.chance.randrange(4)))
        again += self.chance.sample(batch, min(len(batch), self.chance.randrange(3)))
        self.figures.repeated += len(again)
        self.deliver(taker, [*batch, *again])
        if self.chance.random() < 0.2:
            self.tell_time(taker)
        # A village here may write beyond its rights, and shows itself what nobody else will.
        if self.chance.random() < REBUILT and not taker.startswith("village"):
            check_rebuild(self.federation, taker)

    def mixed(self, runs: list[list[Segment]]) -> list[Segment]:
        """The runs shuffled into one another, each in its own order."""
        batch: list[Segment] = []
        waiting = [list(run) for run in runs if run]
        while waiting:
            run = self.chance.choice(waiting)
            batch.append(run.pop(0))
            waiting = [run for run in waiting if run]
        return batch

    def skip_one(self, taker: str, run: list[Segment]) -> None:
        """Leaves out the first of a run, to see that what builds on it is refused."""
        feed, node = run[0].header.feed, self.federation.nodes[taker]
        intake = self.federation.deliver(taker, run[1:])
        held = node.held.get(feed, {})
        assert run[0].head not in held
        for segment in held.values():
            assert set(segment.header.previous) <= held.keys(), "what it builds on is not here"
        for refusal in intake.refused.values():
            assert refusal.reason in ("GAP", "CERTIFICATE_UNKNOWN"), refusal
            self.figures.gaps += refusal.reason == "GAP"

    def deliver(self, taker: str, batch: list[Segment]) -> None:
        node = self.federation.nodes[taker]
        newest = max(
            (self.created.get(head, 0) for feed in node.held.values() for head in feed), default=0
        )
        fresh = {s.head for s in batch if s.head not in node.held.get(s.header.feed, {})}
        intake = self.federation.deliver(taker, batch)
        for refusal in intake.refused.values():
            assert refusal.reason == "CERTIFICATE_UNKNOWN", refusal
            self.figures.unknown_authors += 1
        self.figures.out_of_order += sum(self.created.get(head, 0) < newest for head in fresh)
        store = node.replica.store
        waiting = store.connection.execute(store.tables.waiting.select()).fetchall()
        self.figures.before_their_row += len(waiting)
        for entry in store.quarantine.entries():
            assert entry.reason in ("TRUST_BEHIND", "NOT_AUTHORISED"), entry
            self.figures.trust_behind += entry.reason == "TRUST_BEHIND"

    def tell_time(self, taker: str) -> None:
        """The county's time reaches a node."""
        county_ = self.federation.nodes["county"]
        county_.clock.advance(self.chance.choice((1, 1_000_000)))
        county_.replica.issue_beacon()
        county_.refresh()
        beacon = county_.replica.beacon()
        assert beacon is not None
        node = self.federation.nodes[taker]
        node.replica.take_beacon(beacon)
        node.refresh()


# --- what must hold in the end -------------------------------------------------------------------


def check_equal(federation: Federation) -> None:
    """Partitions are the same wherever they are held whole, feeds wherever they are held."""
    partitions = sorted({p for n in federation.nodes.values() for p in n.replica.partitions()})
    for partition in partitions:
        seen = {
            name: node.digests(partition)
            for name, node in federation.nodes.items()
            if partition.channel.countywide or below(partition.division, node.division)
        }
        assert len(set(seen.values())) == 1, differences(federation, partition, list(seen))
    every: dict[FeedKey, set[Head]] = {}
    for node in federation.nodes.values():
        for feed, heads in node.replica.store.ledger.all_heads().items():
            every.setdefault(feed, set()).update(heads)
    for name, node in federation.nodes.items():
        mine = node.replica.store.ledger.all_heads()
        wanted = {feed for feed in every if belongs(feed, node.division)}
        assert mine.keys() == wanted, f"{name} holds other feeds than it should"
        for feed, heads in mine.items():
            assert set(heads) == every[feed], f"{name} has other heads of {feed}"


def differences(federation: Federation, partition: Partition, names: list[str]) -> str:
    """The lines in which the dumps of a partition differ, and the digests."""
    dumps = {name: set(federation[name].dump(partition)) for name in names}
    common = set.intersection(*dumps.values())
    lines = [f"{partition} differs:"]
    for name in names:
        lines.append(f"  {name} {federation.nodes[name].digests(partition)}")
        lines.extend(f"    {line}" for line in sorted(dumps[name] - common))
    return "\n".join(lines)


def check_nothing_missing(federation: Federation, written: Written) -> None:
    """Every acknowledged row is on every node that should hold it, and every sum is whole."""
    for node in federation.nodes.values():
        here = {
            (table.name, row["id"]): row
            for table in SCHEMA.tables
            for row in node.replica.rows(table.name)
        }
        for table, id_, division, by in written.rows:
            countywide = SCHEMA.by_name[table].channel.countywide
            if countywide or below(division, node.division) or below(by, node.division):
                assert (table, id_) in here, f"{table} {id_} of {division} is not on {node.name}"
        for (table, id_, column), amount in written.sums.items():
            if (table, id_) in here:
                found = here[table, id_][column]
                assert found == amount, f"{table}.{column} of {id_} is {found} on {node.name}"


def check_nothing_waits(federation: Federation) -> None:
    """Only what may never be applied is still set aside."""
    for name, node in federation.nodes.items():
        reasons = {entry.reason for entry in node.replica.store.quarantine.entries()}
        assert reasons <= {"NOT_AUTHORISED"}, f"{name} still waits: {reasons}"


def check_rebuild(federation: Federation, name: str) -> None:
    """What is derived anew from the segments is what was there."""
    replica = federation[name]
    for partition in replica.partitions():
        before = federation.nodes[name].digests(partition)
        lines = set(replica.dump(partition))
        replica.rebuild(partition)
        changed = lines ^ set(replica.dump(partition))
        assert before == federation.nodes[name].digests(partition), (partition, sorted(changed))


def join_branches(federation: Federation) -> int:
    """The original writes once more in each feed that branched, which joins its heads."""
    joined = 0
    for node in list(federation.nodes.values()):
        if f"{node.name}-clone" not in federation.nodes:
            continue
        for feed, heads in node.replica.store.ledger.all_heads().items():
            if feed.author == node.replica.author and len(heads) > 1:
                write_one(node.replica, feed)
                joined += 1
        node.replica.seal()
        after = node.replica.store.ledger.all_heads()
        own = [heads for feed, heads in after.items() if feed.author == node.replica.author]
        assert all(len(heads) == 1 for heads in own), "a branch was not joined"
    return joined


def write_one(replica: Replica, feed: FeedKey) -> None:
    child = {"TOWN0001": "village2", "TOWN0002": LATE}.get(replica.division, LATE)
    fact = {
        Channel.CARE: Insert("visit", {"minutes": 1}),
        Channel.ORDERS: Insert("notice", {"text": "one box again"}),
        Channel.REGISTRY: Insert("facility", {"name": "one box again"}),
        Channel.TRUST: admission(child),
    }
    replica.write(feed.division, [fact[feed.channel]])


def history(seed: int) -> Figures:
    """Runs one history and checks everything."""
    chance = random.Random(f"clocks of {seed}")
    clocks = {name: chance.choice((EARLY_MS, START_MS, START_MS, LATE_MS)) for name in REPLICAS}
    known = {**clocks, "county": START_MS}
    with county(*REPLICAS, settled=False, now_ms=known, late=(LATE,)) as federation:
        story = History(federation, seed)
        story.run()
        federation.settle()
        check_equal(federation)
        check_nothing_missing(federation, story.written)
        check_nothing_waits(federation)
        figures = federation.figures
        figures.histories += 1
        figures.conflicts += len(federation["county"].conflicts())
        figures.not_authorised += len(federation["county"].store.quarantine.entries())
        if seed % 2:
            figures.joined += join_branches(federation)
            federation.settle()
            check_equal(federation)
        else:
            honest = [name for name in federation.nodes if not name.startswith("village")]
            check_rebuild(federation, story.chance.choice(honest))
        return figures


@pytest.mark.parametrize("first", range(0, HISTORIES, BATCH))
def test_all_end_equal_and_nothing_is_missing(first: int) -> None:
    total = Figures()
    for seed in range(first, first + BATCH):
        try:
            total += history(seed)
        except BaseException as fault:
            fault.add_note(f"history({seed}) in {__name__} shows it again")
            raise
    print(total)
    assert total.histories == BATCH and total.changes == BATCH * CHANGES
    easy = [name for name, count in vars(total).items() if not count and name in HARD]
    assert not easy, f"these histories were too easy: no {easy} in {total}"
