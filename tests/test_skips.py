"""With CI=true a skipped test fails the run, whichever way it was skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RULE = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
SKIPPED = """
import pytest

@pytest.fixture
def tool():
    pytest.skip("no such tool here")

def test_skips_itself():
    pytest.skip("no such tool here")

@pytest.mark.skipif(True, reason="no such tool here")
def test_is_skipped():
    pass

def test_needs_a_tool(tool):
    pass

@pytest.mark.xfail(reason="known")
def test_is_known_to_fail():
    assert False

@pytest.mark.machine
def test_asks_for_what_not_every_machine_has():
    pytest.skip("no such name here")
"""
NOT_COLLECTED = """
import pytest

pytest.skip("no such browser here", allow_module_level=True)
"""
LACKS_A_LIBRARY = """
import pytest

pytest.importorskip("no_such_library")
"""


def outcome(folder: Path, content: str, ci: str) -> tuple[int, str]:
    """The exit code of a run and what it said."""
    (folder / "conftest.py").write_text(RULE)
    (folder / "test_skipped.py").write_text(content)
    (folder / "test_fine.py").write_text("def test_is_fine():\n    pass\n")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  machine\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}, cwd=folder,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_a_skipped_test_fails_in_ci_and_is_skipped_elsewhere(tmp_path: Path) -> None:
    code, said = outcome(tmp_path, SKIPPED, "true")
    assert code == 1, said
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors" in said, said
    assert "CI must run every test" in said and "no such tool here" in said
    code, said = outcome(tmp_path, SKIPPED, "")
    assert (code, "1 passed, 4 skipped, 1 xfailed" in said) == (0, True), said


@pytest.mark.parametrize("content", [NOT_COLLECTED, LACKS_A_LIBRARY], ids=["skip", "import"])
def test_a_file_that_skips_itself_fails_in_ci(content: str, tmp_path: Path) -> None:
    code, said = outcome(tmp_path, content, "true")
    assert code != 0 and "CI must run every test" in said, said
    code, said = outcome(tmp_path, content, "")
    assert (code, "1 skipped" in said) == (0, True), said
