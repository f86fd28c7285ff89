"""A power cut at every write and fsync: no acknowledged record is lost, nothing stands by half.

The calls of a real process at work are recorded once. From the record follow the images that a cut
may leave after each of them, see `disk`: what was not synced is lost, kept, torn in the middle of a
page, kept in part, or kept in another order. Each image is read by a program that shares no code
with Linli, which looks for what had been acknowledged; then the product opens it, and must find it
whole, in exactly the state after the last acknowledged step or after the one under way.

A test that can only pass shows nothing. So the same record is made with `synchronous` weakened, and
must lose something.

A seeded sample is taken; `FAULTS_LONG=1` opens every image, with more chances for each.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

import node
from node.clock import ManualClock
from tests.kill import disk, program, recorded
from tests.kill.disk import Disk, Fate
from tests.kill.ground import Ground, difference, image, lacking, prepare
from tests.ledger.federation import START_MS, open_replica

pytestmark = [pytest.mark.kill, pytest.mark.slow]

ROOT = Path(node.__file__).parents[1]
LONG = bool(os.environ.get("FAULTS_LONG"))
SAMPLE = 100_000 if LONG else 100
CHANCES = 3 if LONG else 1
POINTS_MIN = 60
RUN_S_MAX = 120


@dataclass(frozen=True)
class Image:
    """What a cut left: after which call, what had been said, and the files."""

    point: int
    call: str
    fate: Fate
    said: tuple[str, ...]
    files: dict[str, bytes]


def record(folder: Path, strace: str, ground: Ground, synchronous: str = "") -> tuple[Disk, Path]:
    """Has the program work on a copy of the ground; returns the disk before it and the record."""
    home, lines = folder / "recorded", folder / "record"
    shutil.copytree(ground.home, home)
    before = Disk(home, program.notes_of(home))
    paths = os.pathsep.join((str(ROOT), str(ROOT / "proto")))
    done = subprocess.run(
        [
            strace, "-qq", "-xx", "-s", "1000000", "-e", f"trace={disk.CALLS}", "-e", "signal=none",
            "-o", str(lines),
            sys.executable, str(Path(recorded.__file__)), str(home), ground.source, synchronous,
        ],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, timeout=RUN_S_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return before, lines


def images(before: Disk, lines: Path, chance: random.Random) -> Iterator[Image]:
    """Every image that a cut may leave after any call; equal ones once."""
    known: set[bytes] = set()
    for point, call in enumerate(before.replay(lines), 1):
        said = tuple(line for line in before.said if line not in (program.OPENED, program.ENDED))
        for fate in Fate:
            certain = fate in (Fate.LOST, Fate.KEPT)
            for _ in range(1 if certain else CHANCES):
                files = before.left(fate, chance)
                digest = digest_of(said, files)
                if digest not in known:
                    known.add(digest)
                    yield Image(point, call, fate, said, files)


def digest_of(said: tuple[str, ...], files: dict[str, bytes]) -> bytes:
    """Stands for an image, but for its shared memory, which is chance."""
    hasher = hashlib.sha256(repr(said).encode())
    for name, content in sorted(files.items()):
        if not name.endswith(disk.SHARED_MEMORY):
            hasher.update(f"{name} {len(content)} ".encode() + content)
    return hasher.digest()


def sample(made: list[Image], chance: random.Random) -> list[Image]:
    """Some of the images: all where everything unsynced is lost, and a few of each other fate."""
    if len(made) <= SAMPLE:
        return made
    certain = [one for one in made if one.fate is Fate.LOST]
    others = [one for one in made if one.fate is not Fate.LOST]
    return certain + chance.sample(others, max(SAMPLE - len(certain), SAMPLE // 2))


def lay(home: Path, files: dict[str, bytes]) -> Path:
    """Writes the files of an image into a fresh folder."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for name, content in files.items():
        (home / name).write_bytes(content)
        (home / name).chmod(0o600)
    return home


def check_record(before: Disk, home: Path) -> None:
    """The replay came to what the disk of the process really held: nothing escaped the record."""
    for name, file in before.names.items():
        assert (home / name).read_bytes() == file.seen(), name
    left = {path.name for path in home.iterdir() if not path.name.endswith(disk.SHARED_MEMORY)}
    assert left == before.names.keys()


def check(ground: Ground, one: Image, home: Path) -> str:
    """Looks at an image; returns whether the step under way is absent or whole."""
    where = f"{one.fate} after call {one.point}, {one.call}, {len(one.said)} steps said"
    said = list(one.said)
    missing = lacking(lay(home, one.files), said)
    assert not missing, f"{where}: acknowledged and lost: {missing}"
    with open_replica(lay(home, one.files), ManualClock(START_MS), seed="after") as replica:
        assert not replica.store.damages(), where
        assert not replica.rolled_back, f"{where}: taken for a database that was put back"
        held = image(replica)
        under_way = ground.images[min(len(said) + 1, len(ground.lines))]
        whole = held == under_way
        assert whole or held == ground.images[len(said)], (
            f"{where}: {difference(ground, held, len(said))}"
        )
    return "whole" if whole else "absent"


@pytest.mark.timeout(5_400)
@pytest.mark.parametrize("work", ["local writes", "apply"])
def test_what_was_acknowledged_survives_a_power_cut_at_every_write_and_fsync(
    folder: Path, require_tool: Callable[..., str], work: str
) -> None:
    strace = require_tool("strace", "-qq", "-o", os.devnull, "-e", "trace=fsync", "true")
    ground = prepare(folder, work, recorded.steps)
    before, lines = record(folder, strace, ground)
    chance = random.Random(f"power {work}")
    made = list(images(before, lines, chance))
    check_record(before, folder / "recorded")
    assert before.said == [program.OPENED, *ground.lines, program.ENDED]
    chosen = sample(made, chance)
    found = Counter(check(ground, one, folder / "image") for one in chosen)
    fates = Counter(one.fate.value for one in chosen)
    points = made[-1].point
    print(f"{work}: {points} calls, {len(made)} images, {len(chosen)} opened, {fates}, {found}")
    assert points >= POINTS_MIN and all(fates[fate] for fate in Fate)
    assert found["absent"] and found["whole"], "cuts before and after a commit"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_same_record_with_a_weaker_setting_loses_something(
    folder: Path, require_tool: Callable[..., str], synchronous: str
) -> None:
    """The images are cruel enough: what `synchronous=FULL` prevents happens in them without it."""
    strace = require_tool("strace", "-qq", "-o", os.devnull, "-e", "trace=fsync", "true")
    ground = prepare(folder, "local writes", recorded.steps)
    before, lines = record(folder, strace, ground, synchronous)
    made = images(before, lines, random.Random(6))
    lost = (is_lost(folder / "image", one) for one in made if one.fate is Fate.LOST)
    assert any(lost), "with a weaker setting nothing was lost: the images are too kind"


def is_lost(home: Path, one: Image) -> bool:
    """Whether something that was acknowledged is not in an image, or nothing can be read there."""
    try:
        return bool(lacking(lay(home, one.files), list(one.said)))
    except sqlcipher.Error:
        return True
