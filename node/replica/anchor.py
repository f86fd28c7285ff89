"""An anchor outside the database: how far this node's own feeds had come.

A database that was put back to an earlier state is whole and authentic, so nothing within it can
tell. A small file beside it, `anchor`, names the segments that this node sealed last. Where the
database lacks one of them at its opening, it was put back: an alert says so until they are here
again, and the service asks a parent for them before it goes on. Nobody has to wait for that, since
a feed that branches heals.

The file proves nothing and holds no secret. It is written after the commit and never waited for, so
it may lag behind the database and never runs ahead of it; where it is missing, damaged or of
another node it says nothing. A folder that is put back as a whole takes its anchor along: then only
the fork is seen, by whoever has both branches.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from node.config import ANCHOR
from node.errors import StoreFault
from node.feed import FeedKey, Head
from node.schema import Channel
from node.store import Store

HEADS_MAX = 16
"""How many feeds are named: if any segment is gone, those that were sealed last are."""

_BYTES_MAX = 65_536

Named = tuple[FeedKey, Head]


class Anchor:
    """The file, and what was sealed since it was written.

    Args:
        home: The node's folder.
        author: The node's author id.
        store: The node's database.
    """

    def __init__(self, home: Path, author: str, store: Store) -> None:
        self.path = home / ANCHOR
        self.author = author
        self.store = store
        self._sealed: dict[FeedKey, Head] = {}
        store.after_commit = self._keep

    def note(self, feed: FeedKey, head: Head) -> None:
        """Notes a segment that this node seals in the transaction under way."""
        self._sealed[feed] = head

    def lacking(self) -> list[Named]:
        """The own segments that the file names and the database lacks, the newest last."""
        return [one for one in self._read() if self._is_gone(one)]

    def _is_gone(self, one: Named) -> bool:
        return self.store.ledger.has(*one) is None

    def _keep(self) -> None:
        """Writes down what was sealed, once it is committed."""
        if not self._sealed:
            return
        sealed, self._sealed = list(self._sealed.items()), {}
        with contextlib.suppress(OSError, StoreFault):  # the next one names these feeds again
            fresh = [one for one in sealed if not self._is_gone(one)]  # but what was undone
            before = self._read()
            gone = [one for one in before if self._is_gone(one)]
            grown = {feed for feed, _ in fresh}
            here = [one for one in before if one not in gone and one[0] not in grown]
            self._write([*gone[-HEADS_MAX:], *[*here, *fresh][-HEADS_MAX:]])

    def _write(self, named: list[Named]) -> None:
        heads = [[*feed.partition, head.number, head.hash.hex()] for feed, head in named]
        content = json.dumps({"author": self.author, "heads": heads}).encode()
        digest = hashlib.sha256(content).hexdigest().encode()
        temporary = self.path.with_name(f".{ANCHOR}")
        temporary.write_bytes(digest + b"\n" + content)
        os.replace(temporary, self.path)

    def _named(self, division: str, channel: int, number: int, hash_: str) -> Named:
        return FeedKey(self.author, division, Channel(channel)), Head(number, bytes.fromhex(hash_))

    def _read(self) -> list[Named]:
        try:
            with self.path.open("rb") as file:
                digest, _, content = file.read(_BYTES_MAX).partition(b"\n")
            if hashlib.sha256(content).hexdigest().encode() != digest:
                return []
            told = json.loads(content)
            if told["author"] != self.author:
                return []
            return [self._named(*one) for one in told["heads"]]
        except (OSError, ValueError, LookupError, TypeError):
            return []
