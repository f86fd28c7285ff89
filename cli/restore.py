"""`linli restore`: a database made anew from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.bundle import opened, tell_taken, tell_trouble, trouble_in
from cli.grammar import Json, chosen, sentences, verb
from cli.home import code_of, place_name
from cli.output import as_json, counted, say
from node.bundle import Taken, take_in
from node.care.records import SCHEMA
from node.errors import ParentUnreachable, Refused
from node.link import sync_once
from node.members import check_own
from node.members import restore as restore_with
from node.replica import Replica

app = sentences()
Backup = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
_NOT_WHOLE = 1


@verb(app, "restore", "linli --home ~/nangou restore /media/usb/monday.backup", "linli restore")
def restore(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", show_default=False, help="A backup, or a bundle with everything."
        ),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Also from a file that is cut short or damaged.")
    ] = False,
    json: Json = False,
) -> None:
    """Makes the lost database of this node from a file, or from other nodes alone."""
    taken: Taken | None = None
    parent = ""

    def fill(fresh: Replica) -> None:
        nonlocal taken, parent
        if file is None:
            parent = _fetched(fresh) if fresh.core.config.parents else ""
            return
        with opened(file) as (source, told):
            taken = take_in(fresh, source, told)
        check_own(fresh, taken)
        if trouble_in(taken) and not partial:
            tell_trouble(fresh, taken)
            raise Refused(
                f"Only {taken.changes} changes of {file} can be read, so nothing was restored.",
                reason="MALFORMED",
                hint="Take another backup, or this one with --partial.",
            )
        if fresh.core.config.parents:
            fresh.ask_first()

    with restore_with(chosen(context).home, SCHEMA, fill) as replica:
        if taken is not None:
            tell_taken(replica, taken)
            parent = _asked(replica)
        whole = taken is None or not trouble_in(taken)
        if json:
            as_json({"whole": whole, "parent": parent})
        if taken is None and not replica.core.config.parents:
            say("The database is empty; what lower nodes hold comes when they call: linli serve")
        else:
            say("The database is here again.")
        if not parent and replica.core.config.parents:
            say("No parent was reached. Before anything is written here: linli sync")
    raise typer.Exit(0 if whole else _NOT_WHOLE)


def _asked(replica: Replica) -> str:
    """Asks a parent for what this node wrote after the backup, if it has one and it answers."""
    if not replica.core.config.parents:
        return ""
    try:
        return _fetched(replica)
    except (ParentUnreachable, Refused) as refusal:
        say(refusal.message)
        return ""


def _fetched(replica: Replica) -> str:
    """Holds one session with a parent; the code of its division."""
    done = sync_once(replica)
    name = place_name(replica, done.parent.division)
    say(f"Spoke with {name}: received {counted(done.stats.changes_new, 'new change')}.")
    return code_of(replica, done.parent.division)
