"""`linli member`: the nodes of the county.

An invitation is a secret for as long as it holds: whoever brings it first joins at that division.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import table
from cli.grammar import Csv, Json, sentences, verb
from cli.home import acting, ago, code_of, name_of, open_node, place_name
from cli.output import as_json, counted, result, say
from node import members
from node.care.titles import LEVEL_TITLES, heading
from node.clock import day, local
from node.config import write_file
from node.language import said
from node.replica import Replica
from node.replica.evidence import evidence, forked_author

_COLUMNS = (
    "division", "division_name", "tier", "author", "issuer", "valid_until", "spoke_at", "self"
)  # fmt: skip

app = sentences("The nodes of the county: invites, lists, proves a fork.")


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
    author: Annotated[
        str, typer.Argument(metavar="AUTHOR", help="Author id of the node, or its beginning.")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the evidence goes.")],
) -> None:
    """Writes the proof that a node was restored or copied, for anybody to verify."""
    with open_node(context) as replica:
        whole = forked_author(replica.core, author)
        content = evidence(replica.core, whole)
    write_file(file, content)
    say(f"Wrote the evidence of the fork of {whole} to {file}: {len(content)} bytes.")
    say(f"It names no person. Anybody verifies it with: python3 docs/verify_fork.py < {file}")


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
    ]


def _divisions(replica: Replica) -> set[str]:
    return {certificate.division for certificate in replica.view.certificates.values()}


def _known(replica: Replica) -> list[dict[str, Any]]:
    """Every node whose certificate is here, by the code of its division."""
    view, peers = replica.view, replica.core.store.peers.peers()
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
            }
        )
    return sorted(found, key=lambda one: (one["division"], one["author"]))
