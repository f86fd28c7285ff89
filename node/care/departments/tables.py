"""What is kept of lists of departments: facts; a matched row in the village of the person."""

from __future__ import annotations

from node.schema import Channel, Column, Kind, Table

BATCH = Table(
    name="department_batch",
    channel=Channel.CARE,
    meaning="one list of a department, as it was brought in",
    columns=(
        Column("department", Kind.FACT, required=True, meaning="code of departments"),
        Column("source", Kind.FACT, required=True, meaning="SHA-256 of the file, hexadecimal"),
        Column("lines", Kind.FACT, type=int, required=True, meaning="how many rows it has"),
        Column("brought_by", Kind.FACT, required=True, meaning="who brought it in"),
    ),
    indexes=(("source",),),
    local=True,
)

HIT = Table(
    name="department_hit",
    channel=Channel.CARE,
    meaning="one row of a department's list, and whose it is",
    columns=(
        Column("batch", Kind.FACT, required=True, meaning="id of the department_batch"),
        Column("department", Kind.FACT, required=True, meaning="code of departments"),
        Column("line", Kind.FACT, type=int, required=True, meaning="its row in the file"),
        Column("outcome", Kind.FACT, required=True, meaning="matched, choose or rejected"),
        Column("found_by", Kind.FACT, meaning="number, or name: what told whose it is"),
        Column("person", Kind.FACT, meaning="of matched, id of the person"),
        Column("candidates", Kind.FACT, meaning="of choose, ids of people, blank between"),
        Column("reports", Kind.FACT, required=True, meaning="code of reported_events"),
        Column("happened_on", Kind.FACT, meaning="ISO date"),
        Column("disability_kind", Kind.FACT, meaning="code of disability_kinds"),
        Column("disability_grade", Kind.FACT, meaning="code of disability_grades"),
        Column("name", Kind.FACT, meaning="unless matched, as in the list", erasable=True),
        Column("birth_date", Kind.FACT, meaning="unless matched, ISO date", erasable=True),
        Column("id_number", Kind.FACT, meaning="unless matched, 18 characters", erasable=True),
        Column("reason", Kind.FACT, meaning="code of match_reasons"),
    ),
    indexes=(("batch",), ("person",)),
    local=True,
)

RULING = Table(
    name="department_ruling",
    channel=Channel.CARE,
    meaning="what somebody decided about a row of a department's list",
    columns=(
        Column("hit", Kind.FACT, required=True, meaning="id of the department_hit"),
        Column("outcome", Kind.FACT, required=True, meaning="taken or kept"),
        Column("person", Kind.FACT, meaning="id of the person whose it is"),
        Column("note", Kind.FACT, meaning="why the register stays as it is", erasable=True),
        Column("decided_by", Kind.FACT, required=True, meaning="who decided"),
    ),
    indexes=(("hit",),),
    local=True,
)

TABLES = (BATCH, HIT, RULING)
