"""What a place consists of: its signs, what it belongs to, who uses its rooms, its equipment.

A place is one row of `facility` however many signs hang at its door. All of it is public and
travels in the registry lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import FactKind, code, day, note, number, ref, text
from node.care.facts.health import check_span, during
from node.care.policy import BASELINE
from node.errors import Refused
from node.schema import Channel

_LISTS = BASELINE.lists
_FACILITY = ref("facility", "facility", "设施", "Id, part of an id, or name.")
_SINCE = day("since", "开始日期", "The first day.", required=True)
_UNTIL = day("until", "结束日期", "The last day; empty while it goes on.")
CENTRE, PREMISES = "QY", "YT"
"""Codes of `facility_tie_kinds`."""
POINT_KINDS, CENTRE_KINDS = frozenset({"HZ"}), frozenset({"QY"})
"""The kinds of points that belong to a centre, and those of centres (CC-10)."""

SIGN = FactKind(
    "facility_sign",
    "facility",
    "sign",
    "挂牌",
    meaning="a further sign at the door of a facility, with its kind and its owner",
    does="Records a further sign at a facility and prints the id; the place stays one entry.",
    about="Further signs at the door of one place (多点挂牌).",
    example="王家院幸福院 --sign 王家院助残驿站 --kind 助残驿站 --owner 县残联 --since 2026-01-01",
    fields=(
        _FACILITY,
        text("sign", "牌名", "What stands on it.", required=True),
        code("kind", _LISTS.facility_kinds, "设施类别", "Such as 助残驿站.", required=True),
        text("owner", "共建单位", "Whose sign it is."),
        _SINCE,
        _UNTIL,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
)


def _check_tie(replica: Any, kind: FactKind, values: Mapping[str, Any], row_id: str) -> None:
    """A point belongs to a centre, and no place to itself (CC-10)."""
    if values["facility"] == values["other"]:
        raise fields.refused("other", values["other"], "is the facility itself", "Name another.")
    if values["kind"] != CENTRE:
        return
    for name, right in (("facility", POINT_KINDS), ("other", CENTRE_KINDS)):
        row = replica.row("facility", values[name])
        if row is not None and row["kind"] not in right:
            wanted = "、".join(_LISTS.facility_kinds.title(one) for one in sorted(right))
            raise Refused(
                f"{row['name']} is a {_LISTS.facility_kinds.title(row['kind'])}, and a point "
                f"belongs to a centre.",
                hint=f"Here stands one of these kinds: {wanted}.",
            )


TIE = FactKind(
    "facility_tie",
    "facility",
    "tie",
    "设施隶属",
    meaning="a facility belongs to another, or was made in its rooms",
    does="Records that a facility belongs to another, or stands in its rooms, and prints the id.",
    about="Which point belongs to which centre, and what was made in whose rooms.",
    example="南大街邻里互助点 --other 赤城镇区域养老服务中心 --kind 隶属 --since 2026-01-01",
    fields=(
        _FACILITY,
        ref("other", "facility", "另一设施", "Id, part of an id, or name."),
        code("kind", _LISTS.facility_tie_kinds, "关系", "隶属 or 依托.", required=True),
        _SINCE,
        _UNTIL,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
    weigh=_check_tie,
    index=("other",),
)

USE = FactKind(
    "facility_use",
    "facility",
    "use",
    "共用场地",
    meaning="an association uses the rooms of a facility",
    does="Records that an association uses the rooms of a facility and prints the id.",
    about="Associations that use the rooms of a facility; the place stays one entry.",
    example="王家院幸福院 --association 南大街村残协 --hours 周三下午 --since 2026-01-01",
    fields=(
        _FACILITY,
        ref("association", "association", "组织", "Id, part of an id, or name."),
        text("hours", "使用时间", "When they use them."),
        _SINCE,
        _UNTIL,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
    index=("association",),
)

EQUIPMENT = FactKind(
    "facility_equipment",
    "facility",
    "equipment",
    "设备",
    meaning="equipment of a facility",
    does="Records equipment of a facility and prints the id.",
    about="The equipment of facilities, such as of a rehabilitation room.",
    example="王家院康复室 --item 平行杠 --quantity 2 --since 2026-01-01",
    fields=(
        _FACILITY,
        text("item", "设备名称", "Such as 平行杠.", required=True),
        number("quantity", "数量", "How many.", 1, 100_000, required=True),
        _SINCE,
        _UNTIL,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
)

KINDS = (SIGN, TIE, USE, EQUIPMENT)


# --- what the facts amount to --------------------------------------------------------------------


def kinds_of(
    facility: Mapping[str, Any], signs: Iterable[Mapping[str, Any]], on: str
) -> frozenset[str]:
    """Every kind that a place is on a day: its own and those of its signs (ZS-18)."""
    mine = during((row for row in signs if row["facility"] == facility["id"]), on)
    return frozenset({facility["kind"], *(row["kind"] for row in mine)})


def centre_of(ties: Iterable[Mapping[str, Any]], facility: str, on: str) -> str:
    """The centre to which a point belongs on a day; of several the first recorded; or empty."""
    mine = (row for row in ties if row["facility"] == facility and row["kind"] == CENTRE)
    return next((str(row["other"]) for row in during(mine, on)), "")
