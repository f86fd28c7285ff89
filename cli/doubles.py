"""`linli person duplicates|merge|unmerge|distinct`: people who stand twice in the register.

What may be a pair is worked out when somebody asks. A village proposes, the township decides over
its villages and the county over all; every decision can be undone, and no record is changed by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import table
from cli.grammar import Csv, Json, Limit, Note, Within, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.output import as_json, say
from cli.records import find, listed, short
from node.care.doubles import deciding, listing
from node.care.doubles.listing import Found
from node.care.doubles.reading import read
from node.care.doubles.scanning import BIRTH, NUMBER, SOUND, VILLAGE
from node.care.headings import heading
from node.care.people import PERSON
from node.errors import UsageError
from node.language import said
from node.replica import Replica

_COLUMNS = (
    "state", "kind", "id", "name", "division", "division_name", "other", "other_name",
    "other_division", "other_division_name", "keep", "asked", "said_on", "note",
)  # fmt: skip
_PAGE = 500

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="The other: id, or part of an id.")]
State = Annotated[
    str,
    typer.Option(
        metavar="STATE",
        help="open, proposed, conflict, merged, distinct, or all [default: what waits].",
    ),
]
Kind = Annotated[
    str, typer.Option("--by", metavar="REASON", help="number, village, birth or sound.")
]


def declare(app: typer.Typer) -> None:
    """Adds the sentences about people who stand twice."""
    _declare_list(app)
    _declare_merge(app)
    _declare_others(app)


def state_words(state: str) -> str:
    """What a pair is, in words."""
    return {
        listing.CONFLICT: said("conflict"),
        listing.PROPOSED: said("proposed"),
        listing.OPEN: said("to be looked at"),
        listing.MERGED: said("merged"),
        listing.TWO: said("two people"),
    }[state]


def kind_words(kind: str) -> str:
    """Why two records may be one person's, in words."""
    return {
        NUMBER: said("same ID number"),
        VILLAGE: said("same name and birth date"),
        BIRTH: said("same name and birth date, two villages"),
        SOUND: said("names that sound alike, same birth date"),
        "": "",
    }[kind]


def _declare_list(app: typer.Typer) -> None:
    @verb(app, "duplicates", "linli person duplicates --at 赤城镇", "linli person duplicates --csv")
    def duplicates(
        context: typer.Context,
        at: Within = "",
        state: State = "",
        by: Kind = "",
        limit: Limit = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists records that may be one person's, and what was said about them."""
        states = _states(state)
        if by not in ("", NUMBER, VILLAGE, BIRTH, SOUND):
            raise UsageError(
                f"{by!r} is no reason of the list.", hint="Give number, village, birth or sound."
            )
        with open_node(context) as replica:
            found = listing.duplicates(replica, within(replica, at), states)
            found = [line for line in found if by in ("", line.kind)]
            _print(replica, list(listed(found, limit, json or csv, neglected=True)), json, csv)


def _states(typed: str) -> tuple[str, ...]:
    if typed == "all":
        return listing.STATES
    if typed and typed not in listing.STATES:
        raise UsageError(
            f"{typed!r} is no state of a pair.",
            hint="Give open, proposed, conflict, merged, distinct or all.",
        )
    return (typed,) if typed else listing.UNDECIDED


def _print(replica: Replica, found: list[Found], json: bool, csv: bool) -> None:
    people: dict[str, Mapping[str, Any]] = {}
    ids = sorted({id for line in found for id in line.pair})
    for start in range(0, len(ids), _PAGE):
        where = {"id": ids[start : start + _PAGE]}
        people |= {row["id"]: row for row in replica.rows(PERSON.name, where=where)}
    rows = [_cells(replica, people, line) for line in found]
    if json:
        as_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
        return
    if csv:
        headings = [heading("person_link", name) for name in _COLUMNS]
        words = ([state_words(row[0]), kind_words(row[1]), *row[2:]] for row in rows)
        table.as_csv(headings, words)
        return
    heads = ["state", "id", "name", "place", "other", "name", "place", "reason"]
    shown = [
        (
            state_words(row[0]),
            short(row[2]) + _star(row, 2),
            row[3],
            row[5],
            short(row[6]) + _star(row, 6),
            row[7],
            row[9],
            kind_words(row[1]) or row[13],
        )
        for row in rows
    ]
    table.table(heads, shown, folded=["name", "place", "reason"])
    if any(row[10] for row in rows):
        say("The one with * is kept, or is to be kept.")


def _star(row: tuple[str, ...], place: int) -> str:
    return "*" if row[10] == row[place] else ""


def _cells(
    replica: Replica, people: Mapping[str, Mapping[str, Any]], line: Found
) -> tuple[str, ...]:
    sides: list[str] = []
    for id in line.pair:
        row = people.get(id)
        place = row["division#"] if row else ""
        sides += [
            id,
            (row["name"] or "") if row else "",
            code_of(replica, place) if place else "",
            name_of(replica, place) if place else "",
        ]
    return (line.state, line.kind, *sides, line.keep, line.asked, line.said_on, line.note)


def _declare_merge(app: typer.Typer) -> None:
    @verb(app, "merge", "linli person merge 7Q2M9K 8R3N0M --keep 7Q2M9K")
    def merge(
        context: typer.Context,
        person: Person,
        other: Other,
        keep: Annotated[str, typer.Option(metavar="PERSON", help="Which of the two is kept.")],
        note: Note = "",
    ) -> None:
        """Says that two records are one person's; nothing is lost and it can be undone."""
        with open_node(context) as replica:
            one, two, kept = (_found(replica, typed) for typed in (person, other, keep))
            user = acting(context)
            decided = deciding.merge(
                replica, one["id"], two["id"], kept["id"], user=user, note=note
            )
            gone = two if kept["id"] == one["id"] else one
            words = f"{gone['name']} ({short(gone['id'])}) is merged into {short(kept['id'])}."
            _tell(replica, decided, words)


def _declare_others(app: typer.Typer) -> None:
    @verb(app, "unmerge", "linli person unmerge 7Q2M9K 8R3N0M")
    def unmerge(context: typer.Context, person: Person, other: Other, note: Note = "") -> None:
        """Takes back what was said of two records; they may be listed again."""
        with open_node(context) as replica:
            one, two = _found(replica, person), _found(replica, other)
            user = acting(context)
            decided = deciding.unmerge(replica, one["id"], two["id"], user=user, note=note)
            _tell(replica, decided, f"{short(one['id'])} and {short(two['id'])} are apart again.")

    @verb(app, "distinct", "linli person distinct 7Q2M9K 8R3N0M")
    def distinct(context: typer.Context, person: Person, other: Other, note: Note = "") -> None:
        """Says that two records are two people's; they are not listed again."""
        with open_node(context) as replica:
            one, two = _found(replica, person), _found(replica, other)
            user = acting(context)
            decided = deciding.distinct(replica, one["id"], two["id"], user=user, note=note)
            _tell(replica, decided, f"{short(one['id'])} and {short(two['id'])} are two people.")


def _found(replica: Replica, typed: str) -> dict[str, Any]:
    """The record that is typed itself, also where it was merged into another."""
    return find(replica, PERSON.name, typed, itself=True)


def _tell(replica: Replica, decided: bool, words: str) -> None:
    if decided:
        saved(replica, words)
    else:
        say("The township decides; until then this is a proposal.")
        saved(replica, "It is proposed.")


def lines(replica: Replica, person_id: str) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """What the card of a person says about other records of the same person: lines, and JSON."""
    known = read(replica)
    kept, group = known.survivor(person_id), known.group(person_id)
    conflict = known.conflict(person_id)
    told = []
    if kept != person_id:
        told.append(("merged into", _called(replica, kept)))
    others = [one for one in group if one not in (person_id, kept)]
    if others:
        told.append(("also", ", ".join(_called(replica, one) for one in others)))
    if conflict:
        told.append(("in conflict", ", ".join(short(one) for one in conflict)))
    return told, {
        "merged_into": kept if kept != person_id else None,
        "records": list(group),
        "merge_conflict": list(conflict),
    }


def _called(replica: Replica, id: str) -> str:
    row = replica.row(PERSON.name, id)
    if row is None:
        return short(id)
    return f"{row['name']} {short(id)} {name_of(replica, row['division#'])}"
