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
from node.replica import Replica

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
        left_out = _left_out(replica)
        whole = made.whole and not left_out
        if json:
            as_json({"file": str(path), "readers": made.readers, "bytes": made.size,
                     "segments": made.segments, "whole": whole})  # fmt: skip
        say(f"Wrote {path}: {counted(made.segments, 'segment')}, {made.size} bytes.")
        if left_out:
            say(
                f"Not in it: {counted(left_out, 'change')} that cannot be sealed on a disk that"
                f" can only be read. Copy the whole folder to another disk too."
            )
        if not made.whole:
            say("The file is full: not everything is in it. Choose a disk that is not FAT32.")
        say("node.key, chain.pem and node.toml are not in it: keep a copy of them elsewhere.")
        say(f"Try it out now and then: linli drill {path}")
    raise typer.Exit(0 if whole else _NOT_WHOLE)


def _left_out(replica: Replica) -> int:
    """How many changes wait for a seal that a disk does not take which can only be read."""
    store = replica.core.store
    return sum(changes for _, _, changes, _ in store.ledger.tails()) if store.read_only else 0
