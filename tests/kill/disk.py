"""What a disk may hold after the power went, from a record of what a process asked of it.

strace records each call that a process makes on the files of one folder. This replays them on a
model of a disk that promises no more than it must: what was written stays in memory until an fsync
of that file has returned, and may until then reach the disk wholly, in part, torn within a page at
a border of sectors, or in another order; a name that was made, changed or taken away stays so only
after an fsync of the folder, and such changes reach the disk in their order. An fsync that failed
keeps nothing, and what it should have kept is never written by a later one: so do Linux's disks.

The shared memory beside a write-ahead log is never synced, and counts for nothing after a start.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

SECTOR_BYTES = 512
CALLS = (
    "openat,close,dup,dup2,dup3,lseek,write,writev,pwrite64,pwritev,ftruncate,truncate,fsync,"
    "fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,link,linkat,fallocate"
)
"""What strace has to record: every call that changes files. One that the replay lacks raises."""

SHARED_MEMORY = "-shm"
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)(.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


class Fate(StrEnum):
    """What becomes of what was not synced when the power goes."""

    LOST = "lost"
    KEPT = "kept"
    TORN = "torn"
    SCATTERED = "scattered"
    REVERSED = "reversed"


@dataclass(frozen=True)
class Write:
    """Bytes at a place of a file; a length instead where the file was cut to it."""

    at: int
    content: bytes | None


@dataclass
class File:
    """A file: what the disk holds for certain, and what was asked since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Write] = field(default_factory=list)

    def seen(self) -> bytearray:
        """What a process reads while the power is on, if no fsync failed."""
        content = bytearray(self.durable)
        for one in self.pending:
            put(content, one)
        return content


@dataclass
class Handle:
    """An open file; none where the folder itself was opened."""

    file: File | None
    at: int = 0
    notes: bool = False


def put(content: bytearray, one: Write) -> None:
    """Writes into a file's content, as a disk does: a gap is filled with zeros."""
    if one.content is None:
        del content[one.at :]
        content.extend(bytes(one.at - len(content)))
        return
    content.extend(bytes(max(0, one.at - len(content))))
    content[one.at : one.at + len(one.content)] = one.content


def sectors(one: Write) -> list[Write]:
    """A write in the pieces that a disk writes as a whole."""
    if one.content is None:
        return [one]
    pieces, at = [], 0
    while at < len(one.content):
        size = SECTOR_BYTES - (one.at + at) % SECTOR_BYTES
        pieces.append(Write(one.at + at, one.content[at : at + size]))
        at += size
    return pieces


class Disk:
    """A folder on a disk, while a process works in it.

    Args:
        home: The folder, as it was before; all of it is durable.
        notes: Where the process notes what it has done.

    Attributes:
        said: What was noted so far.
        failed: How many calls ended with an error that was injected.
    """

    def __init__(self, home: Path, notes: Path) -> None:
        self.home = home
        self.notes = str(notes)
        self.names: dict[str, File] = {}
        for path in home.iterdir():
            self.names[path.name] = File(bytearray(path.read_bytes()))
        self.durable_names = dict(self.names)
        self.renamings: list[dict[str, File]] = []
        self.handles: dict[int, Handle] = {}
        self.said: list[str] = []
        self.failed = 0
        self._last: File | None = None

    # --- replaying -------------------------------------------------------------------------------

    def replay(self, record: Path) -> Iterator[str]:
        """Goes through a record of strace; yields after each call that changed something."""
        with record.open(encoding="ascii") as lines:
            for line in lines:
                if (found := _CALL.match(line)) and self._call(*found.groups()):
                    yield found[1]

    def _call(self, name: str, words: str, result: str, told: str) -> bool:
        """Does what a call did; returns whether it touched the folder."""
        texts = [_text(found) for found in _QUOTED.finditer(words)]
        failed = int(result) < 0
        self.failed += failed and "INJECTED" in told
        if name == "openat":
            return not failed and self._open(texts[0].decode(), words, int(result))
        if name in ("rename", "renameat", "renameat2", "unlink", "unlinkat"):
            return not failed and self._rename([text.decode() for text in texts])
        numbers = [int(n) for n in re.findall(r"-?\d+", _QUOTED.sub("", words))]
        handle = self.handles.get(numbers[0]) if numbers else None
        if name == "close":
            return self.handles.pop(numbers[0], None) is None and False
        if handle is None:
            return False
        if name in ("fsync", "fdatasync"):
            return self._sync(handle, failed)
        if failed:
            return False
        if name == "lseek":
            handle.at = int(result)
            return False
        if name not in ("write", "pwrite64", "ftruncate"):
            raise AssertionError(f"{name} on a file of the node: the replay does not know it")
        return self._write(handle, name, numbers, texts, int(result))

    def _open(self, path: str, words: str, number: int) -> bool:
        if path == self.notes:
            self.handles[number] = Handle(None, notes=True)
            return False
        if path == str(self.home):
            self.handles[number] = Handle(None)
            return False
        if Path(path).parent != self.home or path.endswith(SHARED_MEMORY):
            self.handles.pop(number, None)
            return False
        name, made = Path(path).name, False
        if name not in self.names:
            assert "O_CREAT" in words, words
            self._rename_to({**self.names, name: File()})
            made = True
        file = self.names[name]
        self.handles[number] = Handle(file)
        if "O_TRUNC" in words and not made:
            file.pending.append(Write(0, None))
        return made or "O_TRUNC" in words

    def _rename(self, paths: list[str]) -> bool:
        if any(Path(path).parent != self.home or path.endswith("-shm") for path in paths):
            return False
        names = dict(self.names)
        file = names.pop(Path(paths[0]).name)
        if len(paths) > 1:
            names[Path(paths[1]).name] = file
        self._rename_to(names)
        return True

    def _rename_to(self, names: dict[str, File]) -> None:
        self.names = names
        self.renamings.append(names)

    def _sync(self, handle: Handle, failed: bool) -> bool:
        if handle.file is None:
            if not failed and not handle.notes:
                self.durable_names, self.renamings = dict(self.names), []
            return not handle.notes
        if not failed:
            handle.file.durable = handle.file.seen()
        handle.file.pending = []
        return True

    def _write(
        self, handle: Handle, name: str, numbers: list[int], texts: list[bytes], done: int
    ) -> bool:
        if name == "ftruncate":
            one = Write(numbers[1], None)
        else:
            at = numbers[-1] if name == "pwrite64" else handle.at
            one = Write(at, texts[0][:done])
            handle.at += done if name == "write" else 0
        if handle.notes:
            self.said += (one.content or b"").decode().splitlines()
            return True
        assert handle.file is not None, "nobody writes into a folder"
        handle.file.pending.append(one)
        self._last = handle.file
        return True

    # --- what the power leaves -------------------------------------------------------------------

    def left(self, fate: Fate, chance: random.Random) -> dict[str, bytes]:
        """What the disk holds if the power goes now."""
        if fate is Fate.LOST:
            names = self.durable_names
        elif fate is Fate.KEPT:
            names = self.names
        else:
            names = chance.choice([self.durable_names, *self.renamings])
        held = {name: bytes(self._content(file, fate, chance)) for name, file in names.items()}
        if fate is Fate.SCATTERED:
            held[f"ledger.db{SHARED_MEMORY}"] = chance.randbytes(4 * SECTOR_BYTES)
        return held

    def _content(self, file: File, fate: Fate, chance: random.Random) -> bytearray:
        content = bytearray(file.durable)
        pending = [] if fate is Fate.LOST else file.pending
        pieces = [piece for one in pending for piece in sectors(one)]
        if fate is Fate.SCATTERED:
            pieces = [piece for piece in pieces if chance.random() < 0.5]
        elif fate is Fate.REVERSED:
            pieces = pieces[chance.randint(0, len(pieces)) :]
        elif fate is Fate.TORN and file is self._last and pending:
            pieces = pieces[: len(pieces) - chance.randint(1, len(sectors(pending[-1])))]
        for piece in pieces:
            put(content, piece)
        return content


def _text(found: re.Match[str]) -> bytes:
    assert not found[2], "strace cut a text short: raise its -s"
    return bytes.fromhex(found[1].replace("\\x", ""))
