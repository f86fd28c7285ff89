"""Publishing a county's numbers, and asking which hold here.

A pack is a row of `trust`: signed by the county, held by every node, kept for ever under its
version. A village that has not heard of the newest goes on with the one that it has, and whoever
decides something keeps the version beside the decision.

A pack that this program cannot read, since a newer one wrote it, is passed over: what was in force
before stays in force here until the upgrade.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.care.amendments import void
from node.care.parameters import reading
from node.care.parameters.groups import Parameters
from node.errors import LinliError, Refused, UsageError
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

POLICY = Table(
    "policy_pack",
    Channel.TRUST,
    (
        Column("version", Kind.FACT, required=True, meaning="the version that the pack states"),
        Column("county", Kind.FACT, required=True, meaning="the county's name"),
        Column("content", Kind.FACT, required=True, meaning="the pack, TOML", long=True),
    ),
    meaning="policy packs that the county has published",
    writer="county",
)

TABLES = (POLICY,)

_PACKS = Path(__file__).parents[1] / "packs"
_VOCABULARY = "baseline"


@dataclass(frozen=True)
class Published:
    """A pack as it stands in the ledger.

    Attributes:
        version: Its version.
        county: The county's name.
        content: The TOML, as it was published.
        time: Its clamped stamp.
        trouble: Why this program cannot read it; empty where it can.
    """

    version: str
    county: str
    content: str
    time: int
    trouble: str


def shipped() -> dict[str, Path]:
    """The packs of counties that come with Linli to begin from, by the county's code."""
    paths = sorted(_PACKS.glob("*.toml"))
    return {path.stem: path for path in paths if path.stem != _VOCABULARY}


def publish(replica: Replica, content: bytes, *, source: str, user: str) -> str:
    """Publishes a pack to the whole county.

    Args:
        replica: The county's node.
        content: The TOML.
        source: What the file is called in messages.
        user: Who publishes it.

    Returns:
        The version; publishing the same bytes again changes nothing.

    Raises:
        UsageError: The pack does not hold together, or its version was published with other
            content.
        Refused: This node is not the county's.
    """
    read = reading.parse(content, source)
    if replica.tier != POLICY.writer:
        raise Refused(
            f"A policy pack is published by the county, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Give the file to the county's operator: linli policy publish FILE",
        )
    text = content.decode("utf-8")
    known = [one for one in published(replica) if one.version == read.version]
    if any(one.content == text for one in known):
        return read.version
    if known:
        raise UsageError(
            f"The version {read.version} was published with other content.",
            hint="Decisions name a version, so what one says never changes: give it a new one.",
        )
    values = {"version": read.version, "county": read.county, "content": text}
    replica.write(replica.division, [Insert(POLICY.name, values)], user=user)
    return read.version


def published(replica: Replica) -> list[Published]:
    """Every pack that was published, in the order that all nodes share; of a version the first."""
    rows = [row for row in replica.rows(POLICY.name) if not void(row)]
    rows.sort(key=lambda row: (row["time"], row["author#"], row["boot#"], row["number"]))
    found: dict[str, Published] = {}
    for row in rows:
        found.setdefault(row["version"], _published(row))
    return list(found.values())


def _published(row: dict[str, Any]) -> Published:
    read = _read(row["content"])
    trouble = read if isinstance(read, str) else ""
    return Published(row["version"], row["county"], row["content"], row["time"], trouble)


@functools.lru_cache(maxsize=16)
def _read(content: str) -> Parameters | str:
    """What a pack says, or why it cannot be read here."""
    try:
        return reading.parse(content.encode(), "of the county")
    except LinliError as error:
        return str(error)


def _readable(replica: Replica) -> Iterator[Parameters]:
    for one in published(replica):
        read = _read(one.content)
        if isinstance(read, Parameters):
            yield read


def in_force(replica: Replica) -> Parameters | None:
    """The numbers that hold here: the last published that this program can read.

    None where the county has published nothing, or this node has not heard of it.
    """
    return next(iter([*_readable(replica)][::-1]), None)


def needed(replica: Replica) -> Parameters:
    """The numbers that hold here.

    Raises:
        UsageError: The county has published none.
    """
    found = in_force(replica)
    if found is None:
        raise UsageError(
            "No policy pack is known here, so nothing can be decided by its numbers.",
            hint="The county publishes one: linli policy publish FILE; then: linli sync",
        )
    return found


def of_version(replica: Replica, version: str) -> Parameters:
    """The numbers of a version, in force or not.

    Raises:
        UsageError: No such version is known here, or this program cannot read it.
    """
    for one in published(replica):
        if one.version == version:
            read = _read(one.content)
            if isinstance(read, Parameters):
                return read
            raise UsageError(read, hint="It was written for a newer Linli: upgrade this node.")
    known = ", ".join(one.version for one in published(replica)) or "none"
    raise UsageError(
        f"No policy pack of the version {version!r} is known here.", hint=f"Known are: {known}."
    )
