"""Money and goods that are given, advanced or earned, outside of pay: donations, advances, points.

Each is an entry that is never taken out. What they amount to is told by `advances` and `points`,
and by the functions below, which are pure: what they are given may lie in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields
from node.care.advances import Advance, Recovered
from node.care.facts.declaring import FactKind, code, day, hidden, money, note, number, ref, text
from node.care.facts.weighing import once, within
from node.care.points import EARNED, REVERSED, SPENT, Entry
from node.care.policy import BASELINE
from node.clock import stamp_ms
from node.errors import UsageError

_LISTS = BASELINE.lists


def _check_gift(values: Mapping[str, Any]) -> None:
    """A donation is money or goods."""
    if not values["amount_fen"] and not values["goods"]:
        raise UsageError(
            "A donation is money or goods, and neither is given.",
            hint="Give an amount in yuan, or say what was donated.",
        )


DONATION = FactKind(
    "donation",
    "fund",
    "donation",
    "捐赠",
    meaning="one donation of money or goods",
    does="Records a donation and prints the id.",
    about="Donations of money and goods.",
    example="某鞋业公司 --donated-on 2026-05-17 --amount 5000 --receipt-no 2026-031",
    fields=(
        text("donor", "捐赠人", "Who gave.", required=True),
        day("donated_on", "日期", "Such as 2026-05-17.", required=True),
        money("amount_fen", "金额(元)", "How much, in yuan."),
        text("goods", "物资", "What, where it is no money."),
        hidden(text("event", "活动", "The event at which it was raised.")),
        hidden(text("restricted_to", "指定用途", "What it may be spent for.")),
        text("receipt_no", "收据编号", "The number of the receipt.", required=True),
        note(),
    ),
    judge=_check_gift,
    weigh=once("receipt_no"),
)

ADVANCE = FactKind(
    "advance",
    "person",
    "advance",
    "垫付",
    meaning="money that was advanced for a person",
    does="Records money that was advanced for a person and prints the id.",
    about="Money that was advanced for people, mostly in hospital.",
    example="王桂兰 --advanced-on 2026-11-03 --amount 1200 --paid-by 安速医疗",
    fields=(
        ref("person", "person", "服务对象编号", "Id, part of an id, or name."),
        day("advanced_on", "日期", "Such as 2026-11-03.", required=True),
        money("amount_fen", "金额(元)", "How much, in yuan.", required=True),
        text("paid_by", "垫付方", "Who advanced it.", required=True),
        note(),
    ),
)

RECOVERY = FactKind(
    "recovery",
    "fund",
    "recovery",
    "垫付收回",
    meaning="a part of an advance that came back",
    does="Records what came back of an advance and prints the id.",
    about="What came back of advances, and from where.",
    example="7Q2M9K --recovered-on 2026-11-20 --amount 800 --source 医保",
    fields=(
        ref("advance", "advance", "垫付编号", "Id, or part of an id."),
        day("recovered_on", "日期", "Such as 2026-11-20.", required=True),
        money("amount_fen", "金额(元)", "How much, in yuan.", required=True),
        code("source", _LISTS.recovery_sources, "来源", "医保, 救助, 本人 or 家属.", required=True),
        note(),
    ),
    weigh=within("advance"),
)


def _check_points(values: Mapping[str, Any]) -> None:
    """An entry earns, spends or reverses, and says what that needs."""
    kind, amount, reverses = values["kind"], values["amount"], values["reverses"]
    if kind == "CX" and not reverses:
        raise UsageError("A reversal names the entry that it takes back.", hint="Give --reverses.")
    if kind != "CX" and (reverses or not amount):
        raise UsageError(
            "Points are earned by minutes or spent, and the amount is missing or out of place.",
            hint="Give --amount: minutes that were served, or points that are spent.",
        )


POINTS = FactKind(
    "points_entry",
    "worker",
    "points",
    "积分",
    meaning="points of a volunteer: earned, spent or reversed",
    does="Records points of a volunteer and prints the id.",
    about="Points of volunteers: minutes earn them, and no entry is ever taken out.",
    example="张红 --kind 获得 --amount 120",
    fields=(
        ref("volunteer", "worker", "志愿者编号", "Id, part of an id, or name."),
        code("kind", _LISTS.points_kinds, "类别", "获得, 兑换 or 冲销.", required=True),
        number("amount", "数量", "Minutes that were served, or points that are spent.", 1),
        ref("reverses", "points_entry", "冲销编号", "The entry that is reversed.", required=False),
        note(),
    ),
    judge=_check_points,
)

KINDS = (DONATION, ADVANCE, RECOVERY, POINTS)

_POINTS = {"HD": EARNED, "DH": SPENT, "CX": REVERSED}


# --- what the facts amount to --------------------------------------------------------------------


def doubled(donations: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Receipt numbers that stand on several donations of one node, each with the ids (QZ-12)."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in donations:
        number = fields.cut(str(row["receipt_no"]))
        found.setdefault((row["author#"], number), []).append(str(row["id"]))
    return {number: sorted(ids) for (_, number), ids in sorted(found.items()) if len(ids) > 1}


def raised_at(donations: Iterable[Mapping[str, Any]], event: str) -> int:
    """What one event has raised, fen (QZ-13)."""
    return sum(row["amount_fen"] or 0 for row in donations if (row["event"] or "") == event)


def advance_of(row: Mapping[str, Any]) -> Advance:
    """An advance, as `advances` reads it."""
    return Advance(row["id"], row["person"], row["advanced_on"], row["amount_fen"], row["paid_by"])


def recovered_of(row: Mapping[str, Any]) -> Recovered:
    """What came back, as `advances` reads it."""
    return Recovered(
        row["id"], row["advance"], row["recovered_on"], row["amount_fen"], row["source"]
    )


def entry_of(row: Mapping[str, Any], code: str = "") -> Entry:
    """An entry of points, as `points` reads it; with the code of the division where it stands."""
    kind = _POINTS.get(row["kind"], str(row["kind"]))
    at_ms = stamp_ms(row["time"])
    return Entry(at_ms, row["id"], kind, row["amount"] or 0, row["reverses"] or "", code)
