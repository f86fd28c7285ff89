"""`linli benefit find|explain|turning|modes`: the lists over people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, Limit, On, Within, verb
from cli.home import code_of, name_of, open_node, within
from cli.money import yuan
from cli.output import as_json, say
from cli.records import Names, find, listed, short
from node.care import fields
from node.care.benefits.entitlement import Due, entitlement
from node.care.benefits.finding import DOUBLE, LACKING, TO_MEND, TO_STOP, WRONG_AMOUNT
from node.care.granting import finding
from node.care.granting.acting import next_month, person_known
from node.care.granting.closing import check_month
from node.care.headings import heading
from node.care.moments import today
from node.care.parameters import publishing
from node.care.policy import BASELINE
from node.language import said
from node.replica import Replica

_LISTS = BASELINE.lists

MonthOf = Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-11.")]
Month = Annotated[
    str, typer.Option("--month", metavar="MONTH", help="Such as 2026-11 [default: the next].")
]
Row = Mapping[str, Any]


def declare(app: typer.Typer) -> None:
    """Adds the lists over people to the noun."""
    _declare_find(app)
    _declare_explain(app)
    _declare_turning(app)
    _declare_modes(app)


def gap_word(kind: str) -> str:
    """What a gap is, in words."""
    return {
        LACKING: said("lacking"),
        WRONG_AMOUNT: said("other amount"),
        TO_STOP: said("to stop"),
        DOUBLE: said("had twice"),
        TO_MEND: said("to mend"),
    }[kind]


def printed(rows: Sequence[Row], columns: Sequence[str], *, json: bool, csv: bool) -> bool:
    """Prints rows as JSON or CSV where that is asked for, and tells whether it was."""
    if json:
        as_json([{name: row[name] for name in row if not name.startswith("_")} for row in rows])
    elif csv:
        lines = ([_csv_cell(name, row[name]) for name in columns] for row in rows)
        tables.as_csv([heading("benefit", name) for name in columns], lines)
    return json or csv


def _csv_cell(name: str, value: Any) -> Any:
    if name == "fen":
        return yuan(value) if value else ""
    if name == "code":
        return _LISTS.benefit_kinds.title(value)
    if name == "gap":
        return gap_word(value)
    if name == "status":
        return _LISTS.benefit_steps.title(value)
    if name == "state":
        return _state_word(value)
    return said(value) if name == "reason" and value else value


# --- who should have what ------------------------------------------------------------------------


def _declare_find(app: typer.Typer) -> None:
    @verb(app, "find", "linli benefit find --at 南大街 --month 2026-12", "linli benefit find --csv")
    def find_(
        context: typer.Context,
        month: Month = "",
        kind: Annotated[str, typer.Option(metavar="KIND", help="Such as 高龄津贴.")] = "",
        gap: Annotated[
            str, typer.Option(metavar="WORD", help="lacking, amount, stop, double or mend.")
        ] = "",
        at: Within = "",
        limit: Limit = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Finds who should have a benefit and has not, and who has one and should not, and why."""
        if gap:
            _check_gap(gap)
        with open_node(context) as replica:
            when = check_month(month) if month else next_month(replica)
            code = _LISTS.benefit_kinds.code("kind", kind) if kind else ""
            every = finding.found(replica, when, within(replica, at) or replica.division)
            names = Names(replica)
            rows = [
                _gap_row(replica, names, one, when)
                for one in every
                if code in ("", one.gap.code) and gap in ("", one.gap.kind)
            ]
            shown = list(listed(rows, limit, json or csv, neglected=True))
            if printed(shown, _FOUND, json=json, csv=csv):
                return
            heads = ["person", "division", "what", "benefit", "why"]
            tables.table(heads, map(_gap_cells, shown), folded=["person", "division", "why"])
            say(f"{len(rows)} findings for {when}. To confirm one: {_PROPOSE}")


def _check_gap(value: str) -> None:
    if value not in finding.KINDS:
        raise fields.refused("gap", value, "is no kind of finding", _GAPS_HINT)


_PROPOSE = "linli benefit propose PERSON KIND"
_GAPS_HINT = "They are: lacking, amount, stop, double, mend."

_FOUND = ("gap", "division", "division_name", "person", "person_name", "code", "fen", "status",
          "benefit", "month", "reason")  # fmt: skip


def _gap_row(replica: Replica, names: Names, one: finding.Found, month: str) -> dict[str, Any]:
    return {
        "gap": one.gap.kind,
        "division": code_of(replica, one.division),
        "division_name": name_of(replica, one.division),
        "person": one.gap.person,
        "person_name": names.of("person", one.gap.person),
        "code": one.gap.code,
        "benefit": one.gap.benefit,
        "status": one.status,
        "fen": one.gap.fen,
        "month": month,
        "reason": one.gap.reason,
    }


def _gap_cells(row: Row) -> tuple[Any, ...]:
    kind = _LISTS.benefit_kinds.title(row["code"])
    return row["person_name"], row["division_name"], gap_word(row["gap"]), kind, said(row["reason"])


def _declare_explain(app: typer.Typer) -> None:
    @verb(app, "explain", "linli benefit explain 王桂兰 --month 2026-12")
    def explain(
        context: typer.Context,
        person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, or name.")],
        month: Month = "",
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Tells which benefits a person should have in a month and why, and why not the others."""
        with open_node(context) as replica:
            when = check_month(month) if month else next_month(replica)
            _, known = person_known(replica, find(replica, "person", person)["id"])
            told = entitlement(known, when, publishing.needed(replica))
            states = (("due", told.due), ("excluded", told.excluded), ("not due", told.denied))
            rows: list[dict[str, Any]] = [
                {"code": one.code, "state": state, "reason": one.reason,
                 "fen": one.fen if isinstance(one, Due) else 0}
                for state, some in states for one in some
            ]  # fmt: skip
            rows += [
                {"code": "", "state": "to mend", "fen": 0, "reason": flag} for flag in told.flags
            ]
            if not printed(rows, ("code", "state", "fen", "reason"), json=json, csv=csv):
                heads = ["benefit", "state", "#yuan", "why"]
                tables.table(heads, map(_told_cells, rows), folded=["why"])


def _state_word(state: str) -> str:
    """What is said of a benefit, in words."""
    return {
        "due": said("due"),
        "excluded": said("excluded"),
        "not due": said("not due"),
        "to mend": said("to mend"),
    }[state]


def _told_cells(row: Row) -> tuple[Any, ...]:
    kind = _LISTS.benefit_kinds.title(row["code"])
    return (
        kind,
        _state_word(row["state"]),
        yuan(row["fen"]) if row["fen"] else "",
        said(row["reason"]),
    )


# --- people --------------------------------------------------------------------------------------


def _declare_turning(app: typer.Typer) -> None:
    @verb(app, "turning", "linli benefit turning 2026-12 --at 定昌镇")
    def turning(
        context: typer.Context,
        month: MonthOf,
        at: Within = "",
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists who reaches an age in a month from which another allowance follows."""
        with open_node(context) as replica:
            scope = within(replica, at) or replica.division
            names = Names(replica)
            rows = [
                {
                    "division": code_of(replica, division),
                    "division_name": name_of(replica, division),
                    "person": one.person,
                    "person_name": names.of("person", one.person),
                    "age": one.age,
                    "birth_date": one.born,
                }
                for one, division in finding.coming_of_age(replica, check_month(month), scope)
            ]
            if not printed(rows, _BIRTHDAY, json=json, csv=csv):
                heads = ["id", "person", "division", "#age", "born"]
                tables.table(heads, map(_birthday_cells, rows), folded=["person", "division"])


_BIRTHDAY = ("division", "division_name", "person", "person_name", "age", "birth_date")


def _birthday_cells(row: Row) -> tuple[Any, ...]:
    named = row["person_name"], row["division_name"]
    return short(row["person"]), *named, row["age"], row["birth_date"]


def _declare_modes(app: typer.Typer) -> None:
    @verb(app, "modes", "linli benefit modes --on 2026-11-30")
    def modes(
        context: typer.Context,
        on: On = "",
        at: Within = "",
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Counts the 特困 people at home and in institutions on a day, and the share at home."""
        with open_node(context) as replica:
            day = fields.date("on", on) if on else today(replica)
            found = finding.shares(replica, day, within(replica, at) or replica.division)
            whole = finding.Share(
                "", sum(one.scattered for one in found), sum(one.gathered for one in found)
            )
            rows = [
                {
                    "division": code_of(replica, one.division) if one.division else "",
                    "division_name": name_of(replica, one.division) if one.division else "",
                    "at_home": one.scattered,
                    "in_institutions": one.gathered,
                    "people": one.whole,
                    "share_thousandths": one.thousandths,
                    "day": day,
                }
                for one in (*found, whole)
            ]
            if not printed(rows, list(rows[0]), json=json, csv=csv):
                heads = ["division", "#at home", "#in institutions", "#people", "#share"]
                tables.table(heads, map(_share_cells, rows), folded=["division"])


def _share_cells(row: Row) -> tuple[Any, ...]:
    part = row["share_thousandths"]
    shown = f"{part // 10}.{part % 10} %" if row["people"] else "-"
    place = row["division_name"] or said("in all")
    return place, row["at_home"], row["in_institutions"], row["people"], shown
