"""Writes orders, their steps and claims through a replica, and gathers what an order rests on.

What would not count is refused before it is written, with the reason. What comes from elsewhere and
does not count is stored, counts for nothing, and is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import amendments, fields, moments, rows
from node.care.facts import family, providers
from node.care.orders.gathering import Whole, rule_of, whole, why_unfit
from node.care.orders.judging import (
    ASSIGNING,
    AWARD,
    BUILDS_ON_MAX,
    ENDING,
    REASSIGN,
    SERVING,
    Step,
    judge,
)  # fmt: skip
from node.care.orders.ratings import needed_link
from node.care.orders.tables import CLAIM, ORDER, STEP
from node.care.parameters import publishing
from node.care.people import PERSON, PERSON_CLOSED
from node.care.policy import BASELINE
from node.clock import day
from node.errors import Refused, UsageError
from node.replica import Amend, Insert, Replica

_LISTS = BASELINE.lists
_ORDER_CHECKS: Mapping[str, fields.Check] = {
    "person": fields.row_id,
    "service": _LISTS.services.code,
    "asked_at": fields.moment_ms,
    "channel": _LISTS.order_channels.code,
    "asked_by": fields.name,
    "relation": _LISTS.contact_relations.code,
    "link": fields.row_id,
    "wished_on": fields.date,
    "note": fields.note,
}
_STEP_CHECKS: Mapping[str, fields.Check] = {
    "done_at": fields.moment_ms,
    "worker": fields.row_id,
    "helper": fields.name,
    "helper_kind": _LISTS.helper_kinds.code,
    "claim": fields.row_id,
    "under": fields.row_id,
    "confirmed_by": _LISTS.visit_confirmations.code,
    "reason": _LISTS.order_reasons.code,
    "note": fields.note,
}
_CLAIM_CHECKS: Mapping[str, fields.Check] = {
    "service_order": fields.row_id,
    "worker": fields.row_id,
    "claimed_at": fields.moment_ms,
    "note": fields.note,
}
_REASONED = (REASSIGN, *ENDING)
_FAMILY = "JS"
"""The channel by which a relative asks."""


# --- asking --------------------------------------------------------------------------------------


def check_order(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a new order.

    Raises:
        UsageError: A field is unknown, missing, or does not fit; or the family is said to have
            asked, and who asked or the relation is missing.
    """
    empty: dict[str, Any] = dict.fromkeys(_ORDER_CHECKS)
    needed = ("person", "service", "asked_at", "channel")
    checked = fields.check("order", _ORDER_CHECKS, {**empty, **values}, needed)
    if bool(checked["asked_by"]) != bool(checked["relation"]):
        raise UsageError(
            "Of who asked for somebody else both the name and the relation are kept, and one is "
            "missing.",
            hint="Give both --asked-by and --relation, or neither where the person asked.",
        )
    if checked["channel"] == _FAMILY and not checked["asked_by"]:
        raise UsageError(
            "The family asked, and it is not said who.",
            hint="Give the name and the relation: --asked-by 王建国 --relation 子女",
        )
    return checked


def add_order(replica: Replica, values: Mapping[str, Any], *, user: str) -> str:
    """Registers what a person asked for, in the village where the person lives.

    Returns:
        The order's id.

    Raises:
        UsageError: A field does not fit, or the person is not registered here.
        Refused: The person's record is closed, or a relative asks without a link that holds.
    """
    checked = check_order(values)
    moments.check_past(replica, "asked_at", checked["asked_at"])
    if checked["channel"] == _FAMILY:
        asked_by, on = checked["asked_by"], day(checked["asked_at"])
        checked["link"] = needed_link(replica, checked["person"], asked_by, family.ASK, on)
    person = rows.find(replica, PERSON, checked["person"])
    if person["status"] in PERSON_CLOSED:
        raise Refused(
            f"The record of {person['name']} was closed on {person['closed_on']}, and nobody can "
            "order for them.",
            hint=f"Where that is wrong, open it again: linli person reopen {person['id']}",
        )
    written = replica.write(person["division#"], [Insert(ORDER.name, checked)], user=user)
    return written.ids[0]


# --- steps ---------------------------------------------------------------------------------------


def take_step(
    replica: Replica, order_id: str, kind: str, values: Mapping[str, Any], *, user: str
) -> str:
    """Takes a step of an order on top of what is here.

    Args:
        replica: This node.
        order_id: The order.
        kind: What kind of step.
        values: The fields of `order_step` that it needs, as typed.
        user: Who takes it.

    Returns:
        The id of the step.

    Raises:
        UsageError: The order is not here, or a field does not fit.
        Refused: The step would not count, or the worker may not have the order.
    """
    found = whole(replica, order_id)
    empty: dict[str, Any] = dict.fromkeys(_STEP_CHECKS)
    stated = {"done_at": replica.core.now_ms(), **values}
    checked = fields.check("step", _STEP_CHECKS, {**empty, **stated}, ("done_at",))
    moments.check_past(replica, "done_at", checked["done_at"])
    _check_named(kind, checked)
    if kind in SERVING and not checked["under"]:
        checked["under"] = found.status.assignment or None
    step = _next(replica, found, kind, checked)
    if kind in ASSIGNING:
        _check_fit(replica, found.row, checked["worker"])
    parameters = publishing.in_force(replica)
    stated = {
        **checked,
        "service_order": found.row["id"],
        "kind": kind,
        "policy": parameters.version if parameters else None,
        "builds_on": " ".join(step.builds_on) or None,
    }
    written = replica.write(found.row["division#"], [Insert(STEP.name, stated)], user=user)
    return written.ids[0]


def _check_named(kind: str, checked: Mapping[str, Any]) -> None:
    """Refuses a step that lacks what such a step must say."""
    if kind in _REASONED and not checked["reason"]:
        known = ", ".join(f"{code} {name}" for code, name in _LISTS.order_reasons.names.items())
        raise UsageError(
            "What was given or asked for is taken back only with a reason, and there is none.",
            hint=f"Give one: {known}.",
        )
    if kind in ASSIGNING and bool(checked["worker"]) == bool(checked["helper"]):
        raise UsageError(
            "Who is to come is not clear: it is either a worker or a helper by name.",
            hint="Give --worker, or for somebody who is no worker --helper and --kind.",
        )
    if checked["helper"] and not checked["helper_kind"]:
        raise UsageError(
            "Of a helper who is no worker the kind is kept, and it is missing.",
            hint="Give it, such as --kind 亲属 or --kind 志愿者.",
        )


def _next(replica: Replica, found: Whole, kind: str, checked: Mapping[str, Any]) -> Step:
    """The step that follows what is here, not written yet and without an id.

    Raises:
        Refused: It would not count.
    """
    named = {*found.judged.heads[-BUILDS_ON_MAX + 1 :], *filter(None, (checked["under"],))}
    step = Step(
        id="",
        kind=kind,
        tier=replica.tier,
        worker=checked["worker"] or "",
        helper=checked["helper_kind"] or "",
        claim=checked["claim"] or "",
        under=checked["under"] or "",
        builds_on=tuple(sorted(named & found.steps.keys())),
    )
    if kind in SERVING and not step.under:
        raise Refused(
            f"Nobody has the order {found.row['id']} yet.",
            hint="Send somebody: linli order dispatch ORDER --worker WORKER",
        )
    for listed in judge([*found.steps.values(), step]).listed:
        if listed.id == step.id:
            raise Refused(
                f"{listed.reason} The order is {found.row['id']}.",
                hint="See how it came there: linli order show ORDER",
            )
    return step


# --- claims --------------------------------------------------------------------------------------


def claim_order(
    replica: Replica, order_id: str, division: str, values: Mapping[str, Any], *, user: str
) -> str:
    """Claims an order for a worker; the home township decides.

    Args:
        replica: This node, of any place in the county.
        order_id: The order, which need not be here.
        division: The village of the client, for an order that is not here.
        values: The worker, and a note.
        user: Who claims it.

    Returns:
        The claim's id.

    Raises:
        UsageError: A field does not fit.
        Refused: The order is taken or has ended, the worker has claimed it before, or may not have
            it.
    """
    stated = {"claimed_at": replica.core.now_ms(), "note": None, **values}
    checked = fields.check(
        "claim", _CLAIM_CHECKS, {**stated, "service_order": order_id}, ("service_order", "worker")
    )
    row = replica.row(ORDER.name, checked["service_order"])
    if row is not None:
        division = row["division#"]
        found = whole(replica, row["id"])
        if not found.status.free:
            raise Refused(
                f"The order {row['id']} is not to be had any more.",
                hint="Those that are free: linli order list --state 待抢",
            )
        mine = [one for one in found.claims if one["worker"] == checked["worker"]]
        if any(not amendments.void(one) for one in mine):
            raise Refused(
                f"The worker has claimed the order {row['id']} before.", hint="Nothing was written."
            )
        _check_fit(replica, found.row, checked["worker"])
    return replica.write(division, [Insert(CLAIM.name, checked)], user=user).ids[0]


def withdraw_claim(replica: Replica, claim_id: str, reason: str, *, user: str) -> None:
    """Withdraws a claim; it stays on the ledger and counts for nothing.

    Raises:
        UsageError: The claim is not here, or the reason is not in the list.
    """
    row = rows.find(replica, CLAIM, fields.row_id("claim", claim_id))
    code = _LISTS.entry_reasons.code("reason", reason)
    replica.write(row["division#"], [Amend(CLAIM.name, row["id"], {"void": code})], user=user)


def award_order(
    replica: Replica, order_id: str, claim_id: str, *, user: str, note: str | None = None
) -> str:
    """Awards an order to a claim: the one that is named, or the first whose worker may have it.

    Returns:
        The id of the step.

    Raises:
        UsageError: The order or the claim is not here.
        Refused: This node is not the home township's, nobody who may have it has claimed it, or
            the step would not count.
    """
    found = whole(replica, order_id)
    standing = [one for one in found.claims if not amendments.void(one)]
    if claim_id:
        chosen = [one for one in standing if one["id"] == claim_id]
    else:
        rule = rule_of(replica, found.row)
        chosen = [one for one in standing if not why_unfit(replica, found.row, one["worker"], rule)]
    if not chosen:
        raise Refused(
            f"Nobody who may have the order {found.row['id']} has claimed it.",
            hint="Its claims are shown by: linli order show ORDER; or send somebody yourself: "
            "linli order dispatch ORDER --worker WORKER",
        )
    values = {"claim": chosen[0]["id"], "worker": chosen[0]["worker"], "note": note}
    return take_step(replica, order_id, AWARD, values, user=user)


def _check_fit(replica: Replica, order: Mapping[str, Any], worker_id: str | None) -> None:
    why = why_unfit(replica, order, worker_id, rule_of(replica, order)) if worker_id else ""
    if why:
        raise Refused(why, hint="Choose somebody else: linli worker list")
    if worker_id:
        place, service = str(order["division#"]), str(order["service"])
        providers.check_engaged(replica, worker_id, place, service, moments.today(replica))
