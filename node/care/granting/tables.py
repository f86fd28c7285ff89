"""What is kept of benefits: rows are facts, in the village of the person.

No act is ever amended: a wrong one is followed by another. So a void or a correction of one, which
the ledger would carry like any other amendment, counts for nothing here.
"""

from __future__ import annotations

from node.schema import Channel, Column, Kind, Table

BENEFIT = Table(
    name="benefit",
    channel=Channel.CARE,
    meaning="one benefit of a person, from a hint to its end",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("code", Kind.FACT, required=True, meaning="code of benefit_kinds"),
    ),
    indexes=(("person",),),
    local=True,
)

ACT = Table(
    name="benefit_act",
    channel=Channel.CARE,
    meaning="one step of a benefit",
    columns=(
        Column("benefit", Kind.FACT, required=True, meaning="id of the benefit"),
        Column("kind", Kind.FACT, required=True, meaning="code of benefit_steps"),
        Column("month", Kind.FACT, meaning="the first month for which it holds"),
        Column("until", Kind.FACT, meaning="of a recovery, the last month"),
        Column("fen", Kind.FACT, type=int, meaning="a month; of a recovery the whole amount"),
        Column("reason", Kind.FACT, meaning="of a stop, code of benefit_stop_reasons; else words"),
        Column("assisted_by", Kind.FACT, meaning="who helped with the application"),
        Column("document", Kind.FACT, meaning="the papers behind it"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
        Column("policy", Kind.FACT, meaning="version of the policy pack that was used"),
        Column("done_by", Kind.FACT, required=True, meaning="who did it"),
        Column("builds_on", Kind.FACT, meaning="ids of acts, sorted, blank between"),
    ),
    indexes=(("benefit",),),
    local=True,
)

SHEET = Table(
    name="benefit_sheet",
    channel=Channel.CARE,
    meaning="the closed sheet of the benefits of one month of a division",
    columns=(
        Column("period", Kind.FACT, required=True, meaning="the month, such as 2026-11"),
        Column("scope", Kind.FACT, required=True, meaning="id of the division"),
        Column("frontier", Kind.FACT, required=True, meaning="digest of the frontier"),
        Column("trust", Kind.FACT, required=True, meaning="digest of the frontier of trust"),
        Column("policy", Kind.FACT, required=True, meaning="version of the policy pack"),
        Column("result", Kind.FACT, required=True, meaning="SHA-256 of the content, hex"),
        Column("content", Kind.FACT, required=True, meaning="what it pays, JSON", long=True),
    ),
    writer="county",
    indexes=(("period",),),
    local=True,
)

TABLES = (BENEFIT, ACT, SHEET)
