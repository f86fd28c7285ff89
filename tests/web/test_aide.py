"""The aide's pages: who is due, the visit form, the record with its ticks."""

from __future__ import annotations

import html
import logging
import re
from pathlib import Path

import pytest

from node.care import fields, people, visits
from node.care.doubles import deciding
from node.care.parameters import publishing
from node.care.records import SCHEMA
from node.clock import stamp_ms
from node.language import CHINESE, said
from node.replica import Insert, Replica
from node.web import visit as visit_form
from tests.cli.conftest import meet
from tests.web.conftest import NOW_MS, Browser, Opens, han, zh

HOUR_MS = 3_600_000
NASTY = "<script>alert(1)</script>\"'&amp;{{7777*7777}}"


def words(page: str) -> str:
    """What a person sees or hears of a page in its language; the switch speaks the other."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.S)
    body = re.sub(r'<(a|button) [^>]*\blang="en">English</\1>', "", body)
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


def test_who_stands_twice_is_seen_once_with_the_visits_of_both(
    village: Browser, opens: Opens, homes: dict[str, Path], person: str, worker: str
) -> None:
    replica = village.replica
    again, other = (
        people.add_person(replica, replica.division, {"name": name}, user="村里")
        for name in ("王桂蓝", "李远")
    )
    visit_of(village, person, worker, 24 * 9)
    visit_of(village, other, worker, 24 * 5)
    visit_of(village, again, worker, 2)
    assert village.get("/").text.index("王桂兰") < village.get("/").text.index("李远")
    meet(homes)
    with Replica(homes["township"], SCHEMA) as township:
        assert deciding.merge(township, person, again, person, user="镇里")
    meet(homes)
    page = village.get("/").text
    assert "王桂蓝" not in page, "one person stands on the list once"
    assert page.index("李远") < page.index("王桂兰"), "seen today under the other name"
    assert "王桂蓝" not in village.get("/people").text
    assert village.get(f"/people/{person}").text.count('href="/visits/0') == 2
    card = village.get(f"/people/{again}").text
    assert zh("This record was merged into another:") in card and f"/people/{person}" in card


def test_a_visit_that_lies_ahead_hides_nobody(village: Browser, person: str, worker: str) -> None:
    replica, clock = village.replica, village.replica.core.clock
    # The folder was made by the machine's own clock, and no stamp ever goes back.
    now = max(NOW_MS, stamp_ms(replica.store.integer("high_water"))) + HOUR_MS
    clock.ms = now  # type: ignore[attr-defined]
    other = people.add_person(replica, replica.division, {"name": "李远"}, user="村里")
    visit_of(village, person, worker, 1)
    (row,) = replica.rows("visit")
    values = {column.name: row[column.name] for column in visits.VISIT.stored}
    values |= {"person": other, "started_at": now + 24 * 300 * HOUR_MS}
    replica.write(replica.division, [Insert("visit", values)], user="村里")
    clock.ms = now + 24 * 9 * HOUR_MS  # type: ignore[attr-defined]
    visit_of(village, person, worker, -(now - NOW_MS) // HOUR_MS - 24 * 5)
    page = village.get("/").text
    assert page.index("李远") < page.index("王桂兰")
    assert said("9 days ago", CHINESE) in page


def test_a_visit_is_recorded_and_shown_with_its_tick(
    village: Browser, person: str, worker: str
) -> None:
    form = village.form(person, worker=worker, tasks=["SH02", "SH03"], note="已换药\r\n腿疼")
    assert form["day"] == "2026-11-22" and form["start"] == "10:00" and form["minutes"] == "60"
    answer = village.post("/visits", form)
    assert answer.status_code == 303
    (row,) = village.replica.rows("visit")
    assert (row["person"], row["worker"], row["minutes"]) == (person, worker, 60)
    assert row["tasks"] == "SH02,SH03"
    assert row["note"] == "已换药\n腿疼", "browsers end lines with CR LF"
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


def test_another_visit_under_a_known_token_is_another_visit(
    village: Browser, person: str, worker: str
) -> None:
    values = {"name": "张近"}
    other = people.add_person(village.replica, village.replica.division, values, user="村里")
    form = village.form(person, worker=worker, note="甲的备注")
    later = {**form, "start": "10:30", "minutes": "20"}
    answers = [village.post("/visits", one) for one in (form, {**form, "person": other}, later)]
    assert len({answer.headers["location"] for answer in answers}) == 3
    found = village.replica.rows("visit")
    assert sorted((row["person"], row["minutes"]) for row in found) == sorted(
        [(person, 60), (other, 60), (person, 20)]
    )


@pytest.mark.parametrize("is_fresh", [True, False], ids=["fetched again", "kept by the browser"])
def test_a_second_visit_at_the_same_start_is_asked_about(
    village: Browser, person: str, worker: str, is_fresh: bool
) -> None:
    form = village.form(person, worker=worker, note="甲的备注")
    first = village.post("/visits", form).headers["location"].partition("?")[0]
    again = village.form(person, worker=worker) if is_fresh else form
    asked = village.post("/visits", {**again, "note": "乙的备注"})
    assert asked.status_code == 409 and village.replica.count("visit") == 1
    assert f'href="{first}"' in asked.text and "乙的备注" in asked.text
    assert said("A visit to 王桂兰 that began at 2026-11-22 10:00 is saved already.", CHINESE) in (
        asked.text
    )
    assert zh("Save it as another visit") in asked.text and not latin(asked.text)
    made = [village.post("/visits", {**again, "note": "乙的备注", "another": "same"}) for _ in "12"]
    assert {answer.status_code for answer in made} == {303}
    assert sorted(row["note"] for row in village.replica.rows("visit")) == ["乙的备注", "甲的备注"]


def test_one_client_more_than_a_day_has_is_a_question_of_its_own(
    homes: dict[str, Path], opens: Opens
) -> None:
    """Whoever says that a visit is another one has not said that the worker's day was not full."""
    numbers = publishing.shipped()["140430"].read_bytes()
    with Replica(homes["county"], SCHEMA) as county:
        publishing.publish(county, numbers, source="140430.toml", user="县里")
    meet(homes)
    village = opens("village").enter()
    replica, place = village.replica, village.replica.division
    first, second = (
        people.add_worker(replica, place, {"name": name}, user="镇里")
        for name in ("李秀英", "张红")
    )
    cared = [
        people.add_person(replica, place, {"name": f"王桂{n}"}, user="村里") for n in "甲乙丙丁戊"
    ]
    for hour, one in enumerate(cared[:4], 5):
        form = village.form(one, worker=first, start=f"0{hour}:00")
        assert village.post("/visits", form).status_code == 303
    last = village.form(cared[4], worker=second, start="04:00")
    assert village.post("/visits", last).status_code == 303
    form = village.form(cared[4], worker=first, start="04:00")
    same = village.post("/visits", form)
    assert same.status_code == 409 and 'name="another" value="same"' in same.text
    full = village.post("/visits", {**form, "another": "same"})
    assert full.status_code == 409 and 'name="another" value="same full"' in full.text
    assert zh("Save it all the same") in full.text and not latin(full.text)
    assert village.post("/visits", {**form, "another": "same full"}).status_code == 303
    assert replica.count("visit") == 6


def test_a_void_visit_stands_in_nobodys_way(village: Browser, person: str, worker: str) -> None:
    form = village.form(person, worker=worker)
    made = village.post("/visits", form).headers["location"]
    visit = made.removeprefix("/visits/").partition("?")[0]
    visits.void_visit(village.replica, visit, "L07", user="村里")
    assert village.post("/visits", village.form(person, worker=worker)).status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "why"),
    [
        ("day", "2026-02-30", "names a day that does not exist"),
        ("day", "0026-11-22", "lies before 1890"),
        ("day", "1999-12-31", "does not lie between the years 2000 and 2100"),
        ("day", "9999-11-22", "does not lie between the years 2000 and 2100"),
        ("day", "昨天", "is not a date"), ("start", "25:00", "is not a time of day"),
        ("start", "上午", "is not a time of day"),
    ],
)  # fmt: skip
def test_a_moment_is_refused_at_its_own_field_as_it_was_typed(
    village: Browser, person: str, worker: str, field: str, typed: str, why: str
) -> None:
    form = village.form(person, worker=worker)
    page = village.post("/visits", {**form, field: typed}).text
    told = html.unescape(page.partition('id="wrong"')[2].partition("</p>")[0])
    assert said(f"{field} {typed!r} {why}.", CHINESE) in told
    assert page.partition('id="wrong"')[0].rstrip().endswith('</label>\n<p class="error"')
    assert f'name="{field}" aria-invalid' in page


def test_everybody_can_be_chosen_in_a_large_village(village: Browser, person: str) -> None:
    division = village.replica.division
    for number in range(70):
        people.add_person(village.replica, division, {"name": f"张{number:02}"}, user="村里")
    pages = [village.get(f"/visits/new?page={number}").text for number in (0, 1)]
    offered = [name for page in pages for name in re.findall(r"person=\w+\">([^<]+)<", page)]
    assert sorted(offered) == sorted(["王桂兰", *(f"张{number:02}" for number in range(70))])
    assert "/visits/new?name=&amp;page=1" in pages[0] and zh("Next page") in pages[0]
    assert "/visits/new?name=&amp;page=0" in pages[1] and zh("Previous page") in pages[1]
    found = village.get("/visits/new?name=%E6%A1%82").text
    assert f'href="/visits/new?person={person}"' in found and "张01" not in found


def test_every_worker_can_be_chosen_where_there_are_many(
    village: Browser, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_form, "WORKERS_SHOWN", 3)
    division = village.replica.division
    made = [
        people.add_worker(village.replica, division, {"name": f"李{number}"}, user="村里")
        for number in range(5)
    ]
    form = village.form(person, worker=made[0], note="备注留着")
    assert made[4] not in village.get(f"/visits/new?person={person}").text
    found = village.post("/visits/new", {**form, "worker_part": "李4"})
    assert found.status_code == 200 and village.replica.count("visit") == 0
    offered = re.findall(r'<option value="(\w{26})"( selected)?', found.text)
    assert offered == [(made[4], ""), (made[0], " selected")] and "备注留着" in found.text


def test_another_language_keeps_what_was_typed(village: Browser, person: str, worker: str) -> None:
    form = village.form(person, worker=worker, minutes="很久", note="备注留着")
    wrong = village.post("/visits", form).text
    switch = re.search(r'<button[^>]*formaction="([^"]+)" lang="en">English</button>', wrong)
    assert switch is not None
    page = village.post(switch[1], form)
    assert page.status_code == 200 and "Save</button>" in page.text
    assert "备注留着" in page.text and 'value="很久"' in page.text
    assert 'lang="zh-CN">中文</button>' in page.text
    assert village.replica.count("visit") == 0


def test_the_address_of_a_form_that_did_not_fit_leads_to_a_new_one(village: Browser) -> None:
    answer = village.get("/visits")
    assert (answer.status_code, answer.headers["location"]) == (303, "/visits/new")


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


def test_nothing_that_was_said_in_a_counselling_is_saved(
    village: Browser, person: str, worker: str
) -> None:
    form = village.form(person, worker=worker, service="JS02", note="家里吵架")
    answer = village.post("/visits", form)
    assert answer.status_code == 422 and village.replica.count("visit") == 0
    wrong = answer.text.index('id="wrong"')
    assert answer.text.rfind('for="note"', 0, wrong) > 0
    assert said("Leave the note empty.", CHINESE) in answer.text
    assert village.post("/visits", {**form, "note": ""}).status_code == 303
    (row,) = village.replica.rows("visit")
    assert (row["service"], row["note"]) == ("JS02", None)


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
        "/pay", "/state", "/nowhere",
    )]  # fmt: skip
    village.forget()
    for page in [*pages, wrong.text, late.text, village.get("/").text]:
        assert not latin(page), (latin(page), page)


def test_no_chinese_of_ours_stands_on_a_page_in_english(village: Browser) -> None:
    division = village.replica.division
    for name, groups in (("Wang", ["GL", "TKF"]), ("Zhao", ["DJ"])):
        values = {"name": name, "care_grade": "ZL", "gender": "F", "contact_name": "Zhang"}
        person = people.add_person(village.replica, division, values, user="", groups=groups)
    worker = people.add_worker(village.replica, division, {"name": "Li"}, user="")
    village.get("/?lang=en")
    sent = village.form(person, worker=worker, tasks=["SH02", "JK01"], condition="good")
    made = village.post("/visits", sent).headers["location"]
    wrong = village.post("/visits", {**sent, "minutes": "0"})
    asked = village.post("/visits", {**sent, "note": "again"})
    pages = [village.get(path).text for path in (
        "/", "/visits/new", f"/visits/new?person={person}", made, "/people", f"/people/{person}",
        "/pay", "/state", "/nowhere",
    )]  # fmt: skip
    for page in [*pages, wrong.text, asked.text]:
        assert not han(page), (han(page), page)
    assert "Health check, House cleaning" in pages[3] and "Lives alone" in pages[0] + pages[4]
    assert "<dt>Gender</dt><dd" in pages[5] and ">Female<" in pages[5]


def test_a_page_follows_the_reader(village: Browser) -> None:
    assert 'lang="zh-CN"' in village.get("/").text
    assert 'lang="zh-CN"' in village.get("/", **{"accept-language": "de,zh;q=0.5,en"}).text
    assert 'lang="en"' in village.get("/", **{"accept-language": "en-GB,zh"}).text
    assert "its first letters" in village.get("/people?lang=en").text
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
