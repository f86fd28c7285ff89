"""What became of each row; takes over what it reports, or notes that the register stays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import fields, moments, rows
from node.care.departments.matching import (
    CHOOSE,
    CREMATION,
    DEATH,
    LISTED,
    MATCHED,
    MOVED,
    REJECTED,
)
from node.care.departments.tables import BATCH, HIT, RULING
from node.care.doubles.reading import read
from node.care.facts import circumstances, writing
from node.care.people import PERSON, PERSON_CLOSED, close_person
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

OPEN, AGREES, TAKEN, KEPT = "open", "agrees", "taken", "kept"
STATES = (OPEN, CHOOSE, REJECTED, AGREES, TAKEN, KEPT)
"""What a row may be, in the order in which somebody should look at it."""

_LISTS = BASELINE.lists
_CLOSES = {DEATH: "deceased", MOVED: "moved"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A row of a list and what became of it.

    Attributes:
        row: The row as it is kept.
        state: One of `STATES`.
        person: The id of the person whose it is; empty where nobody has said.
        note: What was noted with the decision.
    """

    row: Mapping[str, Any]
    state: str
    person: str
    note: str


def hits(
    replica: Replica, within: str | None = None, batch: str = "",
    states: Collection[str] = STATES,
) -> Iterator[Hit]:  # fmt: skip
    """The rows that are here, in the order of their ids.

    Args:
        replica: This node.
        within: Only what stands in this division or below.
        batch: Only those of this batch.
        states: Only these.
    """
    rulings = {row["hit"]: row for row in _in_order(replica)}
    known = read(replica)
    where = {"batch": batch} if batch else None
    for row in rows.pages(replica, HIT.name, within, where):
        ruling = rulings.get(row["id"])
        person = (ruling or {}).get("person") or row["person"] or ""
        state = _state(replica, row, ruling, known.survivor(person) if person else "")
        if state in states:
            yield Hit(row, state, person, (ruling or {}).get("note") or "")


def _in_order(replica: Replica) -> list[dict[str, Any]]:
    found = rows.pages(replica, RULING.name)
    return sorted(found, key=lambda row: (row["time"], row["id"]))


def _state(
    replica: Replica, row: Mapping[str, Any], ruling: Mapping[str, Any] | None, person: str
) -> str:
    if ruling is not None:
        return TAKEN if ruling["outcome"] == TAKEN else KEPT
    if row["outcome"] != MATCHED:
        return CHOOSE if row["outcome"] == CHOOSE else REJECTED
    return AGREES if _agrees(replica, row, person) else OPEN


def _agrees(replica: Replica, row: Mapping[str, Any], person_id: str) -> bool:
    """Whether the register says already what a row reports."""
    person = replica.row(PERSON.name, person_id)
    if row["reports"] == LISTED or person is None:
        return bool(row["reports"] == LISTED)
    if row["reports"] in _CLOSES:
        reason = _CLOSES[row["reports"]]
        return person["status"] in PERSON_CLOSED and bool(person["closed_reason"] == reason)
    kind = circumstances.CREMATION if row["reports"] == CREMATION else circumstances.CERTIFICATE
    told = list(writing.standing(replica, kind, None, {"person": person_id}))
    if row["reports"] == CREMATION:
        return any(one["cremated_on"] == row["happened_on"] for one in told)
    wanted = row["disability_kind"], row["disability_grade"]
    return any((one["kind"], one["grade"]) == wanted for one in told)


def take(replica: Replica, hit_id: str, person_id: str = "", *, user: str) -> str:
    """Takes over what a row reports, by the act that whoever hears of it would write.

    Args:
        replica: This node.
        hit_id: The row.
        person_id: Whose it is, where the row does not say.
        user: Who decides.

    Returns:
        The id of the person.

    Raises:
        UsageError: The row or the person is not here, or nobody said whose it is.
        Refused: It was decided, brought in by the same person, or the register says so already.
    """
    hit = _open(replica, hit_id, user)
    person = person_id or hit.person
    if not person:
        raise UsageError(
            "The list does not tell whose this row is.",
            hint=f"Say it: linli import take {hit.row['id']} --person PERSON",
        )
    row = rows.find(replica, PERSON, read(replica).survivor(fields.row_id("person", person)))
    if hit.person and row["id"] != read(replica).survivor(hit.person):
        raise Refused(
            "The ID number tells whose this row is, and it is another person.",
            hint="Where the number is wrong in the register, mend that first.",
        )
    if _agrees(replica, hit.row, row["id"]):
        raise Refused(
            f"The register says so of {row['name']} already.",
            hint=f"Keep it as it is: linli import keep {hit.row['id']} --note WHY",
        )
    with replica.store.transaction():
        _act(replica, hit, row, user)
        _rule(replica, hit, TAKEN, row["id"], "", user)
    return str(row["id"])


def _act(replica: Replica, hit: Hit, person: Mapping[str, Any], user: str) -> None:
    told, source = hit.row, _LISTS.departments.title(hit.row["department"])
    on = told["happened_on"] or ""
    if told["reports"] in _CLOSES:
        close_person(replica, person["id"], _CLOSES[told["reports"]], on, user=user)
        return
    if told["reports"] == CREMATION:
        values = {"person": person["id"], "cremated_on": on, "source": source}
        kind = circumstances.CREMATION
    else:
        kind = circumstances.CERTIFICATE
        values = {
            "person": person["id"],
            "since": on or moments.today(replica),
            "kind": told["disability_kind"],
            "grade": told["disability_grade"],
        }
    writing.record(replica, kind, person["division#"], values, user=user)


def keep(replica: Replica, hit_id: str, note: str, *, user: str) -> None:
    """Notes that the register stays as it is, and why.

    Raises:
        UsageError: The row is not here, or no reason is given.
        Refused: It was decided, or brought in by the same person.
    """
    hit = _open(replica, hit_id, user)
    said = fields.note("note", note) if note.strip() else ""
    if not said:
        raise UsageError("It is not said why.", hint="Give --note, such as 同名不同人.")
    _rule(replica, hit, KEPT, hit.person, said, user)


def _open(replica: Replica, hit_id: str, user: str) -> Hit:
    row = rows.find(replica, HIT, fields.row_id("hit", hit_id))
    hit = next(one for one in hits(replica, row["division#"]) if one.row["id"] == row["id"])
    if hit.state in (TAKEN, KEPT):
        raise Refused(
            f"It is decided already about row {row['line']}: {hit.state}.",
            hint="What waits is listed by: linli import hits",
        )
    batch = replica.row(BATCH.name, row["batch"])
    acting = user or replica.core.config.user
    first = next(iter(replica.history(BATCH.name, row["batch"])), None) if batch else None
    if first is not None and first.author == replica.author and first.user == acting:
        raise Refused(
            f"{acting} brought the list in, and nobody decides about what they brought in.",
            hint="Somebody else decides it.",
        )
    return hit


def _rule(replica: Replica, hit: Hit, outcome: str, person: str, note: str, user: str) -> None:
    values = {
        "hit": hit.row["id"],
        "outcome": outcome,
        "person": person or None,
        "note": note or None,
        "decided_by": user or replica.core.config.user,
    }
    replica.write(hit.row["division#"], [Insert(RULING.name, values)], user=user)
