"""Home modifications on the aide's box: how far each has come, and photos of what was done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care import cases, photos, rows
from node.care.cases import CASE
from node.care.facts.photos import PHOTO
from node.care.photos import Picture
from node.care.policy import BASELINE
from node.care.status import Status
from node.errors import UsageError
from node.replica import Replica
from node.store import Wanted
from node.store.posted import form_key
from node.web.shown import Held, marks, name_of, place, way_up
from node.web.site import Form

ROWS = 40
_RULES = BASELINE.case
OFFERED = ("before", "during", "after", "signed", "other")
"""The kinds of photos that the page of a case offers, in the order in which a case needs them."""


@dataclass(frozen=True)
class Line:
    """A case in a list.

    Attributes:
        row: The case.
        name: Whose home it is.
        stage: The name of the stage in which it is; empty before the first.
        next_tier: The tier that enters the next stage; empty where it is over.
        ended: The names of its endings, for one that was stopped.
    """

    row: Mapping[str, Any]
    name: str
    stage: str
    next_tier: str
    ended: Sequence[str]


@dataclass(frozen=True)
class Shot:
    """A photo on a page.

    Attributes:
        row: What is said of it.
        here: Whether the picture is here.
        above: Whether a node above is known to have the picture.
        ticks: How far the record of it has come.
    """

    row: Mapping[str, Any]
    here: bool
    above: bool
    ticks: str


@dataclass(frozen=True)
class Card:
    """What the page of a case shows.

    Attributes:
        line: The case.
        place: Its village.
        stages: The name of every stage, and whether it was entered.
        photos: Its photos, oldest first.
        steps: How far the case itself has come.
    """

    line: Line
    place: str
    stages: Sequence[tuple[str, bool]]
    photos: Sequence[Shot]
    steps: Sequence[Held]


def find(replica: Replica, page: int) -> tuple[list[Line], int]:
    """The cases here, the newest first, and how many there are."""
    below = replica.tree.below(replica.division)
    wanted = Wanted(below, order="id", descending=True, limit=ROWS, offset=page * ROWS)
    known: dict[str, str] = {}
    found = [_line(replica, row, known) for row in replica.listing(CASE.name, wanted)]
    return found, replica.listed(CASE.name, wanted)


def _line(replica: Replica, row: Mapping[str, Any], known: dict[str, str]) -> Line:
    status = Status.read(row["status"])
    reached = status.progress
    over = bool(status.stops) or reached >= len(_RULES.stages)
    return Line(
        row,
        name_of(replica, "person", row["person"], known),
        _RULES.stages[reached - 1].name if reached else "",
        "" if over else _RULES.stages[reached].tier,
        [_RULES.stops[one].name for one in sorted(status.stops) if one in _RULES.stops],
    )


def card(replica: Replica, case_id: str) -> Card:
    """Everything that the page of a case shows.

    Raises:
        UsageError: The case is not here.
    """
    row = cases.find_case(replica, case_id)
    line = _line(replica, row, {})
    reached = Status.read(row["status"]).progress
    return Card(
        line,
        place(replica, row["division#"]),
        [(stage.name, number <= reached) for number, stage in enumerate(_RULES.stages, start=1)],
        [_shot(replica, one) for one in photos.of(replica, [row["id"]])],
        way_up(replica, row, replica.ticks(CASE.name, row["id"])),
    )


def _shot(replica: Replica, row: Mapping[str, Any]) -> Shot:
    known = photos.state(replica, row)
    return Shot(
        row,
        known is not None and known.whole,
        photos.above(replica, row),
        marks(way_up(replica, row, replica.ticks(PHOTO.name, row["id"]))),
    )


def picture(replica: Replica, photo_id: str) -> bytes:
    """A photo as JPEG.

    Raises:
        UsageError: There is none of that id here.
        Refused: It has not come yet.
    """
    return photos.content(replica, rows.find(replica, PHOTO.table, photo_id))


def drawn(content: bytes) -> Picture:
    """The photo of a form as it is kept; runs beside the database's thread.

    Raises:
        UsageError: There is none in the form, or one that cannot be read.
    """
    if not content:
        raise UsageError("No photo is chosen yet.", hint="Take one, or choose one.")
    return photos.shrunk(content)


def post(
    replica: Replica, nonce: str, case_id: str, picture: Picture, form: Form, user: str = ""
) -> str:
    """Keeps the photo of a form, once, however often the form is sent.

    Returns:
        The photo's id.

    Raises:
        UsageError: A field does not fit.
    """
    typed = {name: form.get(name).strip() for name in ("shows", "note")}
    key = form_key(nonce, [case_id, *typed.values(), hashlib.sha256(picture.content).hexdigest()])
    with replica.store.transaction():
        known = replica.store.posted.answer(key)
        if known:
            return known
        values = {name: value for name, value in typed.items() if value}
        made = photos.add(replica, CASE.name, case_id, picture, values, user=user)
        replica.store.posted.put(key, made)
    return made
