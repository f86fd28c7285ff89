"""What comes in by telephone, by one key, or from a device, and who is there to answer.

The clock of a call starts with the call, also where it is typed in later (HC-07). The functions
below are pure, and what they are given may lie in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care.facts.declaring import FactKind, ahead, code, day, hidden, moment, note, ref, text
from node.care.facts.emergencies import ordered
from node.care.facts.health import check_span
from node.care.policy import BASELINE
from node.clock import day as day_of
from node.errors import UsageError

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")
_MINUTE_MS = 60_000
URGENT = "YJ"
"""应急: the code of `request_kinds` whose answer has a clock (ZS-24)."""


def _check_outcome(values: Mapping[str, Any]) -> None:
    """A call ends in an order, an advice or a referral, and says which (HC-05)."""
    needs = {"order": "service_order", "advice": "advice", "referral": "referred_to"}
    wanted = needs.get(values["outcome"] or "")
    if wanted and not values[wanted]:
        raise UsageError(
            f"The call ended in {values['outcome']!r}, and the field {wanted} is empty.",
            hint=f"Fill in {wanted}, or leave the outcome out until it is known.",
        )


CALL = FactKind(
    "hotline_call",
    "order",
    "call",
    "来电",
    meaning="one call at the number behind which all services stand",
    does="Records a call at the hotline and prints the id.",
    about="Calls at the hotline: each ends in an order, an advice or a referral.",
    example='王桂兰 --line 护 --called-at "2026-11-03 09:10" --caller 村干部 --relation 村干部'
    " --outcome 建议 --advice 到镇卫生院换药",
    fields=(
        _PERSON,
        code("line", _LISTS.service_lines, "服务线", "医, 养, 转 or 护.", required=True),
        moment("called_at", "来电时间", 'Such as "2026-11-03 09:10".', required=True),
        text("caller", "来电人", "Who called.", required=True),
        hidden(
            code(
                "relation", _LISTS.contact_relations, "与对象关系", "Such as 村干部; empty: 本人."
            )
        ),
        code("outcome", _LISTS.call_outcomes, "结果", "订单, 建议 or 转介; empty while open."),
        hidden(ref("service_order", "service_order", "订单编号", "The order that came of it.",
            required=False)),
        hidden(text("advice", "建议", "What was advised.", erasable=True)),
        hidden(text("referred_to", "转介去向", "To whom it was referred.")),
        note(),
    ),
    judge=_check_outcome,
)  # fmt: skip

ON_CALL = FactKind(
    "on_call",
    "order",
    "on-call",
    "值班",
    meaning="somebody is on call from one moment to another",
    does="Records who is on call and prints the id.",
    about="Who is on call, around the clock where the county asks for it.",
    example='李秀英 --phone 13800000000 --since "2026-11-03 08:00" --until "2026-11-03 20:00"',
    fields=(
        text("name", "值班人", "Who is on call.", required=True),
        text("phone", "值班电话", "Where the person is reached.", required=True),
        ahead(moment("since", "开始时间", 'Such as "2026-11-03 08:00".', required=True)),
        ahead(moment("until", "结束时间", 'Such as "2026-11-03 20:00".', required=True)),
        note(),
    ),
    judge=ordered("since", "until"),
)

DEVICE = FactKind(
    "device",
    "person",
    "device",
    "终端设备",
    meaning="a device in the home of a person",
    does="Records a device in somebody's home and prints the id.",
    about="Devices in homes that send a sign of life or call by one key.",
    example="王桂兰 --serial SN-0012 --kind 语音终端 --since 2026-01-01",
    fields=(
        _PERSON,
        text("serial", "设备编号", "As on the device.", required=True),
        code("kind", _LISTS.device_kinds, "设备类别", "Such as 语音终端.", required=True),
        day("since", "安装日期", "The first day.", required=True),
        day("until", "拆除日期", "The last day; empty while it is there."),
        note(),
    ),
    judge=check_span,
)

SIGNAL = FactKind(
    "device_signal",
    "person",
    "signal",
    "设备信号",
    meaning="a sign of life of a device",
    does="Records a sign of life of a device and prints the id.",
    about="Signs of life of devices; one that is silent for long makes a visit due.",
    example='7Q2M9K --seen-at "2026-11-03 06:00"',
    fields=(
        ref("device", "device", "设备", "Id, or part of an id."),
        moment("seen_at", "信号时间", 'Such as "2026-11-03 06:00".', required=True),
    ),
)

REQUEST = FactKind(
    "one_key_request",
    "person",
    "request",
    "一键求助",
    meaning="what somebody asked for by one key",
    does="Records what somebody asked for by one key and prints the id.",
    about="What was asked for by one key, and when it was answered.",
    example='王桂兰 --kind 应急 --asked-at "2026-11-03 02:10" --answered-at "2026-11-03 02:25"',
    fields=(
        _PERSON,
        code("kind", _LISTS.request_kinds, "求助类别", "Such as 应急 or 助餐.", required=True),
        moment("asked_at", "求助时间", 'Such as "2026-11-03 02:10".', required=True),
        moment("answered_at", "应答时间", "When somebody answered; empty while nobody has."),
        ref("device", "device", "设备", "From which device.", required=False),
        note(),
    ),
    judge=ordered("asked_at", "answered_at"),
)

KINDS = (CALL, ON_CALL, DEVICE, SIGNAL, REQUEST)

Row = Mapping[str, Any]


# --- what the facts amount to --------------------------------------------------------------------


def nobody_on_call(rota: Iterable[Row], since: int, until: int) -> list[tuple[int, int]]:
    """The spans, milliseconds UTC, in which nobody is on call (HC-02)."""
    found, reached = [], since
    for row in sorted(rota, key=lambda row: (row["since"], row["until"])):
        if row["since"] > reached:
            found.append((reached, min(row["since"], until)))
        reached = max(reached, row["until"])
        if reached >= until:
            break
    if reached < until:
        found.append((reached, until))
    return [(first, last) for first, last in found if first < last]


def waited_minutes(called_at: int, answered_at: int | None, now: int) -> int:
    """How long a call has waited: from the call, not from when it was typed in (HC-07)."""
    return max(0, (answered_at or now) - called_at) // _MINUTE_MS


def late_requests(requests: Iterable[Row], now: int, answer_minutes: int) -> list[tuple[Row, int]]:
    """The urgent requests that were answered too late, or not yet, with the minutes (ZS-24)."""
    waited = [
        (row, waited_minutes(row["asked_at"], row["answered_at"], now))
        for row in requests
        if row["kind"] == URGENT
    ]
    late = [(row, minutes) for row, minutes in waited if minutes > answer_minutes]
    return sorted(late, key=lambda one: (one[0]["asked_at"], str(one[0]["id"])))


def last_signs(devices: Iterable[Row], signals: Iterable[Row]) -> dict[str, str]:
    """By device the day of its last sign of life; of one that gave none the day it was put up."""
    found = {str(row["id"]): str(row["since"]) for row in devices}
    for row in signals:
        if row["device"] in found:
            found[row["device"]] = max(found[row["device"]], day_of(row["seen_at"]))
    return found
