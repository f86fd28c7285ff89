"""Takes facts from rows, as the replica gives them, and from what stands in no row of its own.

A note becomes a fingerprint here and goes no further. Stays in a hospital, enrolments, plans and
insurances are given as spans: which records hold them is not this room's to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from node.care.pay.facts import ClientFact, Planned, Review, Span, VisitFact, WorkerFact
from node.care.visits import amendment, corrected
from node.clock import day, stamp_ms

Row = Mapping[str, Any]

CodeOf = Callable[[str, str], str]
"""The statistical code of a division, by id, on a day."""


def no_code(_division: str, _day: str) -> str:
    """For a county whose parameters are the same everywhere."""
    return ""


def visit_fact(
    row: Mapping[str, Any],
    *,
    code_of: CodeOf = no_code,
    contested: Collection[str] = (),
    suspect: Collection[str] = (),
    reasons: Mapping[str, str] | None = None,
    ordered: str = "",
    ratings: Mapping[str, Row] | None = None,
    whom: str = "",
    breach: str = "",
    contracted: bool = False,
) -> VisitFact:
    """A visit from its row.

    Args:
        row: As the replica gives it.
        code_of: Gives statistical codes.
        contested: Ids of visits whose amendments contradict each other.
        suspect: Ids of visits whose author's clock could not be right.
        reasons: Of each visit the reason with which it was entered, or an empty one.
        ordered: The worker who has the order that the visit serves.
        ratings: By visit or order the client's review that counts: then what was typed with the
            visit itself, by who made it, counts for nothing.
        whom: The record that is kept where the person stands twice; empty: the person's own.
        breach: What it does beside the contract of who sent the worker.
        contracted: Whether that contract pays for it.
    """
    visit, id_ = corrected(row), str(row["id"])
    order = visit.get("service_order") or ""
    rating = _rating(ratings or {}, id_, visit, order)
    note = "".join(str(visit.get("note") or "").split()).casefold()
    return VisitFact(
        id=id_,
        person=visit["person"],
        worker=visit["worker"],
        service=visit["service"],
        started_at=visit["started_at"],
        ended_at=visit["ended_at"],
        minutes=visit["minutes"],
        entered_at=stamp_ms(row["time"]),
        division=row["division#"],
        code=code_of(row["division#"], day(visit["started_at"])),
        author=row["author#"],
        fee_fen=visit["fee_fen"],
        tasks=tuple(sorted(filter(None, (visit.get("tasks") or "").split(",")))),
        rating=visit.get("rating") if ratings is None else _stars(rating),
        confirmed_by=visit.get("confirmed_by") or "",
        text=hashlib.sha256(note.encode()).hexdigest()[:16] if note else "",
        late_reason=None if reasons is None else reasons.get(id_),
        clock_suspect=id_ in suspect,
        void="void" in amendment(row),
        held=id_ in contested,
        order=order,
        ordered=ordered,
        rated_at=stamp_ms(rating["time"]) if rating else 0,
        rated_by=rating["author#"] if rating else "",
        whom=whom,
        breach=breach,
        contracted=contracted,
    )


def _stars(rating: Row | None) -> int | None:
    return None if rating is None else int(rating["stars"])


def _rating(ratings: Mapping[str, Row], id_: str, visit: Row, order: str) -> Row | None:
    """The review of a visit itself, or of its order where it names no other visit or worker."""
    if id_ in ratings:
        return ratings[id_]
    found = ratings.get(order)
    if found is None or found["visit"] or found["worker"] not in (None, visit["worker"]):
        return None
    return found


def client_fact(
    row: Mapping[str, Any],
    *,
    hospital: Iterable[Span] = (),
    placed: Iterable[Span] = (),
    enrolled: Iterable[Span] | None = None,
    services: Iterable[str] = (),
    plan: Iterable[Planned] = (),
    whom: str = "",
) -> ClientFact:
    """A person from the row; stays, enrolments and the plan stand in records of their own."""
    return ClientFact(
        id=row["id"],
        division=row["division#"],
        registered_on=day(stamp_ms(row["time"])),
        closed_on=row.get("closed_on") or "",
        closed_reason=row.get("closed_reason") or "",
        hospital=_ordered(hospital) or (),
        placed=_ordered(placed) or (),
        groups=tuple(sorted(row.get("groups") or ())),
        enrolled=_ordered(enrolled),
        services=tuple(sorted(set(services))),
        plan=tuple(sorted(set(plan))),
        whom=whom,
    )


def planned_fact(row: Mapping[str, Any]) -> Planned:
    """A line of a care plan from its row."""
    services = tuple(filter(None, str(row["services"] or "").split(",")))
    return Planned(services, row["xun"] or "", Span(row["since"] or "", row["until"] or ""))


def worker_fact(
    row: Mapping[str, Any],
    records: Iterable[Mapping[str, Any]] = (),
    *,
    code: str = "",
    kinds: Iterable[tuple[str, str]] = (),
    insurance: Iterable[Span] | None = None,
    certificate: Iterable[Span] | None = None,
    relatives: Iterable[str] = (),
) -> WorkerFact:
    """A worker from the public row and the personal records, of which there may be several.

    `kinds` are from the row's history; without them the kind of today is taken for always. Who has
    no contract here serves since the day of the row, and in every month with a visit that counts.
    """
    records = list(records)
    numbers = sorted({one.get("id_number") or "" for one in records} - {""})
    dated = [(one.get("contract_from") or "", one.get("contract_until") or "") for one in records]
    contracts = [Span(*both) for both in dated if any(both)]
    since = min((one.since for one in contracts), default=day(stamp_ms(row["time"])))
    return WorkerFact(
        id=row["id"],
        division=row["division#"],
        code=code,
        since=since,
        kinds=tuple(sorted(set(kinds))) or (("", row.get("helper_kind") or ""),),
        worker_class=row.get("worker_class") or "",
        clients_per_day_max=row.get("clients_per_day_max") or 0,
        closed_on=row.get("closed_on") or "",
        contract=_ordered(contracts) or None,
        insurance=_ordered(insurance),
        certificate=_ordered(certificate),
        relatives=tuple(sorted(set(relatives))),
        known_by=numbers[0] if numbers else "",
    )


def review_fact(row: Mapping[str, Any]) -> Review:
    """A review from a row with the columns visit, decision, flag, reason and by."""
    flag, reason, by = (row.get(name) or "" for name in ("flag", "reason", "by"))
    return Review(row["id"], row["visit"], row["decision"], row["time"], flag, reason, by)


def _ordered(spans: Iterable[Span] | None) -> tuple[Span, ...] | None:
    if spans is None:
        return None
    return tuple(sorted(set(spans)))
