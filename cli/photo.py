"""`linli photo`: photos and signed papers of records, which come after the records themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import card, facts, history
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, Note, Within, sentences, verb
from cli.home import acting, name_of, open_node, place_name, saved, within
from cli.narrowing import AMENDED
from cli.output import result, say
from cli.records import find, given, listed, pages, short
from node.care import photos
from node.care.amendments import state as amended
from node.care.facts.photos import PHOTO, SUBJECTS
from node.care.facts.writing import strike
from node.care.titles import title
from node.config import whole_file
from node.errors import StoreFault, UsageError
from node.language import said
from node.replica import Replica

app = sentences(PHOTO.about)
history.declare(app, PHOTO.name, "linli photo history 7Q2M9K")

Photo = Annotated[str, typer.Argument(metavar="PHOTO", help="Id, or part of an id.")]
Record = Annotated[
    str, typer.Argument(metavar="RECORD", help="Whose photo: id, part of an id, or name.")
]


@verb(app, "add", f"linli photo add {PHOTO.example}")
def add(
    context: typer.Context,
    record: Record,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JPEG, PNG or WebP.")],
    shows: Annotated[str, typer.Option(metavar="KIND", help="Such as 改造前 or 签字材料.")],
    taken_on: Annotated[str, typer.Option(metavar="DATE", help="Such as 2026-11-03.")] = "",
    note: Note = "",
    late: facts.Late = "",
) -> None:
    """Keeps a photo of a record, small and without where it was taken, and prints the id."""
    with open_node(context) as replica:
        table, row = _subject(replica, record)
        values = given(shows=shows, taken_on=taken_on, note=note)
        user = acting(context)
        picture = photos.shrunk(_read(file))
        result(
            photos.add(replica, table, row["id"], picture, values, user=user, reason=late or None)
        )
        saved(replica, f"Kept in {place_name(replica, row['division#'])}.")


def _read(file: Path) -> bytes:
    """A file as it is, unless it is far too large for a photo."""
    try:
        with file.open("rb") as opened:
            return opened.read(photos.TYPED_BYTES_MAX + 1)
    except OSError as fault:
        raise UsageError(
            f"{file} cannot be read: {fault.strerror}.", hint="Look where the photo is."
        ) from fault


def _subject(replica: Replica, typed: str) -> tuple[str, dict[str, Any]]:
    """The record that a person means, of whichever table that has photos.

    Raises:
        UsageError: None fits, or several do.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    for table in SUBJECTS:
        try:
            found.append((table, find(replica, table, typed)))
        except UsageError:
            continue
    if len(found) == 1:
        return found[0]
    if found:
        listed_ = ", ".join(f"{SUBJECTS.title(table)} {short(row['id'])}" for table, row in found)
        raise UsageError(f"{typed!r} fits several records: {listed_}.", hint="Give the id of one.")
    raise UsageError(
        f"No record {typed[:60]!r} that has photos is on this node.",
        hint="Give an id, or six or more characters of it; a case's stands in: linli case list",
    )


@verb(app, "list", "linli photo list --of 7Q2M9K", day="taken_on", states=AMENDED)
def list_(
    context: typer.Context,
    of: facts.Of = "",
    at: Within = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists photos, and whether each is here and above."""
    with open_node(context) as replica:
        where = {"subject": _subject(replica, of)[1]["id"]} if of else None
        rows = listed(pages(replica, PHOTO.name, within(replica, at), where), limit, json or csv)
        card.listing(replica, rows, _listing(replica), json=json, csv=csv)


def _listing(replica: Replica) -> Listing:
    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        kind = title(PHOTO.name, "subject_table", row["subject_table"])
        shows = title(PHOTO.name, "shows", row["shows"])
        told = said(amended(row)) or said(photos.whereabouts(replica, row))
        place = name_of(replica, row["division#"])
        of = f"{kind} {short(row['subject'])}"
        return short(row["id"]), of, shows, row["taken_on"] or "", place, told

    return Listing(
        PHOTO.name,
        ["id", "of", "shows", "taken_on", "division", "where"],
        cells,
        folded=["of", "where"],
        more=lambda row: {"state": amended(row), "held_bytes": photos.held(replica, row)},
    )


@verb(app, "show", "linli photo show 7Q2M9K")
def show(context: typer.Context, photo: Photo, json: Json = False) -> None:
    """Shows of what a photo is, where it is, and the ticks of what is said of it."""
    with open_node(context) as replica:
        row = find(replica, PHOTO.name, photo)
        told = amended(row)
        more = [("state", said(told))] if told else []
        card.show(
            replica,
            PHOTO.name,
            row,
            json,
            more=[*more, ("where", said(photos.whereabouts(replica, row)))],
            stated_more={"state": told, "held_bytes": photos.held(replica, row)},
        )


@verb(app, "save", "linli photo save 7Q2M9K before.jpg")
def save(
    context: typer.Context,
    photo: Photo,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to, as JPEG.")],
) -> None:
    """Writes a photo into a file of yours, which anybody can open: delete it after use."""
    with open_node(context) as replica:
        content = photos.content(replica, find(replica, PHOTO.name, photo))
        if file.exists():
            raise UsageError(f"{file} is there already.", hint="Give another name.")
        try:
            with whole_file(file) as opened:
                opened.write(content)
        except OSError as fault:
            raise StoreFault(f"Cannot write {file}: {fault.strerror}.") from fault
        say(f"Wrote {file}: {len(content)} bytes.")


@verb(app, "void", "linli photo void 7Q2M9K --reason 录错对象")
def void(context: typer.Context, photo: Photo, reason: facts.Reason) -> None:
    """Voids a photo: it counts for nothing, and stays until it is erased."""
    with open_node(context) as replica:
        row = find(replica, PHOTO.name, photo)
        strike(replica, PHOTO, row["id"], reason, user=acting(context))
        saved(replica, f"{short(row['id'])} in {name_of(replica, row['division#'])} is void.")
