"""Home modifications on the aide's box: the list, a case, and a photo that is kept once."""

from __future__ import annotations

import re
import tempfile
import threading
from typing import Any

import pytest

from node.accounts import keeping
from node.care import cases, photos
from node.care.facts.photos import PHOTO
from node.web.doorway import PHOTO_BYTES_MAX
from tests.care.pictures import PLACE, opened, picture
from tests.web.conftest import HOST, Browser, zh


@pytest.fixture
def case(village: Browser, person: str) -> str:
    made = cases.open_case(
        village.replica, "v", {"person": person, "household_address": "南大街12号"}, user="村里",
        items=["4"],
    )  # fmt: skip
    cases.advance_case(village.replica, made, 1, user="村里")
    return made


def token(browser: Browser, case: str) -> str:
    found = re.search(r'name="token" value="([^"]*)"', browser.get(f"/cases/{case}").text)
    assert found is not None
    return found[1]


def send(browser: Browser, case: str, content: bytes | None, **typed: str) -> Any:
    """Sends the form of a photo as a browser does."""
    files = {"photo": ("IMG_1.jpg", content or b"", "image/jpeg")}
    own = {"origin": f"http://{HOST}"}
    data = {"shows": "before", "note": "", **typed}
    if "token" not in typed:
        data["token"] = token(browser, case)
    return browser.send("POST", f"/cases/{case}", data=data, files=files, headers=own)


def test_a_photo_of_a_case_is_kept_and_shown(village: Browser, case: str) -> None:
    listed = village.get("/cases").text
    assert "王桂兰" in listed and "南大街12号" in listed and "申请" in listed
    assert zh("No photo yet.") in village.get(f"/cases/{case}").text
    sent = send(village, case, picture(), note="门槛很高\r\n要改")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/cases/{case}?saved=1#photos")
    page = village.get(f"/cases/{case}?saved=1").text
    saying = "The photo is saved. It goes on by itself, after everything else."
    assert zh(saying) in page and "门槛很高\n要改" in page
    assert zh("The photo itself still waits to be sent.") in page
    (row,) = photos.of(village.replica, [case])
    shown = village.get(f"/photos/{row['id']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"] == "no-store"
    assert opened(shown.content).size == (400, 300) and PLACE.encode() not in shown.content


def test_sent_twice_it_is_kept_once(village: Browser, case: str) -> None:
    same = token(village, case)
    for _ in range(2):
        assert send(village, case, picture(), token=same).status_code == 303
    assert village.replica.count(PHOTO.name) == 1
    assert send(village, case, picture(200, 200), token=same).status_code == 303
    assert village.replica.count(PHOTO.name) == 2, "another photo on a page that was gone back to"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No photo is chosen yet."),
        (b"x" * 100, "This is no photo that can be read: JPEG, PNG or WebP is, and whole."),
    ],
)
def test_what_is_no_photo_keeps_what_was_typed(
    village: Browser, case: str, content: bytes | None, told: str
) -> None:
    answer = send(village, case, content, note="门槛", shows="after")
    assert answer.status_code == 422 and zh(told) in answer.text and "门槛" in answer.text
    assert 'value="after" selected' in answer.text
    assert not village.replica.count(PHOTO.name)


def test_a_form_that_is_not_ours_keeps_nothing(village: Browser, case: str) -> None:
    answer = send(village, case, picture(), token="0" * 64, note="门槛")
    assert answer.status_code == 403 and "门槛" in answer.text
    assert not village.replica.count(PHOTO.name)


def test_what_is_too_long_is_not_read(village: Browser, case: str) -> None:
    assert send(village, case, bytes(PHOTO_BYTES_MAX)).status_code == 413
    own = {"origin": f"http://{HOST}", "content-type": "multipart/form-data; boundary=x"}

    def chunks() -> Any:
        yield b'--x\r\ncontent-disposition: form-data; name="photo"; filename="a"\r\n\r\n'
        for _ in range(PHOTO_BYTES_MAX // 100_000 + 1):
            yield bytes(100_000)

    async def stream() -> Any:
        for one in chunks():
            yield one

    answer = village.send("POST", f"/cases/{case}", content=stream(), headers=own)
    assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "application/json"])
def test_what_is_no_form_is_refused(village: Browser, case: str, kind: str) -> None:
    own = {"origin": f"http://{HOST}", "content-type": kind}
    answer = village.send("POST", f"/cases/{case}", content=b"x", headers=own)
    assert answer.status_code in (400, 415)


def test_no_photo_touches_a_temporary_file(
    village: Browser, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "_TemporaryFileWrapper", refuse)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    large = picture(3000, 3000, "PNG") + bytes(3_000_000)
    assert send(village, case, large).status_code == 303


@pytest.mark.parametrize("path", ["/cases/{}", "/photos/{}"])
@pytest.mark.parametrize("row", ["0" * 26, "x", "01KXXXXXXXXXXXXXXXXXXXXXXX"])
def test_what_is_not_here_is_no_page(village: Browser, path: str, row: str) -> None:
    assert village.get(path.format(row)).status_code == 404


def test_a_photo_that_has_not_come_says_so(village: Browser, case: str) -> None:
    send(village, case, picture())
    (row,) = photos.of(village.replica, [case])
    with village.replica.store.transaction():
        village.replica.store.records.blobs.drop(row["content"])
    assert zh("This photo is still on its way here.") in village.get(f"/cases/{case}").text
    assert village.get(f"/photos/{row['id']}").status_code == 403


def test_a_lock_that_falls_asks_for_the_photo_again(village: Browser, case: str) -> None:
    same = token(village, case)
    keeping.add(village.replica, "王芳", "aide", "480271", user="所长")
    answer = send(village, case, picture(), token=same)
    assert answer.status_code == 401 and f"/cases/{case}" in answer.text
    assert not village.replica.count(PHOTO.name)


def test_another_browser_does_not_wait_for_a_large_photo(
    village: Browser, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawing one anew holds neither the database's thread nor the loop."""
    threads = {}

    def watched(name: str) -> None:
        work = getattr(photos, name)

        def seen(*given: Any, **named: Any) -> Any:
            threads[name] = threading.get_ident()
            return work(*given, **named)

        monkeypatch.setattr(photos, name, seen)

    watched("shrunk")
    watched("add")
    assert send(village, case, picture()).status_code == 303
    assert len({*threads.values(), threading.get_ident()}) == 3
