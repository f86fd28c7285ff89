"""What clients say of a service afterwards (点评): facts that are only added to.

The client's side reviews a visit, or the order that it serves, once. Nobody changes a review: an
amendment of one is read by nothing here, whoever wrote it. Where two were written by nodes that
were cut off from each other the first counts, and the other is shown as repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields, moments, rows
from node.care.amendments import void
from node.care.facts import family, writing
from node.care.orders.gathering import status_of
from node.care.orders.judging import FINISHED, STAGES
from node.care.orders.tables import ORDER, STEP
from node.care.policy import BASELINE
from node.care.visits import VISIT, corrected
from node.clock import day
from node.errors import Refused
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

RATING = Table(
    name="client_review",
    channel=Channel.CARE,
    meaning="what the client's side says of a service; never amended",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("worker", Kind.FACT, meaning="id of the worker"),
        Column("visit", Kind.FACT, meaning="id of the visit"),
        Column("service_order", Kind.FACT, meaning="id of the order"),
        Column("stars", Kind.FACT, type=int, required=True, meaning="from 1, the more the better"),
        Column("tags", Kind.FACT, meaning="codes of review_tags, a comma between"),
        Column("given_by", Kind.FACT, required=True, meaning="code of review_givers"),
        Column("reviewer", Kind.FACT, meaning="the relative", erasable=True),
        Column("link", Kind.FACT, meaning="id of the family_link by which a relative reviews"),
        Column("reviewed_at", Kind.FACT, type=int, required=True, meaning="milliseconds UTC"),
        Column("note", Kind.FACT, meaning="what was said", erasable=True),
    ),
    indexes=(("visit",), ("service_order",)),
    local=True,
)

TABLES = (RATING,)

_LISTS = BASELINE.lists
_FAMILY = "family"
_TAGS_MAX = 10


def check_tags(field: str, value: Any) -> str:
    """Checks tags of a review: codes or names, each once, sorted, a comma between."""
    typed = value if isinstance(value, list | tuple) else fields.words(str(value))
    codes = sorted({_LISTS.review_tags.code(field, one) for one in typed if not fields.blank(one)})
    if not 1 <= len(codes) <= _TAGS_MAX:
        raise fields.refused(field, value, "names no tag, or too many", f"Name 1 to {_TAGS_MAX}.")
    return ",".join(codes)


_CHECKS: Mapping[str, fields.Check] = {
    "stars": fields.whole_number(1, BASELINE.visits.rating_max),
    "tags": check_tags,
    "given_by": _LISTS.review_givers.code,
    "reviewer": fields.name,
    "reviewed_at": fields.moment_ms,
    "note": fields.note,
}


def rate_visit(replica: Replica, visit_id: str, values: Mapping[str, Any], *, user: str) -> str:
    """Records what the client's side says of a visit.

    Returns:
        The review's id.

    Raises:
        UsageError: The visit is not here, or a field does not fit.
        Refused: The visit is void, was reviewed before, or the relative has no link that holds.
    """
    visit = rows.find(replica, VISIT, fields.row_id("visit", visit_id))
    if void(visit):
        raise Refused(f"The visit {visit_id} is void.", hint="Review the one that took place.")
    whole = corrected(visit)
    about = {
        "person": whole["person"],
        "worker": whole["worker"],
        "visit": whole["id"],
        "service_order": whole["service_order"],
    }
    return _rate(replica, visit["division#"], about, values, user)


def rate_order(replica: Replica, order_id: str, values: Mapping[str, Any], *, user: str) -> str:
    """Records what the client's side says of an order, and of the visit of who had it.

    Returns:
        The review's id.

    Raises:
        UsageError: The order is not here, or a field does not fit.
        Refused: It was not finished, was reviewed before, or the relative has no link that holds.
    """
    order = rows.find(replica, ORDER, fields.row_id("order", order_id))
    status = status_of(order)
    if STAGES.index(status.stage) < STAGES.index(FINISHED):
        raise Refused(
            f"The order {order['id']} was not finished, so there is nothing to review.",
            hint="First: linli order finish ORDER",
        )
    step = replica.row(STEP.name, status.assignment)
    worker = step["worker"] if step else None
    served = [
        row
        for row in map(corrected, replica.rows(VISIT.name, where={"person": order["person"]}))
        if row["service_order"] == order["id"] and row["worker"] == worker and not void(row)
    ]
    about = {
        "person": order["person"],
        "worker": worker,
        "visit": min((str(row["id"]) for row in served), default=None),
        "service_order": order["id"],
    }
    return _rate(replica, order["division#"], about, values, user)


def _rate(
    replica: Replica,
    division: str,
    about: Mapping[str, Any],
    values: Mapping[str, Any],
    user: str,
) -> str:
    empty: dict[str, Any] = dict.fromkeys(_CHECKS)
    stated = {"reviewed_at": replica.core.now_ms(), **values}
    needed = ("stars", "given_by", "reviewed_at")
    checked = fields.check("client review", _CHECKS, {**empty, **stated}, needed)
    moments.check_past(replica, "reviewed_at", checked["reviewed_at"])
    for name in ("visit", "service_order"):
        if about[name] and replica.rows(RATING.name, where={name: about[name]}):
            raise Refused(
                f"The client's side has reviewed {about[name]} before, and does so once.",
                hint="Where something is wrong with the service: linli complaint case add",
            )
    link = None
    if checked["given_by"] == _FAMILY:
        on = day(checked["reviewed_at"])
        link = needed_link(replica, about["person"], checked["reviewer"] or "", family.RATE, on)
    written = replica.write(
        division, [Insert(RATING.name, {**about, **checked, "link": link})], user=user
    )
    return written.ids[0]


def needed_link(replica: Replica, person: str, relative: str, right: str, on: str) -> str:
    """The id of the link by which a relative acts for a person.

    Raises:
        Refused: No link holds on that day.
    """
    links = writing.standing(replica, family.LINK, where={"person": person})
    found = family.link_of(links, person, relative, right, on)
    if found is None:
        title = _LISTS.family_rights.title(right)
        raise Refused(
            f"No link to the family holds on {on} by which {relative or 'somebody'} may do this: "
            f"{title}.",
            hint="Record it: linli person family add PERSON --relative NAME --relation WORD "
            "--rights … --since DATE",
        )
    return str(found["id"])


# --- what the reviews amount to ------------------------------------------------------------------


def first_of(reviews: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """By visit, or by order where no visit is named, the review that counts: the first.

    A review that names an order is one of that order and of its visit, so that neither is reviewed
    twice.

    Args:
        reviews: Rows of `client_review`, in any order.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for row in sorted(reviews, key=lambda one: (one["reviewed_at"], str(one["id"]))):
        subjects = [row[name] for name in ("visit", "service_order") if row[name]]
        if not any(subject in found for subject in subjects):
            found.update((subject, row) for subject in subjects)
    return found


def repeated(reviews: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ids of reviews of what was reviewed before."""
    known = list(reviews)
    counting = {str(row["id"]) for row in first_of(known).values()}
    return {str(row["id"]) for row in known} - counting
