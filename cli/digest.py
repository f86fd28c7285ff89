"""`linli digest`: the figures by which two nodes are compared, and what they are the figures of.

A frontier digest is a sum over the heads of a partition: equal frontiers mean equal ledgers. A
state digest is one over what was derived from them: nodes equal in frontier, trust, policy and
rules must be equal in it too.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import table
from cli.grammar import Csv, Json, Within, sentences, verb
from cli.home import code_of, name_of, open_node, within
from cli.output import as_json, counted, result, say
from node.care.headings import heading
from node.errors import UsageError
from node.feed import Digest, Partition, total
from node.language import said
from node.replica import Replica
from node.schema import Channel

app = sentences()

_SHORT = 16
_COLUMNS = ("division", "division_name", "channel", "frontier", "state", "unsealed")


@verb(
    app,
    "digest",
    "linli digest --at 赤城镇",
    "linli digest --dump 130732100201/care",
    "linli digest --json",
)
def digest(
    context: typer.Context,
    at: Within = "",
    dump: Annotated[
        str,
        typer.Option(
            metavar="DIVISION/CHANNEL", help="Print the canonical dump of this partition."
        ),
    ] = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Shows frontier and state digests of each partition."""
    with open_node(context) as replica:
        if dump:
            for line in replica.dump(_named(replica, dump)):
                result(line)
            return
        division = within(replica, at)
        chosen = None if division is None else replica.tree.below(division)
        figures = [
            _figures(replica, partition)
            for partition in partitions(replica)
            if chosen is None or partition.division in chosen
        ]
        if json:
            as_json(_stated(replica, figures))
            return
        if csv:
            headings = [heading("partition", name) for name in _COLUMNS]
            table.as_csv(headings, (_csv_cells(replica, one) for one in figures))
            return
        _show(replica, figures)


def partitions(replica: Replica) -> list[Partition]:
    """Every partition of which something is here, sealed or not, by code and channel."""
    tails = {partition for partition, *_ in replica.core.store.ledger.tails()}
    found = tails | set(replica.partitions())
    return sorted(found, key=lambda one: (code_of(replica, one.division), one.channel))


def _named(replica: Replica, typed: str) -> Partition:
    """The partition that a person typed as division and channel.

    Raises:
        UsageError: One of the two does not exist.
    """
    division, _, channel = typed.rpartition("/")
    known = {one.name.lower(): one for one in Channel}
    if not division or channel.strip().lower() not in known:
        raise UsageError(
            f"{typed[:60]!r} is not a partition.",
            hint=f"Write a division and one of {', '.join(known)}, such as 130732100201/care.",
        )
    return Partition(replica.tree.find(division).id, known[channel.strip().lower()])


def _figures(replica: Replica, partition: Partition) -> dict[str, Any]:
    ledger = replica.core.store.ledger
    states = {
        name: digest
        for (where, name), digest in sorted(ledger.state_digests().items())
        if where == partition and digest.value
    }
    unsealed = sum(changes for tail, _, changes, _ in ledger.tails() if tail == partition)
    return {
        "partition": partition,
        "frontier": ledger.partition_digest(partition),
        "states": states,
        "state": total(states.values()),
        "unsealed": unsealed,
    }


def _stated(replica: Replica, figures: list[dict[str, Any]]) -> dict[str, Any]:
    core = replica.core
    return {
        "division": code_of(replica, replica.division),
        "author": replica.author,
        "frontier": str(_sum(figures, "frontier")),
        "policy": core.policy(),
        "rules": core.schema.rules_version,
        "unsealed_changes": sum(one["unsealed"] for one in figures),
        "partitions": [
            {
                "division": code_of(replica, one["partition"].division),
                "channel": one["partition"].channel.name.lower(),
                "frontier": str(one["frontier"]),
                "state": str(one["state"]),
                "tables": {name: str(digest) for name, digest in one["states"].items()},
                "unsealed_changes": one["unsealed"],
            }
            for one in figures
        ],
    }


def _csv_cells(replica: Replica, one: dict[str, Any]) -> tuple[Any, ...]:
    division, channel = one["partition"]
    place = code_of(replica, division), name_of(replica, division)
    digests = str(one["frontier"]), str(one["state"])
    return (*place, channel.name.lower(), *digests, one["unsealed"])


def _sum(figures: list[dict[str, Any]], name: str) -> Digest:
    return total(one[name] for one in figures)


def _show(replica: Replica, figures: list[dict[str, Any]]) -> None:
    table.table(
        ["division", "", "channel", "frontier", "state", "#unsealed"],
        [
            (
                code_of(replica, one["partition"].division),
                name_of(replica, one["partition"].division),
                said(one["partition"].channel.name.lower()),
                str(one["frontier"])[:_SHORT],
                str(one["state"])[:_SHORT],
                one["unsealed"] or "",
            )
            for one in figures
        ],
        folded=[""],
    )
    result(f"frontier {_sum(figures, 'frontier')}")
    unsealed = sum(one["unsealed"] for one in figures)
    if unsealed:
        held = counted(unsealed, "change")
        say(f"{held} not sealed yet, in no digest; the next session seals: linli sync")
