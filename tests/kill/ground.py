"""What a node is about to do when it is struck, and in which states it may be found afterwards."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import node
from cli.demo.reader import open_ledger
from cli.simulation.line import meet
from node import wire
from node.replica import Assign, Insert, Replica
from node.schema import Channel
from tests.kill import program
from tests.ledger.federation import Federation, belongs, county, open_replica
from tests.session.sameness import person, visits

Steps = Callable[[Replica, str], Iterator[str]]


@dataclass
class Ground:
    """A folder to work on, its neighbour's, and what every run goes through.

    Attributes:
        home: The folder before the work.
        neighbour: The folder of the node that it meets afterwards.
        source: The file of segments to apply; empty for local writes.
        images: What the folder holds before the first step and after each.
        lines: What the program says after each step.
    """

    home: Path
    neighbour: Path
    source: str
    images: list[dict[str, object]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def image(replica: Replica) -> dict[str, object]:
    """All that a node holds of its ledger, in the terms of which nothing may differ."""
    ledger = replica.store.ledger
    tails = ledger.tails()
    states = {str(key): str(d) for key, d in ledger.state_digests().items() if d.value}
    return {
        "dump": {str(p): list(replica.dump(p)) for p in partitions(replica)},
        "tails": [(str(p), boot, ledger.tail(p, boot, 1_000)) for p, boot, _, _ in tails],
        "heads": ledger.all_heads(),
        "segments": [s.hash for channel in Channel for _, s in ledger.since(channel, 0, 10_000)],
        "digests": {str(p): str(d) for p, d in ledger.partition_digests().items()},
        "states": states,
        "receipts": [r.content for r in replica.store.peers.receipts_after(0, 10_000)],
        "number": replica.store.integer("next_number"),
        "high water": replica.store.integer("high_water"),
    }


def partitions(replica: Replica) -> list[node.feed.Partition]:
    """Every partition with a segment or a tail."""
    tails = {partition for partition, *_ in replica.store.ledger.tails()}
    return sorted({*replica.partitions(), *tails})


# --- making it -----------------------------------------------------------------------------------


def keep(nodes: Federation, name: str, folder: Path) -> Path:
    """Copies the folder of a node at rest."""
    kept = nodes.nodes[name]
    kept.replica.close()
    shutil.copytree(kept.home, folder / name)
    kept.replica = open_replica(kept.home, kept.clock)
    return folder / name


def prepare(folder: Path, work: str, steps: Steps = program.steps) -> Ground:
    """A village about to write, or a township about to apply what its village wrote."""
    with county("county", "town1", "village1") as nodes:
        village, town = nodes["village1"], nodes["town1"]
        for _ in range(2):
            meet(village, town)
            meet(town, nodes["county"])
        if work == "local writes":
            homes = [keep(nodes, name, folder) for name in ("village1", "town1")]
            ground = Ground(homes[0], homes[1], "")
        else:
            town_home = keep(nodes, "town1", folder)
            source = folder / "segments"
            source.write_bytes(offer(village, nodes["town1"]))
            ground = Ground(town_home, keep(nodes, "village1", folder), str(source))
    rehearse(folder, ground, steps)
    return ground


def offer(village: Replica, town: Replica) -> bytes:
    """Segments that the township lacks: rows, cells, two lanes."""
    subject = person(village, phone="1")
    village.seal()
    visits(village, 3)
    village.write("VILL0001", [Insert("facility", {"name": "食堂"}, {"services": ["午餐"]})])
    village.seal()
    village.write("VILL0001", [Assign("person", subject, "phone", "2")])
    village.seal()
    frame = wire.sync_pb2.Segments()
    for channel in Channel:
        for _, segment in village.store.ledger.since(channel, 0, 10_000):
            feed = segment.header.feed
            lacking = town.store.ledger.has(feed, segment.head) is None
            if lacking and belongs(feed, town.division):
                frame.segments.append(wire.segment_message(segment))
    return frame.SerializeToString()


def rehearse(folder: Path, ground: Ground, steps: Steps) -> None:
    """Goes through the work in this process and notes what the folder holds after each step."""
    home = folder / "rehearsal"
    shutil.copytree(ground.home, home)
    replica = program.opened(home)
    ground.images.append(image(replica))
    for line in steps(replica, ground.source):
        ground.lines.append(line)
        ground.images.append(image(replica))
    replica.close()
    shutil.rmtree(home)
    distinct = all(one != next_ for one, next_ in itertools.pairwise(ground.images))
    assert distinct, "a step that changes nothing proves nothing"


# --- looking -------------------------------------------------------------------------------------


def check_acknowledged(replica: Replica, said: list[str], segments: object) -> None:
    """Looks for every id that was acknowledged, by itself and not by comparing images."""
    ids = {id_ for line in said for id_ in line.partition(":")[0].split()}
    rows = {row["id"] for t in ("person", "visit", "facility") for row in replica.rows(t)}
    assert isinstance(segments, list)
    missing = ids - rows - {hash_.hex() for hash_ in segments}
    assert not missing, f"acknowledged and lost: {missing}"


def difference(ground: Ground, held: dict[str, object], step: int) -> str:
    """In which respects a folder fits neither state."""
    before = ground.images[step]
    return f"after step {step}: " + ", ".join(n for n in held if held[n] != before[n])


def lacking(home: Path, said: list[str]) -> set[str]:
    """What was acknowledged and is not in the file, by a reader that shares no code with Linli."""
    ids = {id_ for line in said for id_ in line.partition(":")[0].split()}
    connection = open_ledger(home)
    try:
        sql = "SELECT id FROM person UNION SELECT id FROM visit UNION SELECT id FROM facility"
        rows = {id_ for (id_,) in connection.execute(sql)}
        hashes = {bytes(hash_).hex() for (hash_,) in connection.execute("SELECT hash FROM segment")}
    finally:
        connection.close()
    return ids - rows - hashes
