"""What a canteen and the county write about meals; every kind is a fact, declared once.

A meal may be written from anywhere in the county into the partition of the village where the person
lives. All else is written where it is read: what concerns a canteen in the partition of its
village, what concerns a person's quota in that of the person's. Only the county grants and settles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import (
    FactKind,
    Field,
    code,
    day,
    hidden,
    money,
    note,
    number,
    ref,
    text,
)
from node.care.money import THOUSAND, yuan
from node.care.policy import BASELINE

GRANT, RETURN = "grant", "return"
"""What the county does to a right: it gives it, or takes back what a village asked to return."""

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")
_FACILITY = ref("facility", "facility", "设施编号", "Id, part of an id, or name.")
_YEAR = number("year", "年度", "The year of the quota.", 2000, 2999, required=True)


def _plain(name: str, title: str, *, required: bool = True, hide: bool = False) -> Field:
    """A field that a program fills."""
    one = text(name, title, "", required=required)
    return hidden(one) if hide else one


def _delta(name: str, title: str) -> Field:
    """An amount that may be taken back, fen."""
    low = -(10**12)
    return Field(name, title, "", fields.whole_number(low, 10**12, "fen"), int, required=True)


def _check_parts(values: Mapping[str, Any]) -> None:
    """List price = what the canteen gives up + what the government pays + what is paid (ZS-32)."""
    parts = ("merchant_fen", "discount_fen", "quota_fen", "self_pay_fen")
    whole = sum(values[name] for name in parts)
    if whole != values["list_fen"]:
        raise fields.refused(
            "list_fen",
            yuan(values["list_fen"]),
            f"is not the sum of its parts, which is {yuan(whole)}",
            "Correct the price, and its parts follow: linli meal correct MEAL --price YUAN",
        )


MEAL = FactKind(
    "meal",
    "meal",
    "meal",
    "用餐记录",
    meaning="one meal of a person at a canteen, and who pays which part of it",
    does="",
    about="",
    example="",
    fields=(
        _PERSON,
        _FACILITY,
        day("served_on", "日期", "", required=True),
        code("meal_time", _LISTS.meal_times, "餐次", "", required=True),
        code("mode", _LISTS.meal_modes, "用餐方式", ""),
        money("list_fen", "原价(元)", "", required=True),
        money("merchant_fen", "商家让利(元)", "", required=True),
        money("discount_fen", "政府折扣补贴(元)", "", required=True),
        money("quota_fen", "额度支付(元)", "", required=True),
        money("self_pay_fen", "老人支付(元)", "", required=True),
        number("rate", "折扣(千分比)", "", 0, THOUSAND, required=True),
        hidden(_plain("policy", "政策版本")),
        note(),
    ),
    local=False,
    judge=_check_parts,
    index=("served_on",),
)

CARD = FactKind(
    "meal_card",
    "meal",
    "card",
    "用餐卡",
    meaning="what a canteen must know of a person who lives elsewhere, and nothing more",
    does="",
    about="",
    example="",
    fields=(
        _PERSON,
        text("name", "姓名", "", required=True, erasable=True),
        hidden(_plain("home", "居住区划")),
        Field("birth_date", "出生日期", "", fields.date, erasable=True, shown=False),
    ),
    writer="county",
)

ENTITLED = FactKind(
    "meal_entitlement",
    "meal",
    "entitlement",
    "就餐补贴资格",
    meaning="the county's decision that a person's meals are paid up to a quota in a year",
    does="",
    about="",
    example="",
    fields=(
        _PERSON,
        _YEAR,
        money("quota_fen", "年度额度(元)", "", required=True),
        text("basis", "依据", "", required=True, characters_max=fields.ADDRESS_CHARACTERS_MAX),
        day("registered_since", "户籍登记日期", "", required=True),
        hidden(_plain("policy", "政策版本")),
    ),
    writer="county",
)

ASK = FactKind(
    "meal_ask",
    "meal",
    "ask",
    "额度申请",
    meaning="a village asks for a right to spend from a person's quota",
    does="",
    about="",
    example="",
    fields=(
        text("name", "姓名", "", required=True, erasable=True),
        Field("person", "服务对象编号", "", fields.row_id, refers="person"),
        Field("home", "居住区划", "", fields.text(fields.NAME_CHARACTERS_MAX), required=True),
        _YEAR,
        money("amount_fen", "金额(元)", "", required=True),
        note(),
    ),
)

RIGHT = FactKind(
    "meal_right",
    "meal",
    "right",
    "额度授权",
    meaning="what the county lets one box spend from a person's quota, or took back of it",
    does="",
    about="",
    example="",
    fields=(
        _PERSON,
        _YEAR,
        _plain("kind", "类别"),
        _plain("author_id", "节点编号"),
        money("amount_fen", "金额(元)", "", required=True),
        _plain("answers", "所答申请", required=False, hide=True),
        hidden(_plain("policy", "政策版本")),
    ),
    writer="county",
)

GIVE_BACK = FactKind(
    "meal_give_back",
    "meal",
    "give-back",
    "额度退回",
    meaning="a box asks the county to take back a right that it does not need",
    does="",
    about="",
    example="",
    fields=(_PERSON, _YEAR, money("amount_fen", "金额(元)", "", required=True), note()),
)

LINE = FactKind(
    "meal_line",
    "meal",
    "line",
    "用餐结算",
    meaning="what one month's settlement changed for one meal of a canteen, at its village",
    does="",
    about="",
    example="",
    fields=(
        _FACILITY,
        _plain("period", "结算月份"),
        Field("meal", "用餐记录编号", "", fields.row_id, required=True),
        _PERSON,
        _YEAR,
        _plain("author_id", "节点编号", hide=True),
        day("served_on", "日期", "", required=True),
        code("meal_time", _LISTS.meal_times, "餐次", "", required=True),
        _delta("list_fen", "原价(元)"),
        _delta("discount_fen", "政府折扣补贴(元)"),
        _delta("quota_fen", "额度支付(元)"),
        _delta("over_fen", "超额由食堂承担(元)"),
        _plain("state", "结果"),
        Field("reason", "原因", "", fields.note),
        hidden(_plain("policy", "政策版本")),
    ),
    writer="county",
    index=("period",),
)

SETTLED = FactKind(
    "meal_settled",
    "meal",
    "settled",
    "额度结算",
    meaning="what the county settled of one meal, where the person lives",
    does="",
    about="",
    example="",
    fields=(
        _PERSON,
        _YEAR,
        Field("meal", "用餐记录编号", "", fields.row_id, required=True),
        _plain("period", "结算月份"),
        _delta("quota_fen", "额度支付(元)"),
        _delta("over_fen", "超额由食堂承担(元)"),
        _plain("state", "结果"),
        Field("reason", "原因", "", fields.note),
    ),
    writer="county",
)

KINDS = (MEAL, CARD, ENTITLED, ASK, RIGHT, GIVE_BACK, LINE, SETTLED)
"""Every kind; the commands of the noun `meal` are written by hand, since money follows a rule."""

TABLES = tuple(kind.table for kind in KINDS)
