"""The README's lines, typed as they stand into three terminals.

What a stranger pastes first must work, so nothing is changed on the way: the same words, ports and
folders, with another HOME. Each block goes into a shell of its own; where a person would wait for
`serve` to say that it runs, so does the test.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
LINES = 10
WAIT_S_MAX = 90
SERVING = "Serving the node in"


def blocks(heading: str) -> list[str]:
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```bash\n(.*?)^```", section, re.S | re.M)


def test_it_is_ten_lines_for_three_terminals() -> None:
    terminals = blocks("Three nodes by hand")
    assert len(terminals) == 3
    assert sum(len(block.splitlines()) for block in terminals) == LINES


def test_the_chinese_twin_says_the_same() -> None:
    """The same lines to paste, the same sections, and the same places to go to."""
    twin = (ROOT / "README.zh-CN.md").read_text()
    for pattern in (
        r"^\.venv/bin/linli .*$",
        r"^make \w+",
        r"^#+ ",
        r"\]\(((?!README)[^)]+)\)",
        r"^\| ",
    ):
        found, twins = (re.findall(pattern, text, re.M) for text in (README, twin))
        assert found == twins and found, pattern


def test_the_two_commands_are_targets() -> None:
    (commands,) = blocks("Two commands")
    told = re.findall(r"^make (\w+)", commands, re.M)
    targets = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(), re.M)
    assert told == ["demo", "test"]
    assert set(told) <= set(targets)


class Terminal:
    """A shell into which lines are typed, and what it has said.

    Args:
        home: The home folder of whoever sits there.
    """

    def __init__(self, home: Path) -> None:
        env = {name: value for name, value in os.environ.items() if name != "LINLI_HOME"}
        self.said = ""
        self.shell = subprocess.Popen(
            ["bash"], cwd=ROOT, env={**env, "HOME": str(home), "LC_ALL": "C.UTF-8"}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.shell.stdout is not None
        for line in self.shell.stdout:
            self.said += line

    def paste(self, lines: str) -> None:
        """Types lines."""
        assert self.shell.stdin is not None
        self.shell.stdin.write(lines)
        self.shell.stdin.flush()

    def wait_for(self, words: str) -> None:
        """Waits until the shell has said something."""
        until = time.monotonic() + WAIT_S_MAX
        while words not in self.said:
            ended = self.shell.poll() is not None
            assert not ended and time.monotonic() < until, f"no {words!r} in:\n{self.said}"
            time.sleep(0.05)

    def close(self) -> None:
        """Ends the shell and everything that runs in it."""
        assert self.shell.stdin is not None and self.shell.stdout is not None
        with contextlib.suppress(OSError):
            self.shell.stdin.close()
        for word in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.shell.pid, word)
            self._reader.join(timeout=10)
            if not self._reader.is_alive():
                break
        self.shell.wait()
        self.shell.stdout.close()


def free_ports() -> None:
    """Skips where somebody holds a port that the README names."""
    for port in sorted({7443, 7444, *map(int, re.findall(r"127\.0\.0\.1:(\d+)", README))}):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                pytest.skip(f"port {port}, which README.md uses, is taken on this machine")


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[list[Terminal]]:
    free_ports()
    assert (ROOT / ".venv/bin/linli").exists(), "README.md has .venv built first. Next: make .venv"
    opened = [Terminal(tmp_path) for _ in range(3)]
    yield opened
    for terminal in reversed(opened):
        terminal.close()


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.xdist_group("readme_ports")
def test_the_ten_lines_work_as_they_stand(terminals: list[Terminal]) -> None:
    for terminal, block in zip(terminals, blocks("Three nodes by hand"), strict=True):
        terminal.paste(block)
        terminal.wait_for(SERVING)
    village = terminals[-1]
    village.paste("echo all lines are done\n")
    village.wait_for("all lines are done")
    county = ".venv/bin/linli --home ~/county visit list --json\n"
    ticks = ".venv/bin/linli --home ~/village visit list --ticks\n"
    until = time.monotonic() + WAIT_S_MAX
    while "✓✓✓" not in village.said and time.monotonic() < until:
        village.paste(ticks)  # a slow machine needs more than the three seconds
        time.sleep(1)
    assert "✓✓✓" in village.said, village.said
    village.paste(county)
    village.wait_for('"service": "SH02"')
    village.paste(".venv/bin/linli --home ~/village status\n")
    village.wait_for("county has every change made here")
    assert "linli: " not in village.said, village.said
