"""The report of a month: its tables, in the order in which it is read.

It is made once, here, and shown as text, CSV, a workbook or a page to print. Counts of people that
are small are hidden with what would give them away, unless it is made for who needs to know.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass

from node.care import titles
from node.care.figures import counting
from node.care.figures.counting import AGES
from node.care.figures.figure import hide, percent
from node.care.figures.gathering import Gathered, gathered
from node.care.money import yuan
from node.care.parameters import publishing
from node.care.people import WORKER
from node.care.policy import BASELINE
from node.care.settlement.closing import check_month
from node.replica import Replica

Cell = str | int | None


@dataclass(frozen=True)
class Part:
    """One table of the report.

    Attributes:
        title: What it is about.
        heads: The heads of its columns; one that begins with `#` holds numbers.
        rows: Its rows; None where something is not known.
        note: What must be known to read it.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Report:
    """The report of a month of a division.

    Attributes:
        title: Its title.
        month: As `2026-11`.
        division: The statistical code.
        name: The division's name.
        policy: The version of the policy pack; empty where none is known.
        parts: Its tables.
    """

    title: str
    month: str
    division: str
    name: str
    policy: str
    parts: tuple[Part, ...]


_LATE_HOURS = BASELINE.visits.late_after_hours


def month_report(replica: Replica, month: str, scope: str, *, whole: bool = False) -> Report:
    """Makes the report of a month.

    Args:
        replica: This node.
        month: As `2026-11`.
        scope: The division.
        whole: Whether small counts of people are shown, for who needs to know them.

    Raises:
        UsageError: The month is none.
        Refused: This node does not hold the division.
    """
    first = f"{check_month(month)}-01"
    last = f"{month}-{calendar.monthrange(int(month[:4]), int(month[5:]))[1]:02}"
    found = gathered(replica, scope, first, last)
    here = found.tree.get(scope)
    parameters = publishing.in_force(replica)
    rule = parameters.visits.on(last, here.code if here else "") if parameters else None
    hours = rule.late_after_hours if rule else _LATE_HOURS

    def named(worker: str) -> str:
        row = replica.row(WORKER.name, worker)
        return (row or {}).get("name") or worker[-8:]

    name = here.name if here else scope
    return Report(
        f"{name}{month[:4]}年{int(month[5:])}月工作报告",
        month,
        here.code if here else scope,
        name,
        parameters.version if parameters else "",
        (
            _figures(found),
            _services(found),
            _workers(found, hours, named),
            _kinds(found, whole),
            _ages(found, whole),
            _facilities(found),
            _pay(found),
        ),
    )


def _figures(found: Gathered) -> Part:
    rows = tuple(
        (one.title, one.value, one.number if one.share else None, one.of if one.share else None,
         "" if one.share else one.unit, one.day)
        for one in counting.figures(found)
    )  # fmt: skip
    note = "占比同时给出分子和分母；空白表示没有数据。"
    return Part("主要指标", ("指标", "#数值", "#分子", "#分母", "单位", "统计日期"), rows, note)


def _name(found: Gathered, division: str) -> tuple[str, str]:
    here = found.tree.get(division)
    return (here.code, here.name) if here else (division, division)


def _services(found: Gathered) -> Part:
    rows: list[tuple[Cell, ...]] = []
    for division, one in counting.by_division(found).items():
        if one.recorded or division != found.scope:
            waits = one.recorded - one.accepted - one.returned
            rows.append((*_name(found, division), one.recorded, one.accepted, one.returned, waits,
                         one.minutes, one.clients))  # fmt: skip
    every = counting.served(row for row in found.visits if found.within(counting.visited_on(row)))
    waits = every.recorded - every.accepted - every.returned
    rows.append(("", "合计", every.recorded, every.accepted, every.returned, waits, every.minutes,
                 every.clients))  # fmt: skip
    heads = ("区划代码", "区划", "#有效", "#受理", "#退回", "#待审", "#分钟", "#人数")
    return Part("探访服务", heads, tuple(rows), "作废的探访不计入；一人在两地受访，合计只计一次。")


def _workers(found: Gathered, hours: int, named: Callable[[str], str]) -> Part:
    rows = tuple(
        (named(one.worker), one.worker[-8:], one.visits, one.minutes, one.clients,
         percent(one.on_time, one.visits), _stars(one.stars, one.rated), one.rated, one.returned)
        for one in counting.by_worker(found, hours)
    )  # fmt: skip
    heads = ("姓名", "编号", "#受理", "#分钟", "#人数", "#及时率", "#评分", "#评价数", "#退回")
    note = "只计已受理的探访；明细：linli visit list --worker 编号"
    return Part("服务人员", heads, rows, note)


def _stars(total: int, rated: int) -> str:
    """An average with two digits, rounded half up; empty where nobody has rated."""
    if not rated:
        return ""
    hundredths = (200 * total + rated) // (2 * rated)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _kinds(found: Gathered, whole: bool) -> Part:
    told = counting.by_kind(found)
    names = [titles.title("person", "disability_kind", code) or "未登记" for code in told]
    table = hide([[number] for number in told.values()], 0 if whole else found.meaning.hide_below)
    counts = [_starred(row[-1]) for row in table]
    rows = tuple(zip([*names, "合计"], counts, strict=True))
    note = "" if whole else _hidden(found)
    return Part("残疾类别(每人一类，多重残疾计一次)", ("类别", "#人数"), rows, note)


def _starred(count: int | None) -> Cell:
    return "*" if count is None else count


def _hidden(found: Gathered) -> str:
    below = found.meaning.hide_below
    return f"少于{below}人的数字以及可推算出它的数字以 * 代替。" if below else ""


def _ages(found: Gathered, whole: bool) -> Part:
    told = {id_: bands for id_, bands in counting.by_age(found).items()
            if any(bands) or id_ != found.scope}  # fmt: skip
    table = hide(list(told.values()), 0 if whole else found.meaning.hide_below)
    places = [_name(found, id_)[1] for id_ in told]
    bands = [f"#{low}-{high}" if low and high < 200 else f"#{low}+" if low else "#60以下"
             for low, high in AGES]  # fmt: skip
    rows = tuple(
        (name, *map(_starred, row)) for name, row in zip([*places, "合计"], table, strict=True)
    )
    note = "" if whole else _hidden(found)
    return Part("年龄结构", ("区划", *bands, "#不详", "#合计"), rows, note)


def _facilities(found: Gathered) -> Part:
    rows = tuple(
        (one.facility["name"], titles.title("facility", "kind", one.facility["kind"]).split("/")[0],
         _name(found, one.facility["division#"])[1], one.facility["seats"], one.residents,
         one.diners, one.activities, one.score, one.lacking)
        for one in counting.by_facility(found)
    )  # fmt: skip
    heads = ("设施", "类别", "区划", "#座位床位", "#入住", "#就餐", "#活动", "#评分", "#未达标项")
    lacking = [_name(found, id_)[1] for id_ in counting.without_institution(found)]
    note = f"没有养老机构的乡镇：{'、'.join(lacking)}。" if lacking else ""
    return Part("设施", heads, rows, note)


def _pay(found: Gathered) -> Part:
    rows: list[tuple[Cell, ...]] = []
    total = 0
    for one in found.sheets:
        if one.sheet is not None and one.period == found.first[:7]:
            total += one.sheet.total_fen
            rows.append((*_name(found, one.division), yuan(one.sheet.total_fen), one.digest[:16]))
    rows.append(("", "合计", yuan(total), ""))
    return Part("已关闭的结算单", ("区划代码", "区划", "#金额(元)", "摘要"), tuple(rows))
