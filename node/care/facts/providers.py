"""Who is paid by contract: providers, what qualifies them, how they were chosen, and what for.

A contract stands at the division that is its party: there and below it holds, so the township's
contract is for its villages and the county's for all (HC-04). The functions below are pure, and
what they are given may lie in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    number,
    ref,
    several,
    text,
)
from node.care.facts.health import check_span, during
from node.care.facts.weighing import once
from node.care.facts.writing import standing
from node.care.policy import BASELINE
from node.division import LEVELS
from node.errors import Refused
from node.schema import Channel

_LISTS = BASELINE.lists
_PROVIDER = ref("provider", "provider", "承接机构", "Id, part of an id, or name.")
_SINCE = day("since", "开始日期", "The first day.", required=True)
_LAST = day("until", "结束日期", "The last day.", required=True)
_UNTIL = day("until", "结束日期", "The last day; empty while it goes on.")
_AMOUNT = fields.whole_number(-(1 << 50), 1 << 50, "fen")
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PRIVATE_MODE = "GJMY"
"""公建民营: the code of `operator_modes` that needs a contract with an end (ZS-38, CC-03)."""


def credit_code(field: str, value: Any) -> str:
    """A 统一社会信用代码: 18 characters, of which the last follows from the others (GB 32100-2015).

    Raises:
        UsageError: It is none.
    """
    typed = str(value).strip().upper()
    if len(typed) != 18 or set(typed) - set(_CREDIT) or typed[-1] != credit_check(typed[:-1]):
        raise fields.refused(
            field, value, "is no 统一社会信用代码: 18 characters, the last follows from the others",
            "Copy all 18 characters from the licence.",
        )  # fmt: skip
    return typed


def credit_check(first: str) -> str:
    """The last character of a 统一社会信用代码 from its first seventeen."""
    total = sum(_CREDIT.index(one) * pow(3, place, 31) for place, one in enumerate(first))
    return _CREDIT[-total % 31]


PROVIDER = FactKind(
    "provider",
    "provider",
    "firm",
    "承接机构",
    meaning="an organisation that serves by contract",
    does="Registers an organisation that serves by contract and prints the id.",
    about="Organisations that serve by contract.",
    example="康宁照护中心 --credit-code 91990700MA0ABCDEFQ",
    fields=(
        text("name", "机构名称", "As on its licence.", required=True),
        text("phone", "联系电话", "Where it is reached."),
        Field("credit_code", "统一社会信用代码", "18 characters.", credit_code, required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
    local=False,
    weigh=once("credit_code"),
)

QUALIFICATION = FactKind(
    "provider_qualification",
    "provider",
    "qualification",
    "机构资质",
    meaning="what qualifies a provider, and until when",
    does="Records what qualifies a provider and prints the id.",
    about="What qualifies providers, and until when.",
    example="安康护理站 --title 养老机构备案 --certificate-no 备字12号"
    " --since 2026-01-01 --until 2028-12-31",
    fields=(
        _PROVIDER,
        text("title", "资质名称", "What it is called.", required=True),
        text("certificate_no", "证书编号", "Its number.", required=True),
        _SINCE,
        _LAST,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
)

TENDER = FactKind(
    "provider_tender",
    "provider",
    "tender",
    "采购",
    meaning="how a provider was chosen",
    does="Records how a provider was chosen and prints the id.",
    about="How providers were chosen: method, day, bidders and the winner.",
    example="安康护理站 --method 挂牌招标 --held-on 2025-12-10 --bidders 3"
    " --document 采字7号",
    fields=(
        ref("provider", "provider", "中标机构", "The winner: id, part of an id, or name."),
        code("method", _LISTS.procurement_methods, "采购方式", "Such as 公开招标.", required=True),
        day("held_on", "日期", "Such as 2025-12-10.", required=True),
        number("bidders", "投标家数", "How many bid, the winner among them.", 1, 1_000,
               required=True),
        text("document", "文件", "The record of it.", required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
)  # fmt: skip


def _check_contract(replica: Any, _: FactKind, values: Mapping[str, Any], row_id: str) -> None:
    """A township or the county makes it, with whom the tender chose, and after that (QX-09)."""
    if replica.tier == LEVELS[-1]:
        raise Refused(
            "A contract is made by the county or a township, and this node is a village's.",
            reason="NOT_AUTHORISED",
            hint="Those that hold are listed by: linli provider contract list",
        )
    tender = replica.row(TENDER.name, values["tender"]) if values["tender"] else None
    if tender is None:
        return
    if tender["provider"] != values["provider"]:
        raise Refused(
            "The tender was won by another provider than that of the contract.",
            hint="See it with: linli provider tender list",
        )
    if values["since"] < tender["held_on"]:
        raise Refused(
            f"The contract begins on {values['since']}, before the tender of {tender['held_on']}.",
            hint="Check both days.",
        )


CONTRACT = FactKind(
    "provider_contract",
    "provider",
    "contract",
    "服务合同",
    meaning="a contract with a provider; it holds at its division and below",
    does="Records a contract with a provider, for its division and below, and prints the id.",
    about="Contracts with providers: what for, where, until when, and the price of a visit.",
    example="安康护理站 --contract-no 2026-03 --purpose 照料护理"
    " --services 助洁-居室,送餐 --price 45 --since 2026-01-01 --until 2026-12-31",
    fields=(
        _PROVIDER,
        text("contract_no", "合同编号", "The number of the contract.", required=True),
        code("purpose", _LISTS.contract_purposes, "用途", "Such as 照料护理.", required=True),
        hidden(several("services", _LISTS.services, "服务项目", "With commas; empty: any.")),
        money("price_fen", "单价(元)", "For each visit, in yuan."),
        hidden(ref("tender", "provider_tender", "采购编号", "How it was chosen.", required=False)),
        hidden(ref("facility", "facility", "设施", "Which one is run by it.", required=False)),
        _SINCE,
        _LAST,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
    weigh=_check_contract,
    index=("facility",),
)

STAND_IN = FactKind(
    "provider_stand_in",
    "provider",
    "stand-in",
    "代为服务",
    meaning="another provider may serve under a contract",
    does="Records that another provider may serve under a contract and prints the id.",
    about="Providers that may stand in under the contract of another.",
    example="康乐护理站 --contract 7Q2M9K --since 2026-11-01 --until 2026-11-30 --document 镇字9号",
    fields=(
        _PROVIDER,
        ref("contract", "provider_contract", "合同编号", "Id, or part of an id."),
        _SINCE,
        _LAST,
        text("document", "文件", "Who allowed it.", required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
)

SENT_BY = FactKind(
    "provider_worker",
    "worker",
    "provider",
    "所属机构",
    meaning="a worker is sent by a provider",
    does="Records that a worker is sent by a provider and prints the id.",
    about="Which workers are sent by which provider, since when.",
    example="李秀英 --provider 安康护理站 --since 2026-01-01",
    fields=(
        ref("worker", "worker", "服务人员编号", "Id, part of an id, or name."),
        _PROVIDER,
        _SINCE,
        _UNTIL,
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=check_span,
    index=("provider",),
)

SETTLED = FactKind(
    "provider_settlement",
    "provider",
    "settlement",
    "合同结算",
    meaning="what one month of a contract comes to, as it was closed",
    does="Closes a month of a contract.",
    about="Months of contracts as they were closed, each line with its visit or placement.",
    example="",
    fields=(
        ref("contract", "provider_contract", "合同编号", "Id, or part of an id."),
        text("period", "月份", "Such as 2026-11.", required=True),
        Field("amount_fen", "金额(元)", "In yuan.", _AMOUNT, int, required=True),
        hidden(text("lines", "明细", "Subjects and fen.", required=True, characters_max=1 << 20)),
        hidden(decided_by()),
    ),
    typed=False,
)

KINDS = (PROVIDER, QUALIFICATION, TENDER, CONTRACT, STAND_IN, SENT_BY, SETTLED)

Row = Mapping[str, Any]
Covers = Callable[[str, str], bool]


# --- what the facts amount to --------------------------------------------------------------------


def sender_of(sent: Iterable[Row], worker: str, on: str) -> str:
    """The provider that sends a worker on a day; of several the one since when is latest."""
    mine = during((row for row in sent if row["worker"] == worker), on)
    last = max(mine, key=lambda row: (row["since"], str(row["id"])), default=None)
    return str(last["provider"]) if last else ""


def qualified(qualifications: Iterable[Row], provider: str, on: str) -> bool:
    """Whether something qualifies a provider on a day; who never stated anything is not (QX-10)."""
    return bool(during((row for row in qualifications if row["provider"] == provider), on))


def contract_of(
    contracts: Iterable[Row],
    stand_ins: Iterable[Row],
    provider: str,
    division: str,
    service: str,
    on: str,
    covers: Covers,
) -> Row | None:
    """The contract by which a provider may serve at a division on a day, or None.

    One that covers the service comes first, then a provider's own before one under which it stands
    in; of several the nearest to the place, then the first recorded. A contract that runs a
    facility covers no visit at home.

    Args:
        contracts: Facts of `provider_contract`.
        stand_ins: Facts of `provider_stand_in`.
        provider: The provider's id.
        division: Where.
        service: What is to be done.
        on: ISO date.
        covers: Whether a division is another or lies above it.
    """
    holding = [
        row
        for row in during(contracts, on)
        if not row["facility"] and covers(row["division#"], division)
    ]
    allowed = {row["contract"] for row in during(stand_ins, on) if row["provider"] == provider}
    found = [row for row in holding if row["provider"] == provider or row["id"] in allowed]

    def nearness(row: Row) -> tuple[bool, bool, int, str]:
        wider = sum(covers(one["division#"], row["division#"]) for one in found)
        return not covered(row, service), row["provider"] != provider, -wider, str(row["id"])

    return min(found, key=nearness, default=None)


def covered(contract: Row, service: str) -> bool:
    """Whether a service is among those of a contract (QX-11)."""
    return not contract["services"] or service in contract["services"].split(",")


def breach(
    facts: Mapping[str, Sequence[Row]], provider: str, division: str, service: str, on: str,
    covers: Covers,
) -> str:  # fmt: skip
    """What a visit of somebody sent by a provider does beside its contract; empty for nothing.

    Args:
        facts: By table the facts of `QUALIFICATION`, `CONTRACT` and `STAND_IN`.
        provider: The provider's id.
        division: Where the visit was.
        service: Its service.
        on: Its day.
        covers: Whether a division is another or lies above it.

    Returns:
        `unqualified`, `uncontracted` or `uncovered`.
    """
    if not qualified(facts[QUALIFICATION.name], provider, on):
        return "unqualified"
    stand_ins = facts[STAND_IN.name]
    contract = contract_of(facts[CONTRACT.name], stand_ins, provider, division, service, on, covers)
    if contract is None:
        return "uncontracted"
    return "" if covered(contract, service) else "uncovered"


def read(replica: Any) -> dict[str, list[Row]]:
    """The facts of contracts that stand here, by table."""
    kinds = (QUALIFICATION, STAND_IN, SENT_BY)
    found: dict[str, list[Row]] = {kind.name: list(standing(replica, kind)) for kind in kinds}
    found[CONTRACT.name] = [row for row in standing(replica, CONTRACT) if _may(replica, row)]
    return found


def _may(replica: Any, contract: Row) -> bool:
    """Whether who recorded a contract may make one: a village's box moves no money by itself."""
    standing_ = replica.view.standing(contract["author#"])
    return standing_ is not None and standing_.tier in LEVELS[:-1]


def check_engaged(replica: Any, worker: str, division: str, service: str, on: str) -> None:
    """Refuses an order for somebody whose provider may not take it (QX-09).

    Raises:
        Refused: The provider has no contract there that day, or not for the service, or nothing
            qualifies it.
    """
    facts = read(replica)
    provider = sender_of(facts[SENT_BY.name], worker, on)
    wrong = provider and breach(facts, provider, division, service, on, replica.tree.covers)
    if wrong:
        name = (replica.row(PROVIDER.name, provider) or {}).get("name") or provider
        why = {
            "unqualified": "nothing qualifies it that day",
            "uncontracted": "no contract with it holds there that day",
            "uncovered": "its contract is not for this service",
        }[wrong]
        raise Refused(
            f"The worker is sent by {name!s}, and {why}.",
            hint="See: linli provider contract list; linli provider qualification list",
        )


def check_mode(facility: Row, contracts: Iterable[Row], on: str) -> bool:
    """Whether a facility that needs a contract has one that holds on a day (ZS-38)."""
    if facility.get("operator_mode") != PRIVATE_MODE:
        return True
    return bool(during((row for row in contracts if row["facility"] == facility["id"]), on))
