"""`linli person`: the people who are cared for.

Listings mask ID numbers, since a listing is what gets photographed; `show` tells them whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli import card, doubles, facts, history, moving
from cli.card import Listing
from cli.grammar import All, Csv, Json, Limit, Note, On, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place_name, saved, village, within
from cli.narrowing import RECORDED
from cli.output import result, say
from cli.records import active, find, find_id, given, listed, pages, paired, short
from node.care import people
from node.care.doubles.reading import read
from node.care.fields import masked_id
from node.care.policy import BASELINE
from node.care.titles import title
from node.replica import Replica

PERSON = people.PERSON.name

app = sentences("People who are cared for.")
group = sentences("The groups that a person belongs to, such as 低保 or 独居.")
app.add_typer(group, name="group")

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")]
Groups = Annotated[list[str], typer.Argument(metavar="GROUP", help="Name or code of a group.")]


@verb(
    app,
    "add",
    "linli person add 王桂兰 --at 南大街 --phone 13812345678 --group 低保 --group 独居",
)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name as on the ID card.")],
    at: Place = "",
    id_number: Annotated[str, typer.Option(metavar="ID", help="18 characters of the card.")] = "",
    gender: Annotated[str, typer.Option(metavar="男|女", help="Follows from the card.")] = "",
    birth_date: Annotated[str, typer.Option(metavar="DATE", help="Follows from the card.")] = "",
    phone: Annotated[str, typer.Option(metavar="PHONE", help="Mobile, or with area code.")] = "",
    address: Annotated[str, typer.Option(metavar="TEXT", help="Where to visit.")] = "",
    groups: Annotated[
        list[str] | None, typer.Option("--group", metavar="GROUP", help="May be repeated.")
    ] = None,
    care_grade: Annotated[str, typer.Option(metavar="GRADE", help="Such as 半护理.")] = "",
    disability_grade: Annotated[str, typer.Option(metavar="GRADE", help="Such as 二级.")] = "",
    note: Note = "",
    household: Annotated[
        str, typer.Option(metavar="HOUSEHOLD", help="Id, or part of an id, of the household.")
    ] = "",
    relation: Annotated[str, typer.Option(metavar="WORD", help="To its head, such as 配偶.")] = "",
    contact_name: Annotated[str, typer.Option(metavar="NAME", help="Whom to call.")] = "",
    contact_phone: Annotated[str, typer.Option(metavar="PHONE", help="Where to call.")] = "",
    contact_relation: Annotated[str, typer.Option(metavar="WORD", help="Such as 子女.")] = "",
    disability_certificate: Annotated[
        str, typer.Option(metavar="NUMBER", help="20 characters; gives kind and grade.")
    ] = "",
    disability_kind: Annotated[str, typer.Option(metavar="KIND", help="Such as 肢体.")] = "",
    ability_level: Annotated[str, typer.Option(metavar="LEVEL", help="Such as 中度失能.")] = "",
    twice: Annotated[
        bool, typer.Option("--twice", help="Although the ID number is registered here already.")
    ] = False,
) -> None:
    """Registers a person in a village and prints the id."""
    values = given(
        name=name,
        id_number=id_number,
        gender=gender,
        birth_date=birth_date,
        phone=phone,
        address=address,
        care_grade=care_grade,
        disability_grade=disability_grade,
        note=note,
        relation=relation,
        contact_name=contact_name,
        contact_phone=contact_phone,
        contact_relation=contact_relation,
        disability_certificate=disability_certificate,
        disability_kind=disability_kind,
        ability_level=ability_level,
    )
    with open_node(context) as replica:
        if household:
            values["household"] = find_id(replica, "household", household)
        where = village(replica, at)
        user = acting(context)
        row_id = people.add_person(
            replica, where, values, user=user, groups=groups or (), twice=twice
        )
        result(row_id)
        saved(replica, f"Registered {name} in {place_name(replica, where)}.")


@verb(
    app, "list", "linli person list --at 赤城镇", "linli person list --json",
    day=RECORDED, states=BASELINE.lists.person_statuses,
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    name: Annotated[str, typer.Option(metavar="TEXT", help="Only names that hold it.")] = "",
    every: All = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists people who are cared for, with ID numbers masked."""
    with open_node(context) as replica:
        people_here = pages(replica, PERSON, within(replica, at))
        merged = () if every else read(replica).survivors
        fitting = (
            _masked(row)
            for row in active(people_here, people.PERSON_CLOSED, every)
            if name in (row["name"] or "") and row["id"] not in merged
        )
        card.listing(
            replica, listed(fitting, limit, json or csv), _listing(replica), json=json, csv=csv
        )


def _listing(replica: Replica) -> Listing:
    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            row["name"],
            name_of(replica, row["division#"]),
            row["phone"],
            row["id_number"],
            title(PERSON, "groups", row["groups"]),
        )

    heads = ["id", "name", "division", "phone", "id_number", "groups"]
    return Listing(PERSON, heads, cells, folded=["name", "division", "groups"])


def _masked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A person as a listing shows one: a certificate's number holds the ID number too."""
    hidden = ("id_number", "disability_certificate")
    return {**row, **{name: masked_id(row[name]) or None for name in hidden}}


@verb(app, "show", "linli person show 王桂兰")
def show(context: typer.Context, person: Person, json: Json = False) -> None:
    """Shows one person, the ticks and what is in conflict."""
    with open_node(context) as replica:
        row = find(replica, PERSON, person)
        told, stated = doubles.lines(replica, row["id"])
        moved, stated_moved = moving.lines(replica, row["id"])
        both = {**stated, **stated_moved}
        card.show(replica, PERSON, row, json, more=[*told, *moved], stated_more=both)


@verb(app, "set", "linli person set 王桂兰 phone 13812345678 address 南大街12号")
def set_(context: typer.Context, person: Person, pairs: Pairs) -> None:
    """Changes fields of a person; an empty value empties the field."""
    with open_node(context) as replica:
        row = find(replica, PERSON, person)
        changes: dict[str, Any] = paired(pairs)
        if changes.get("household"):
            changes["household"] = find_id(replica, "household", changes["household"])
        people.set_person(replica, row["id"], changes, user=acting(context))
        saved(replica, f"Changed {', '.join(pairs[::2])} of {row['name']}.")
        for column in people.PERSON.columns:
            if column.name in pairs[::2] and column.owner not in ("", replica.tier):
                say(f"The {column.owner} decides {column.name}; until then this is a proposal.")


@verb(app, "close", "linli person close 王桂兰 --reason 死亡 --on 2026-11-01")
def close(
    context: typer.Context,
    person: Person,
    reason: Annotated[str, typer.Option(metavar="REASON", help="Such as 死亡, 迁出, 失联.")],
    on: On = "",
) -> None:
    """Closes a person with a dated reason; the record and its history stay."""
    with open_node(context) as replica:
        row = find(replica, PERSON, person)
        people.close_person(replica, row["id"], reason, on, user=acting(context))
        card.tell_closed(replica, PERSON, row["id"])


@verb(app, "reopen", "linli person reopen 王桂兰")
def reopen(context: typer.Context, person: Person) -> None:
    """Opens a person again who was closed; the date and the reason are emptied."""
    with open_node(context) as replica:
        row = find(replica, PERSON, person)
        people.reopen_person(replica, row["id"], user=acting(context))
        saved(replica, f"{row['name']} is open again.")


doubles.declare(app)
moving.declare(app)
facts.declare_all(app, "person")
history.declare(app, PERSON, "linli person history 王桂兰")


@verb(group, "add", "linli person group add 王桂兰 独居 高龄")
def group_add(context: typer.Context, person: Person, groups: Groups) -> None:
    """Adds a person to groups."""
    _regroup(context, person, groups, ())


@verb(group, "remove", "linli person group remove 王桂兰 独居")
def group_remove(context: typer.Context, person: Person, groups: Groups) -> None:
    """Takes a person out of groups."""
    _regroup(context, person, (), groups)


def _regroup(
    context: typer.Context, person: str, more: Sequence[str], fewer: Sequence[str]
) -> None:
    with open_node(context) as replica:
        row = find(replica, PERSON, person)
        people.set_person(
            replica, row["id"], {}, user=acting(context), add_groups=more, remove_groups=fewer
        )
        after = find(replica, PERSON, row["id"])
        shown = title(PERSON, "groups", after["groups"]) or "no group"
        saved(replica, f"{row['name']} is now in: {shown}.")
