"""A photo from a phone: made small there, kept once, and seen again; without a script too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from node.care import photos
from tests.browser.conftest import PHONE, County, Opens
from tests.browser.test_pages import path_on
from tests.care.pictures import PLACE, opened, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

SAVE = "保存照片"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A photo as a phone takes it, lying on its side."""
    path = tmp_path / "IMG_20261103.jpg"
    path.write_bytes(picture(4000, 3000, orientation=6))
    return path


def until(page: Page, claim: str) -> None:
    """Waits for a claim; the page's own policy forbids what Playwright waits by."""
    for _ in range(400):
        if page.evaluate(claim):
            return
        page.wait_for_timeout(50)
    raise AssertionError(claim)


def sent_bytes(page: Page) -> list[int]:
    """How long the forms are that a page sends from now on."""
    sizes: list[int] = []

    def heard(request: Request) -> None:
        if request.method == "POST":
            sizes.append(len(request.post_data_buffer or b""))

    page.on("request", heard)
    return sizes


def last(county: County) -> tuple[dict[str, object], bytes]:
    """The last photo of the case, and its picture."""
    case = county.case
    row = county.at("village", lambda node: photos.of(node, [case])[-1])
    return row, county.at("village", photos.content, row)


def test_a_photo_is_made_small_on_the_phone_and_shown(
    opens: Opens, county: County, file: Path
) -> None:
    page = opens("village", PHONE)
    page.goto(path_on(page, f"/cases/{county.case}"))
    before = page.locator(".photos img").count()
    page.select_option("#shows", "after")
    page.fill("#note", "扶手已装好")
    page.set_input_files("#photo", file)
    expect(page.get_by_role("button", name=SAVE)).to_be_enabled()
    until(page, "document.querySelector('#photo').files[0].name === 'photo.jpg'")
    sizes = sent_bytes(page)
    page.get_by_role("button", name=SAVE).click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator(".photos img")).to_have_count(before + 1)
    expect(page.locator(".photos")).to_contain_text("扶手已装好")
    shown = page.locator(".photos img").last
    shown.scroll_into_view_if_needed()
    until(page, "[...document.images].every(e => e.complete && e.naturalWidth > 0)")
    row, content = last(county)
    assert row["shows"] == "after" and PLACE.encode() not in content
    assert opened(content).size == (1200, 1600), "upright, and no larger than it need be"
    assert len(sizes) == 1 and sizes[0] < file.stat().st_size


def test_without_a_script_the_box_makes_it_small(opens: Opens, county: County, file: Path) -> None:
    page = opens("village", PHONE)
    page.route("**/photos.js", lambda route: route.abort())
    page.goto(path_on(page, f"/cases/{county.case}"))
    page.set_input_files("#photo", file)
    page.get_by_role("button", name=SAVE).click()
    expect(page.get_by_role("status")).to_be_visible()
    _, content = last(county)
    assert opened(content).size == (1200, 1600) and PLACE.encode() not in content


def test_two_taps_keep_one_photo(opens: Opens, county: County, file: Path) -> None:
    page = opens("village", PHONE)
    page.goto(path_on(page, f"/cases/{county.case}"))
    before = page.locator(".photos li").count()
    page.fill("#note", "两次")
    page.set_input_files("#photo", file)
    until(page, "document.querySelector('#photo').files[0].name === 'photo.jpg'")
    page.get_by_role("button", name=SAVE).dblclick()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator(".photos li")).to_have_count(before + 1)


def test_the_county_gets_the_picture(opens: Opens, county: County) -> None:
    row, content = last(county)

    def came(node: object) -> bool:
        known = photos.state(node, row)  # type: ignore[arg-type]
        return known is not None and known.whole

    county.until("county", came)
    assert county.at("county", photos.content, row) == content
