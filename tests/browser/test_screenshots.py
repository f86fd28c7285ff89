"""Pictures of the pages, for people to look at: `make screenshots` keeps them in docs/pages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, County, Opens
from tests.browser.test_pages import path_on
from tests.browser.test_signing import sign_in, signing

__all__ = ["signing"]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

FOLDER_VARIABLE = "LINLI_SCREENSHOTS"
PICTURE_BYTES_MAX = 150_000


def test_every_page_makes_a_small_picture(opens: Opens, county: County, tmp_path: Path) -> None:
    folder = Path(os.environ.get(FOLDER_VARIABLE, tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    person = county.people[4]
    visit = county.at("village", lambda replica: replica.rows("visit", limit=1)[0]["id"])
    wanted = {
        "village": {
            "today": "/", "visit-form": f"/visits/new?person={person}",
            "person": f"/people/{county.people[0]}", "state": "/state", "pay": "/pay",
            "visit": f"/visits/{visit}", "cases": "/cases", "case": f"/cases/{county.case}",
        },
        "county": {
            "facilities": "/", "cases": "/cases", "conflicts": "/conflicts",
            "visits": "/visits", "nodes": "/nodes",
        },
    }  # fmt: skip
    for tier, size in (("village", PHONE), ("county", DESK), ("county", PHONE)):
        page = opens(tier, size)
        for name, path in wanted[tier].items():
            page.goto(path_on(page, path))
            file = folder / f"{tier}-{name}-{size['width']}.png"
            page.screenshot(path=file, animations="disabled")
            assert file.stat().st_size < PICTURE_BYTES_MAX, file.name


@pytest.mark.usefixtures("signing")
def test_the_page_of_the_pin_makes_a_small_picture(opens: Opens, tmp_path: Path) -> None:
    folder = Path(os.environ.get(FOLDER_VARIABLE, tmp_path))
    page = opens("village", PHONE)
    file = folder / f"village-sign-in-{PHONE['width']}.png"
    page.screenshot(path=file, animations="disabled")
    assert file.stat().st_size < PICTURE_BYTES_MAX
    sign_in(page)
    expect(page.locator(".who-is")).to_be_visible()
    page.screenshot(path=folder / f"village-signed-in-{PHONE['width']}.png")
