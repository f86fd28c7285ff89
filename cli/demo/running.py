"""Prepares a trial, tells its story, and tidies up, whatever happened."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cli.demo import month
from cli.demo.places import choose, whole
from cli.demo.screen import Screen
from cli.demo.story import Wanted, tell
from node.care.policy import division_list
from node.codes import read_list
from node.errors import UsageError

COUNTY = "130732"
"""赤城县, where a trial takes place when no other county is given."""


def run(
    county_csv: Path | None, townships: int, villages: int, seed: int, keep: Path | None
) -> int:
    """Runs a trial and returns what the command ends with.

    Raises:
        UsageError: The list does not fit, or the folder is not empty.
        LinliError: The story could not be told to its end.
    """
    listed = read_list(county_csv or division_list(COUNTY))
    places = choose(listed, townships, villages, seed)
    file = county_csv.resolve() if county_csv else None
    screen = Screen()
    stay = sys.stdout.isatty() and sys.stdin.isatty()
    with _folder(keep, screen) as folder:
        wanted = Wanted(folder, places, listed, file, seed, stay)
        return asyncio.run(_until_told(wanted, screen))


def run_month(
    county_csv: Path | None,
    townships: int | None,
    villages: int | None,
    seed: int,
    keep: Path | None,
) -> int:
    """Lives through a month of care in 沁县 and returns what the command ends with.

    Raises:
        UsageError: Another county was named, it has fewer places, or the folder is not empty.
        LinliError: Two nodes could not meet.
    """
    if county_csv is not None:
        raise UsageError(
            "The month takes place in 沁县, whose pack it is settled by, and --county-csv names a "
            "list.",
            hint="Leave --county-csv out.",
        )
    listed = read_list(division_list(month.COUNTY))
    places = whole(listed)
    everywhere = len(places.villages)
    if townships is not None or villages is not None:
        towns = min(townships or len(places.townships), villages or everywhere)
        places = choose(listed, towns, villages or 4 * towns, seed)
    clients = max(1, round(month.CLIENTS * len(places.villages) / everywhere))
    screen = Screen()
    with _folder(keep, screen) as folder:
        lived = month.CareMonth(folder, places, listed, clients, seed, screen)
        verdict = lived.run()
        month.show(lived, verdict)
    return 1 if verdict.faults else 0


@contextlib.contextmanager
def _folder(keep: Path | None, screen: Screen) -> Iterator[Path]:
    """Where a story takes place: a folder that was named and stays, or one that goes.

    Raises:
        UsageError: Something is in the one that was named.
    """
    folder = _vacant(keep) if keep else Path(tempfile.mkdtemp(prefix="linli-demo-"))
    try:
        yield folder
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            screen.say("一切留在 · everything is kept in")
            screen.paste(str(folder))


async def _until_told(wanted: Wanted, screen: Screen) -> int:
    """Tells the story; SIGTERM and SIGHUP end it as Ctrl-C does."""
    story = asyncio.current_task()
    assert story is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, story.cancel)
    try:
        return await tell(wanted, screen)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _vacant(folder: Path) -> Path:
    """The folder to keep, made if need be.

    Raises:
        UsageError: Something is in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise UsageError(
            f"{folder} is not empty.", hint="Name another folder with --keep, or empty it."
        )
    return folder.resolve()
