"""Photos: made small, without a word of where they were taken, and kept with one record."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from node.care import cases, facilities, people, photos, visits
from node.care.facts.photos import PHOTO
from node.care.facts.writing import strike
from node.care.records import SCHEMA
from node.errors import Refused, UsageError
from node.replica import Replica
from tests.care.pictures import PLACE, opened, picture
from tests.cli.conftest import made_in

RED, WHITE = (255, 0, 0), (255, 255, 255)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Replica]:
    with Replica(made_in(tmp_path)["village"], SCHEMA) as replica:
        yield replica


@pytest.fixture
def case(village: Replica) -> str:
    person = people.add_person(village, "v", {"name": "王桂兰"}, user="村里")
    return cases.open_case(village, "v", {"person": person}, user="村里")


def near(one: Any, other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(one, other, strict=True))


# --- the picture ---------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_picture_is_kept(format_: str) -> None:
    content = picture(format_=format_)
    assert PLACE.encode() in content
    small = photos.shrunk(content).content
    assert PLACE.encode() not in small and b"Exif" not in small and "华为".encode() not in small
    image = opened(small)
    assert image.format == "JPEG" and not image.getexif() and image.size == (400, 300)
    assert near(image.getpixel((10, 150)), RED) and near(image.getpixel((390, 150)), WHITE)


@pytest.mark.parametrize(("orientation", "red"), [(3, (390, 150)), (6, (150, 10)), (8, (150, 390))])
def test_it_stands_upright_without_the_word_that_says_so(
    orientation: int, red: tuple[int, int]
) -> None:
    image = opened(photos.shrunk(picture(orientation=orientation)).content)
    assert image.size == ((400, 300) if orientation == 3 else (300, 400))
    assert near(image.getpixel(red), RED)


def test_a_large_one_is_made_small() -> None:
    noise = Image.frombytes("RGB", (4000, 3000), random.Random(1).randbytes(36_000_000))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=90)
    small = photos.shrunk(file.getvalue()).content
    assert opened(small).size == (1600, 1200) and len(small) < 1_600_000


def test_what_is_seen_through_is_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    assert near(opened(photos.shrunk(file.getvalue()).content).getpixel((5, 5)), WHITE)


def _gif() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 20)).save(file, "GIF")
    return file.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of some kilobytes that says it is some gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"x", _gif(), b"<svg/>", b"%PDF-1.7", picture()[:2_000], bomb(2_000), bomb(30_000)],
    ids=["nothing", "a letter", "gif", "svg", "pdf", "cut short", "too little", "bomb"],
)
def test_what_is_no_photo_is_told(content: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        photos.shrunk(content)
    assert refused.value.hint


def test_a_file_that_is_far_too_large_is_not_opened() -> None:
    with pytest.raises(UsageError, match="32000000 are read"):
        photos.shrunk(bytes(photos.TYPED_BYTES_MAX + 1))


@settings(max_examples=60)
@given(
    place=st.integers(0, 1 << 16), value=st.integers(0, 255),
    format_=st.sampled_from(["JPEG", "PNG", "WEBP"]),
)  # fmt: skip
def test_whatever_is_damaged_is_a_picture_or_is_refused(
    place: int, value: int, format_: str
) -> None:
    content = bytearray(picture(40, 30, format_))
    content[place % len(content)] = value
    try:
        small = photos.shrunk(bytes(content)).content
    except UsageError:
        return
    assert max(opened(small).size) <= photos.SIDE_PIXELS_MAX


# --- the record ----------------------------------------------------------------------------------


def test_a_photo_stands_with_its_record(village: Replica, case: str) -> None:
    values = {"shows": "改造前", "taken_on": "2026-03-04", "note": "门槛"}
    small = photos.shrunk(picture())
    made = photos.add(village, "modification_case", case, small, values, user="村里")
    (row,) = photos.of(village, [case])
    assert (row["id"], row["shows"], row["taken_on"]) == (made, "before", "2026-03-04")
    assert row["size_bytes"] == len(small.content) == photos.held(village, row)
    assert photos.content(village, row) == small.content
    assert photos.whereabouts(village, row) == "here, not above yet"


def test_it_stands_in_the_care_of_the_place_also_where_its_record_is_public(
    village: Replica,
) -> None:
    facility = facilities.add_facility(village, "v", {"name": "食堂", "kind": "CT"}, user="村里")
    small = photos.shrunk(picture())
    photos.add(village, "facility", facility, small, {"shows": "other"}, user="村里")
    assert PHOTO.table.channel.name == "CARE"
    assert photos.of(village, [facility])[0]["division#"] == "v"


def test_one_that_was_voided_is_not_among_them(village: Replica, case: str) -> None:
    small = photos.shrunk(picture())
    made = photos.add(village, "modification_case", case, small, {"shows": "before"}, user="村里")
    strike(village, PHOTO, made, "L06", user="村里")
    assert photos.of(village, [case]) == []


@pytest.mark.parametrize(
    ("table", "values", "told"),
    [
        ("worker", {"shows": "before"}, "has no photos"),
        ("modification_case", {}, "needs shows"),
        ("modification_case", {"shows": "好看"}, "好看"),
        ("modification_case", {"shows": "before", "content": "0" * 64, "lens": 1}, "no field"),
        ("visit", {"shows": "before"}, "visit"),
    ],
)
def test_what_does_not_fit_keeps_nothing(
    village: Replica, case: str, table: str, values: dict[str, str], told: str
) -> None:
    small = photos.shrunk(picture())
    with pytest.raises(UsageError, match=told):
        photos.add(village, table, case, small, values, user="村里")
    assert not village.count(PHOTO.name)
    assert village.store.records.blobs.last_arrival() == 0, "no picture stays without its record"


def test_a_visit_that_is_void_gets_no_photo(village: Replica) -> None:
    place = "v"
    person = people.add_person(village, place, {"name": "王桂兰"}, user="村里")
    worker = people.add_worker(village, place, {"name": "李秀英"}, user="村里")
    now = village.core.now_ms()
    values = {"person": person, "worker": worker, "service": "SH01", "started_at": now - 3_600_000}
    visit = visits.record_visit(village, place, {**values, "minutes": 30}, user="村里")
    visits.void_visit(village, visit, "L06", user="村里")
    small = photos.shrunk(picture())
    with pytest.raises(Refused, match="is void"):
        photos.add(village, "visit", visit, small, {"shows": "other"}, user="村里")


def test_one_that_has_not_come_says_how_much_of_it_has(village: Replica, case: str) -> None:
    small = photos.shrunk(picture())
    photos.add(village, "modification_case", case, small, {"shows": "before"}, user="村里")
    (row,) = photos.of(village, [case])
    blobs = village.store.records.blobs
    with village.store.transaction():
        blobs.drop(row["content"])
    assert photos.whereabouts(village, row) == "not here yet"
    with village.store.transaction():
        blobs.add(row["content"], small.content[:100], len(small.content))
    assert photos.whereabouts(village, row) == "on its way here"
    with pytest.raises(Refused, match=f"100 of {len(small.content)} bytes"):
        photos.content(village, row)
