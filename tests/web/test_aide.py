"""The aide's pages: who is due, the visit form, the record with its ticks."""

from __future__ import annotations

import html
import logging
import re

import pytest

from node.care import fields, people, visits
from node.language import CHINESE, said
from tests.web.conftest import NOW_MS, Browser, zh

HOUR_MS = 3_600_000
NASTY = "<script>alert(1)</script>\"'&amp;{{7777*7777}}"


def words(page: str) -> str:
    """What a person sees or hears of a page."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.S)
    spoken = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', body)
    return html.unescape(" ".join([re.sub(r"<[^>]+>", " ", body), *spoken]))


def latin(page: str) -> list[str]:
    return re.findall(r"[A-Za-z]+", words(page))


def visit_of(browser: Browser, person: str, worker: str, hours_ago: int) -> str:
    values = {
        "person": person, "worker": worker, "service": "SH01",
        "started_at": NOW_MS - hours_ago * HOUR_MS, "minutes": 30,
    }  # fmt: skip
    return visits.record_visit(
        browser.replica, browser.replica.division, values, user="村里", reason="L03"
    )


def test_those_who_waited_longest_come_first(village: Browser, person: str, worker: str) -> None:
    division = village.replica.division
    recent, never, voided = (
        people.add_person(village.replica, division, {"name": name}, user="村里")
        for name in ("张近", "李无", "赵废")
    )
    visit_of(village, recent, worker, 2)
    visit_of(village, person, worker, 24 * 9)
    void = visit_of(village, voided, worker, 1)
    visits.void_visit(village.replica, void, "L07", user="村里")
    page = village.get("/").text
    unseen, longest, latest = (page.index(name) for name in ("李无", "王桂兰", "张近"))
    assert unseen < longest < latest and page.index("赵废") < longest, "a void visit is none"
    assert said("9 days ago", CHINESE) in page and zh("today") in page and zh("never") in page
    assert 'href="tel:13812345678"' in page and "独居" in page and "南大街12号" in page
    assert never and recent


def test_a_visit_is_recorded_and_shown_with_its_tick(
    village: Browser, person: str, worker: str
) -> None:
    form = village.form(person, worker=worker, tasks=["SH02", "SH03"], note="已换药")
    assert form["day"] == "2026-11-22" and form["start"] == "10:00" and form["minutes"] == "60"
    answer = village.post("/visits", form)
    assert answer.status_code == 303
    (row,) = village.replica.rows("visit")
    assert (row["person"], row["worker"], row["minutes"]) == (person, worker, 60)
    assert row["tasks"] == "SH02,SH03" and row["note"] == "已换药"
    page = village.get(answer.headers["location"]).text
    assert all(
        zh(text) in page for text in ("Saved on this village's box", "On its way to the county")
    )
    assert "王桂兰" in page and "助洁-居室" in page


def test_a_form_sent_twice_makes_one_visit(village: Browser, person: str, worker: str) -> None:
    form = village.form(person, worker=worker)
    answers = [*village.both(form, form, form), village.post("/visits", form)]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert village.replica.count("visit") == 1
    assert village.post("/visits", village.form(person, worker=worker)).status_code == 303
    assert village.replica.count("visit") == 2


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("minutes", ""), ("minutes", "很久"), ("minutes", "0"), ("minutes", "9999"),
        ("day", ""), ("start", ""), ("start", "25:00"), ("worker", ""), ("service", ""),
        ("service", "XX99"), ("note", "长" * 2_001), ("condition", "XX"), ("reason", "XX"),
        ("tasks", "XX99"), ("worker", "01JD0000000000000000000001"), ("person", "x"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_brings_the_form_back_as_it_was(
    village: Browser, person: str, worker: str, field: str, typed: str
) -> None:
    form = village.form(person, worker=worker, note="备注留着", tasks=["SH02"])
    form[field] = typed
    answer = village.post("/visits", form)
    assert answer.status_code == 422
    assert village.replica.count("visit") == 0
    page = answer.text
    assert page.count('id="wrong"') == 1, page
    place = page.index('id="wrong"')
    label = max(page.rfind(f'for="{field}"', 0, place), page.rfind(f'id="{field}"', 0, place))
    assert label > 0 or field == "person"
    assert zh("Not saved yet: one thing below needs a look. What you typed is still there.") in page
    for name in ("day", "start", "minutes"):
        assert f'value="{form[name]}"' in page
    assert ((form["note"] in page) and 'value="SH02" checked' in page) or field == "tasks"


def test_a_late_visit_asks_for_the_reason_and_takes_it(
    village: Browser, person: str, worker: str
) -> None:
    form = village.form(person, worker=worker, day="2026-11-15")
    answer = village.post("/visits", form)
    assert answer.status_code == 422
    assert "<details open>" in answer.text and 'name="reason" aria-invalid' in answer.text
    again = re.search(r'name="token" value="(\w+)"', answer.text)
    assert again is not None
    answer = village.post("/visits", {**form, "token": again[1], "reason": "L03"})
    assert answer.status_code == 303, answer.text


def test_what_people_wrote_is_shown_and_never_run(village: Browser, worker: str) -> None:
    division = village.replica.division
    values = {"name": NASTY, "address": NASTY, "note": NASTY}
    nasty = people.add_person(village.replica, division, values, user="村里")
    made = village.post("/visits", village.form(nasty, worker=worker, note=NASTY))
    pages = (
        "/", "/people", f"/people/{nasty}", f"/visits/new?person={nasty}", "/visits/new",
        made.headers["location"], f"/people?name={NASTY}",
    )  # fmt: skip
    for path in pages:
        page = village.get(path)
        assert page.status_code == 200
        assert "<script" not in page.text and str(7777 * 7777) not in page.text, path
        assert html.escape(NASTY, quote=True).replace("&quot;", "&#34;").replace(
            "&#x27;", "&#39;"
        ) in page.text.replace("&quot;", "&#34;"), path


def test_people_are_found_by_a_part_of_the_name(village: Browser, person: str) -> None:
    division = village.replica.division
    people.add_person(village.replica, division, {"name": "张100%"}, user="村里")
    assert "王桂兰" in village.get("/people?name=桂").text
    assert "王桂兰" not in village.get("/people?name=张").text
    assert "张100%" in village.get("/people?name=%25").text
    assert "王桂兰" not in village.get("/people?name=%25").text


@pytest.mark.parametrize(
    "path", ["/people/x", "/visits/x", "/nowhere", "/visits/", "/people/" + "0" * 26]
)
def test_what_is_not_here_is_said_in_chinese(village: Browser, path: str) -> None:
    answer = village.get(path, **{"accept-language": ""})
    assert answer.status_code == 404
    assert zh("There is no such page here.") in answer.text


def test_the_id_number_is_masked(village: Browser) -> None:
    digits = "99073219380512002"
    values = {"name": "王桂兰", "id_number": digits + fields.id_check_digit(digits)}
    one = people.add_person(village.replica, village.replica.division, values, user="村里")
    page = village.get(f"/people/{one}").text
    assert values["id_number"] not in page and "990732********" in page


def test_the_state_tells_what_waits(village: Browser, person: str, worker: str) -> None:
    page = village.get("/state").text
    assert said("never", CHINESE) in page and re.search(r"2 ?项", page)


def test_while_the_clock_is_wrong_the_form_asks_for_the_day(village: Browser, person: str) -> None:
    village.replica.core.clock.ms = 1_000  # type: ignore[attr-defined]
    page = village.get(f"/visits/new?person={person}").text
    assert zh("This box does not know the time. Please fill in day and time.") in page
    assert re.search(r'name="day"[^>]*value=""', page)


def test_no_latin_letter_stands_on_a_page_in_chinese(
    village: Browser, person: str, worker: str
) -> None:
    sent = village.form(person, worker=worker)
    made = village.post("/visits", sent).headers["location"]
    wrong = village.post("/visits", village.form(person, worker="", minutes="0"))
    late = village.post("/visits", village.form(person, worker=worker, day="2026-11-15"))
    pages = [village.get(path).text for path in (
        "/", "/visits/new", f"/visits/new?person={person}", made, "/people", f"/people/{person}",
        "/state", "/nowhere",
    )]  # fmt: skip
    village.forget()
    for page in [*pages, wrong.text, late.text, village.get("/").text]:
        assert not latin(page), (latin(page), page)


def test_a_page_follows_the_reader(village: Browser) -> None:
    assert 'lang="zh-CN"' in village.get("/").text
    assert 'lang="zh-CN"' in village.get("/", **{"accept-language": "de,zh;q=0.5,en"}).text
    assert 'lang="en"' in village.get("/", **{"accept-language": "en-GB,zh"}).text
    assert "Part of the name" in village.get("/people?lang=en").text
    assert 'lang="en"' in village.get("/").text, "it is remembered"
    assert 'lang="zh-CN"' in village.get("/?lang=zh").text


def test_a_page_is_light(village: Browser, person: str, worker: str) -> None:
    for number in range(60):
        people.add_person(
            village.replica, village.replica.division,
            {"name": f"王{number}", "phone": "13812345678", "address": "南大街" * 5},
            user="村里", groups=["GL", "DJ"],
        )  # fmt: skip
    sizes = [len(village.get(path).content) for path in ("/", "/visits/new", "/people")]
    assert max(sizes) + len(village.get("/linli.css").content) < 60_000, sizes
    assert "王59" in "".join(village.get(f"/?page={number}").text for number in (0, 1))


def test_nothing_about_a_person_is_logged(
    village: Browser, person: str, worker: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    village.post("/visits", village.form(person, worker=worker, minutes="0", note="秘密"))
    village.post("/visits", village.form(person, worker=worker, note="秘密"))
    village.get("/people?name=桂兰")
    village.get("/?key=wrong")
    told = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]
    assert told
    assert not re.search("桂|秘密|1381|wrong", "\n".join(told)), told
