"""Every guard's test can fail: each patch takes one guard out, and its test must notice.

A test that never failed proves nothing. A patch in `tests/planted/` names in its first line the
test that guards against it, says in its second what it plants, and goes on as `git diff` writes it.
It is applied to a copy of the tree, and the named test is run there. A patch that no longer applies
fails too: then the guard has moved, and the patch must follow it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATCHES = sorted((ROOT / "tests/planted").glob("*.patch"))
COPIED = ("node", "proto", "cli", "hub", "tests")
TEST_S_MAX = 240

pytestmark = pytest.mark.planted


def outside(tree: Path) -> dict[str, str]:
    """The environment without what belongs to the run that we are in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return {**kept, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'proto'}"}


def copied(tree: Path) -> Path:
    """The rooms of the house, as they stand."""
    leave = shutil.ignore_patterns("__pycache__", ".*")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def test_there_are_patches() -> None:
    assert len(PATCHES) >= 20


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_the_guard_is_missed(patch: Path, tmp_path: Path) -> None:
    named = re.match(r"# (tests/\S+::\S+)\n# .+\.\n", patch.read_text())
    assert named, f"{patch.name} does not begin with the test that must fail, and what it plants"
    tree = copied(tmp_path / "tree")
    applied = subprocess.run(
        ["git", "apply", "--verbose", str(patch)],
        cwd=tree, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert applied.returncode == 0, (
        f"{patch.name} no longer applies: {applied.stderr}\n"
        f"Next: plant the same fault where the guard stands now, and write the diff again"
    )
    command = ["-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", named[1]]
    run = subprocess.run(
        [sys.executable, *command],
        cwd=tree, env=outside(tree), capture_output=True, text=True,
        timeout=TEST_S_MAX, check=False,
    )  # fmt: skip
    summary = run.stdout.strip().rsplit("\n", 1)[-1]
    assert run.returncode == 1 and "1 failed" in summary and "error" not in summary, (
        f"with {patch.name} planted, {named[1]} should fail and ended so:\n{run.stdout[-3000:]}"
        f"{run.stderr[-1000:]}"
    )
