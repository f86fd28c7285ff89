"""`linli programme`: for whom a programme is, who is chosen, who waits, who has a place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from cli import facts
from cli import table as tables
from cli.grammar import Csv, Json, Note, On, Within, sentences, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.money import yuan
from cli.output import as_json, result, say
from cli.records import find, pages, short
from node.care import moments
from node.care.benefits.months import age_on
from node.care.facts.programmes import passed, programme_on
from node.care.headings import heading
from node.care.parameters import publishing
from node.care.parameters.groups import Programme
from node.care.people import PERSON, PERSON_CLOSED
from node.care.programmes import enrolling
from node.care.programmes.choosing import by_kind, why_not
from node.care.programmes.enrolling import Standing
from node.care.titles import title
from node.language import said
from node.replica import Replica

app = sentences("Programmes: for whom, who has a place, who waits.")
facts.declare_all(app, "programme")

Code = Annotated[str, typer.Argument(metavar="PROGRAMME", help="Its code, such as tuoyang.")]
Reason = Annotated[str, typer.Option(metavar="REASON", help="Name or code, such as 死亡 or S01.")]


def _day(replica: Replica, typed: str) -> str:
    """The day that was typed, or today."""
    return typed or moments.today(replica)


@verb(app, "list", "linli programme list", "linli programme list --pilot --json")
def list_(
    context: typer.Context,
    pilot: Annotated[bool, typer.Option("--pilot", help="Only those on trial.")] = False,
    on: On = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists the programmes of a day: places, who has one, who waits."""
    with open_node(context) as replica:
        day = _day(replica, on)
        parameters = publishing.needed(replica)
        found = [
            enrolling.stands(replica, code, day)
            for code, dated in sorted(parameters.programmes.items())
            if (programme := dated.on(day)) is not None and (programme.pilot or not pilot)
        ]
        rows = [_counted(one) for one in found]
        if json:
            as_json(rows)
        elif csv:
            names = list(_COUNTED)
            tables.as_csv(
                [heading("programme", name) for name in names],
                ([_csv_cell(name, row[name]) for name in names] for row in rows),
            )
        else:
            heads = ["code", "name", "funded_by", "#places", "#enrolled", "#on the list", ""]
            tables.table(heads, map(_list_cells, rows), folded=["name", "funded_by"])


_COUNTED = (
    "code", "name", "funded_by", "pilot", "places", "enrolled", "waiting", "budget_fen", "policy",
)  # fmt: skip


def _counted(one: Standing) -> dict[str, Any]:
    made = one.programme
    return {
        "code": made.code,
        "name": made.name,
        "funded_by": made.funded_by,
        "pilot": made.pilot,
        "places": made.places,
        "enrolled": len(one.places.enrolled),
        "waiting": len(one.places.waiting),
        "budget_fen": made.budget_fen,
        "policy": one.policy,
    }


def _csv_cell(column: str, value: Any) -> Any:
    if column == "pilot":
        return said("yes") if value else said("no")
    return yuan(value) if column == "budget_fen" else value


def _list_cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
    over = row["places"] and row["enrolled"] > row["places"]
    marks = [said("on trial")] if row["pilot"] else []
    marks += [said("more enrolled than places")] if over else []
    numbers = (row["places"] or "", row["enrolled"], row["waiting"])
    return (row["code"], row["name"], row["funded_by"], *numbers, " ".join(marks))


@verb(app, "show", "linli programme show tuoyang")
def show(context: typer.Context, programme: Code, on: On = "", json: Json = False) -> None:
    """Shows a programme: conditions by number, budget, and those enrolled by kind."""
    with open_node(context) as replica:
        one = enrolling.stands(replica, programme, _day(replica, on))
        made = one.programme
        kinds = by_kind(one.people[who] for who in one.places.enrolled if who in one.people)
        if json:
            as_json({**_counted(one), **_stated(made), "by_kind": kinds})
            return
        pairs = [
            ("code", made.code),
            ("name", made.name),
            ("funded_by", made.funded_by),
            ("ages", f"{made.ages[0]}–{made.ages[1]}"),
            ("disability_kind", _titles("disability_kind", made.kinds)),
            ("disability_grade", _titles("disability_grade", made.grades)),
            ("places", f"{made.places or ''}"),
            ("enrolled", f"{len(one.places.enrolled)}"),
            ("on the list", f"{len(one.places.waiting)}"),
            ("budget", yuan(made.budget_fen)),
            ("policy", one.policy),
        ]
        tables.fields(pairs)
        _table_of(["#", said("must items")], enumerate(made.must_items, start=1))
        named = {
            title(PERSON.name, "disability_kind", kind or None): n for kind, n in kinds.items()
        }
        _table_of(["disability_kind", "#enrolled"], named.items())
        lines = (
            (line.name, "" if line.planned_fen is None else yuan(line.planned_fen))
            for line in made.lines
        )
        _table_of([said("budget line"), "#yuan"], lines)


def _titles(column: str, codes: Iterable[str]) -> str:
    return title(PERSON.name, column, list(codes))


def _table_of(heads: list[str], rows: Iterable[tuple[Any, Any]]) -> None:
    """A table of two columns below the rest; nothing where it has no row."""
    found = list(rows)
    if found:
        result("")
        tables.table(heads, found, folded=[heads[0]])


def _stated(made: Programme) -> dict[str, Any]:
    return {
        "ages": list(made.ages),
        "kinds": list(made.kinds),
        "grades": list(made.grades),
        "must_items": list(made.must_items),
        "lines": [{"code": one.code, "name": one.name, "planned_fen": one.planned_fen}
                  for one in made.lines],
    }  # fmt: skip


@verb(app, "eligible", "linli programme eligible tuoyang --at 定昌镇")
def eligible(
    context: typer.Context,
    programme: Code,
    at: Within = "",
    on: On = "",
    every: Annotated[bool, typer.Option("--every", help="Also those whom it is not for.")] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists for whom a programme is by age, kind and grade, and how each was screened."""
    with open_node(context) as replica:
        day = _day(replica, on)
        made = programme_on(publishing.needed(replica), programme, day)
        seen = enrolling.screenings(replica, programme, day)
        rows = [
            _eligible(replica, person, why, seen.get(person["id"]), made, day)
            for person in pages(replica, PERSON.name, within(replica, at))
            if person["status"] not in PERSON_CLOSED
            and ((why := why_not(made, person, day)) == () or every)
        ]
        _show_people(rows, ("age", "disability_kind", "disability_grade", "screened"), json, csv)


def _eligible(
    replica: Replica,
    person: Mapping[str, Any],
    why: tuple[str, ...],
    screening: Mapping[str, Any] | None,
    made: Programme,
    day: str,
) -> dict[str, Any]:
    screened = "" if screening is None else "passed" if passed(screening, made) else "failed"
    born = person["birth_date"]
    return {
        **_who(replica, person),
        "age": age_on(born, day) if born else None,
        "disability_kind": person["disability_kind"],
        "disability_grade": person["disability_grade"],
        "screened": screened,
        "why_not": list(why),
    }


def _who(replica: Replica, person: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "person": person["id"],
        "person_name": person["name"],
        "division": code_of(replica, person["division#"]),
        "division_name": name_of(replica, person["division#"]),
    }


def _show_people(
    rows: list[dict[str, Any]], columns: tuple[str, ...], json: bool, csv: bool
) -> None:
    """Prints people with some columns as a table, JSON or CSV."""
    if json:
        as_json(rows)
        return
    if csv:
        names = ("person", "person_name", "division", "division_name", *columns)
        headings = [heading("programme", name) for name in names]
        tables.as_csv(headings, ([_cell(name, row[name]) for name in names] for row in rows))
        return
    marked = (f"#{_head(one)}" if one in _NUMBERS else _head(one) for one in columns)
    heads = ["id", "name", "village", *marked]
    cells = (
        (
            short(row["person"]),
            row["person_name"],
            row["division_name"],
            *(_cell(name, row[name]) for name in columns),
        )
        for row in rows
    )
    tables.table(heads, cells, folded=["name", "village"])
    say(f"{len(rows)} people.")


_NUMBERS = ("age", "rank")


def _cell(column: str, value: Any) -> Any:
    if column in ("disability_kind", "disability_grade"):
        return title(PERSON.name, column, value)
    return _word(value) if column in ("screened", "state") else value


def _head(column: str) -> str:
    """The head of a column of people."""
    return {
        "age": said("age"),
        "rank": said("rank"),
        "since": said("since"),
        "state": said("state"),
        "screened": said("screening"),
        "disability_kind": said("disability_kind"),
        "disability_grade": said("disability_grade"),
    }[column]


def _word(state: str) -> str:
    """How somebody stands, in words."""
    return {
        "": "",
        "passed": said("meets all"),
        "failed": said("lacks some"),
        "enrolled": said("has a place"),
        "waiting": said("on the waiting list"),
        "gone": said("has left"),
    }[state]


# --- rounds and places ---------------------------------------------------------------------------


@verb(
    app, "round", "linli programme round tuoyang", "linli programme round tuoyang --on 2026-11-20"
)
def round_(context: typer.Context, programme: Code, on: On = "") -> None:
    """Freezes the candidates of a day in their order; only the county does this."""
    with open_node(context) as replica:
        day = _day(replica, on)
        count = enrolling.hold_round(replica, programme, day, user=acting(context))
        saved(replica, f"Froze {count} candidates of {programme!s} on {day}.")


@verb(app, "candidates", "linli programme candidates tuoyang --csv")
def candidates(
    context: typer.Context,
    programme: Code,
    at: Within = "",
    on: On = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists the last round: rank, who has a place, who waits, who is gone."""
    with open_node(context) as replica:
        one = enrolling.stands(replica, programme, _day(replica, on))
        inside = _inside(replica, at)
        rows = [
            {**_who(replica, one.people[row["person"]]), "rank": row["rank"],
             "state": _state(one, row["person"]), "policy": row["policy"]}
            for row in one.candidacies
            if row["person"] in one.people and row["division#"] in inside
        ]  # fmt: skip
        _show_people(rows, ("rank", "state"), json, csv)


@verb(app, "enrolled", "linli programme enrolled tuoyang --at 定昌镇")
def enrolled(
    context: typer.Context,
    programme: Code,
    at: Within = "",
    on: On = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists who has a place on a day, and since when."""
    with open_node(context) as replica:
        one = enrolling.stands(replica, programme, _day(replica, on))
        inside = _inside(replica, at)
        rows = [
            {**_who(replica, one.people[who]), "since": enrolment["since"],
             "disability_kind": one.people[who]["disability_kind"], "policy": enrolment["policy"]}
            for who, enrolment in one.places.enrolled.items()
            if who in one.people and enrolment["division#"] in inside
        ]  # fmt: skip
        rows.sort(key=lambda row: (row["division"], row["since"], row["person"]))
        _show_people(rows, ("since", "disability_kind"), json, csv)


def _inside(replica: Replica, at: str) -> frozenset[str]:
    """The divisions to which a listing is narrowed; all where nothing was typed."""
    return frozenset(replica.tree.below(within(replica, at) or replica.tree.root))


def _state(one: Standing, person: str) -> str:
    """How a candidate stands."""
    if person in one.places.enrolled:
        return "enrolled"
    return "gone" if person in one.places.gone else "waiting"


@verb(app, "fill", "linli programme fill tuoyang --dry-run", "linli programme fill tuoyang")
def fill(
    context: typer.Context,
    programme: Code,
    on: On = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
) -> None:
    """Ends the places of those who are gone and gives the free ones to those who wait."""
    with open_node(context) as replica:
        day = _day(replica, on)
        done = enrolling.fill(replica, programme, day, user=acting(context), dry=dry_run)
        people = enrolling.stands(replica, programme, day).people
        rows = [(short(who), people[who]["name"], _word("gone")) for who in done.ended]
        rows += [(short(who), people[who]["name"], _word("enrolled")) for who in done.enrolled]
        if rows:
            tables.table(["id", "name", "state"], rows, folded=["name"])
        if dry_run or not rows:
            say(f"{len(rows)} changes; nothing was written.")
        else:
            saved(replica, f"{len(done.ended)} places ended, {len(done.enrolled)} given.")


@verb(app, "leave", "linli programme leave tuoyang 王桂兰 --reason 自愿放弃")
def leave(
    context: typer.Context,
    programme: Code,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")],
    reason: Reason,
    on: On = "",
    note: Note = "",
) -> None:
    """Ends somebody's place; the next who waits gets it with `fill`."""
    with open_node(context) as replica:
        row = find(replica, PERSON.name, person)
        day = _day(replica, on)
        enrolling.give_up(
            replica, programme, row["id"], reason, day, user=acting(context), note=note
        )
        saved(replica, f"The place of {row['name']} ends on {day}.")
