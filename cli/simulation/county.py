"""How the nodes of a plan come about: by the product's own founding, invitations and joining.

Only the wire of the enrolment is left out: the inviting node is asked directly. The places are the
first ones of the county's real list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cli.simulation.boxes import Box, entropy
from cli.simulation.line import meet
from cli.simulation.plan import COUNTY, Plan
from linli.v1.enrol_pb2 import EnrolRequest, EnrolResponse, Token
from node import identity
from node.care.policy import division_list
from node.care.records import SCHEMA
from node.codes import Listed, read_list
from node.config import Limits
from node.division import LEVELS
from node.errors import UsageError
from node.members import add_divisions, enrol, init_county, invite, join
from node.replica import Replica
from node.schema import Schema, Table

CODE = "130732"
_ADDRESS = "127.0.0.1:7000"
_OF_VERSION_1 = frozenset(
    {
        "division_act",
        "certificate",
        "cut",
        "fork_review",
        "person",
        "worker",
        "visit",
        "facility",
        "modification_case",
        "stage_event",
    }
)
"""The tables of an older program; those of trust are what every program has to know."""

SMALL = Limits(segment_changes_max=40, certificate_days=3650)


def _older(table: Table) -> Table:
    """A table without what is derived from tables that came later."""
    kept = tuple(one for one in table.derivations if one.source in _OF_VERSION_1)
    gone = {one.column for one in table.derivations} - {one.column for one in kept}
    columns = tuple(column for column in table.columns if column.name not in gone)
    return replace(table, columns=columns, derivations=kept)


OLD = Schema(
    version=1,
    rules=SCHEMA.rules,
    tables=tuple(_older(table) for table in SCHEMA.tables if table.name in _OF_VERSION_1),
    policy=SCHEMA.policy,
)
"""What an older version of the program keeps."""


@dataclass(frozen=True)
class Placed:
    """A node's name in the plan and its place in the county's list."""

    name: str
    place: Listed


def places_of(plan: Plan) -> list[Placed]:
    """Which real place each node of a plan stands at.

    Raises:
        UsageError: The county has fewer places.
    """
    listed = read_list(division_list(CODE))
    county = [one for one in listed if one.level == LEVELS[0]]
    townships = [one for one in listed if one.level == LEVELS[1]][: plan.topology.townships]
    found = [Placed(COUNTY, county[0])]
    found += [Placed(f"t{n:03}", one) for n, one in enumerate(townships)]
    villages = {t.code: [one for one in listed if one.parent == t.code] for t in townships}
    short = UsageError(
        f"The county has no {plan.topology.townships} townships with"
        f" {plan.topology.villages} villages spread evenly.",
        hint="It has 18 townships and 440 villages; the smallest township has few.",
    )
    if len(townships) < plan.topology.townships:
        raise short
    spare = [one for t in townships for one in villages[t.code]]
    for number in range(plan.topology.villages):
        own = villages[townships[number % len(townships)].code]
        chosen = own[0] if own else next((one for one in spare if one is not None), None)
        if chosen is None:
            raise short
        villages[chosen.parent].remove(chosen)
        spare.remove(chosen)
        found.append(Placed(f"v{number:03}", chosen))
    return found


_MANY = 50
"""From so many nodes on a township admits all its villages before it meets them: each admission
that somebody has seen is a state of trust of its own, which every node has to judge by."""


def found_county(plan: Plan, folder: Path, true_ms: Callable[[], int]) -> dict[str, Box]:
    """Makes every node of a plan.

    Args:
        plan: The plan.
        folder: Where the nodes' folders will lie.
        true_ms: Tells the true time.

    Returns:
        The nodes by name, from above, stopped. The newcomers know their chain and nothing else yet.
    """
    schemas = dict.fromkeys(plan.old, OLD)
    listed = read_list(division_list(CODE))
    return found(places_of(plan), listed, folder, true_ms, plan.seed, schemas)


def found(
    placed: Sequence[Placed],
    listed: Sequence[Listed],
    folder: Path,
    true_ms: Callable[[], int],
    seed: int,
    schemas: Mapping[str, Schema],
) -> dict[str, Box]:
    """Makes nodes at the places of a county.

    Args:
        placed: The nodes, from above; the first is the county.
        listed: All places of the county.
        folder: Where the nodes' folders will lie.
        true_ms: Tells the true time.
        seed: What keys and boot numbers follow from.
        schemas: By name what a node keeps that is not of this version.

    Returns:
        The nodes by name, from above, stopped. The newcomers know their chain and nothing else yet.
    """
    boxes: dict[str, Box] = {}
    by_code: dict[str, Box] = {}
    for one in placed:
        schema = schemas.get(one.name, SCHEMA)
        box = Box(one.name, folder / one.name, true_ms, schema, seed)
        boxes[one.name] = box
        by_code[one.place.code] = box
        if one.name == COUNTY:
            init_county(
                box.home, schema, code=one.place.code, name=one.place.name, user="民政局",
                limits=SMALL, enrol_listen=_ADDRESS, listen=_ADDRESS, clock=box.clock,
                entropy=entropy(seed, one.name, "founding"),
            ).close()  # fmt: skip
            add_divisions(box.replica, listed, user="民政局")
            continue
        parent = by_code[one.place.parent]
        box.parent = parent.name
        admit(parent, box, one.place.code, seed)
        if len(placed) < _MANY or parent.name == COUNTY:
            meet(box.replica, parent.replica)
    for box in boxes.values():
        if len(placed) >= _MANY and box.parent != COUNTY and box.parent:
            meet(box.replica, boxes[box.parent].replica)  # all of them are admitted by now
    for box in boxes.values():
        if box.parent == COUNTY:
            meet(box.replica, boxes[COUNTY].replica)  # whom it has admitted meanwhile
    for box in boxes.values():
        box.close()
    return boxes


def admit(issuer: Box, box: Box, code: str, seed: int) -> None:
    """Lets a box join at a place; the inviting node is asked without a wire."""
    replica = issuer.replica
    token = invite(replica, replica.tree.find(code).id, user="民政", address=_ADDRESS)
    join(
        box.home, box.schema, token, user="护理员", limits=SMALL, listen=_ADDRESS,
        enrol_listen=_ADDRESS, ask=partial(_ask, replica), clock=box.clock,
        entropy=entropy(seed, box.name, "joining"),
    ).close()  # fmt: skip


def _ask(issuer: Replica, token: Token, key: identity.Key, user: str) -> EnrolResponse:
    """What the inviting node answers to an enrolment."""
    request = EnrolRequest(
        secret=token.secret, certificate_request=identity.make_request(key), user=user
    )
    return enrol(issuer, request)
