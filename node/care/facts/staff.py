"""What those who care have to show: their certificates, each with a last day.

A certificate bears a number that is its holder's own, so it stays in the care lane of the place
that employs the worker and goes up from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import FactKind, code, day, note, ref, text
from node.care.policy import BASELINE

_LISTS = BASELINE.lists


def _check_days(values: Mapping[str, Any]) -> None:
    issued, until = values["issued_on"], values["valid_until"]
    if until and until < issued:
        raise fields.refused(
            "valid_until", until, f"lies before {issued}, the day of issue", "Check both days."
        )


CERTIFICATE = FactKind(
    "worker_certificate",
    "worker",
    "certificate",
    "资格证书",
    meaning="one certificate of a worker",
    does="Records a certificate of a worker and prints the id.",
    about="Certificates of workers, and until when each is valid.",
    example="张红 --kind 养老护理员证 --certificate-no YL2024001 --issued-on 2024-03-01"
    " --valid-until 2027-02-28",
    fields=(
        ref("worker", "worker", "服务人员编号", "Id, part of an id, or name."),
        code("kind", _LISTS.certificate_kinds, "证书类别", "Such as 养老护理员证.", required=True),
        text("certificate_no", "证书编号", "Its number.", required=True, erasable=True),
        code("level", _LISTS.certificate_levels, "级别", "助理级, 中级 or 高级."),
        day("issued_on", "发证日期", "Such as 2024-03-01.", required=True),
        day("valid_until", "有效期至", "The last day; empty: it does not expire."),
        note(),
    ),
    judge=_check_days,
)

KINDS = (CERTIFICATE,)


def expiring(
    certificates: Iterable[Mapping[str, Any]], today: str, until: str
) -> list[Mapping[str, Any]]:
    """Certificates that end between today and a day, or have ended, the first to end first.

    One that the same worker has renewed, by another of its kind that ends later or never, is left
    out (QX-13).

    Args:
        certificates: Facts of `certificate`.
        today: ISO date.
        until: ISO date, the last day on which one may end that is told.
    """
    assert today <= until
    latest: dict[tuple[str, str], Mapping[str, Any]] = {}

    def place(row: Mapping[str, Any]) -> tuple[str, str]:
        return row["valid_until"] or "9999-12-31", str(row["id"])

    for row in certificates:
        key = (row["worker"], row["kind"])
        if key not in latest or place(row) > place(latest[key]):
            latest[key] = row
    found = [row for row in latest.values() if row["valid_until"] and row["valid_until"] <= until]
    return sorted(found, key=place)
