"""`linli bundle`: what a session would say, in a file on a stick."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cli.bar import bar
from cli.grammar import Json, sentences, verb
from cli.home import code_of, name_of, open_node, place_name
from cli.output import as_json, counted, result, say
from node.bundle import Made, Opened, Taken, export, open_bundle, take_in
from node.clock import local
from node.config import whole_file
from node.errors import UsageError
from node.feed import FeedKey
from node.replica import Replica

app = sentences("Carries on a stick what no network carries.")

ENDING = ".bundle"
_NOT_WHOLE = 1
_SEALED = 0o666
"""The permission bits of what only its readers can open: whoever carries it copies it."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")]


@app.callback()
def bundles() -> None:
    """Carries on a stick what no network carries."""


@verb(
    app,
    "export",
    "linli bundle export --for 赤城镇 /media/usb",
    "linli bundle export --for 130732100203 /media/usb/monday.bundle",
)
def make(
    context: typer.Context,
    target: Annotated[
        Path, typer.Argument(metavar="FILE", help="The bundle to make, or the folder for it.")
    ],
    division: Annotated[
        str, typer.Option("--for", metavar="DIVISION", help="For whose node it is: code or name.")
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="Also what that node is known to have.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Replace a file that is there.")] = False,
    json: Json = False,
) -> None:
    """Writes what another node lacks into a file that it alone can open."""
    with open_node(context) as replica:
        place = replica.tree.find(division)
        with (
            written_whole(replica, target, place.id, ENDING, replace=yes) as (path, file),
            bar(None) as told,
        ):
            made = export(replica, place.id, file, everything=everything, told=told)
        name = place_name(replica, place.id)
        if json:
            as_json({"file": str(path), "for": place.code, **_figures(made)})
        _tell_made(made, path, name)


def _figures(made: Made) -> dict[str, object]:
    return {
        "readers": made.readers,
        "bytes": made.size,
        "segments": made.segments,
        "receipts": made.receipts,
        "whole": made.whole,
    }


def _tell_made(made: Made, path: Path, name: str) -> None:
    say(
        f"Wrote {path}: {counted(made.segments, 'segment')} and"
        f" {counted(made.receipts, 'receipt')} for {name}, {made.size} bytes."
    )
    if not made.whole:
        say("The file is full: once that node has answered, make another for the rest.")
    say(f"Only {name} can open it. There: linli bundle import {path.name}")


@verb(app, "import", "linli bundle import /media/usb/monday.bundle")
def take(context: typer.Context, file: File, json: Json = False) -> None:
    """Takes a bundle in; the same one a second time changes nothing."""
    with open_node(context) as replica, opened(file) as (source, told):
        taken = take_in(replica, source, told)
        if json:
            as_json(_outcome(replica, taken))
        tell_taken(replica, taken)
        if taken.changes and not trouble_in(taken) and taken.author != replica.author:
            name = name_of(replica, taken.division)
            say(f"To answer, with receipts: linli bundle export --for {name} FOLDER")
    if trouble_in(taken):
        raise typer.Exit(_NOT_WHOLE)


def trouble_in(taken: Taken) -> bool:
    """Whether not all of a bundle came in."""
    return bool(taken.fault or taken.troubles or not taken.whole)


def _outcome(replica: Replica, taken: Taken) -> dict[str, object]:
    return {
        "author": taken.author,
        "division": code_of(replica, taken.division),
        "made_at": taken.made_at,
        "segments": taken.segments,
        "changes": taken.changes,
        "receipts": taken.receipts,
        "photos": taken.blobs,
        "whole": taken.whole,
        "older": taken.older,
        "equal": taken.equal,
        "fault": taken.fault.reason if taken.fault else "",
        "refused": [
            {"feed": _feed(replica, feed), "reason": trouble.reason}
            for feed, trouble in sorted(taken.troubles.items())
        ],
    }


def _feed(replica: Replica, feed: FeedKey) -> str:
    return f"{feed.author} {feed.channel.name.lower()} {place_name(replica, feed.division)}"


def tell_taken(replica: Replica, taken: Taken) -> None:
    """Says from whom a bundle came and what became of it."""
    name = place_name(replica, taken.division)
    say(f"From {name}, made {local(taken.made_at)} by the clock there.")
    if taken.older:
        say("Everything that it holds was here already.")
    else:
        say(
            f"Took in {counted(taken.segments, 'segment')} with"
            f" {counted(taken.changes, 'new change')}."
        )
    if taken.receipts:
        say(f"Kept {counted(taken.receipts, 'receipt')}.")
    if taken.blobs:
        say(f"Kept {counted(taken.blobs, 'photo')}.")
    tell_trouble(replica, taken)
    if taken.equal and taken.author != replica.author:
        say("Both now hold the same.")


def tell_trouble(replica: Replica, taken: Taken) -> None:
    """Says what of a bundle did not come in, and what to do."""
    for feed, trouble in sorted(taken.troubles.items()):
        result(f"{trouble.reason}  {_feed(replica, feed)}")
        say(trouble.message)
    if taken.missing:
        say("Something between is missing. Ask that node for: linli bundle export --all")
    if taken.fault:
        say(taken.fault.message)
        say(taken.fault.hint)
    elif not taken.whole:
        say("The file ends too early; what stands above was taken in. Copy it again for the rest.")


@verb(app, "show", "linli bundle show /media/usb/monday.bundle")
def show(context: typer.Context, file: File, json: Json = False) -> None:
    """Tells from whom a bundle is and who can open it, without opening it."""
    with open_node(context) as replica, opened(file) as (source, _):
        bundle = open_bundle(source, replica.core.limits.message_bytes_max)
        maker = bundle.check(replica.view)
        mine = replica.author in bundle.readers
        if json:
            as_json(
                {
                    "author": maker.author,
                    "from": code_of(replica, maker.division),
                    "for": code_of(replica, bundle.head.division),
                    "made_at": bundle.head.time,
                    "readers": bundle.readers,
                    "here": mine,
                    "bytes": file.stat().st_size,
                }
            )
            return
        _tell_head(replica, bundle, maker.division)


def _tell_head(replica: Replica, opened: Opened, division: str) -> None:
    say(
        f"From {place_name(replica, division)} for"
        f" {place_name(replica, opened.head.division)},"
        f" made {local(opened.head.time)} by the clock there."
    )
    if replica.author in opened.readers:
        say("This node can open it: linli bundle import FILE")
    else:
        say("This node cannot open it: carry it on.")


def _moment(replica: Replica) -> str:
    """The time as a file's name bears it: FAT32 takes no colon."""
    return local(replica.core.now_ms()).replace("-", "").replace(":", "").replace(" ", "-")


@contextlib.contextmanager
def written_whole(
    replica: Replica, target: Path, division: str, ending: str, *, replace: bool
) -> Iterator[tuple[Path, BinaryIO]]:
    """A file that is there as a whole or not at all.

    Args:
        replica: This node.
        target: The file, or the folder in which it gets a name that FAT32 takes.
        division: The id of the division after which it is named.
        ending: How its name ends.
        replace: Whether a file that is there may be replaced.

    Raises:
        UsageError: One is there, or the folder is not.
    """
    path = target
    if not target.is_dir() and target.suffix != ending:
        raise UsageError(
            f"{target} is no folder that is here, and no name of a file ending in {ending}.",
            hint="Put the stick in and give its folder, or a name with that ending.",
        )
    if target.is_dir():
        path = target / f"linli-{code_of(replica, division)}-{_moment(replica)}{ending}"
    if path.exists() and not replace:
        raise UsageError(f"{path} is there already.", hint="Choose another name, or give --yes.")
    with whole_file(path, _SEALED) as file:
        yield path, file


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[int], None]]]:
    """A bundle, and a bar of how far it was read."""
    try:
        source = path.open("rb")
    except OSError as fault:
        raise UsageError(f"Cannot read {path}: {fault.strerror}.") from fault
    with source, bar(path.stat().st_size) as told:
        yield source, told
