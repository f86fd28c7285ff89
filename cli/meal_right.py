"""`linli meal right`: what a canteen's village may spend of a quota: asked, granted, given back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, Note, Within, sentences, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.money import fen, yuan
from cli.output import as_json, result, say
from cli.records import find, short
from node.care import moments
from node.care.amendments import void
from node.care.canteen import granting
from node.care.canteen.reading import (
    diner,
    diners,
    give_backs,
    lineage,
    meals_of,
    year_of,
)
from node.care.canteen.tables import RIGHT
from node.care.headings import heading
from node.care.people import PERSON
from node.errors import UsageError
from node.replica import Replica

app = sentences("Rights of canteens to spend from a person's quota.")

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")]
Amount = Annotated[str, typer.Option(metavar="YUAN", help="How much, such as 100.")]
OfYear = Annotated[
    int, typer.Option("--year", metavar="YEAR", show_default=False, help="Default: this year.")
]
_LISTED = (
    "division", "division_name", "author_id", "person", "person_name", "year", "granted_fen",
    "returned_fen", "settled_fen", "reserved_fen", "left_fen", "frozen",
)  # fmt: skip


def _year(replica: Replica, typed: int) -> int:
    return typed or year_of(moments.today(replica))


@verb(
    app,
    "ask",
    "linli meal right ask 王桂兰 --amount 100",
    "linli meal right ask 王桂兰 --lives-at 东关村 --amount 0",
)
def ask(
    context: typer.Context,
    person: Person,
    amount: Amount,
    home: Annotated[
        str,
        typer.Option(
            "--lives-at", metavar="DIVISION", help="Where the person lives, if not known here."
        ),
    ] = "",
    year: OfYear = 0,
    note: Note = "",
) -> None:
    """Asks the county for a right to spend from somebody's quota; 0 asks for the name alone."""
    with open_node(context) as replica:
        known = [] if home else diners(replica, person)
        if not home and len(known) != 1:
            raise UsageError(
                f"{len(known)} people are known here as {person[:60]!r}.",
                hint="Say where the person lives: --lives-at VILLAGE",
            )
        name, id_ = (known[0].name, known[0].id) if known else (person, "")
        where = known[0].home if known else replica.tree.find(home).id
        on, user = _year(replica, year), acting(context)
        asked = granting.ask(
            replica, name, where, on, fen(amount), user=user, person=id_, note=note
        )
        result(asked)
        saved(replica, f"Asked the county for {yuan(fen(amount))} yuan of {name}'s quota.")


@verb(
    app,
    "grant",
    "linli meal right grant 王桂兰 --to 东关村 --amount 100 --registered-since 1990-01-01",
)
def grant(
    context: typer.Context,
    person: Person,
    to: Annotated[str, typer.Option(metavar="VILLAGE", help="The canteen's village.")],
    amount: Amount,
    year: OfYear = 0,
    registered_since: Annotated[
        str, typer.Option(metavar="DATE", help="户籍: since when; asked for once a person.")
    ] = "",
    box: Annotated[
        str, typer.Option(metavar="AUTHOR", help="Which box there, where there are several.")
    ] = "",
) -> None:
    """Lets a village's box spend from somebody's quota; the county's word."""
    with open_node(context) as replica:
        who = diner(replica, find(replica, PERSON.name, person)["id"])
        assert who is not None
        division = replica.tree.find(to).id
        author = _box(replica, division, box)
        on = _year(replica, year)
        wanted = granting.Wanted(who, division, author, on, fen(amount))
        free = granting.grant_right(
            replica, wanted, user=acting(context), registered_since=registered_since
        )
        name = name_of(replica, division)
        if wanted.fen:
            saved(
                replica,
                f"{name} may spend {yuan(wanted.fen)} yuan of {who.name}'s quota of {on};"
                f" {yuan(free)} are granted to nobody yet.",
            )
        else:
            saved(replica, f"{name} knows {who.name}, who has the discount there.")


def _box(replica: Replica, division: str, typed: str) -> str:
    """The one box of a village that is meant."""
    found = [
        one for one in granting.boxes_at(replica, division) if one.startswith(typed.strip().lower())
    ]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(one[:8] for one in found)
    raise UsageError(
        f"{len(found)} boxes stand at {name_of(replica, division)}: {listed or '-'}.",
        hint="Name one with --box; the nodes are listed by: linli member list",
    )


@verb(
    app, "return", "linli meal right return 王桂兰 --amount 30", "linli meal right return --every"
)
def give_back(
    context: typer.Context,
    person: Annotated[
        str, typer.Argument(metavar="PERSON", show_default=False, help="At a village: whose.")
    ] = "",
    amount: Annotated[str, typer.Option(metavar="YUAN", help="How much is given back.")] = "",
    year: OfYear = 0,
    every: Annotated[
        bool, typer.Option("--every", help="At the county: take back all that was given back.")
    ] = False,
) -> None:
    """Gives back a right that is not needed; at the county, takes back what was given back."""
    if every == bool(person) or bool(person) != bool(amount):
        raise UsageError(
            "What is to be given back is not clear.",
            hint="At a village: PERSON and --amount YUAN; at the county: --every",
        )
    with open_node(context) as replica:
        if every:
            _take_back(replica, acting(context))
            return
        found = diners(replica, person)
        if len(found) != 1:
            raise UsageError(
                f"{len(found)} people are known here as {person[:60]!r}.",
                hint="Give the id of the one you mean.",
            )
        on = _year(replica, year)
        granting.give_back(replica, found[0], on, fen(amount), user=acting(context))
        saved(replica, f"Gave back {yuan(fen(amount))} yuan of {found[0].name}'s quota of {on}.")


def _take_back(replica: Replica, user: str) -> None:
    count, refused = granting.take_back(replica, user=user)
    for claim, reason in refused:
        say(f"{short(claim.id)}: {reason}")
    if count:
        saved(replica, f"Took back {count} rights.")
    elif not refused:
        say("Nothing waits to be taken back.")


@verb(app, "list", "linli meal right list --at 东关村", "linli meal right list --asked")
def list_(
    context: typer.Context,
    at: Within = "",
    year: OfYear = 0,
    asked: Annotated[
        bool, typer.Option("--asked", help="What was asked for, and is open.")
    ] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists rights: granted, taken back, settled, reserved, and what is left."""
    with open_node(context) as replica:
        scope = within(replica, at)
        if asked:
            _list_asked(replica, scope, json, csv)
            return
        found = list(_rights(replica, scope, _year(replica, year)))
        if json:
            as_json(found)
            return
        if csv:
            headings = [heading("meal_rights", name) for name in _LISTED]
            tables.as_csv(headings, ([_cell(name, one[name]) for name in _LISTED] for one in found))
            return
        amounts = ("granted_fen", "returned_fen", "settled_fen", "reserved_fen", "left_fen")
        rows = [
            (one["division_name"], one["author_id"][:8], one["person_name"], one["year"],
             *(yuan(one[name]) for name in amounts), "!" if one["frozen"] else "")
            for one in found
        ]  # fmt: skip
        heads = [
            "division", "box", "person", "year", "#granted", "#returned", "#settled", "#reserved",
            "#left", "",
        ]  # fmt: skip
        tables.table(heads, rows, folded=["division", "person"])
        if any(one["frozen"] for one in found):
            say("Boxes marked ! wait until the county has looked: linli member review AUTHOR")


def _cell(name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return yuan(value)
    return int(value) if name == "frozen" else value


def _list_asked(replica: Replica, scope: str | None, json: bool, csv: bool) -> None:
    found = granting.open_asks(replica, scope)
    names = ("division", "name", "home", "year", "amount_fen")
    stated = [
        {
            "id": row["id"], "division": name_of(replica, row["division#"]), "name": row["name"],
            "home": name_of(replica, row["home"]), "year": row["year"],
            "amount_fen": row["amount_fen"],
        }
        for row in found
    ]  # fmt: skip
    if json:
        as_json(stated)
        return
    rows = [(short(one["id"]), *(_cell(name, one[name]) for name in names)) for one in stated]
    heads = ["id", "division", "name", "home", "year", "#amount"]
    if csv:
        tables.as_csv([heading("meal_rights", name) for name in ("id", *names)], rows)
        return
    tables.table(heads, rows, folded=["division", "home"])
    if rows:
        say("To grant one: linli meal right grant PERSON --to VILLAGE --amount YUAN")


def _rights(replica: Replica, scope: str | None, on: int) -> Iterator[dict[str, Any]]:
    """A row for each box and person: what became of its rights in a year."""
    frozen = replica.frozen()
    rows = [row for row in replica.rows(RIGHT.name, scope, {"year": on}) if not void(row)]
    for person in sorted({row["person"] for row in rows}):
        book, who = granting.county_book(replica, person, on), diner(replica, person)
        for author in sorted({row["author_id"] for row in rows if row["person"] == person}):
            account = book.account(lineage(author))
            place = next(
                row["division#"] for row in rows
                if (row["person"], row["author_id"]) == (person, author)
            )  # fmt: skip
            pending = sum(
                row["quota_fen"] for row in meals_of(replica, person, on)
                if row["author#"] == author and not void(row) and row["id"] not in account.answered
            )  # fmt: skip
            given = sum(
                row["amount_fen"] for row in give_backs(replica, person, on)
                if row["author#"] == author and row["id"] not in account.answered
            )  # fmt: skip
            yield {
                "division": code_of(replica, place),
                "division_name": name_of(replica, place),
                "author_id": author,
                "person": person,
                "person_name": who.name if who is not None else short(person),
                "year": on,
                "granted_fen": account.granted_fen,
                "returned_fen": account.returned_fen,
                "settled_fen": account.settled_fen,
                "reserved_fen": pending + given,
                "left_fen": max(account.granted_fen - account.used_fen - pending - given, 0),
                "frozen": author in frozen,
            }
