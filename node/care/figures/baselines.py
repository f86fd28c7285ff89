"""What was counted on a day, kept for ever, and compared with what is counted later (ZS-03).

A baseline is a fact and holds its figures as text with their digest. Nothing here reads an
amendment of one: what was counted on a day was counted, and a later count is another baseline.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.care import moments, rows
from node.care.figures.counting import by_age, by_kind, figures
from node.care.figures.gathering import gathered
from node.care.parameters import publishing
from node.errors import UsageError
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

BASELINE = Table(
    name="baseline",
    channel=Channel.CARE,
    meaning="the figures of a division on a day",
    columns=(
        Column("counted_on", Kind.FACT, required=True, meaning="ISO date"),
        Column("scope", Kind.FACT, required=True, meaning="id of the division"),
        Column("policy", Kind.FACT, meaning="version of the policy pack"),
        Column("result", Kind.FACT, required=True, meaning="SHA-256 of the content, hex"),
        Column("content", Kind.FACT, required=True, meaning="the figures, JSON", long=True),
    ),
    indexes=(("counted_on",),),
    local=True,
)

TABLES = (BASELINE,)

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline that can be read.

    Attributes:
        id: The row.
        division: Where it stands.
        counted_on: Its day.
        digest: Of its content.
        counts: By name what was counted; a share stands as `name` and `name/of`.
    """

    id: str
    division: str
    counted_on: str
    digest: str
    counts: Counts


def counts_of(replica: Replica, scope: str, on: str) -> dict[str, int]:
    """What is counted of a division as of a day: figures since the year began, ages, kinds."""
    found = gathered(replica, scope, f"{on[:4]}-01-01", on)
    made: dict[str, int] = {}
    for one in figures(found):
        if one.number is not None:
            made[one.code] = one.number
        if one.of is not None:
            made[f"{one.code}/of"] = one.of
    for kind, number in by_kind(found).items():
        made[f"kind:{kind}"] = number
    for division, bands in by_age(found).items():
        for place, number in enumerate(bands):
            made[f"age:{division}:{place}"] = number
    return made


def keep(replica: Replica, scope: str, on: str, *, user: str) -> str:
    """Keeps what is counted of a division as of a day.

    Returns:
        The baseline's id.

    Raises:
        UsageError: The day lies ahead.
        Refused: This node does not hold the division.
    """
    today = moments.today(replica)
    if on > today:
        raise UsageError(f"{on} lies ahead: it is {today} here.", hint="Count a day that has come.")
    content = json.dumps(counts_of(replica, scope, on), sort_keys=True, separators=(",", ":"))
    parameters = publishing.in_force(replica)
    values = {
        "counted_on": on,
        "scope": scope,
        "policy": parameters.version if parameters else None,
        "result": hashlib.sha256(content.encode()).hexdigest(),
        "content": content,
    }
    return replica.write(scope, [Insert(BASELINE.name, values)], user=user).ids[0]


def baselines(replica: Replica, within: str | None = None) -> list[Baseline]:
    """The baselines that are here, by day; what is none, or was changed, is passed over."""
    found = [read(row) for row in rows.pages(replica, BASELINE.name, within)]
    return sorted(
        (one for one in found if one is not None), key=lambda one: (one.counted_on, one.id)
    )


def read(row: Mapping[str, Any]) -> Baseline | None:
    """A baseline from its row, as first written; None where it is not what its digest says."""
    content = str(row["content"])
    if hashlib.sha256(content.encode()).hexdigest() != row["result"]:
        return None
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not all(type(one) is int for one in told.values()):
        return None
    return Baseline(row["id"], row["division#"], row["counted_on"], row["result"], told)


def compared(before: Counts, after: Counts) -> list[tuple[str, int | None, int | None]]:
    """What differs between two counts: the name, what was, and what is."""
    names = sorted(before.keys() | after.keys())
    return [
        (name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
