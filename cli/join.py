"""`linli join`: an invitation makes this box a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.county import who_acts
from cli.grammar import chosen, sentences, verb
from cli.home import place_name
from cli.output import result, say
from node.care.records import SCHEMA
from node.errors import ParentUnreachable, UsageError
from node.link import sync_once
from node.members import join as join_county
from node.replica import Replica

app = sentences()


@verb(
    app,
    "join",
    "linli join --file 赤城镇.token --user 李四",
    "linli join --file 赤城镇.token --user 李四 --listen 10.2.0.5:7443 \\",
    "    --enrol-listen 10.2.0.5:7444",
)
def join(
    context: typer.Context,
    token: Annotated[
        str, typer.Argument(metavar="TOKEN", show_default=False, help="As it was printed.")
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="A file that holds the token."),
    ] = None,
    user: Annotated[str, typer.Option(metavar="NAME", help="Who acts where --as is absent.")] = "",
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where children are served, if it has any.")
    ] = "",
    enrol_listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where newcomers are served.")
    ] = "",
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="What children dial, if not --listen.")
    ] = "",
    enrol_address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="What newcomers dial, if not --enrol-listen.")
    ] = "",
    pages: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where browsers find pages, if anywhere.")
    ] = "",
) -> None:
    """Makes this box a node by the token of an invitation, and fetches what it may hold."""
    home = chosen(context).home
    who = who_acts(user, chosen(context).user)
    with join_county(
        home,
        SCHEMA,
        _token(token, file),
        user=who,
        listen=listen,
        enrol_listen=enrol_listen,
        address=address,
        enrol_address=enrol_address,
        pages_listen=pages,
    ) as replica:
        result(replica.author)
        # A box that joins again stays what it is, and so does who acts there.
        _first_session(replica, home, replica.core.config.user)


def _token(typed: str, file: Path | None) -> str:
    """The token from the sentence or from a file.

    Raises:
        UsageError: There is none, there are two, or the file cannot be read.
    """
    if bool(typed) == (file is not None):
        raise UsageError(
            "A node joins by one token.", hint="Type the token, or name its file with --file."
        )
    if file is None:
        return typed
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(
            f"Cannot read the token in {file}: {getattr(fault, 'strerror', 'not text')}.",
            hint="It is the file that `linli member invite CODE --file FILE` wrote.",
        ) from fault


def _first_session(replica: Replica, home: Path, who: str) -> None:
    """Fetches the county's divisions and whatever else this node may hold.

    The box is a node already: a parent that does not answer changes nothing about that.
    """
    try:
        sync_once(replica)
    except ParentUnreachable as trouble:
        say(f"This box has joined and lives in {home}. {trouble.message}")
        say("It knows its county after the first session: linli sync")
        return
    where = place_name(replica, replica.division)
    say(f"This box is the node of {where}, a {replica.tier}; it lives in {home}; {who} acts here.")
    say("Next: linli serve, which keeps in touch; or linli sync, now and then")
