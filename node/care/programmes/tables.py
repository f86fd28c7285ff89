"""What the county writes of a programme, each in the partition of the person's village.

Facts, all of them: an enrolment ends by a departure and is never changed.
"""

from __future__ import annotations

from node.schema import Channel, Column, Kind, Table

CANDIDACY = Table(
    name="candidacy",
    channel=Channel.CARE,
    meaning="somebody who stood in a programme's round of selection, frozen on its day",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("programme", Kind.FACT, required=True, meaning="code of the programme"),
        Column("on", Kind.FACT, required=True, meaning="ISO date of the round"),
        Column("rank", Kind.FACT, type=int, required=True, meaning="place in the round, from 1"),
        Column("policy", Kind.FACT, required=True, meaning="version of the policy pack"),
    ),
    writer="county",
    indexes=(("programme",),),
    local=True,
)

ENROLMENT = Table(
    name="enrolment",
    channel=Channel.CARE,
    meaning="a place in a programme",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("programme", Kind.FACT, required=True, meaning="code of the programme"),
        Column("since", Kind.FACT, required=True, meaning="ISO date, the first day"),
        Column("candidacy", Kind.FACT, required=True, meaning="id of the candidacy"),
        Column("policy", Kind.FACT, required=True, meaning="version of the policy pack"),
    ),
    writer="county",
    indexes=(("programme",), ("person",)),
    local=True,
)

DEPARTURE = Table(
    name="departure",
    channel=Channel.CARE,
    meaning="the end of a place in a programme",
    columns=(
        Column("enrolment", Kind.FACT, required=True, meaning="id of the enrolment"),
        Column("on", Kind.FACT, required=True, meaning="ISO date, the first day without it"),
        Column("reason", Kind.FACT, required=True, meaning="code of benefit_stop_reasons"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
    ),
    writer="county",
    indexes=(("enrolment",),),
    local=True,
)

TABLES = (CANDIDACY, ENROLMENT, DEPARTURE)
