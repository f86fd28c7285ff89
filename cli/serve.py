"""`linli serve`: the node as a service, until somebody stops it.

Commands work beside it at the same time; what they write leaves with its sessions.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.grammar import chosen, sentences, verb
from cli.output import result, say
from node.care.complaining import Complaining
from node.care.forwarding import Forwarding
from node.care.records import SCHEMA
from node.care.settlement.tending import Telling
from node.config import EVENTS, PAGES_KEY
from node.events import listening
from node.link import Exchange
from node.replica import Replica
from node.server import Server
from node.server import serve as run
from node.watch import Tend
from node.web.pages import Pages

app = sentences()


@verb(
    app,
    "serve",
    "linli serve",
    "linli --home ~/chicheng serve --verbose --watch 127.0.0.1:7445",
    "linli --home ~/nangou serve --pages 127.0.0.1:8800",
)
def serve(
    context: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Tell each event, a line of JSON each.")
    ] = False,
    watch: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", help="Tell on this loopback port whether the node is well."
        ),
    ] = "",
    pages: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Show pages to browsers there, this time."),
    ] = "",
) -> None:
    """Runs the node until Ctrl-C: serves its children and stays in touch above."""
    home = chosen(context).home
    with listening(sys.stderr, verbose=verbose, kept=home / EVENTS):
        run(
            home, SCHEMA, _ready, pages_at=_pages_at, pages_listen=pages, watch_listen=watch,
            tend=_tending(),
        )  # fmt: skip
    say(f"The node in {home} has stopped. What was acknowledged is saved.")


def _tending() -> Tend:
    """What a served node does by itself: carries what moved, tells its villages, complains."""
    forwarding, telling, complaining = Forwarding(), Telling(), Complaining()

    def tend(replica: Replica) -> int:
        return forwarding.run(replica) + telling.run(replica) + complaining.run(replica)

    return tend


def _pages_at(exchange: Exchange, listen: str) -> Pages:
    """The county's console on the county's node, the aide's pages on every other."""
    # Imported here, since a box that serves no pages has no memory to spare for them.
    from node.web.serving import Served

    build: Any
    if exchange.replica.core.is_root:
        from hub.console.desk import build
    else:
        from node.web.aide import build
    return Served(exchange, listen, build)


def _tell_key(pages: Pages, home: Path) -> None:
    """How a browser is let in; the key itself is for a person's eyes, and a journal has none."""
    if sys.stderr.isatty():
        say(f"Open once in a browser, which then keeps the key: {pages.opening}")
    else:
        say(
            f"To open it once in a browser, put the key behind it: {pages.address}/?key=KEY"
            f" (it stands in {home / PAGES_KEY})."
        )


def _ready(server: Server) -> None:
    """Says where the node can be found, once it can be."""
    config = server.replica.core.config
    if server.address:
        result(f"sessions {server.address}")
    if server.enrol_address:
        result(f"enrolment {server.enrol_address}")
    if server.watch_address:
        result(f"watch {server.watch_address}")
    if server.pages is not None:
        result(f"pages {server.pages.address}")
    sys.stdout.flush()
    parents = ", ".join(parent.address for parent in config.parents)
    upward = f"It keeps in touch with {parents}." if parents else "It has no parent."
    if server.pages is not None:
        _tell_key(server.pages, server.home)
        if server.pages.fingerprint:
            say(f"The browser warns once; compare the fingerprint: {server.pages.fingerprint}")
    say(f"Serving the node in {server.home}. {upward} To stop: Ctrl-C")
