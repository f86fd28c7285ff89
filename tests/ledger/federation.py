"""A small county on real files, with its time, chance and exchange in the test's hand.

Seven replicas stand at a county, two townships and four villages. Their schema is small and has a
column of each kind. Keys, boots and signatures follow from seeds, so a history repeats byte by
byte. Nothing is exchanged by itself: a test picks who gives which segments to whom, in which order,
how often, and how many of them, so that it can be kinder or crueller than any link.

Folders are prepared once a process and copied for each test: making a node costs more than opening
one. In memory where the machine has such a folder, since a test opens hundreds of databases.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from node import identity
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock
from node.config import CHAIN, NODE_KEY, Config
from node.feed import FeedKey, Head, Partition
from node.merge import Authority
from node.replica import Insert, Intake, Replica
from node.schema import Channel, Column, Derivation, Kind, Schema, Table
from node.segment import Beacon, Segment
from node.store import Store
from node.trust import TRUST_TABLES

START_MS = BOOT_FLOOR_MS + 20 * DAY_MS
_YEAR_DAYS = 365
_MEMORY = Path("/dev/shm")

PARENTS = {
    "COUNTY01": "",
    "TOWN0001": "COUNTY01",
    "TOWN0002": "COUNTY01",
    "VILL0001": "TOWN0001",
    "VILL0002": "TOWN0001",
    "VILL0003": "TOWN0002",
    "VILL0004": "TOWN0002",
}
_CODES = {
    "COUNTY01": "130732",
    "TOWN0001": "130732100",
    "TOWN0002": "130732101",
    "VILL0001": "130732100201",
    "VILL0002": "130732100202",
    "VILL0003": "130732101201",
    "VILL0004": "130732101202",
}
NODES = {
    "county": "COUNTY01",
    "town1": "TOWN0001",
    "town2": "TOWN0002",
    "village1": "VILL0001",
    "village2": "VILL0002",
    "village3": "VILL0003",
    "village4": "VILL0004",
}
VILLAGES = tuple(division for name, division in NODES.items() if name.startswith("village"))


# --- what the county keeps -----------------------------------------------------------------------


def minutes_that_count(visits: Sequence[Mapping[str, Any]]) -> int:
    """The minutes of all visits as amended: a void counts nothing, a correction its own."""
    total = 0
    for visit in visits:
        amendment = json.loads(visit["amendment"] or "{}")
        if "void" not in amendment:
            corrected = amendment.get("correct", {})
            total += int(corrected.get("minutes", visit["minutes"]) or 0)
    return total


VISIT = Table(
    "visit",
    Channel.CARE,
    (Column("person", Kind.FACT), Column("minutes", Kind.FACT, int), Column("note", Kind.FACT)),
    indexes=(("person",),),
)
PERSON = Table(
    "person",
    Channel.CARE,
    (
        Column("name", Kind.REGISTER, required=True),
        Column("phone", Kind.REGISTER),
        Column("age", Kind.REGISTER, int),
        Column("grade", Kind.AUTHORITY, owner="county"),
        Column("benefit", Kind.AUTHORITY, int, owner="township"),
        Column("groups", Kind.SET),
        Column("meals", Kind.COUNTER, int),
        Column("minutes", Kind.DERIVED, int),
    ),
    derivations=(Derivation("minutes", "visit", "person", minutes_that_count),),
)
NOTICE = Table("notice", Channel.ORDERS, (Column("text", Kind.FACT),))
FACILITY = Table(
    "facility",
    Channel.REGISTRY,
    (
        Column("name", Kind.REGISTER, required=True),
        Column("services", Kind.SET),
        Column("seats", Kind.COUNTER, int),
    ),
)
PAPER = Table(
    "paper",
    Channel.CARE,
    (Column("about", Kind.FACT), Column("content", Kind.FACT, blob=True)),
)
PLAN = Table("plan", Channel.ORDERS, (Column("text", Kind.FACT),), writer="county")

SCHEMA = Schema(2, "1", (*TRUST_TABLES, VISIT, PERSON, NOTICE, PLAN, FACILITY, PAPER))
"""All six kinds: facts, registers, authorities, sets, counters and a derived column."""


# --- making nodes --------------------------------------------------------------------------------


def entropy(seed: object) -> Callable[[int], bytes]:
    """A source of bytes that repeats with its seed."""
    drawn = 0

    def draw(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(f"{seed}/{drawn}".encode()).digest(size)

    return draw


@functools.cache
def key_of(name: str) -> identity.Key:
    """The key of a node, the same in every run."""
    return identity.Key.generate(hashlib.sha256(name.encode()).digest())


@functools.cache
def issued(name: str, division: str, issuer: str, issuer_division: str = "") -> bytes:
    """A certificate, DER; the issuer's division may be one that it does not really have."""
    chain = chain_of(issuer) if not issuer_division else chain_of_impostor(issuer, issuer_division)
    return identity.issue(
        key_of(issuer),
        chain[0],
        identity.make_request(key_of(name)),
        division,
        START_MS,
        _YEAR_DAYS,
        not name.startswith("village"),
    )


def issuer_of(name: str) -> str:
    """The node that admitted a node."""
    parent = PARENTS[NODES[name]]
    return next(one for one, division in NODES.items() if division == parent)


@functools.cache
def chain_of(name: str) -> list[bytes]:
    """The certificates of a node up to the county's."""
    if name == "county":
        return [identity.new_root(key_of(name), NODES[name], START_MS, _YEAR_DAYS)]
    issuer = issuer_of(name)
    return [issued(name, NODES[name], issuer), *chain_of(issuer)]


def chain_of_impostor(name: str, division: str) -> list[bytes]:
    """A chain that begins with a self-made certificate for another division."""
    return [identity.new_root(key_of(name), division, START_MS, _YEAR_DAYS)]


def establish(division: str, name: str = "") -> Insert:
    """The act that begins a division."""
    code = _CODES[division]
    level = {6: "county", 9: "township", 12: "village"}[len(code)]
    return Insert(
        "division_act",
        {
            "subject": division,
            "kind": "establish",
            "level": level,
            "code": code,
            "name": name or division.lower(),
            "parent": PARENTS[division],
            "valid_from": "2026-01-01",
        },
    )


def rename(division: str, name: str) -> Insert:
    """An act that gives a division another name."""
    values = {"subject": division, "kind": "rename", "name": name, "valid_from": "2026-02-01"}
    return Insert("division_act", values)


def admission(name: str, division: str = "", der: bytes = b"") -> Insert:
    """The row of `trust` that admits a node."""
    certificate = der or chain_of(name)[0]
    return Insert(
        "certificate",
        {
            "author": key_of(name).author,
            "stands_at": division or NODES[name],
            "der": base64.b64encode(certificate).decode(),
        },
    )


def new_home(home: Path, name: str, schema: Schema = SCHEMA) -> Path:
    """A folder with keys, chain, configuration and an empty database."""
    home.mkdir(parents=True)
    key_of(name).save(home / NODE_KEY)
    (home / CHAIN).write_bytes(identity.chain_to_pem(chain_of(name)))
    cluster = key_of("county").author
    Config(NODES[name], key_of(name).author, name, cluster).save(home)
    Store.create(home, schema).close()
    return home


def row(replica: Replica, table: str, id_: str) -> dict[str, Any]:
    """A row that must be there."""
    found = replica.row(table, id_)
    assert found is not None, f"{table} {id_} is not on the node at {replica.division}"
    return found


def beacon_of(replica: Replica) -> Beacon:
    """The newest beacon that a node knows; there must be one."""
    beacon = replica.beacon()
    assert beacon is not None
    return beacon


def fast_folder() -> Path:
    """A fresh folder, in memory where there is such a place."""
    place = _MEMORY if _MEMORY.is_dir() else None
    return Path(tempfile.mkdtemp(prefix="linli-test-", dir=place))


# --- the county ----------------------------------------------------------------------------------


@dataclass
class Figures:
    """What happened in an exchange, so that a test can see that it was not an easy one."""

    histories: int = 0
    changes: int = 0
    batches: int = 0
    segments: int = 0
    repeated: int = 0
    out_of_order: int = 0
    before_their_row: int = 0
    gaps: int = 0
    unknown_authors: int = 0
    trust_behind: int = 0
    not_authorised: int = 0
    conflicts: int = 0
    forks: int = 0
    joined: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(**{k: v + vars(other)[k] for k, v in vars(self).items()})


@dataclass
class Node:
    """A replica with its folder, its clock and a list of what it holds."""

    name: str
    home: Path
    clock: ManualClock
    replica: Replica
    held: dict[FeedKey, dict[Head, Segment]] = field(default_factory=dict)
    mark: int = 0

    @property
    def division(self) -> str:
        """Where it stands."""
        return self.replica.division

    def refresh(self) -> None:
        """Notes the segments that came or were sealed since the last look."""
        store, last = self.replica.store, self.mark
        newest = store.connection.exec_driver_sql("SELECT max(arrival) FROM segment").scalar()
        if newest in (None, last):
            return
        for channel in Channel:
            for arrival, segment in store.ledger.since(channel, last, 1_000_000):
                self.held.setdefault(segment.header.feed, {})[segment.head] = segment
                self.mark = max(self.mark, arrival)

    def reopen(self, schema: Schema = SCHEMA, seed: object = "again") -> None:
        """Closes and opens the database, as a restart does."""
        self.replica.close()
        self.replica = open_replica(self.home, self.clock, schema, seed)

    def digests(self, partition: Partition) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """The dump, the frontier and the state digests of a partition."""
        states = self.replica.store.ledger.state_digests()
        return (
            self.replica.dump_digest(partition),
            str(self.replica.store.ledger.partition_digest(partition)),
            tuple(sorted((t, str(d)) for (p, t), d in states.items() if p == partition)),
        )


def open_replica(
    home: Path, clock: ManualClock, schema: Schema = SCHEMA, seed: object = "first"
) -> Replica:
    """Opens a replica whose boots and signatures follow from a seed."""
    return Replica(home, schema, clock, entropy((home.name, seed)))


class Federation:
    """Some of the county's nodes, open.

    Args:
        folder: Where their folders lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: dict[str, Node] = {}
        self.figures = Figures()

    def __getitem__(self, name: str) -> Replica:
        return self.nodes[name].replica

    def add(
        self, name: str, schema: Schema = SCHEMA, now_ms: int = START_MS, seed: object = "first"
    ) -> Node:
        """Opens the node whose folder is there, or makes a new one."""
        home = self.folder / name
        if not home.exists():
            new_home(home, name.split("-")[0], schema)
        clock = ManualClock(now_ms)
        node = Node(name, home, clock, open_replica(home, clock, schema, seed))
        node.refresh()
        self.nodes[name] = node
        return node

    def clone(self, name: str, seed: object, running: bool = False) -> Node:
        """Copies a node's folder and opens both: one box has become two.

        Args:
            name: The node.
            seed: What their boots follow from.
            running: As a virtual machine is copied, memory and all: both go on under one boot.
        """
        node = self.nodes[name]
        node.replica.close()
        shutil.copytree(node.home, self.folder / f"{name}-clone")
        node.replica = open_replica(node.home, node.clock, node.replica.core.schema, seed)
        clone = self.add(
            f"{name}-clone", node.replica.core.schema, node.clock.ms, f"{seed} of the clone"
        )
        if running:
            clone.replica.core.boot = node.replica.core.boot
        return clone

    def close(self) -> None:
        """Closes every node."""
        for node in self.nodes.values():
            node.replica.close()

    # --- exchange ----------------------------------------------------------------------------

    def seal(self, name: str) -> None:
        """Seals a node's tails and notes the segments."""
        self.nodes[name].replica.seal()
        self.nodes[name].refresh()

    def heads_of(self, name: str, division: str, channel: Channel) -> list[Segment]:
        """The last segments of a node's own feed in a partition."""
        replica = self.nodes[name].replica
        feed = FeedKey(replica.author, division, channel)
        self.seal(name)
        return [self.nodes[name].held[feed][head] for head in replica.store.ledger.heads(feed)]

    def lacking(self, giver: str, taker: str) -> list[Segment]:
        """What one node could give another, each feed in its order."""
        self.seal(giver)
        self.nodes[taker].refresh()
        held = self.nodes[taker].held
        return [
            segment
            for feed, segments in self.nodes[giver].held.items()
            if belongs(feed, self.nodes[taker].division)
            for head, segment in segments.items()
            if head not in held.get(feed, {})
        ]

    def give(self, giver: str, taker: str) -> Intake:
        """Gives another node all that it lacks, in one batch."""
        segments = self.lacking(giver, taker)
        return self.deliver(taker, segments) if segments else Intake()

    def deliver(self, taker: str, segments: Sequence[Segment]) -> Intake:
        """Hands segments to a node in the order given."""
        node = self.nodes[taker]
        intake = node.replica.take(segments)
        node.refresh()
        self.figures.batches += 1
        self.figures.segments += intake.segments
        return intake

    def settle(self, order: Iterable[tuple[str, str]] | None = None) -> None:
        """Lets everybody give to everybody until nothing is new.

        Args:
            order: Who gives to whom in one round; upwards and then downwards where nothing is said.
        """
        names = sorted(self.nodes, key=lambda name: list(NODES).index(name.split("-")[0]))
        up = [(name, "county") for name in names if name != "county"]
        down = [("county", name) for name in names if name != "county"]
        pairs = [*up, *down] if order is None else list(order)
        while sum(self.give(*pair).segments for pair in pairs):
            pass
        refused = {pair: found for pair in pairs if (found := self.give(*pair).refused)}
        assert not refused, f"still refused when all is exchanged: {refused}"


def belongs(feed: FeedKey, division: str) -> bool:
    """Whether a node at a division should hold a feed: the test's own idea of design.md 6."""
    if feed.channel in (Channel.TRUST, Channel.REGISTRY):
        return True
    return below(feed.division, division) or below(AUTHORS[feed.author], division)


def below(division: str, upper: str) -> bool:
    """Whether a division is another or lies below it."""
    while division:
        if division == upper:
            return True
        division = PARENTS[division]
    return False


AUTHORS = {key_of(name).author: division for name, division in NODES.items()}


# --- prepared folders ----------------------------------------------------------------------------


@functools.cache
def _prepared(late: tuple[str, ...]) -> Path:
    """Folders of the seven nodes: each knows what admits it, and nothing of the other township.

    So the county's first acts stand everywhere, a township knows itself, and that township 2
    admitted villages is news to everyone outside it. A late node has not been admitted.
    """
    folder = fast_folder()
    _FOLDERS.append(folder)
    federation = Federation(folder)
    for name in NODES:
        federation.add(name)
    federation["county"].write("COUNTY01", [establish(division) for division in PARENTS])
    for name in NODES:
        issuer = issuer_of(name) if name != "county" else name
        if name != issuer and name not in late:
            federation[issuer].write(NODES[issuer], [admission(name)])
        federation.give("county", name)
        if issuer != "county":
            federation.give(issuer, name)
    for name in NODES:
        if name.startswith("town"):
            federation.give("county", name)
    federation.close()
    return folder


@functools.cache
def _settled(late: tuple[str, ...]) -> Path:
    """The same folders after everybody has told everybody."""
    folder = fast_folder()
    _FOLDERS.append(folder)
    federation = Federation(folder)
    for name in NODES:
        shutil.copytree(_prepared(late) / name, folder / name)
        federation.add(name)
    federation.settle()
    federation.close()
    return folder


_FOLDERS: list[Path] = []


def forget_prepared() -> None:
    """Takes the prepared folders away."""
    for folder in _FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)
    _FOLDERS.clear()
    _prepared.cache_clear()
    _settled.cache_clear()


@contextlib.contextmanager
def county(
    *names: str,
    settled: bool = True,
    now_ms: int | Mapping[str, int] = START_MS,
    late: tuple[str, ...] = (),
) -> Iterator[Federation]:
    """A county of some nodes, in a folder that goes away afterwards.

    Args:
        names: The nodes; all seven where none is named.
        settled: Whether they know each other already; else trust data is still on its way.
        now_ms: What their clocks say.
        late: Nodes that nobody has admitted yet.
    """
    folder = fast_folder()
    federation = Federation(folder)
    try:
        for name in names or tuple(NODES):
            source = _settled(late) if settled else _prepared(late)
            shutil.copytree(source / name, folder / name)
            now = now_ms if isinstance(now_ms, int) else now_ms.get(name, START_MS)
            federation.add(name, now_ms=now, seed="history")
        yield federation
    finally:
        federation.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def overreaching(replica: Replica) -> Iterator[None]:
    """Makes a node write what it has no right to, as an altered program would."""
    tier = replica.tier
    every_right = Authority(True, tier)
    with mock.patch.object(replica._writer, "_authority", return_value=every_right):
        yield
