"""Every page in both languages, judged by axe-core against WCAG 2.2 AA: no violation at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, County, Opens
from tests.browser.test_pages import CONSOLE, aides, path_on
from tests.browser.test_signing import sign_in, signing

__all__ = ["signing"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"]}
LANGUAGES = ("zh", "en")

Judge = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def judge() -> Judge:
    axe = Axe()

    def judged(page: Page, path: str) -> None:
        found: Any = axe.run(page, options=OPTIONS).response["violations"]
        told = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]
        assert told == [], path

    return judged


def _in(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_aides_pages(opens: Opens, county: County, judge: Judge, language: str) -> None:
    page = opens("village", PHONE)
    visit = county.at("village", lambda node: node.rows("visit", limit=1)[0]["id"])
    for path in (*aides(county), f"/visits/{visit}"):
        page.goto(path_on(page, _in(path, language)))
        judge(page, path)
    page.goto(path_on(page, f"/visits/new?person={county.people[3]}"))
    page.fill("#minutes", "很久")
    page.locator("form#visit button[type=submit]:visible").first.click()
    expect(page.locator("#wrong")).to_be_visible()
    judge(page, "a form that did not fit")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_countys_pages(opens: Opens, judge: Judge, size: dict[str, int], language: str) -> None:
    page = opens("county", size)
    for path in CONSOLE:
        page.goto(path_on(page, _in(path, language)))
        judge(page, path)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("signing")
def test_signing_in(opens: Opens, judge: Judge, language: str) -> None:
    page = opens("village", PHONE)
    page.goto(path_on(page, _in("/people", language)))
    judge(page, "the page of the PIN")
    page.fill("[name=pin]", "135790")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    judge(page, "after a wrong one")
    sign_in(page)
    expect(page.locator(".who-is")).to_be_visible()
    judge(page, "with the name of who is there")


def test_dark_pages_have_contrast_too(opens: Opens, county: County, judge: Judge) -> None:
    for tier, paths in (("village", aides(county)), ("county", CONSOLE)):
        page = opens(tier, PHONE)
        page.emulate_media(color_scheme="dark")
        for path in paths:
            page.goto(path_on(page, path))
            judge(page, f"{path} in the dark")


def test_the_judge_finds_what_is_wrong(opens: Opens, judge: Judge) -> None:
    page = opens("village", PHONE)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    with pytest.raises(AssertionError, match="image-alt"):
        judge(page, "/")
