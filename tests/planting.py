"""Plants each bug of `tests/planted/` into a copy of the tree and looks whether its test notices.

`make planted` runs all of them, or those that ARGS names, and tells how long each one lived. The
times are kept in `tests/planted/times.json`, from which docs/proof.md is made.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "tests/planted"
TIMES = PLANTED / "times.json"
PATCHES = sorted(PLANTED.glob("*.patch"))
TEST_S_MAX = 240
_COPIED = ("node", "proto", "cli", "hub", "tests")
_PLUGINS = ("-p", "no:cacheprovider", "-p", "pytest_timeout")
"""What one test needs of pytest: to load the plugins of all takes longer than most of them run."""
_HEAD = re.compile(r"# (tests/\S+::\S+)\n# (.+\.)\n")


@dataclass(frozen=True)
class Planted:
    """A patch: the bug that it plants, and the test that must fail with it."""

    path: Path
    test: str
    what: str

    @property
    def name(self) -> str:
        return self.path.stem


def read(path: Path) -> Planted:
    """Reads the first two lines of a patch."""
    named = _HEAD.match(path.read_text())
    assert named, f"{path.name} does not begin with the test that must fail, and what it plants"
    return Planted(path, named[1], named[2])


def kill(planted: Planted, folder: Path) -> float:
    """Plants a bug in a copy of the tree, and returns after how many seconds its test had failed.

    Raises:
        AssertionError: The patch no longer applies, or the test did not fail.
    """
    tree = _copied(folder / planted.name)
    applied = subprocess.run(
        ["git", "apply", "--verbose", str(planted.path)],
        cwd=tree, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert applied.returncode == 0, (
        f"{planted.path.name} no longer applies: {applied.stderr}\n"
        f"Next: plant the same fault where the guard stands now, and write the diff again"
    )
    command = ["-m", "pytest", "-x", "-q", "--no-header", *_PLUGINS, planted.test]
    begun = time.monotonic()
    run = subprocess.run(
        [sys.executable, *command],
        cwd=tree, env=_outside(tree), capture_output=True, text=True,
        timeout=TEST_S_MAX, check=False,
    )  # fmt: skip
    lived_s = time.monotonic() - begun
    summary = run.stdout.strip().rsplit("\n", 1)[-1]
    assert run.returncode == 1 and "1 failed" in summary and "error" not in summary, (
        f"with {planted.path.name} planted, {planted.test} should fail and ended so:\n"
        f"{run.stdout[-3000:]}{run.stderr[-1000:]}"
    )
    return lived_s


def control(tests: Sequence[str], tree: Path) -> None:
    """Runs tests with nothing planted: one that fails by itself kills no bug.

    Raises:
        AssertionError: One fails, or is skipped.
    """
    _copied(tree)
    command = ["-m", "pytest", "-q", "--no-header", *_PLUGINS, *tests]
    run = subprocess.run(
        [sys.executable, *command],
        cwd=tree, env=_outside(tree), capture_output=True, text=True, check=False,
    )  # fmt: skip
    summary = run.stdout.strip().rsplit("\n", 1)[-1]
    assert run.returncode == 0 and "skipped" not in summary, (
        f"with nothing planted these tests should pass:\n{run.stdout[-3000:]}{run.stderr[-1000:]}"
    )


def _copied(tree: Path) -> Path:
    """The rooms of the house, as they stand."""
    leave = shutil.ignore_patterns("__pycache__", ".*")
    for name in _COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def _outside(tree: Path) -> dict[str, str]:
    """The environment without what belongs to the run that we are in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ours = {"PYTHONPATH": f"{tree}{os.pathsep}{tree / 'proto'}"}
    return {**kept, **ours, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def times() -> dict[str, float]:
    """How many seconds each bug lived when it was last planted."""
    kept: dict[str, float] = json.loads(TIMES.read_text()) if TIMES.is_file() else {}
    return kept


def keep(lived_s: Mapping[str, float]) -> None:
    """Writes down how long bugs lived; those that are planted no more go."""
    known = {path.stem for path in PATCHES}
    kept = {name: s for name, s in sorted({**times(), **lived_s}.items()) if name in known}
    TIMES.write_text(json.dumps(kept, indent=2) + "\n")


def _try(path: Path, folder: Path) -> tuple[Path, float, str]:
    """One bug: how long it lived, and what is wrong if it still does."""
    try:
        return path, kill(read(path), folder), ""
    except subprocess.TimeoutExpired:
        return path, TEST_S_MAX, f"its test did not end within {TEST_S_MAX} s"
    except AssertionError as alive:
        return path, 0.0, str(alive)
    finally:
        shutil.rmtree(folder / path.stem, ignore_errors=True)


def main() -> int:
    """Plants the bugs that are named, or all; 1 where one survives."""
    asked = argparse.ArgumentParser(prog="python -m tests.planting", description=__doc__)
    asked.add_argument("names", nargs="*", help="names of patches; all of them if none is given")
    asked.add_argument("--jobs", type=int, default=2, help="how many at once")
    given = asked.parse_args()
    if unknown := set(given.names) - {path.stem for path in PATCHES}:
        asked.error(f"no such patch: {', '.join(sorted(unknown))}")
    chosen = [path for path in PATCHES if not given.names or path.stem in given.names]
    lived_s: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory(prefix="linli-planted-") as folder,
        ThreadPoolExecutor(given.jobs) as pool,
    ):
        tests = sorted({read(path).test for path in chosen})
        halves = [half for half in (tests[::2], tests[1::2]) if half]
        trees = [Path(folder) / f"control{number}" for number in range(len(halves))]
        list(pool.map(control, halves, trees))
        print(f"control: with nothing planted {len(tests)} tests pass", flush=True)
        for path, seconds, fault in pool.map(lambda one: _try(one, Path(folder)), chosen):
            if fault:
                print(f"{path.stem:<22} SURVIVED  {fault}", flush=True)
                continue
            lived_s[path.stem] = round(seconds, 1)
            planted = read(path)
            print(f"{path.stem:<22} {seconds:5.1f} s  {planted.what}  {planted.test}", flush=True)
    keep(lived_s)
    if lived_s:
        median, slowest = statistics.median(lived_s.values()), max(lived_s.values())
        print(f"median {median:.1f} s, slowest {slowest:.1f} s")
    print(f"planted: {len(lived_s)} of {len(chosen)} killed")
    return 0 if len(lived_s) == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
