"""`linli drill`: whether a backup is one."""

from __future__ import annotations

import typer

from cli.bundle import opened, tell_trouble, trouble_in
from cli.grammar import Json, sentences, verb
from cli.home import open_node, place_name
from cli.output import as_json, counted, result, say
from cli.restore import Backup
from node.care.records import SCHEMA
from node.clock import local
from node.members import drill as drill_with

app = sentences()
_NOT_GOOD = 1


@verb(app, "drill", "linli drill /media/usb/monday.backup")
def drill(context: typer.Context, file: Backup, json: Json = False) -> None:
    """Restores a backup into a folder that goes away, and compares it with this node."""
    with open_node(context) as replica:
        with opened(file) as (source, told):
            found = drill_with(replica, SCHEMA, source, told)
        good = not found.differ and not trouble_in(found.taken) and found.taken.equal
        if json:
            as_json({"good": good, "same": found.same, "moved": len(found.moved),
                     "differ": len(found.differ), "changes": found.taken.changes,
                     "made_at": found.taken.made_at})  # fmt: skip
        tell_trouble(replica, found.taken)
        say(
            f"Restored {counted(found.taken.changes, 'change')} as of"
            f" {local(found.taken.made_at)}: {counted(found.same, 'partition')} as here,"
            f" {len(found.moved)} in which this node has gone on since."
        )
        for partition in found.differ:
            result(f"{partition.channel.name.lower()}  {place_name(replica, partition.division)}")
        if found.differ:
            say("These hold the same ledger and other tables. Run: linli doctor --rebuild")
        say("✓ The backup is good." if good else "✗ The backup is not good. Make another.")
    raise typer.Exit(0 if good else _NOT_GOOD)
