"""Reviews: a township accepts the visits of its villages, or gives them back with a reason.

Pay is for accepted visits alone. Whoever recorded a visit does not accept it. A visit that was
given back is corrected or voided by who recorded it, and is then to be reviewed again. If its
client paid where visits are free, a complaint is opened when it is looked at, whatever is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from node.care import complaining, fields, rows, visits
from node.care.amendments import void
from node.care.policy import BASELINE
from node.care.verdict import ACCEPTED, RETURNED, Verdict, seen, standing, verdict_of
from node.clock import day
from node.errors import Refused, UsageError
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

REVIEW = Table(
    name="visit_review",
    channel=Channel.CARE,
    meaning="what a township found about a visit",
    columns=(
        Column("visit", Kind.FACT, required=True, meaning="id of the visit"),
        Column("outcome", Kind.FACT, required=True, meaning="accepted or returned"),
        Column("seen", Kind.FACT, meaning="which amendment of the visit, empty for none"),
        Column("reason", Kind.FACT, meaning="of a return, code of visit_return_reasons"),
        Column("waived", Kind.FACT, meaning="codes of flags, sorted, comma between"),
        Column("replaces", Kind.FACT, meaning="ids of reviews, sorted, blank between"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
    ),
    writer="township",
    indexes=(("visit",),),
    local=True,
)

TABLES = (REVIEW,)

_REASONS = BASELINE.lists.visit_return_reasons


def waiting(
    replica: Replica, within: str | None, since: str = "", until: str = ""
) -> Iterator[dict[str, Any]]:
    """The visits that nobody has looked at as they stand, as their corrections leave them.

    Args:
        replica: This node.
        within: A division and everything below it; None for all here.
        since: From this day on, ISO date; empty: any.
        until: Up to this day; empty: any.
    """
    for row in rows.pages(replica, visits.VISIT.name, within):
        whole = visits.corrected(row)
        if void(row) or verdict_of(row).outcome in (ACCEPTED, RETURNED):
            continue
        on = day(whole["started_at"]) if whole["started_at"] is not None else ""
        if (not since or on >= since) and (not until or on <= until):
            yield whole


def accept(
    replica: Replica,
    found: Sequence[Mapping[str, Any]],
    *,
    user: str,
    waived: Sequence[str] = (),
    note: str = "",
) -> int:
    """Accepts visits, each as it stands.

    Args:
        replica: This node, a township's.
        found: The visits, rows of this node.
        user: Who accepts; not who recorded one of them here.
        waived: Codes of flags that shall not bar the pay.
        note: Why, where something is waived.

    Returns:
        How many were accepted; one that is accepted already, in the same way, is passed over.

    Raises:
        UsageError: Something is waived without a note.
        Refused: This node is no township's, one of them is void, or was recorded by the same
            person.
    """
    if waived and fields.blank(note):
        raise UsageError(
            "A flag is waived only with a reason, and the note is empty.",
            hint="Say in a few words why the visit is to be paid all the same.",
        )
    wanted = Verdict(ACCEPTED, waived=frozenset(waived))
    by_division: dict[str, list[Insert]] = {}
    for visit in found:
        _check_open(replica, visit)
        _check_other(replica, visit, user or replica.core.config.user)
        made = _review(replica, visit, wanted, note)
        if made is not None:
            by_division.setdefault(visit["division#"], []).append(made)
    for division, inserts in by_division.items():
        replica.insert_each(division, inserts, user=user)
    complaining.open_charged(replica, found, user=user)
    return sum(map(len, by_division.values()))


def give_back(replica: Replica, visit_id: str, reason: str, *, user: str, note: str = "") -> None:
    """Gives a visit back to who recorded it.

    Args:
        replica: This node, a township's.
        visit_id: The visit.
        reason: A name or code of `visit_return_reasons`.
        user: Who gives it back.
        note: What is asked for.

    Raises:
        UsageError: The visit is not here, or the reason is not in the list.
        Refused: This node is no township's, or the visit is void.
    """
    visit = rows.find(replica, visits.VISIT, fields.row_id("visit", visit_id))
    _check_open(replica, visit)
    code = _REASONS.code("reason", reason)
    made = _review(replica, visit, Verdict(RETURNED, reason=code), note)
    if made is not None:
        replica.write(visit["division#"], [made], user=user)
    complaining.open_charged(replica, [visit], user=user)


def _check_open(replica: Replica, visit: Mapping[str, Any]) -> None:
    """Refuses a review here, or of a visit that is void."""
    if replica.tier != REVIEW.writer:
        raise Refused(
            f"Visits are reviewed by the township, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Review them on the township's node: linli visit review",
        )
    if void(visit):
        raise Refused(
            f"The visit {visit['id']} is void, so there is nothing to review.",
            hint="Those that wait are listed by: linli visit review",
        )


def _check_other(replica: Replica, visit: Mapping[str, Any], user: str) -> None:
    """Refuses who recorded or corrected the visit here; another node has other people."""
    for entry in replica.history(visits.VISIT.name, visit["id"]):
        if entry.author == replica.author and entry.user == user:
            raise Refused(
                f"{user} recorded the visit {visit['id']}, or corrected it, and nobody accepts what"
                f" they recorded.",
                hint="Somebody else of the township accepts it.",
            )


def _review(
    replica: Replica, visit: Mapping[str, Any], wanted: Verdict, note: str
) -> Insert | None:
    """The review to write; None where what stands says the same."""
    before = standing(replica.rows(REVIEW.name, where={"visit": visit["id"]}))
    meant = Verdict(wanted.outcome, seen(visit), wanted.reason, wanted.waived)
    if len(before) == 1 and verdict_of(visit) == meant:
        return None
    return Insert(
        REVIEW.name,
        {
            "visit": visit["id"],
            "outcome": meant.outcome,
            "seen": meant.seen or None,
            "reason": meant.reason or None,
            "waived": ",".join(sorted(meant.waived)) or None,
            "replaces": " ".join(str(row["id"]) for row in before) or None,
            "note": fields.note("note", note) if note else None,
        },
    )
