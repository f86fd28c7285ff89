"""What it means that two nodes are equal, and small ways to make them differ."""

from __future__ import annotations

import dataclasses
import random
import shutil
from pathlib import Path
from typing import Any

from node.config import LEDGER, Config, Limits
from node.feed import FeedKey, Partition
from node.replica import Insert, Replica
from node.schema import Channel
from node.store import Store
from tests.ledger.federation import SCHEMA, Federation, open_replica

CARE_1 = Partition("VILL0001", Channel.CARE)
SMALL = {"frame_bytes_max": 8_192, "segment_changes_max": 2}
"""Limits under which a little work makes many frames."""


class Held:
    """What a node holds, read once: the dump and the digests of each partition."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.dumps = {p: list(replica.dump(p)) for p in replica.partitions()}
        self.states = {
            (partition, table): digest
            for (partition, table), digest in replica.store.ledger.state_digests().items()
            if digest.value
        }


def differences(one: Held, other: Held) -> list[str]:
    """Where two nodes differ in what both hold whole, or in the heads that both may hold."""
    found = []
    scope = one.replica.scope(other.replica.division)
    if shared_digest(one.replica, other.replica) != shared_digest(other.replica, one.replica):
        found.append("shared frontier")
    whole = [p for p in sorted({*one.dumps, *other.dumps}) if scope.whole(p)]
    for partition in whole:
        if one.dumps.get(partition, []) != other.dumps.get(partition, []):
            found.append(f"dump of {partition}")
    for partition, table in sorted(one.states.keys() | other.states.keys()):
        same = one.states.get((partition, table)) == other.states.get((partition, table))
        if not same and partition in whole:
            found.append(f"state digest of {table} in {partition}")
    return found


def shared_digest(one: Replica, other: Replica) -> str:
    """The digest of a node over what it shares with another."""
    return str(one.scope(other.division).digest())


def check_same(*replicas: Replica) -> None:
    """Every two of them are equal."""
    held = [Held(replica) for replica in replicas]
    for index, one in enumerate(held):
        for other in held[index + 1 :]:
            pair = (one.replica.division, other.replica.division)
            assert not differences(one, other), pair


def alerts(replica: Replica) -> list[str]:
    """The kinds of what a person should look at."""
    return [alert.kind for alert in replica.store.peers.alerts()]


def limit(nodes: Federation, **limits: int) -> None:
    """Gives every node other limits, as an edited node.toml does after a restart."""
    for node in nodes.nodes.values():
        config = Config.load(node.home)
        config.limits = dataclasses.replace(Limits(), **limits)
        config.save(node.home)
        node.reopen(seed="other limits")


def person(replica: Replica, division: str = "VILL0001", **values: Any) -> str:
    """Creates a person."""
    row = Insert("person", {"name": "王小明", **values}, {"groups": ["低保", "独居"]})
    return replica.write(division, [row]).ids[0]


def visits(replica: Replica, count: int, division: str = "VILL0001", note: str = "好") -> list[str]:
    """Creates visits, one change each."""
    rows = [Insert("visit", {"person": "P", "minutes": n, "note": note}) for n in range(count)]
    return [replica.write(division, [row]).ids[0] for row in rows]


def own_feed(replica: Replica, division: str = "VILL0001") -> FeedKey:
    """A node's care feed."""
    return FeedKey(replica.author, division, Channel.CARE)


def backup(nodes: Federation, name: str) -> Path:
    """Copies a node's folder, as a careful owner would: while nothing runs on it."""
    node = nodes.nodes[name]
    copy = nodes.folder / f"{name}-backup"
    node.replica.close()
    shutil.copytree(node.home, copy)
    node.replica = open_replica(node.home, node.clock, seed="after the backup")
    return copy


def restore(nodes: Federation, name: str, copy: Path) -> Replica:
    """Puts a node's folder back to a copy: all that it wrote since is lost to it."""
    node = nodes.nodes[name]
    node.replica.close()
    shutil.rmtree(node.home)
    shutil.copytree(copy, node.home)
    node.replica = open_replica(node.home, node.clock, seed="after the restore")
    return node.replica


def wipe(nodes: Federation, name: str) -> Replica:
    """Gives a node an empty database, its keys and papers left to it."""
    node = nodes.nodes[name]
    node.replica.close()
    for path in node.home.glob(f"{LEDGER}*"):
        path.unlink()
    Store.create(node.home, SCHEMA).close()
    node.replica = open_replica(node.home, node.clock, seed="empty")
    return node.replica


def bulk(replica: Replica, count: int, division: str = "VILL0001", seed: int = 0) -> list[str]:
    """Creates visits whose notes do not compress: about 500 bytes each."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        note = "".join(chr(0x4E00 + chance.randrange(0x5000)) for _ in range(240))
        made += visits(replica, 1, division, note)
    return made
