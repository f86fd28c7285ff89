"""What settlement writes into the partition of the division that is settled.

Rows are facts, and nothing here reads an amendment of one: an outcome is withdrawn by a newer
outcome, and a closed sheet is never changed.
"""

from __future__ import annotations

from node.schema import Channel, Column, Kind, Table

OUTCOME = Table(
    name="visit_outcome",
    channel=Channel.CARE,
    meaning="what an ancestor found about a visit over several divisions",
    columns=(
        Column("visit", Kind.FACT, required=True, meaning="id of the visit"),
        Column("code", Kind.FACT, required=True, meaning="code of the flag"),
        Column("withdrawn", Kind.FACT, type=int, required=True, meaning="1 where it holds no more"),
        Column("others", Kind.FACT, meaning="ids of other visits, sorted, blank between"),
        Column("details", Kind.FACT, meaning="what the sentence tells, JSON"),
    ),
    indexes=(("visit",),),
    local=True,
)

SHEET = Table(
    name="pay_sheet",
    channel=Channel.CARE,
    meaning="the closed sheet of one month of a division",
    columns=(
        Column("period", Kind.FACT, required=True, meaning="the month, such as 2026-11"),
        Column("scope", Kind.FACT, required=True, meaning="id of the division"),
        Column("frontier", Kind.FACT, required=True, meaning="digest of the frontier"),
        Column("trust", Kind.FACT, required=True, meaning="digest of the frontier of trust"),
        Column("policy", Kind.FACT, required=True, meaning="version of the policy pack"),
        Column("rules", Kind.FACT, type=int, required=True, meaning="version of the rules of pay"),
        Column("result", Kind.FACT, required=True, meaning="SHA-256 of the content, hex"),
        Column("content", Kind.FACT, required=True, meaning="the sheet, JSON", long=True),
    ),
    writer="township",
    indexes=(("period",),),
    local=True,
)

CHOICE = Table(
    name="pay_choice",
    channel=Channel.CARE,
    meaning="which of two sheets of a month the county lets count",
    columns=(
        Column("period", Kind.FACT, required=True, meaning="the month, such as 2026-11"),
        Column("result", Kind.FACT, required=True, meaning="digest of the sheet that counts"),
    ),
    writer="county",
    local=True,
)

TABLES = (OUTCOME, SHEET, CHOICE)
