"""A budget, and the entries by which its money moves; both are facts that the county writes.

The lines of a budget stand in the budget itself, so that there is no budget without its lines and
no line that belongs to none.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.schema import Channel, Column, Kind, Table

BUDGET = Table(
    name="budget",
    channel=Channel.CARE,
    meaning="the money of a year, divided into lines",
    columns=(
        Column("code", Kind.FACT, required=True, meaning="how people name it, such as tuoyang"),
        Column("year", Kind.FACT, type=int, required=True, meaning="the year"),
        Column("name", Kind.FACT, required=True, meaning="what it is for"),
        Column("funded_by", Kind.FACT, meaning="who pays"),
        Column("total_fen", Kind.FACT, type=int, required=True, meaning="in fen"),
        Column("lines", Kind.FACT, required=True, meaning="code, name and amount of each, JSON"),
        Column("shares", Kind.FACT, meaning="thousandths by level, JSON"),
        Column("programme", Kind.FACT, meaning="code of the programme, empty for none"),
        Column("policy", Kind.FACT, meaning="version of the pack that the lines are taken from"),
    ),
    writer="county",
    local=True,
)

ENTRY = Table(
    name="budget_entry",
    channel=Channel.CARE,
    meaning="money of a budget that is moved, committed, released or spent",
    columns=(
        Column("budget", Kind.FACT, required=True, meaning="id of the budget"),
        Column("kind", Kind.FACT, required=True, meaning="transfer, commit, release or spend"),
        Column("line", Kind.FACT, required=True, meaning="code of the line"),
        Column("amount_fen", Kind.FACT, type=int, required=True, meaning="in fen"),
        Column("to_line", Kind.FACT, meaning="of a transfer, code of the line that gets it"),
        Column("commitment", Kind.FACT, meaning="id of the commitment that is drawn or released"),
        Column("done_on", Kind.FACT, required=True, meaning="ISO date"),
        Column("payee", Kind.FACT, meaning="who gets it"),
        Column("document", Kind.FACT, meaning="the decision or the voucher"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
    ),
    writer="county",
    indexes=(("budget",),),
    local=True,
)

TABLES = (BUDGET, ENTRY)

HEADINGS: Mapping[str, Mapping[str, str]] = {
    BUDGET.name: {
        "code": "预算代码",
        "year": "年度",
        "name": "预算名称",
        "funded_by": "资金来源",
        "total_fen": "总额(元)",
        "lines": "预算项目",
        "shares": "分担比例",
        "programme": "项目代码",
        "policy": "政策版本",
        "line": "预算项目代码",
        "line_name": "预算项目名称",
        "planned_fen": "计划(元)",
        "moved_fen": "调剂(元)",
        "committed_fen": "已承诺(元)",
        "spent_fen": "已支出(元)",
        "left_fen": "剩余(元)",
        "over_fen": "超支(元)",
        "owed_fen": "待付(元)",
        "month": "月份",
        "forecast_fen": "预计(元)",
        "actual_fen": "实际(元)",
    },
    ENTRY.name: {
        "budget": "预算编号",
        "kind": "类型",
        "line": "预算项目代码",
        "amount_fen": "金额(元)",
        "to_line": "调入项目代码",
        "commitment": "承诺编号",
        "done_on": "日期",
        "payee": "收款方",
        "document": "凭证",
        "state": "更正情况",
    },
}
