"""`linli health`: asks the node that runs on this box whether it is well.

For whoever minds a box and for programs: the answer is the exit code. It asks the watch port and
opens neither the node nor its database.
"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.grammar import chosen, sentences, verb
from cli.output import result, say
from node.config import Config
from node.errors import LinliError, UsageError
from node.link.health import DISK, ask

app = sentences()

ANSWER_S_MAX = 5


@verb(app, "health", "linli health", "linli health --watch 127.0.0.1:7445")
def health(
    context: typer.Context,
    watch: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            show_default=False,
            help="Where the node is watched [default: watch_listen in node.toml].",
        ),
    ] = "",
) -> None:
    """Asks the running node: exit code 0 if it serves, 1 if it does not, 3 if nobody answers."""
    address = watch or Config.load(chosen(context).home).watch_listen
    if not address:
        raise UsageError(
            "This node has no watch port.",
            hint="Start it with: linli serve --watch 127.0.0.1:7445, and name the same address"
            " here; or write watch_listen into node.toml.",
        )
    if not ask(address, ANSWER_S_MAX):
        raise LinliError(
            f"The node at {address} runs and does not serve: its database fails, or it stops.",
            hint="See its log, then: linli doctor",
        )
    result("serving")
    if not ask(address, ANSWER_S_MAX, DISK):
        say("The disk under it has failed. To be told what to do: linli doctor")
