"""`linli sync`: one session with a parent, now."""

from __future__ import annotations

import typer

from cli.grammar import Json, sentences, verb
from cli.home import acting, open_node, place_name
from cli.output import as_json, counted, say
from node.care.forwarding import Forwarding
from node.link import sync_once

app = sentences()


@verb(app, "sync", "linli sync")
def sync(context: typer.Context, json: Json = False) -> None:
    """Holds one session with a parent now, the first that answers."""
    with open_node(context) as replica:
        done = sync_once(replica)
        Forwarding().run(replica, user=acting(context))
        stats, waits = done.stats, sum(changes for _, changes, _ in replica.waiting())
        if json:
            as_json(
                {
                    "parent": done.parent.author,
                    "address": done.parent.address,
                    "equal": done.equal,
                    "changes_received": stats.changes_new,
                    "segments_sent": stats.segments_sent,
                    "segments_received": stats.segments_received,
                    "bytes_sent": stats.payload_sent,
                    "bytes_received": stats.payload_received,
                    "waiting": waits,
                }
            )
        name = place_name(replica, done.parent.division)
        say(
            f"Spoke with {name}: sent {counted(stats.segments_sent, 'segment')}, received"
            f" {counted(stats.segments_received, 'segment')} with"
            f" {counted(stats.changes_new, 'new change')}."
        )
        if done.equal:
            say("Both now hold the same.")
        if waits:
            say(f"Not confirmed yet: {counted(waits, 'change')}. To see which: linli status")
        else:
            say("Nothing waits here.")
