"""Keeping a photo of a record: made small, stripped of what it does not show, and named in a row.

A phone writes into a photo where it was taken, when, and with which device; none of that is anybody
else's, so the picture is drawn anew and only the picture is kept. It is made small enough for a
line of a village, and large enough to see whether a handrail is screwed to the wall.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from node.care import fields, rows
from node.care.amendments import void
from node.care.facts.photos import PHOTO, SUBJECTS
from node.care.facts.writing import record
from node.errors import Refused, UsageError
from node.replica import Replica
from node.replica.blobs import keep
from node.store.blobs import Blob

SIDE_PIXELS_MAX = 1_600
PIXELS_MAX = {"JPEG": 50_000_000, "PNG": 13_000_000, "WEBP": 13_000_000}
"""What phones take. JPEG is read at a fraction of its size; the others fill memory as they are."""
TYPED_BYTES_MAX = 32_000_000
MEDIA_TYPE = "image/jpeg"
_QUALITY = 80


class Picture(NamedTuple):
    """A picture as it is kept; only `shrunk` makes one.

    Attributes:
        content: JPEG, upright and small, without a word of where it was taken.
    """

    content: bytes


def shrunk(content: bytes) -> Picture:
    """Draws a picture anew as it is kept; takes a second of a slow core, and no lock.

    Args:
        content: A picture as JPEG, PNG or WebP.

    Raises:
        UsageError: It is none of these, damaged, or far too large.
    """
    from PIL import Image, ImageOps  # imported by who needs it: 8 MB

    if len(content) > TYPED_BYTES_MAX:
        raise UsageError(
            f"The photo has {len(content)} bytes; up to {TYPED_BYTES_MAX} are read.",
            hint="Take it with a smaller size.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=tuple(PIXELS_MAX)) as opened:
                most = PIXELS_MAX[str(opened.format)]
                if opened.width * opened.height > most:
                    raise UsageError(
                        f"The photo has {opened.width} x {opened.height} pixels; up to"
                        f" {most} are read.",
                        hint="Take it with a smaller size.",
                    )
                opened.draft("RGB", (SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
                opened.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as fault:
        raise UsageError(
            "This is no photo that can be read: JPEG, PNG or WebP is, and whole.",
            hint="Take it again, or save it as JPEG.",
        ) from fault
    drawn = Image.new("RGB", upright.size, "white")
    drawn.paste(upright, mask=upright.getchannel("A"))
    file = io.BytesIO()
    drawn.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return Picture(file.getvalue())


def add(
    replica: Replica,
    table: str,
    subject: str,
    picture: Picture,
    values: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> str:
    """Keeps a photo of a record, in the division in which the record stands.

    Args:
        replica: This node.
        table: The table of the record, one of `SUBJECTS`.
        subject: The record's id.
        picture: The picture.
        values: The fields that people type: what it shows, the day, a note.
        user: Who keeps it.
        reason: For a late entry, a reason of the list `entry_reasons`.

    Returns:
        The photo's id.

    Raises:
        UsageError: The record is not here, has no photos, or a field does not fit.
        Refused: The record is void.
    """
    if table not in SUBJECTS:
        raise UsageError(f"A {table} has no photos.", hint=f"These have: {', '.join(SUBJECTS)}.")
    declared = replica.core.schema.by_name[table]
    row = rows.find(replica, declared, fields.row_id("subject", subject))
    if declared.fact and void(row):
        raise Refused(
            f"The {table} {row['id']} is void.", hint="Keep the photo with the record in its place."
        )
    with replica.store.transaction():
        typed = {**values, "subject": row["id"], "subject_table": table}
        named = {
            "content": keep(replica.core, picture.content),
            "size_bytes": len(picture.content),
        }
        return record(
            replica, PHOTO, row["division#"], {**typed, **named}, user=user, reason=reason
        )


def state(replica: Replica, photo: Mapping[str, Any]) -> Blob | None:
    """What is here of a photo's content."""
    return replica.store.records.blobs.blob(photo["content"])


def content(replica: Replica, photo: Mapping[str, Any]) -> bytes:
    """A photo's content, JPEG.

    Raises:
        Refused: It has not come yet.
    """
    known = state(replica, photo)
    if known is None or not known.whole:
        held = known.held if known else 0
        raise Refused(
            f"Of the photo {photo['id']} {held} of {photo['size_bytes']} bytes are here.",
            hint="It comes last of all; see again after the next sync.",
        )
    return replica.store.records.blobs.content(known.hash)


def of(replica: Replica, subjects: Iterable[str]) -> list[dict[str, Any]]:
    """The photos of records that count, oldest first."""
    found = replica.rows(PHOTO.name, where={"subject": sorted(set(subjects))})
    return [row for row in found if not void(row)]


def held(replica: Replica, photo: Mapping[str, Any]) -> int:
    """How many bytes of a photo are here."""
    known = state(replica, photo)
    return known.held if known else 0


def whereabouts(replica: Replica, photo: Mapping[str, Any]) -> str:
    """Where a photo is, in a word: here, on its way here, and whether a node above has it."""
    known = state(replica, photo)
    if known is None or not known.whole:
        return "on its way here" if held(replica, photo) else "not here yet"
    if not above(replica, photo):
        return "here, not above yet"
    return "here and above" if replica.core.config.parents else "here"


def above(replica: Replica, photo: Mapping[str, Any]) -> bool:
    """Whether a node above is known to have a photo; true where there is none above."""
    parents = {parent.author for parent in replica.core.config.parents}
    holders = replica.store.records.blobs.holders(photo["content"])
    return not parents or bool(parents & holders)
