"""A bar that shows how far something has come, for whoever watches a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def bar(total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, if that is a terminal.

    Args:
        total: What is to be reached, about; None where nobody knows.
    """
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console  # only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None if total is None else max(total, 1))
        yield lambda count: progress.update(task, completed=count)
