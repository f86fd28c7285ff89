"""A county of thirteen real processes comes through a storm: nothing lost, all equal, no stranger.

    make real                     three minutes of storm
    make real-long                half an hour
    make real REAL_SEED=7 REAL_MINUTES=10

The simulator runs the product's store, merge and session on ports of its own. This runs what its
ports stand for: gRPC, TLS, threads, SQLite as it was built, signals, and a kernel's sockets.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.demo.box import environment
from tests.real.namespaces import LEASH, LOSE, MIDDLE
from tests.real.schedule import LINK_BLOWS, NODE_BLOWS

MINUTES = float(os.environ.get("REAL_MINUTES") or 3)
SEED = int(os.environ.get("REAL_SEED") or random.SystemRandom().randrange(1, 1_000_000))
AROUND_S_MAX = 900
"""To found the county before the storm, and to become equal and be read after it."""
STOP_S_MAX = 60
KILLS_A_MINUTE, WRITES_A_MINUTE = 10, 200
"""Far fewer than usual, and enough to show that there was a storm and that people worked in it."""
AT_LEAST_MINUTES = 2
"""From this length on every kind of blow falls."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.timeout(MINUTES * 60 + AROUND_S_MAX + 2 * STOP_S_MAX),
]


def storm(folder: Path, seed: int, minutes: float) -> tuple[int, dict[str, Any]]:
    """Runs a storm in a network of its own; whatever happens, nothing of it goes on."""
    program = [sys.executable, "-m", "tests.real.storm", str(folder)]
    process = subprocess.Popen(
        [*LEASH, *MIDDLE, *program, "--seed", f"{seed}", "--minutes", f"{minutes}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment(),
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        out, _ = process.communicate(timeout=minutes * 60 + AROUND_S_MAX)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S_MAX)
            finally:
                process.kill()
                process.wait()
    assert out, f"the storm ended with {process.returncode} and without a report"
    return process.returncode, json.loads(out)


def test_nothing_is_lost_in_a_storm(
    require_tool: Callable[..., str], require_namespaces: None
) -> None:
    require_tool("nsenter", "--version")
    rule = LOSE.format(chain="INPUT", end="--dport", port=1, share=0.5)
    require_tool("unshare", "--net", *rule.split())
    folder = Path(tempfile.mkdtemp(prefix="linli-real-"))
    print(f"\nThe storm has the seed {SEED}. It is kept if it fails, in {folder}", file=sys.stderr)
    code, report = storm(folder, SEED, MINUTES)
    print(json.dumps(report, ensure_ascii=False, indent=1), file=sys.stderr)
    again = f"The folder: {folder}\nNext: make real REAL_SEED={SEED} REAL_MINUTES={MINUTES:g}"
    assert not report["faults"], "\n".join([*report["faults"][:20], again])
    assert not report["errors"], "\n".join([*report["errors"][:20], again])
    assert not report["refused"], f"{report['refused']}\n{again}"
    assert code == 0
    assert report["kills"] >= KILLS_A_MINUTE * MINUTES, again
    assert report["in_the_storm"] >= WRITES_A_MINUTE * MINUTES, again
    if MINUTES >= AT_LEAST_MINUTES:
        assert set(report["struck"]) == {*LINK_BLOWS, *NODE_BLOWS}, again
        figures = ("while_starting", "breaks", "packets_lost", "moves")
        assert all(report[figure] for figure in figures), again
    shutil.rmtree(folder)
