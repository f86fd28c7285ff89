"""`linli backup`: everything that a node holds, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.bar import bar
from cli.bundle import written_whole
from cli.grammar import Json, sentences, verb
from cli.home import open_node
from cli.output import as_json, counted, say
from node.bundle import back_up

app = sentences()
ENDING = ".backup"
_NOT_WHOLE = 1


@verb(app, "backup", "linli backup /media/usb", "linli backup /media/usb/monday.backup --yes")
def backup(
    context: typer.Context,
    target: Annotated[
        Path, typer.Argument(metavar="FILE", help="The backup to make, or the folder for it.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Replace a file that is there.")] = False,
    json: Json = False,
) -> None:
    """Writes all that this node holds into a file that it and its parents can open; no keys."""
    with open_node(context) as replica:
        with (
            written_whole(replica, target, replica.division, ENDING, replace=yes) as (path, file),
            bar(None) as told,
        ):
            made = back_up(replica, file, told)
        if json:
            as_json({"file": str(path), "readers": made.readers, "bytes": made.size,
                     "segments": made.segments, "whole": made.whole})  # fmt: skip
        say(f"Wrote {path}: {counted(made.segments, 'segment')}, {made.size} bytes.")
        if not made.whole:
            say("The file is full: not everything is in it. Choose a disk that is not FAT32.")
        say("node.key, chain.pem and node.toml are not in it: keep a copy of them elsewhere.")
        say(f"Try it out now and then: linli drill {path}")
    raise typer.Exit(0 if made.whole else _NOT_WHOLE)
