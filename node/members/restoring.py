"""A node's database made anew from a backup, beside the keys that were kept; and the drill for it.

The keys are in no backup. Where they are lost with the box, the box is replaced: another one joins
in its place, and what only the backup has comes in at a parent, which can open it too.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from node import identity
from node.bundle import Taken, take_in
from node.clock import Clock
from node.config import CHAIN, LEDGER, NODE_KEY, Config
from node.errors import Refused, UsageError
from node.feed import Partition
from node.members.folder import furnish, lock
from node.replica import Replica
from node.replica.core import read_chain
from node.schema import Schema

_DRILL = ".drill-"
_FILES = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm")


@dataclass(frozen=True, slots=True)
class Drilled:
    """What came of a drill.

    Attributes:
        taken: What became of the backup.
        same: How many partitions are what the node holds now.
        moved: Partitions in which the node has gone on since.
        differ: Partitions with the same ledger and other tables; there should be none.
    """

    taken: Taken
    same: int
    moved: list[Partition]
    differ: list[Partition]


def restore(
    home: Path,
    schema: Schema,
    first: Callable[[Replica], object],
    clock: Clock | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
) -> Replica:
    """Makes the database of a node whose keys are there; it is there as a whole or not at all.

    Args:
        home: The node's folder, with its keys and its `node.toml` and with no database.
        schema: What the node keeps.
        first: Fills the empty node, from a backup or from a parent, before anybody sees it.
        clock: What time it is here.
        entropy: Gives random bytes.

    Returns:
        The node, open.

    Raises:
        UsageError: A database is there already.
        StoreFault: The disk refused, or the keys are missing.
        LinliError: Whatever `first` raised; no database is there then.
    """
    key, chain, config = _papers(home)
    with lock(home):
        there = [one for one in _FILES if (home / one).exists()]
        if there:
            raise UsageError(
                f"{home} has a database already: {', '.join(there)}.",
                hint="If it is damaged, move these files away together first, and keep them.",
            )
        return furnish(home, schema, key, chain, config, first, clock, entropy)


def check_own(replica: Replica, taken: Taken, *, by_itself: bool = False) -> None:
    """Refuses a file that was made for another node.

    Args:
        replica: The node that is to be restored.
        taken: What became of the file.
        by_itself: Whether only what this very node has made will do.

    Raises:
        Refused: It was made for another division, or by another node.
    """
    other = taken.division if by_itself and taken.author != replica.author else ""
    if taken.made_for != replica.division:
        other = taken.made_for
    if other:
        raise Refused(
            f"The file is not of this node, which stands at {replica.tree.called(replica.division)}"
            f", but of {replica.tree.called(other)}.",
            reason="NOT_FOR_THIS_NODE",
            hint="Nothing was changed. Take the backup that this node has made.",
        )


def _papers(home: Path) -> tuple[identity.Key, list[bytes], Config]:
    """What makes a folder this node's, and stands in no backup."""
    config = Config.load(home)
    return identity.Key.load(home / NODE_KEY), read_chain(home / CHAIN), config


def drill(
    replica: Replica,
    schema: Schema,
    file: BinaryIO,
    told: Callable[[int], None] = lambda offset: None,
) -> Drilled:
    """Restores a backup into a folder that goes away, and compares it with what the node holds.

    Args:
        replica: The node.
        schema: What it keeps.
        file: The backup, at its start.
        told: Is told how many bytes were read.

    Raises:
        Refused: The backup is not this node's.
        StoreFault: The disk refused.
    """
    home = replica.core.home
    for left in home.glob(f"{_DRILL}*"):  # by a drill that was killed, with copies of the keys
        shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=_DRILL, dir=home))
    try:
        shutil.copy(home / NODE_KEY, scratch)
        shutil.copy(home / CHAIN, scratch)
        replica.core.config.save(scratch)
        found: list[Taken] = []

        def fill(fresh: Replica) -> None:
            found.append(take_in(fresh, file, told))
            check_own(replica, found[0], by_itself=True)

        with restore(scratch, schema, fill, replica.core.clock) as restored:
            return _compared(replica, restored, found[0])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _compared(replica: Replica, restored: Replica, taken: Taken) -> Drilled:
    same, moved, differ = 0, [], []
    ours = replica.store.ledger.partition_digests()
    open_tails = {partition for partition, *_ in replica.store.ledger.tails()}
    for partition, digest in sorted(restored.store.ledger.partition_digests().items()):
        if ours.get(partition) != digest or partition in open_tails:
            moved.append(partition)
        elif replica.dump_digest(partition) == restored.dump_digest(partition):
            same += 1
        else:
            differ.append(partition)
    moved += sorted(set(ours) - set(restored.partitions()))
    return Drilled(taken, same, moved, differ)
