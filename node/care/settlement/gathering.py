"""Gathers the facts of divisions from the ledger, and names what they were read from.

For a sheet these are the facts of one division; an ancestor that looks for outcomes gathers those
of all its divisions. The public side of workers comes from the whole county.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from node.care import rows
from node.care.doubles.links import Doubles
from node.care.doubles.reading import read
from node.care.employment import WORKER_RECORD
from node.care.facts import providers, writing
from node.care.facts.health import STAY
from node.care.facts.institutions import PLACEMENT
from node.care.orders.gathering import worker_of
from node.care.orders.ratings import RATING, first_of
from node.care.parameters import publishing
from node.care.parameters.groups import Parameters
from node.care.pay.facts import (
    ACCEPT,
    DISPUTE,
    RETURN,
    WAIVE,
    Facts,
    Review,
    Span,
    VisitFact,
    WorkerFact,
)
from node.care.pay.flag import CODES, Flag
from node.care.pay.reading import client_fact, planned_fact, visit_fact, worker_fact
from node.care.pay.sheet import Inputs
from node.care.people import PERSON, WORKER
from node.care.plans import PLAN
from node.care.reviews import REVIEW
from node.care.settlement.tables import OUTCOME
from node.care.verdict import ACCEPTED, DISPUTED, RETURNED, verdict_of
from node.care.verdict import standing as left_standing
from node.care.visits import VISIT, corrected
from node.clock import day, stamp_ms
from node.division import LEVELS
from node.replica import Replica
from node.schema import AMENDMENT, Channel

Row = Mapping[str, Any]

_READ = tuple(column.name for column in VISIT.columns if column.required)


def inputs_of(replica: Replica, division: str, parameters: Parameters) -> Inputs:
    """What a sheet of a division is computed from; seals what is open, which has no frontier."""
    if not replica.store.read_only:
        replica.seal()
    known = replica.partitions()
    trust = [one for one in known if one.channel is Channel.TRUST]
    read = [
        one
        for one in known
        if one.channel is Channel.REGISTRY
        or (one.channel is Channel.CARE and one.division == division)
    ]
    frontier, of_trust = (
        replica.frontier_digest(chosen).to_bytes().hex() for chosen in (read, trust)
    )
    return Inputs(frontier, of_trust, parameters.version)


def parameters_of(replica: Replica) -> Parameters:
    """The numbers by which this node settles.

    Raises:
        UsageError: The county has published none.
    """
    return publishing.needed(replica)


def facts_of(replica: Replica, divisions: Iterable[str]) -> Facts:
    """All facts of some divisions, with the workers who are employed or have visits there."""
    chosen, found = sorted(set(divisions)), Facts()
    known = read(replica, chosen)
    for division in chosen:
        visits = list(_rows(replica, VISIT.name, division))
        found |= _of_division(replica, division, visits, known)
    named = {one.worker for one in found.visits.values()}
    return found | Facts.of(workers=_workers(replica, named, set(chosen)))


def _of_division(replica: Replica, division: str, rows: list[Row], known: Doubles) -> Facts:
    sound = [row for row in rows if _complete(row)]
    ids = {str(row["id"]) for row in sound}
    return Facts.of(
        _visits(replica, division, sound, known),
        _clients(replica, division, known),
        (),
        _reviews(replica, division, sound),
        (one for one in outcomes_here(replica, division) if one.visit in ids),
    )


def _rows(replica: Replica, table: str, division: str) -> Iterator[Row]:
    """The rows of a division itself."""
    found = rows.pages(replica, table, division)
    return (row for row in found if row["division#"] == division)


def _complete(row: Row) -> bool:
    """Whether a visit says what the rules read; what a peer wrote need not."""
    visit = corrected(row)
    return all(visit.get(name) is not None for name in _READ)


def _code_of(replica: Replica, division: str) -> str:
    known = replica.tree.get(division)
    return known.code if known else ""


def _visits(
    replica: Replica, division: str, rows: Iterable[Row], known: Doubles
) -> Iterator[VisitFact]:
    contested = {
        id_
        for place, table, id_, column in replica.contested(division)
        if (place, table, column) == (division, VISIT.name, AMENDMENT)
    }
    engaged = providers.read(replica)
    ratings = first_of(_rows(replica, RATING.name, division))
    for row in rows:
        yield visit_fact(
            row,
            code_of=replica.tree.code_on,
            contested=contested,
            ratings=ratings,
            ordered=worker_of(replica, corrected(row).get("service_order")),
            whom=_whom(known, corrected(row)["person"]),
            **_sent(replica, engaged, division, corrected(row)),
        )


def _sent(
    replica: Replica, engaged: Mapping[str, list[Row]], division: str, visit: Row
) -> dict[str, Any]:
    """What a visit does beside the contract of who sent the worker, and whether that pays for it.

    Nothing where nobody sent the worker.
    """
    on, service, covers = day(visit["started_at"]), visit["service"], replica.tree.covers
    sender = providers.sender_of(engaged[providers.SENT_BY.name], visit["worker"], on)
    if not sender:
        return {}
    held = engaged[providers.CONTRACT.name], engaged[providers.STAND_IN.name]
    contract = providers.contract_of(*held, sender, division, service, on, covers)
    return {
        "breach": providers.breach(engaged, sender, division, service, on, covers),
        "contracted": bool(contract and contract["price_fen"]),
    }


def _whom(known: Doubles, person: str) -> str:
    """The record that is kept of a person who stands twice; empty for everybody else."""
    return known.survivor(person) if len(known.group(person)) > 1 else ""


def _clients(replica: Replica, division: str, known: Doubles) -> Iterator[Any]:
    stays: dict[str, list[Span]] = {}
    for row in writing.standing(replica, STAY, division):
        if row["division#"] == division:
            stays.setdefault(row["person"], []).append(Span(row["since"], row["until"] or ""))
    placed: dict[str, list[Span]] = {}
    for row in writing.standing(replica, PLACEMENT, division):
        if row["division#"] == division:
            placed.setdefault(row["person"], []).append(Span(row["since"], row["until"] or ""))
    plans: dict[str, list[Any]] = {}
    for line in _rows(replica, PLAN.name, division):
        plans.setdefault(line["person"], []).append(planned_fact(line))
    for person in _rows(replica, PERSON.name, division):
        id_ = person["id"]
        whom, plan = _whom(known, id_), plans.get(id_, ())
        yield client_fact(
            person,
            hospital=stays.get(id_, ()),
            placed=placed.get(id_, ()),
            plan=plan,
            whom=whom,
        )


def _workers(replica: Replica, named: set[str], divisions: set[str]) -> Iterator[WorkerFact]:
    records: dict[str, list[Row]] = {}
    for division in sorted(divisions):
        for record in _rows(replica, WORKER_RECORD.name, division):
            records.setdefault(record["worker"], []).append(record)
    for row in replica.rows(WORKER.name):
        if row["id"] in named or row["division#"] in divisions:
            yield worker_fact(
                row,
                records.get(row["id"], ()),
                code=_code_of(replica, row["division#"]),
                kinds=_kinds(replica, row),
            )


def _kinds(replica: Replica, row: Row) -> list[tuple[str, str]]:
    """Since when a worker is of which kind; the first that was stated holds from the beginning."""
    found: list[tuple[str, str]] = []
    for entry in replica.history(WORKER.name, row["id"]):
        for cell in entry.written:
            if cell.column == "helper_kind" and cell.applied and cell.after:
                since = day(stamp_ms(entry.time)) if found else ""
                found = [*(one for one in found if one[0] != since), (since, str(cell.after))]
    return found


def _reviews(replica: Replica, division: str, rows: Iterable[Row]) -> Iterator[Review]:
    """One decision for a visit as it stands, and a waiver for each flag that was waived with it."""
    notes: dict[str, str] | None = None
    for row in rows:
        verdict, visit, at = verdict_of(row), str(row["id"]), int(row["time"])
        if verdict.outcome == RETURNED:
            yield Review(f"{visit}-{RETURN}", visit, RETURN, at, reason=verdict.reason)
        elif verdict.outcome == DISPUTED:
            yield Review(f"{visit}-{DISPUTE}", visit, DISPUTE, at, by=_disputing(replica, visit))
        elif verdict.outcome == ACCEPTED:
            yield Review(f"{visit}-{ACCEPT}", visit, ACCEPT, at)
            if verdict.waived and notes is None:
                notes = _notes(replica, division)
            for flag in sorted(verdict.waived):
                # A note may have been erased by law; the waiver counts all the same.
                why = (notes or {}).get(visit) or "-"
                yield Review(f"{visit}-{WAIVE}-{flag}", visit, WAIVE, at, flag, why)


def _disputing(replica: Replica, visit: str) -> str:
    """Who wrote the reviews of a visit that contradict each other, a comma between."""
    users = set[str]()
    for row in left_standing(replica.rows(REVIEW.name, where={"visit": visit})):
        entries = replica.history(REVIEW.name, str(row["id"]))
        users |= {entry.user for entry in entries if entry.created and entry.user}
    return ", ".join(sorted(users))


def _notes(replica: Replica, division: str) -> dict[str, str]:
    """By visit what the last review with a note says."""
    rows = _rows(replica, REVIEW.name, division)
    return {row["visit"]: row["note"] for row in rows if (row["note"] or "").strip()}


def outcomes_here(replica: Replica, division: str) -> frozenset[Flag]:
    """What ancestors say of the visits of a division: of each ancestor the last word."""
    return frozenset(flag for flag, told in spoken(replica, division).values() if told)


def spoken(replica: Replica, division: str) -> dict[tuple[str, str, str], tuple[Flag, bool]]:
    """The last word of each ancestor: by its division, visit and code the flag, and if it holds.

    A village that writes an outcome about itself says nothing: it is not the one that reviews.
    """
    rows = sorted(
        _rows(replica, OUTCOME.name, division),
        key=lambda row: (row["time"], row["author#"], row["boot#"], row["number"], row["id"]),
    )
    said: dict[tuple[str, str, str], tuple[Flag, bool]] = {}
    for row in rows:
        standing, flag = replica.view.standing(row["author#"]), _flag(row)
        if flag is None or standing is None or standing.tier == LEVELS[-1]:
            continue
        if replica.tree.covers(standing.division, division):
            said[standing.division, flag.visit, flag.code] = flag, not row["withdrawn"]
    return said


def _flag(row: Row) -> Flag | None:
    """The flag of a row; None where it is none."""
    try:
        stated = json.loads(row["details"] or "{}")
    except (ValueError, RecursionError):
        return None
    if row["code"] not in CODES or not isinstance(stated, dict):
        return None
    values = tuple(sorted((str(name), str(value)) for name, value in stated.items()))
    return Flag(row["visit"], row["code"], tuple(sorted((row["others"] or "").split())), values)
