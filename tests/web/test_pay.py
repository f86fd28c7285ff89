"""What a month pays, as the village sees it: the sheet that the township will close."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from node.care import people, reviews, visits
from node.care.parameters import publishing
from node.care.records import SCHEMA
from node.care.settlement import closing
from node.clock import local
from node.replica import Replica
from tests.cli.conftest import meet
from tests.web.conftest import Browser, Opens, han, zh
from tests.web.test_aide import latin

HOUR_MS = 3_600_000


@pytest.fixture
def village(homes: dict[str, Path], opens: Opens) -> Browser:
    """A village whose county has published what it pays."""
    with Replica(homes["county"], SCHEMA) as county:
        numbers = publishing.shipped()["140430"].read_bytes()
        publishing.publish(county, numbers, source="140430.toml", user="县里")
    meet(homes)
    return opens("village").enter()


def recorded(village: Browser, count: int) -> tuple[list[str], str]:
    """Visits of one worker to as many people this month, and the month."""
    replica, place = village.replica, village.replica.division
    worker = people.add_worker(replica, place, {"name": "李秀英"}, user="村里")
    now = replica.core.now_ms()
    made = []
    for number in range(count):
        person = people.add_person(replica, place, {"name": f"王桂{number}"}, user="村里")
        values = {"person": person, "worker": worker, "service": "SH01", "minutes": 60,
                  "started_at": now - (number + 2) * HOUR_MS}  # fmt: skip
        made.append(visits.record_visit(replica, place, values, user="村里"))
    return made, local(now - (count + 2) * HOUR_MS)[:7]


def three(page: str) -> list[tuple[int, int, int]]:
    """By worker the three numbers."""
    found = re.findall(r'<dl class="three">(.*?)</dl>', page, re.DOTALL)
    numbers = [re.findall(r"<dd>(\d+)</dd>", one) for one in found]
    return [(int(one), int(two), int(last)) for one, two, last in numbers]


def test_the_village_sees_what_the_county_will_pay_and_why_not_more(
    village: Browser, homes: dict[str, Path]
) -> None:
    made, month = recorded(village, 3)
    page = village.get(f"/pay?month={month}").text
    assert three(page) == [(3, 0, 0)] and not latin(page)
    assert page.count('class="why"') == 3 and zh("Why not all: {count}", count=3) in page
    assert f'href="/visits/{made[0]}"' in page
    meet(homes)
    with Replica(homes["township"], SCHEMA) as township:
        accepted = [township.rows("visit", where={"id": one})[0] for one in made[:2]]
        reviews.accept(township, accepted, user="李四")
        reviews.give_back(township, made[2], "时长不足", user="李四")
    meet(homes)
    page = village.get(f"/pay?month={month}").text
    with Replica(homes["county"], SCHEMA) as county:
        sheet = closing.preview(county, month, village.replica.division).sheet
    assert three(page)[0][:2] == (3, 2) and f"{sheet.total_fen / 100:.2f}元" in page
    assert "时长不足" in page and not latin(page)
    english = village.get(f"/pay?month={month}&lang=en").text
    assert "The township returned the visit." in english
    assert set(han(english)) <= {"李秀英", "王桂"}


def test_a_month_without_visits_or_policy_is_told_so(
    village: Browser, homes: dict[str, Path], opens: Opens
) -> None:
    page = village.get("/pay?month=2026-01").text
    assert zh("No visit of this month stands here.") in page
    assert 'href="/pay?month=2025-12"' in page and 'href="/pay?month=2026-02"' in page
    now = village.get("/pay").text
    assert now.count('href="/pay?month=') == 1, "no month that has not begun"
    for wrong in ("2026-13", "2026", "x", "9999999"):
        assert village.get(f"/pay?month={wrong}").status_code == 404


def test_without_a_policy_the_page_says_what_to_do(opens: Opens) -> None:
    page = opens("village").enter().get("/pay")
    assert page.status_code == 200 and 'class="error"' in page.text and not latin(page.text)
