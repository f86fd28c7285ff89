"""A Docker engine for the tests: the machine's own where one runs, else one started here.

What is started here has a network namespace of its own, so that its bridges and packet filters
never meet the machine's, and everything it makes is in two folders. It ends with the tests.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cli.demo import leash

START_S_MAX = 60
STOP_S_MAX = 60
LOG_LINES = 15


def answers(environment: dict[str, str]) -> bool:
    """Whether an engine answers."""
    done = subprocess.run(
        ["docker", "info", "--format", "{{.ServerVersion}}"],
        env=environment, capture_output=True, text=True, timeout=START_S_MAX, check=False,
    )  # fmt: skip
    return done.returncode == 0 and bool(done.stdout.strip())


def missing() -> str:
    """What is lacking to start an engine; empty where nothing is."""
    if os.geteuid():
        return "no Docker engine answers, and only root can start one"
    lacks = [name for name in ("dockerd", "ip", "unshare") if shutil.which(name) is None]
    return f"no Docker engine answers, and {', '.join(lacks)} is not installed" if lacks else ""


@contextlib.contextmanager
def started(kept: Path, scratch: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Runs an engine.

    Args:
        kept: Where its images stay between runs.
        scratch: Where everything else is.
        environment: The environment of its clients so far.

    Yields:
        The environment of its clients.

    Raises:
        RuntimeError: It did not come up; with the end of its log.
    """
    own = {**environment, "DOCKER_HOST": f"unix://{scratch / 'socket'}"}
    daemon = [
        "exec", "dockerd", "--bridge", "none", "--host", own["DOCKER_HOST"],
        "--data-root", str(kept), "--exec-root", str(scratch / "exec"),
        "--pidfile", str(scratch / "pid"),
    ]  # fmt: skip
    program = f"ip link set lo up && {' '.join(daemon)}"
    words = [shutil.which("unshare") or "", "--net", "--mount", "sh", "-c", program]
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-S", "-E", leash.__file__, *words],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + START_S_MAX
        while not answers(own):
            if process.poll() is not None or time.monotonic() > until:
                tail = (scratch / "log").read_text(errors="replace").splitlines()[-LOG_LINES:]
                raise RuntimeError("dockerd did not come up:\n" + "\n".join(tail))
            time.sleep(0.2)
        yield own
    finally:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
