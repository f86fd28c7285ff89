"""Today's list by the rules of the county: who is owed what, why, and one tap to the form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from node.care import employment, people, plans
from node.care.parameters import publishing
from node.care.records import SCHEMA
from node.clock import parse_local
from node.replica import Replica
from tests.cli.conftest import meet
from tests.web.conftest import Browser, Opens, zh
from tests.web.test_aide import latin

NUMBER = "140430193805120128"
NOW = "2031-05-22 11:00"
"""Later than everything on the nodes, which the machine's own clock has stamped."""


@pytest.fixture
def village(homes: dict[str, Path], opens: Opens) -> Browser:
    """A village whose county has published what visits it owes."""
    with Replica(homes["county"], SCHEMA) as county:
        numbers = publishing.shipped()["140430"].read_bytes()
        publishing.publish(county, numbers, source="140430.toml", user="县里")
    meet(homes)
    browser = opens("village").enter()
    browser.replica.core.clock.ms = parse_local(NOW)  # type: ignore[attr-defined]
    return browser


def add(village: Browser, name: str, **values: str) -> str:
    replica = village.replica
    return people.add_person(replica, replica.division, {"name": name, **values}, user="村里")


def worker(village: Browser, name: str) -> str:
    replica = village.replica
    id_ = people.add_worker(replica, replica.division, {"name": name}, user="村里")
    record = {"insurance_no": "B1", "insured_from": "2020-01-01", "insured_until": "2099-12-31"}
    employment.set_worker_record(replica, id_, record, user="村里")
    return id_


def plan(village: Browser, person: str, xun: str, service: str, **more: str) -> None:
    line = {"person": person, "xun": xun, "services": service, "times": 1,
            "since": "2026-01-01", **more}  # fmt: skip
    plans.add_plan(village.replica, line, user="村里")


def test_who_is_owed_a_visit_comes_first_with_why_and_one_tap_to_the_form(
    village: Browser,
) -> None:
    nobody, late, due = (add(village, name) for name in ("李远", "王桂兰", "陈秀英"))
    red, _ = worker(village, "张红"), worker(village, "李秀英")
    plan(village, due, "X", "SH02")
    plan(village, late, "S", "JK01", worker=red)
    plan(village, late, "Z", "SH03")
    page = village.get("/").text
    places = [page.index(f"/people/{one}") for one in (late, due, nobody)]
    assert places == sorted(places)
    assert (
        zh("{owed} of {count} people are due, the longest overdue first.", owed=2, count=3) in page
    )
    assert re.search(r"已拖延\d+天", page) and zh("Due now") in page
    assert len(re.findall(r'class="why">[^<]*计划', page)) == 3
    assert not latin(page)
    (tap,) = re.findall(rf'href="(/visits/new\?person={late}[^"]*)"', page)
    assert tap.endswith(f"&amp;worker={red}&amp;service=JK01")
    form = village.get(tap.replace("&amp;", "&")).text
    assert re.search(rf'value="{red}"[^>]*selected', form)
    assert re.search(r'value="JK01"[^>]*selected', form)


def test_who_was_seen_is_owed_nothing_and_the_next_is_who_is_owed_most(village: Browser) -> None:
    others, late, due = add(village, "李远"), add(village, "王桂兰"), add(village, "陈秀英")
    by = worker(village, "李秀英")
    plan(village, due, "Z", "SH01")
    plan(village, late, "S", "SH01")
    today = village.form(others, worker=by)
    answer = village.post("/visits", today)
    shown = village.get(answer.headers["location"]).text
    assert f"person={late}&" in shown, "the one who has waited longest"
    sent = village.form(late, worker=by, day="2031-05-05", start="09:00", reason="L03")
    assert village.post("/visits", sent).status_code == 303
    page = village.get("/").text
    (card,) = re.findall(
        rf'<li class="card owed">\s*<h2><a href="/people/{late}".*?</li>', page, re.S
    )
    assert zh("Planned: {services}", services="助餐") not in card and "计划" not in card
    assert page.index(f"/people/{due}") < page.index(f"/people/{late}")


def test_a_second_page_goes_on_where_the_first_ends(village: Browser) -> None:
    cared = [add(village, f"王桂{number:02}") for number in range(70)]
    for person in cared[:45]:
        plan(village, person, "S", "SH01")
    shown = [
        re.findall(r'<h2><a href="/people/(\w+)"', village.get(f"/?page={n}").text) for n in (0, 1)
    ]
    assert [len(page) for page in shown] == [40, 30]
    assert set(shown[0]) | set(shown[1]) == set(cared)
    assert set(shown[0] + shown[1][:5]) == set(cared[:45])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("wgl", {"王桂兰", "吴国良"}), ("WGL", {"王桂兰", "吴国良"}), ("wanggui", {"王桂兰"}),
        ("guilan", {"王桂兰"}), ("wang gui", {"王桂兰"}), ("gl", {"王桂兰", "吴国良"}),
        ("0128", {"王桂兰"}), ("28", set()), ("桂兰", {"王桂兰"}), ("zzz", set()),
        ("xiong", {"熊长青"}), ("shan", {"单红"}), ("dan", {"单红"}),
    ],
)  # fmt: skip
def test_a_person_is_found_by_letters_and_by_the_end_of_the_number(
    village: Browser, typed: str, found: set[str]
) -> None:
    add(village, "王桂兰", id_number=NUMBER)
    for name in ("吴国良", "熊长青", "单红"):
        add(village, name)
    for place in ("/people", "/visits/new"):
        page = village.get(f"{place}?name={typed}").text
        assert set(re.findall(r"<h2><a [^>]*>([^<]*)<", page)) == found
