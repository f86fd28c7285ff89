"""What a person sees of a trial while it runs: chapters, lines with the time, and what is awaited.

All of it is talk and goes to standard error. On a terminal something turns while one waits; in a
pipe there are plain lines and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from cli.output import plain

WIDTH = 80


class Screen:
    """Where the story is told."""

    def __init__(self) -> None:
        terminal = Console(stderr=True).is_terminal
        self.console = Console(
            stderr=True, width=None if terminal else WIDTH, highlight=False, markup=False
        )
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """How long the story has been told."""
        return time.monotonic() - self._began

    def chapter(self, chinese: str, english: str) -> None:
        """Begins a chapter."""
        line = Text(f"\n{self._clock()}  ")
        line.append(f"{chinese} · {english}", style="bold")
        self.console.print(line)

    def say(self, text: str) -> None:
        """Tells a line; what does not fit is folded below its beginning."""
        width = self.console.width - 7
        for part in Text(plain(text)).wrap(self.console, width):
            part.rstrip()
            self.console.print(Text("       ") + part)

    def paste(self, text: str) -> None:
        """Tells a line to copy: a path or a command, which is never folded."""
        self.console.print(Text(f"       {plain(text)}"), soft_wrap=True)

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[str], None]]:
        """Shows that something is awaited; gives a function that says how far it has come."""
        with self.console.status(Text(plain(text))) as status:
            yield lambda news: status.update(Text(plain(news)))

    def _clock(self) -> str:
        minutes, seconds = divmod(int(self.elapsed_s), 60)
        return f"{minutes:2}:{seconds:02}"
