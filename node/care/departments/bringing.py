"""Keeps a batch of a department and whose each of its rows is; the register stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from node.care import rows
from node.care.departments.matching import MATCHED, Match, Reported
from node.care.departments.tables import BATCH, HIT
from node.care.people import PERSON
from node.errors import Refused
from node.replica import Insert, Replica

ROWS_MAX = 50_000


def check_new(replica: Replica, source: str) -> None:
    """Refuses a file that was brought in already.

    Raises:
        Refused: It was.
    """
    for row in replica.rows(BATCH.name, where={"source": source}):
        raise Refused(
            f"This file was brought in already, as the batch {row['id']}.",
            hint=f"See its rows: linli import hits --batch {row['id']}",
        )


def bring_in(
    replica: Replica, department: str, source: str,
    matched: Sequence[tuple[Reported, Match]], *, user: str,
) -> str:  # fmt: skip
    """Keeps a batch and whose each row is, in one transaction.

    Args:
        replica: This node.
        department: A code of `departments`.
        source: SHA-256 of the file, hexadecimal.
        matched: The rows.
        user: Who brings it in.

    Returns:
        The id of the batch.

    Raises:
        Refused: The file was brought in already.
    """
    check_new(replica, source)
    who = user or replica.core.config.user
    with replica.store.transaction():
        values = {
            "department": department,
            "source": source,
            "lines": len(matched),
            "brought_by": who,
        }
        insert = Insert(BATCH.name, values)
        batch = replica.write(replica.division, [insert], user=user).ids[0]
        homes = _homes(replica, (one.people[0] for _, one in matched if one.outcome == MATCHED))
        parts: dict[str, list[Insert]] = {}
        for one, found in matched:
            place = homes.get(found.people[0], "") if found.outcome == MATCHED else ""
            parts.setdefault(place or replica.division, []).append(
                _hit(batch, department, one, found)
            )
        for division, inserts in sorted(parts.items()):
            replica.insert_each(division, inserts, user=user)
    return batch


def _homes(replica: Replica, people: Iterable[str]) -> dict[str, str]:
    ids, found = sorted(set(people)), dict[str, str]()
    for start in range(0, len(ids), rows.PAGE_ROWS):
        where = {"id": ids[start : start + rows.PAGE_ROWS]}
        found |= {row["id"]: row["division#"] for row in replica.rows(PERSON.name, where=where)}
    return found


def _hit(batch: str, department: str, one: Reported, found: Match) -> Insert:
    values: dict[str, Any] = {
        "batch": batch,
        "department": department,
        "line": one.line,
        "outcome": found.outcome,
        "found_by": found.found_by,
        "reports": one.reports,
        "happened_on": one.happened_on,
        "disability_kind": one.disability_kind,
        "disability_grade": one.disability_grade,
        "reason": found.reason,
    }
    if found.outcome == MATCHED:
        values["person"] = found.people[0]
    else:
        values |= {
            "candidates": " ".join(found.people),
            "name": one.name,
            "birth_date": one.birth_date,
            "id_number": one.id_number,
        }
    return Insert(HIT.name, {name: value or None for name, value in values.items()})
