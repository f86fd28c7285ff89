"""With CI=true a skipped proof fails the run, whichever way it was skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROOFS

ROOT = Path(__file__).resolve().parents[1]
RULE = "from tests.conftest import pytest_runtest_makereport\n"
SKIPPED = """
import pytest

@pytest.fixture
def tool():
    pytest.skip("no such tool here")

@pytest.mark.{marker}
def test_skips_itself():
    pytest.skip("no such tool here")

@pytest.mark.{marker}
@pytest.mark.skipif(True, reason="no such tool here")
def test_is_skipped():
    pass

@pytest.mark.{marker}
def test_needs_a_tool(tool):
    pass

@pytest.mark.{marker}
@pytest.mark.xfail(reason="known")
def test_is_known_to_fail():
    assert False

@pytest.mark.other
def test_proves_nothing_alone():
    pytest.skip("a matter of taste")
"""


def outcome(folder: Path, marker: str, ci: str) -> tuple[int, str]:
    """The exit code of a run and what it said."""
    (folder / "conftest.py").write_text(RULE)
    (folder / "test_skipped.py").write_text(SKIPPED.format(marker=marker))
    (folder / "pytest.ini").write_text(f"[pytest]\nmarkers =\n  {marker}\n  other\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}, cwd=folder,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("marker", PROOFS)
def test_a_skipped_proof_fails_in_ci_and_is_skipped_elsewhere(marker: str, tmp_path: Path) -> None:
    code, said = outcome(tmp_path, marker, "true")
    assert code == 1, said
    assert "1 failed, 1 skipped, 1 xfailed, 2 errors" in said, said
    assert f"CI must run every {marker} test" in said
    assert "no such tool here" in said
    code, said = outcome(tmp_path, marker, "")
    assert (code, "4 skipped, 1 xfailed" in said) == (0, True), said
