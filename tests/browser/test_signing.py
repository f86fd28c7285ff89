"""Signing in on a phone: by keyboard alone, at the size of a thumb, and no typed word is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from node.accounts import keeping
from tests.browser.conftest import PHONE, County, Opens
from tests.browser.test_pages import OVERFLOW, SMALL_TARGETS, path_on

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

PIN = "480271"


@pytest.fixture
def signing(county: County) -> Iterator[None]:
    """An account on the village's box, for one test."""
    at = county.at
    at("village", lambda node: keeping.add(node, "王芳", "aide", PIN, user="所长"))
    yield
    at("village", lambda node: keeping.remove(node, "王芳", user="所长"))


def sign_in(page: Page) -> None:
    page.fill("[name=pin]", PIN)
    page.keyboard.press("Enter")


@pytest.mark.usefixtures("signing")
def test_an_aide_signs_in_by_keyboard_and_locks(opens: Opens) -> None:
    page = opens("village", PHONE)
    expect(page.locator("#pin")).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0 and page.evaluate(SMALL_TARGETS) == []
    page.focus("#user")
    page.keyboard.press("Tab")
    page.keyboard.type("135790")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_contain_text("姓名和密码不符")
    page.keyboard.type(PIN)  # the field has the focus again
    page.keyboard.press("Enter")
    expect(page.locator(".who-is")).to_contain_text("王芳")
    assert page.evaluate(OVERFLOW) <= 0 and page.evaluate(SMALL_TARGETS) == []
    page.click(".who-is button")
    expect(page.locator("#pin")).to_be_visible()
    page.go_back()
    expect(page.locator("#pin")).to_be_visible()


@pytest.mark.usefixtures("signing")
def test_a_form_survives_the_lock(opens: Opens, county: County) -> None:
    page = opens("village", PHONE)
    sign_in(page)
    expect(page.locator(".who-is")).to_be_visible()
    before = county.at("village", lambda node: node.count("visit", node.division))
    page.goto(path_on(page, f"/visits/new?person={county.people[2]}"))
    page.select_option("#worker", county.worker)
    page.select_option("#service", "SH03")
    page.fill("#note", "血压一百三\n腿疼")
    other = page.context.new_page()
    other.goto(path_on(page, "/"))
    other.click(".who-is button")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".hint").first).to_contain_text("都还在")
    sign_in(page)
    expect(page.locator("h1")).to_have_text("您已登录")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator("main")).to_contain_text("腿疼")
    after = county.at("village", lambda node: node.count("visit", node.division))
    assert after == before + 1
