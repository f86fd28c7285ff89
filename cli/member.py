"""`linli member`: the nodes of the county.

An invitation is a secret for as long as it holds: whoever brings it first joins at that division.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import table
from cli.card import spelt
from cli.grammar import Csv, Json, sentences, verb
from cli.home import acting, ago, code_of, name_of, open_node, place_name
from cli.output import as_json, counted, result, say
from cli.records import short
from node import members
from node.care.headings import heading
from node.care.titles import LEVEL_TITLES
from node.clock import day, local, parse_local
from node.config import write_file
from node.errors import UsageError
from node.language import said
from node.replica import Replica
from node.replica.evidence import evidence, forked_author

_COLUMNS = (
    "division", "division_name", "tier", "author", "issuer", "valid_until", "spoke_at", "self",
    "revoked",
)  # fmt: skip

_WITHDRAWN = (
    "time", "table", "id", "division", "division_name", "written", "user", "author", "segment"
)  # fmt: skip
_DAY_CHARACTERS = 10

app = sentences("The nodes of the county: invites, revokes, lists, proves forks.")

Author = Annotated[
    str, typer.Argument(metavar="AUTHOR", help="Author id of the node, or its beginning.")
]
Cause = Annotated[str, typer.Option(metavar="TEXT", help="Why; everybody in the county reads it.")]


@verb(
    app,
    "invite",
    "linli member invite 130732100",
    "linli member invite 赤城镇 --file 赤城镇.token",
)
def invite(
    context: typer.Context,
    division: Annotated[str, typer.Argument(metavar="DIVISION", help="Code or name.")],
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Write the token there instead."),
    ] = None,
    address: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Where the newcomer reaches this node to join."),
    ] = "",
    days: Annotated[
        int | None, typer.Option(min=1, metavar="N", show_default=False, help="How long it holds.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of the node that stands there.")
    ] = False,
) -> None:
    """Prints a token with which one new node can join at a division, once."""
    with open_node(context) as replica:
        where = replica.tree.find(division)
        token = members.invite(
            replica,
            where.id,
            user=acting(context),
            address=address,
            days=days,
            replace=replace,
        )
        held = days or replica.core.limits.invite_days
        name = place_name(replica, where.id)
        if file is None:
            result(token)
            step = "On the new box: linli join TOKEN --user NAME"
        else:
            write_file(file, f"{token}\n".encode())
            step = f"Carry {file} to the new box, and there: linli join --file {file.name}"
    say(f"One node can join at {name} with it within {counted(held, 'day')}. Keep it secret.")
    say(step)


@verb(app, "evidence", "linli member evidence 3zc5pl76 fork.json")
def evidence_(
    context: typer.Context,
    author: Author,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the evidence goes.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace a file that is there.")] = False,
) -> None:
    """Writes the proof that a node was restored or copied, for anybody to verify."""
    if file.exists() and not (yes and file.is_file()):
        raise UsageError(f"{file} is there already.", hint="Choose another name, or give --yes.")
    with open_node(context) as replica:
        whole = forked_author(replica.core, author)
        content = evidence(replica.core, whole)
    write_file(file, content)
    say(f"Wrote the evidence of the fork of {whole} to {file}: {len(content)} bytes.")
    say(f"It names no person. Anybody verifies it with: python3 docs/verify_fork.py < {file}")


@verb(
    app,
    "revoke",
    "linli member revoke 3zc5pl76 --cause 'stolen on the bus'",
    "linli member revoke 3zc5pl76 --cause stolen --since '2026-11-20 08:00'",
)
def revoke(
    context: typer.Context,
    author: Author,
    cause: Cause,
    since: Annotated[
        str,
        typer.Option(
            metavar="MOMENT",
            help="Nothing counts that it wrote from then on, by its own clock. All that has come"
            " so far counts where nothing is given.",
        ),
    ] = "",
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Also take back what the county has receipted.")
    ] = False,
) -> None:
    """Makes a node heard no more, on any carrier: its box is lost, stolen or replaced."""
    with open_node(context) as replica:
        whom = _author(replica, author)
        done = members.revoke(
            replica,
            whom,
            cause=cause,
            since_ms=_moment(since) if since else None,
            withdraw=withdraw,
            user=acting(context),
        )
        name = place_name(replica, replica.view.known[whom].division)
    say(f"The node {whom} at {name} is revoked: nobody who hears of it takes anything from it.")
    say(
        f"Of what it wrote, {counted(done.counting, 'change')} here still count and"
        f" {done.withdrawn} do not."
    )
    if done.withdrawn:
        say(f"To see what does not count: linli member withdrawn {whom[:8]}")


@verb(app, "lift", "linli member lift 3zc5pl76 --cause 'the box is back'")
def lift(context: typer.Context, author: Author, cause: Cause) -> None:
    """Takes a revocation back: all that the node wrote counts again."""
    with open_node(context) as replica:
        whom = _author(replica, author)
        members.lift(replica, whom, cause=cause, user=acting(context))
    say(f"The node {whom} is a member again, and all that it wrote counts.")


@verb(app, "review", "linli member review 3zc5pl76 --finding 'a new card, from the backup'")
def review(
    context: typer.Context,
    author: Author,
    finding: Annotated[
        str, typer.Option(metavar="TEXT", help="What it was; everybody in the county reads it.")
    ],
) -> None:
    """States that the county has looked at a fork: the node may spend again what it is given."""
    with open_node(context) as replica:
        whom = _author(replica, author)
        count = members.review(replica, whom, finding=finding, user=acting(context))
    say(f"The county has looked at {counted(count, 'fork')} of {whom}; the alert goes everywhere.")


@verb(app, "withdrawn", "linli member withdrawn", "linli member withdrawn 3zc5pl76 --csv")
def withdrawn(
    context: typer.Context,
    author: Annotated[
        str,
        typer.Argument(
            metavar="AUTHOR", show_default=False, help="Author id of the node, or its beginning."
        ),
    ] = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists what revoked nodes wrote that does not count, for a person to judge."""
    with open_node(context) as replica:
        found = members.withdrawn(replica, _author(replica, author) if author else "")
        if json:
            as_json([_stated(replica, one) for one in found])
            return
        if csv:
            headings = [heading("withdrawn", name) for name in _WITHDRAWN]
            table.as_csv(headings, (_withdrawn_cells(replica, one) for one in found))
            return
        rows = [
            (
                local(one.time_ms),
                said(one.table),
                short(one.id),
                name_of(replica, one.division),
                _said(one),
            )
            for one in found
        ]
        table.table(["time", "table", "id", "", "written"], rows, folded=["", "written"])
        if rows:
            say("What is true of it, write again. If the node was honest: linli member lift")


def _author(replica: Replica, beginning: str) -> str:
    """The node that a person means by the beginning of its id."""
    found = [one for one in sorted(replica.view.known) if one.startswith(beginning.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{beginning!r} begins the author ids of {len(found)} nodes.",
            hint="Give more of its characters; they are listed by: linli member list",
        )
    raise UsageError(
        f"No node whose author id begins with {beginning!r} is known here.",
        hint="The nodes are listed by: linli member list",
    )


def _moment(text: str) -> int:
    """A moment, or a day from its beginning."""
    return parse_local(f"{text} 00:00" if len(text.strip()) == _DAY_CHARACTERS else text)


def _stated(replica: Replica, one: members.Withdrawn) -> dict[str, Any]:
    return {
        "time_ms": one.time_ms,
        "table": one.table,
        "id": one.id,
        "division": code_of(replica, one.division),
        "written": one.written,
        "user": one.user,
        "author": one.author,
        "segment": one.segment.number,
    }


def _withdrawn_cells(replica: Replica, one: members.Withdrawn) -> list[str]:
    return [
        local(one.time_ms),
        said(one.table),
        one.id,
        code_of(replica, one.division),
        name_of(replica, one.division),
        _said(one),
        one.user,
        one.author,
        str(one.segment.number),
    ]


def _said(one: members.Withdrawn) -> str:
    """What was written, a column at a time."""
    return ", ".join(
        f"{heading(one.table, name)} {spelt(one.table, name, value)}"
        for name, value in one.written.items()
        if value is not None
    )


@verb(app, "list", "linli member list", "linli member list --json")
def list_(context: typer.Context, json: Json = False, csv: Csv = False) -> None:
    """Lists the nodes that this one knows of."""
    with open_node(context) as replica:
        found = _known(replica)
        if json:
            as_json(found)
            return
        if csv:
            headings = [heading("member", name) for name in _COLUMNS]
            table.as_csv(headings, (_csv_cells(replica, one) for one in found))
            return
        now = replica.core.now_ms()
        names = {code_of(replica, one): name_of(replica, one) for one in _divisions(replica)}
        table.table(
            ["division", "", "tier", "author", "valid until", "last seen"],
            [
                (
                    one["division"],
                    names[one["division"]],
                    said(one["tier"]),
                    one["author"][:8],
                    day(one["valid_until_ms"]),
                    said(_seen(replica, one, now)),
                )
                for one in found
            ],
            folded=[""],
        )


def _seen(replica: Replica, one: Mapping[str, Any], now: int) -> str:
    """When a node was last in a session with this one; villages speak to their township."""
    if one["revoked"]:
        return "revoked"
    if one["self"]:
        return "this node"
    if not one["spoke_at_ms"] and (replica.tier, one["tier"]) == ("county", "village"):
        return "through its township"
    return ago(one["spoke_at_ms"] or 0, now)


def _csv_cells(replica: Replica, one: Mapping[str, Any]) -> list[str]:
    return [
        one["division"],
        name_of(replica, replica.view.certificates[one["author"]].division),
        LEVEL_TITLES.get(one["tier"], one["tier"]),
        one["author"],
        one["issuer"],
        day(one["valid_until_ms"]),
        local(one["spoke_at_ms"]) if one["spoke_at_ms"] else "",
        "是" if one["self"] else "",
        one["revoked"] or "",
    ]


def _divisions(replica: Replica) -> set[str]:
    return {certificate.division for certificate in replica.view.certificates.values()}


def _known(replica: Replica) -> list[dict[str, Any]]:
    """Every node whose certificate is here, by the code of its division."""
    view, peers = replica.view, replica.core.store.peers.peers()
    frozen = replica.frozen()
    found = []
    for author, certificate in view.certificates.items():
        standing, peer = view.standing(author), peers.get(author)
        found.append(
            {
                "division": code_of(replica, certificate.division),
                "tier": standing.tier if standing else "",
                "author": author,
                "issuer": certificate.issuer_author,
                "valid_until_ms": certificate.valid_until,
                "spoke_at_ms": peer.spoke_at or None if peer else None,
                "self": author == replica.author,
                "frozen": author in frozen,
                "revoked": view.cuts[author].cause if author in view.cuts else None,
            }
        )
    return sorted(found, key=lambda one: (one["division"], one["author"]))
