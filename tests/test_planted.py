"""Every guard's test can fail: each patch takes one guard out, and its test must notice.

A test that never failed proves nothing. A patch in `tests/planted/` names in its first line the
test that guards against it, says in its second what it plants, and goes on as `git diff` writes it.
It is applied to a copy of the tree, and the named test is run there. A patch that no longer applies
fails too: then the guard has moved, and the patch must follow it. `make planted` does the same with
a table.

There are more of them than the tests have minutes. That each applies is looked at every time; a
quarter is planted, another with every change of the code. `PLANTED_ALL=1` plants them all.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests import planting

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.planted


def test_there_are_patches() -> None:
    assert len(planting.PATCHES) >= 40


def _turn() -> int:
    """Which quarter is planted: from the code itself, so that all processes of a run agree."""
    return sum(path.stat().st_size for path in sorted(ROOT.glob("node/**/*.py"))) % 4


PLANTED = [
    patch
    for place, patch in enumerate(planting.PATCHES)
    if place % 4 == _turn() or "PLANTED_ALL" in os.environ
]


@pytest.mark.parametrize("patch", planting.PATCHES, ids=lambda path: path.stem)
def test_it_applies(patch: Path) -> None:
    diff = "".join(patch.read_text().splitlines(keepends=True)[2:])
    done = subprocess.run(
        ["git", "apply", "--check", "-"], input=diff, cwd=ROOT, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{patch.name} no longer applies: {done.stderr}"


@pytest.mark.parametrize("patch", PLANTED, ids=lambda path: path.stem)
def test_the_guard_is_missed(patch: Path, tmp_path: Path) -> None:
    planting.kill(planting.read(patch), tmp_path)


def test_a_test_that_fails_by_itself_is_no_guard(tmp_path: Path) -> None:
    test = "tests/ground/test_errors.py::test_a_refusal_keeps_its_reason"
    planting.control([test], tmp_path / "whole")
    with pytest.raises(AssertionError, match="nothing planted"):
        planting.control([test, "tests/ground/test_errors.py::test_nothing"], tmp_path / "odd")


NEW_FILE = "--- /dev/null\n+++ b/node/idle.py\n@@ -0,0 +1 @@\n+x = 1\n"
NO_SUCH_LINE = "--- a/node/clock.py\n+++ b/node/clock.py\n@@ -1 +1 @@\n-x\n+y\n"
HEAD = "# tests/ground/test_errors.py::test_a_refusal_keeps_its_reason\n# This harms nobody.\n"


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        (NEW_FILE, "does not begin with the test"),
        (HEAD + NO_SUCH_LINE, "no longer applies"),
        (HEAD + NEW_FILE, "should fail and ended so"),
    ],
    ids=["no head", "no such line", "no harm"],
)
def test_a_bug_that_is_not_killed_is_told(patch: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "idle.patch"
    path.write_text(patch)
    with pytest.raises(AssertionError, match=told):
        planting.kill(planting.read(path), tmp_path)
