"""What is done or paid in a person's name: authorisations, payments of the family, vouchers.

A voucher is a subsidy that is spent as services and never as cash (CC-24). Two nodes that do not
see each other may both record the last yuan of one; both facts stand, and the list tells it.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields
from node.care.facts.declaring import (
    FactKind,
    Field,
    code,
    day,
    decided_by,
    hidden,
    money,
    note,
    ref,
    text,
)
from node.care.facts.family import LINK, PAY, link_of
from node.care.facts.health import check_span, during
from node.care.facts.weighing import one_of, within
from node.care.facts.writing import standing
from node.care.money import yuan
from node.care.parameters import publishing
from node.care.parameters.groups import Parameters
from node.care.policy import BASELINE
from node.errors import Refused

_LISTS = BASELINE.lists
_PERSON = ref("person", "person", "服务对象编号", "Id, part of an id, or name.")

AUTHORISATION = FactKind(
    "authorisation",
    "person",
    "authorisation",
    "代理授权",
    meaning="somebody may act in a person's name, in what, and until when",
    does="Records that somebody may act in a person's name and prints the id.",
    about="Who may act in a person's name, in what, and until when.",
    example="王桂兰 --agent 李主任 --matter 办理残疾人证 --document 授字3号 --since 2026-11-01",
    fields=(
        _PERSON,
        text("agent", "代理人", "Who may act.", required=True),
        text("matter", "代理事项", "In what.", required=True),
        text("document", "授权书", "The signed paper.", required=True),
        day("since", "开始日期", "The first day.", required=True),
        day("until", "结束日期", "The last day; empty while it holds."),
        note(),
    ),
    judge=check_span,
)


def _check_payer(replica: Any, _: FactKind, values: Mapping[str, Any], row_id: str) -> None:
    """Only a relative with a link that gives the right pays for somebody (CC-18)."""
    links = list(standing(replica, LINK, None, {"person": values["person"]}))
    if not link_of(links, values["person"], values["payer"], PAY, values["paid_on"]):
        raise Refused(
            f"{values['payer']} has no family link that gives the right to pay on "
            f"{values['paid_on']}.",
            hint="See, and add what holds: linli person family list",
        )


PAYMENT = FactKind(
    "family_payment",
    "person",
    "payment",
    "家属付费",
    meaning="what a relative has paid for a person",
    does="Records what a relative has paid for a person and prints the id.",
    about="What relatives have paid for people; only with a link that gives the right.",
    example="王桂兰 --payer 王建国 --paid-on 2026-11-03 --amount 20",
    fields=(
        _PERSON,
        day("paid_on", "付款日期", "Such as 2026-11-03.", required=True),
        text("payer", "付款家属", "The name of the relative, as in the link.", required=True,
             erasable=True),
        money("amount_fen", "金额(元)", "In yuan.", required=True),
        hidden(ref("service_order", "service_order", "订单编号", "For which order.",
                   required=False)),
        note(),
    ),
    weigh=_check_payer,
)  # fmt: skip


def _check_month(field: str, value: Any) -> str:
    """A month such as 2026-11."""
    typed = str(value).strip()
    return fields.date(field, f"{typed}-01")[:7]


VOUCHER = FactKind(
    "service_voucher",
    "benefit",
    "voucher",
    "服务补贴券",
    meaning="a subsidy of one month that is spent as services",
    does="Gives a person a subsidy that is spent as services and prints the id.",
    about="Subsidies that are spent as services, and never as cash.",
    example="王桂兰 --month 2026-01 --amount 200",
    fields=(
        _PERSON,
        Field("month", "月份", "Such as 2026-11.", _check_month, required=True),
        money("amount_fen", "金额(元)", "In yuan.", required=True),
        text("document", "文件", "The decision behind it."),
        note(),
    ),
    writer="township",
    weigh=one_of("month"),
)


def _check_service(values: Mapping[str, Any], parameters: Parameters) -> None:
    """Only services of the county's list are paid from a voucher (CC-24)."""
    rules = parameters.vouchers.on(values["used_on"], "")
    allowed = rules.services if rules else ()
    if values["service"] not in allowed:
        names = "、".join(map(_LISTS.services.title, allowed)) or "-"
        raise fields.refused(
            "service", _LISTS.services.title(values["service"]),
            "is not paid from a voucher", f"What is: {names}.",
        )  # fmt: skip


_left = within("voucher")


def _check_use(replica: Any, kind: FactKind, values: Mapping[str, Any], row_id: str) -> None:
    """Nothing is spent before its month or after the voucher has expired, and no more than it."""
    row = replica.row(VOUCHER.name, values["voucher"])
    if row is not None:
        rules = publishing.needed(replica).vouchers.on(values["used_on"], "")
        last = expires(row["month"], rules.keep_months if rules else 0)
        if not f"{row['month']}-01" <= values["used_on"] <= last:
            raise Refused(
                f"The voucher is for {row['month']} and holds until {last}; "
                f"{values['used_on']} lies outside.",
                hint="Use the voucher of that month: linli benefit voucher list",
            )
    _left(replica, kind, values, row_id)


SPENDING = FactKind(
    "voucher_spending",
    "benefit",
    "spending",
    "补贴券使用",
    meaning="a service that was paid from a voucher",
    does="Records a service that was paid from a voucher and prints the id.",
    about="Services that were paid from vouchers.",
    example="7Q2M9K --service 助洁-居室 --used-on 2026-01-03 --amount 45",
    fields=(
        ref("voucher", "service_voucher", "补贴券编号", "Id, or part of an id."),
        code("service", _LISTS.services, "服务项目", "Of the county's list.", required=True),
        day("used_on", "使用日期", "Such as 2026-11-03.", required=True),
        money("amount_fen", "金额(元)", "In yuan.", required=True),
        hidden(ref("visit", "visit", "服务记录编号", "Which visit it was.", required=False)),
        decided_by(),
        note(),
    ),
    judge_by_policy=_check_service,
    weigh=_check_use,
)

KINDS = (AUTHORISATION, PAYMENT, VOUCHER, SPENDING)


# --- what the facts amount to --------------------------------------------------------------------


def check_authorised(authorisations: Iterable[Mapping[str, Any]], person: str, on: str) -> None:
    """Refuses what is done in somebody's name on a day for which nobody has a paper (QZ-29).

    Raises:
        Refused: There is no authorisation that holds.
    """
    if not during((row for row in authorisations if row["person"] == person), on):
        raise Refused(
            f"Nothing may be done in the person's name on {on}: no authorisation holds that day.",
            hint="Record the signed paper: linli person authorisation add",
        )


def expires(month: str, keep_months: int) -> str:
    """The last day on which a voucher can be spent: the end of its month, or months later."""
    whole = int(month[:4]) * 12 + int(month[5:7]) - 1 + keep_months
    year, number = whole // 12, whole % 12 + 1
    return f"{year}-{number:02}-{calendar.monthrange(year, number)[1]:02}"


def left_of(
    voucher: Mapping[str, Any],
    spendings: Iterable[Mapping[str, Any]],
    on: str,
    keep_months: int,
) -> tuple[int, int]:
    """What can still be spent of a voucher on a day and what has lapsed, fen.

    The first is below 0 where nodes that did not see each other spent too much.
    """
    spent = sum(row["amount_fen"] for row in spendings if row["voucher"] == voucher["id"])
    left = voucher["amount_fen"] - spent
    gone = on > expires(voucher["month"], keep_months)
    return (0, left) if gone and left > 0 else (left, 0)


def told(voucher: Mapping[str, Any], left: int, lapsed: int) -> str:
    """What became of a voucher, in English, for `said`."""
    if lapsed:
        return f"{yuan(lapsed)} yuan have lapsed."
    return f"{yuan(left)} yuan are left." if left >= 0 else f"{yuan(-left)} yuan too much."
