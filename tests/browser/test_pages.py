"""The pages in Debian's chromium: on a phone, on a desk, and a visit on its way between the two."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.conftest import DESK, KEEPS_PAGES, PHONE, County, Opens, path_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

TARGET_PX = 44
LATIN_IN_WORDS = r"[A-Za-z]+"
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'a, button, input:not([type=hidden]), select, textarea, summary, label:has(input)')]
  .filter(e => e.checkVisibility() && !e.closest('.skip') && !e.closest('label:has(input) input'))
  .filter(e => !(e.matches('label:has(input) > input')))
  .map(e => [e, e.getBoundingClientRect()])
  .filter(([e, r]) => r.height < 43.5 || r.width < 43.5)
  .map(([e, r]) => `${e.outerHTML.slice(0, 90)} ${r.width}x${r.height}`)"""
BROKEN_WORDS = """() => [...document.querySelectorAll('nav a')].flatMap(e => {
  const text = e.firstChild, found = [];
  for (const word of text.data.matchAll(/[A-Za-z]+/g)) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    if (range.getClientRects().length > 1) found.push(word[0]);
  }
  return found;
})"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def aides(county: County) -> list[str]:
    person = county.people[0]
    return ["/", f"/visits/new?person={person}", "/visits/new", "/people", f"/people/{person}",
            "/cases", f"/cases/{county.case}", "/pay", "/state", "/nowhere"]  # fmt: skip


CONSOLE = ["/", "/cases", "/conflicts", "/visits", "/nodes", "/?kind=CT&name=食堂"]


def check_layout(page: Page, path: str) -> None:
    trouble: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "404" not in message.text:
            trouble.append(message.text)

    page.on("console", heard)
    page.goto(path_on(page, path))
    assert page.evaluate(OVERFLOW) <= 0, f"{path} scrolls sideways"
    assert page.evaluate(SMALL_TARGETS) == [], path
    assert not trouble, trouble
    page.remove_listener("console", heard)


def path_on(page: Page, path: str) -> str:
    match = re.match(r"https?://[^/]+", page.url)
    assert match is not None
    return match[0] + path


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_aides_pages_fit(opens: Opens, county: County, size: dict[str, int]) -> None:
    page = opens("village", size)
    for path in aides(county):
        check_layout(page, path)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_countys_pages_fit(opens: Opens, size: dict[str, int]) -> None:
    page = opens("county", size)
    for path in CONSOLE:
        check_layout(page, path)


def test_large_type_fits_a_phone_in_both_languages(opens: Opens, county: County) -> None:
    for tier, paths in (("village", aides(county)), ("county", CONSOLE)):
        page = opens(tier, PHONE)
        for path in (*paths, "/?lang=en", *paths):
            page.goto(path_on(page, path))
            assert page.evaluate(BROKEN_WORDS) == [], path
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate(OVERFLOW) <= 0, f"{path} scrolls sideways in large type"


def test_what_opens_shows_that_it_does(opens: Opens, county: County) -> None:
    page = opens("village", PHONE)
    page.goto(path_on(page, f"/visits/new?person={county.people[0]}"))
    shapes = page.eval_on_selector_all(
        "summary", "all => all.map(e => getComputedStyle(e).display)"
    )
    assert shapes and set(shapes) == {"list-item"}


def test_no_latin_letter_is_read_on_an_aides_page(opens: Opens, county: County) -> None:
    page = opens("village", PHONE)
    for path in aides(county):
        page.goto(path_on(page, path))
        switch = page.locator("footer [lang=en]")
        expect(switch).to_have_text("English")
        switch.evaluate("e => e.remove()")  # it is for whoever reads no Chinese
        text = page.inner_text("body") + page.title()
        options: Any = page.eval_on_selector_all("option", "all => all.map(e => e.textContent)")
        assert not re.findall(LATIN_IN_WORDS, text + " ".join(options)), path


def test_a_visit_typed_in_the_village_comes_up_at_the_county(opens: Opens, county: County) -> None:
    aide, desk = opens("village", PHONE), opens("county", DESK)
    name = aide.locator(".card h2").first.inner_text()
    aide.get_by_role("link", name="记一次探访").first.click()
    aide.select_option("#worker", county.worker)
    aide.select_option("#service", "JK01")
    aide.fill("#note", "血压平稳，<b>药</b>已备好")
    aide.get_by_role("button", name="保存").click()
    expect(aide.get_by_role("status")).to_be_visible()
    visit = path_of(aide.url).removeprefix("/visits/").partition("?")[0]
    assert name in aide.inner_text("h1")
    assert "<b>药</b>" in aide.inner_text("main")
    county.until("county", lambda replica: replica.row("visit", visit))
    desk.goto(path_on(desk, "/visits"))
    row = desk.locator(f'tr[data-id="{visit}"]')
    assert name in row.inner_text() and "✓✓✓" in row.inner_text() and "赤城镇" in row.inner_text()
    county.until("village", lambda replica: len(replica.ticks("visit", visit)) == 3)
    aide.reload()
    expect(aide.locator(".steps .done")).to_have_count(3)


def test_words_that_were_typed_come_back_with_the_message(opens: Opens, county: County) -> None:
    aide = opens("village", PHONE)
    aide.goto(path_on(aide, f"/visits/new?person={county.people[3]}"))
    aide.fill("#minutes", "很久")
    aide.fill("#note", "第一行\n第二行")
    aide.get_by_role("button", name="保存").click()
    expect(aide.locator("#minutes")).to_have_attribute("aria-invalid", "true")
    assert aide.input_value("#minutes") == "很久"
    assert aide.input_value("#note") == "第一行\n第二行"
    assert "很久" in aide.inner_text("#wrong")
    assert aide.evaluate("document.activeElement.id") == "minutes"


def test_a_double_tap_makes_one_visit(opens: Opens, county: County) -> None:
    aide = opens("village", PHONE)
    person = county.people[5]
    aide.goto(path_on(aide, f"/visits/new?person={person}"))
    aide.select_option("#worker", county.worker)
    aide.select_option("#service", "SH03")
    aide.evaluate("() => { const f = document.querySelector('form'); f.submit(); f.submit(); }")
    aide.wait_for_url("**/visits/*saved=1")
    found = county.at(
        "village",
        lambda replica: replica.rows("visit", where={"person": person, "service": "SH03"}),
    )
    assert len(found) == 1


def test_a_form_that_the_browser_kept_loses_no_visit(opens: Opens, county: County) -> None:
    aide = opens("village", PHONE, KEEPS_PAGES)
    person = county.people[6]
    aide.goto(path_on(aide, f"/visits/new?person={person}"))
    aide.select_option("#worker", county.worker)
    aide.select_option("#service", "SH04")
    aide.fill("#note", "甲的备注")
    token = aide.input_value("[name=token]")
    aide.get_by_role("button", name="保存").click()
    expect(aide.get_by_role("status")).to_be_visible()
    first = path_of(aide.url).partition("?")[0]
    aide.evaluate("history.back()")
    expect(aide.locator("#note")).to_have_value("甲的备注")
    assert aide.input_value("[name=token]") == token, "the browser did not keep the page"
    aide.fill("#note", "乙的备注")
    aide.get_by_role("button", name="保存").click()
    expect(aide.get_by_role("alert")).to_contain_text("已经保存过")
    expect(aide.get_by_role("link", name="查看已保存的探访")).to_have_attribute("href", first)
    assert aide.input_value("#note") == "乙的备注"
    aide.get_by_role("button", name="另存为一次新的探访").click()
    expect(aide.get_by_role("status")).to_be_visible()
    found = county.at("village", lambda replica: replica.rows("visit", where={"person": person}))
    notes = [row["note"] for row in found if row["service"] == "SH04"]
    assert sorted(notes) == ["乙的备注", "甲的备注"]
