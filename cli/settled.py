"""The stories behind a sheet: a worker's month down to visits, and all that became of a visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli import table as tables
from cli.home import code_of, name_of
from cli.money import yuan
from cli.output import as_json, result, say
from cli.records import Names, short
from node.care.pay.explain import Group, Traced, counted, story, trace
from node.care.pay.flag import sentence
from node.care.people import PERSON
from node.care.settlement.closing import Preview
from node.care.settlement.reasons import in_english, in_words
from node.errors import UsageError
from node.language import said
from node.replica import Replica


def explain_worker(
    replica: Replica, found: Sequence[Preview], worker: Mapping[str, Any], json: bool
) -> None:
    """Prints a worker's lines on some sheets, grouped, with what each rests on."""
    mine = [one for one in found if worker["id"] in one.sheet.totals()]
    traced = [(one, trace(one.sheet, one.facts, one.parameters, worker["id"])) for one in mine]
    if json:
        as_json([_stated(replica, one, groups, worker["id"]) for one, groups in traced])
        return
    names = Names(replica)
    for one, groups in traced:
        numbers = counted(one.sheet, worker["id"])
        total = yuan(one.sheet.totals()[worker["id"]])
        place = name_of(replica, one.sheet.scope)
        result(f"{worker['name']}  {place}  {one.sheet.period}  {total}")
        result("  ".join(f"{said(state)} {number}" for state, number in numbers.items()))
        heads = ["what", "day", "person", "#minutes", "state", "#yuan", "reason"]
        rows = [_cells(names, group, line) for group in groups for line in group.lines]
        tables.table(heads, rows, folded=["person", "reason"])
    if not traced:
        say(f"Nothing of {worker['name']} stands on the sheets of that month here.")


def _cells(names: Names, group: Group, traced: Traced) -> tuple[Any, ...]:
    line = traced.line
    return (
        short(line.subject) if group.name in ("visits", "adjustments") else said(group.name),
        traced.day,
        names.of(PERSON.name, traced.person or None),
        traced.minutes or "",
        said(line.state),
        yuan(line.amount_fen),
        in_words(traced.why),
    )


def _stated(replica: Replica, one: Preview, groups: Sequence[Group], worker: str) -> dict[str, Any]:
    return {
        "division": code_of(replica, one.sheet.scope),
        "period": one.sheet.period,
        "digest": one.sheet.digest,
        "closed": one.closed is not None,
        "numbers": counted(one.sheet, worker),
        "total_fen": one.sheet.totals()[worker],
        "groups": [
            {
                "name": group.name,
                "total_fen": group.total_fen,
                "lines": [
                    {
                        "kind": traced.line.kind,
                        "month": traced.line.month,
                        "subject": traced.line.subject,
                        "day": traced.day,
                        "person": traced.person,
                        "minutes": traced.minutes,
                        "state": traced.line.state,
                        "why": in_english(traced.why),
                        "before_fen": traced.line.before_fen,
                        "amount_fen": traced.line.amount_fen,
                    }
                    for traced in group.lines
                ],
            }
            for group in groups
        ],
    }


def explain_visit(replica: Replica, one: Preview, visit: Mapping[str, Any], json: bool) -> None:
    """Prints all that became of a visit: how far it came, each doubt, and what sheets paid for it.

    Raises:
        UsageError: The visit says too little to be judged.
    """
    told = story(visit["id"], one.facts, one.parameters, one.before)
    if told is None:
        raise UsageError(
            f"The visit {visit['id']} says too little to be judged.",
            hint=f"See it with: linli visit show {short(visit['id'])}",
        )
    why = told.why
    if json:
        doubts = [
            {
                "code": doubt.flag.code,
                "bars": doubt.flag.bars,
                "says": sentence(doubt.flag),
                "waived": doubt.waiver.reason if doubt.waiver else None,
            }
            for doubt in told.doubts
        ]
        paid = [{"period": period, "amount_fen": fen} for period, fen in told.sheets]
        state = {"state": told.due.state, "worth_fen": told.due.fen, "why": in_english(why)}
        as_json({"visit": visit["id"], **state, "doubts": doubts, "sheets": paid})
        return
    pairs = [
        ("visit", str(visit["id"])),
        ("division", name_of(replica, visit["division#"])),
        ("state", said(told.due.state)),
        ("yuan", yuan(told.due.fen)),
        ("reason", in_words(why)),
    ]
    for doubt in told.doubts:
        waived = f" ({said('waived')}: {doubt.waiver.reason})" if doubt.waiver else ""
        pairs.append(("doubt", f"{said(sentence(doubt.flag))}{waived}"))
    pairs += [("month", f"{period}  {yuan(fen)}") for period, fen in told.sheets]
    tables.fields((name, text) for name, text in pairs if text)
