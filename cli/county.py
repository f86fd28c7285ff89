"""`linli init`: the node of a county, from which every other node is invited."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.divisions import take_in
from cli.grammar import chosen, named, sentences, verb
from cli.output import counted, result, say
from node.care.policy import division_lists
from node.care.records import SCHEMA
from node.codes import read_list
from node.errors import UsageError
from node.members import init_county

LISTEN_DEFAULT = "127.0.0.1:7443"
ENROL_LISTEN_DEFAULT = "127.0.0.1:7444"

app = sentences()


@verb(
    app,
    "init",
    "linli init 130732 --user 张三 --divisions",
    "linli init 130732 --user 张三 --listen 0.0.0.0:7443 --address xian.example:7443 \\",
    "    --enrol-listen 0.0.0.0:7444 --enrol-address xian.example:7444",
)
def init(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The county's 6 digits.")],
    user: Annotated[str, typer.Option(metavar="NAME", help="Who acts where --as is absent.")] = "",
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="Its name, where Linli has no list of it.")
    ] = "",
    divisions: Annotated[
        bool, typer.Option("--divisions", help="Take in the list that comes with Linli.")
    ] = False,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where children are served.")
    ] = LISTEN_DEFAULT,
    enrol_listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where newcomers are served.")
    ] = ENROL_LISTEN_DEFAULT,
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
    """Makes the node of a county, from which all others are invited."""
    home = chosen(context).home
    who = who_acts(user, chosen(context).user)
    path = division_lists().get(code)
    called = named(name, "--name") or _name(code, path)
    with init_county(
        home,
        SCHEMA,
        code=code,
        name=called,
        user=who,
        listen=listen,
        enrol_listen=enrol_listen,
        address=address,
        enrol_address=enrol_address,
        pages_listen=pages,
    ) as replica:
        result(replica.author)
        say(f"The county {called} ({code}) lives in {home}; {who} acts here.")
        if divisions:
            added = take_in(replica, path, who).count
            say(f"Took in {counted(added, 'division')}.")
            say("Next: linli member invite CODE, and leave running: linli serve")
        else:
            say("Next: linli import divisions")


def who_acts(user: str, acting: str) -> str:
    """Who acts at a new node.

    Raises:
        UsageError: Nobody was named.
    """
    who = named(user, "--user") or acting
    if not who:
        raise UsageError(
            "Who acts at this node? Every change names a person.", hint="Give --user, such as 张三."
        )
    return who


def _name(code: str, path: Path | None) -> str:
    """The name of a county of which Linli has a list."""
    if path is None:
        raise UsageError(
            f"Linli has no list of the county {code!r}, so its name is not known.",
            hint="Give it with --name, such as: linli init 130733 --name 崇礼县 --user 张三",
        )
    return next(row.name for row in read_list(path) if row.code == code)
