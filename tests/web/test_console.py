"""The county's console: what it lists, narrows and pages, and that it shows both sides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hub import registry
from node.accounts import keeping
from node.care import cases, facilities, people, visits
from node.care.conflicts import shown
from node.care.doubles import deciding
from node.care.records import SCHEMA
from node.clock import ManualClock
from node.members import revoke
from node.replica import Insert, Replica
from node.store.peers import PeerState
from tests.cli.conftest import meet
from tests.web.conftest import NOW_MS, Browser, Opens, han, zh

HOUR_MS = 3_600_000


@pytest.fixture
def filled(homes: dict[str, Path]) -> dict[str, Any]:
    """A county that has heard of a village's records, of which one was written in two ways."""
    with Replica(homes["village"], SCHEMA, ManualClock(NOW_MS)) as village:
        place = village.division
        person = people.add_person(village, place, {"name": "王桂兰"}, user="村里")
        worker = people.add_worker(village, place, {"name": "李秀英"}, user="村里")
        values = {
            "person": person, "worker": worker, "service": "SH01",
            "started_at": NOW_MS - 2 * HOUR_MS, "minutes": 30,
        }  # fmt: skip
        visit = visits.record_visit(village, place, values, user="村里")
        canteen = facilities.add_facility(
            village, place, {"name": "南大街幸福食堂", "kind": "CT", "seats": 40}, user="村里"
        )
        facilities.add_facility(village, place, {"name": "互助点", "kind": "HZ"}, user="村里")
        case = cases.open_case(village, place, {"person": person}, user="村里", items=["1"])
        cases.advance_case(village, case, 1, user="村里")
        stopped = cases.open_case(village, place, {"person": person}, user="村里", items=["2"])
        cases.advance_case(village, stopped, 1, user="村里")
        cases.stop_case(village, stopped, "withdrawn", user="村里")
    meet(homes)
    for tier, seats in (("village", 41), ("county", 80)):
        with Replica(homes[tier], SCHEMA, ManualClock(NOW_MS)) as one:
            facilities.set_facility(one, canteen, {"seats": seats}, user=tier)
    meet(homes)
    return {"visit": visit, "canteen": canteen, "case": case}


@pytest.fixture
def county(filled: dict[str, Any], opens: Opens) -> Browser:
    return opens("county").enter()


def test_who_watches_reads_all_and_changes_nothing(county: Browser, filled: dict[str, Any]) -> None:
    """Who supervises has the console's key, and no request of any kind writes there (CC-13)."""
    assert "王桂兰" in county.get("/visits").text and "南大街幸福食堂" in county.get("/").text
    before = county.replica.store.integer("next_number")
    places = ("/", "/cases", "/conflicts", "/visits", "/nodes", f"/visits/{filled['visit']}")
    for path in places:
        for method in ("PUT", "PATCH", "DELETE"):
            assert county.send(method, path, json={"stars": 5}).status_code >= 400, (method, path)
        assert county.post(path, {"stars": "5", "seats": "1"}).status_code >= 400, path
    (one,) = county.replica.conflicts()
    whole = {"division": one.division, "table": one.table, "row": one.id, "column": one.column,
             "token": county.access.token(), "seen": shown(one), "take": "2"}  # fmt: skip
    assert county.post("/conflicts", whole).status_code == 403
    assert county.replica.store.integer("next_number") == before
    row = county.replica.row("facility", filled["canteen"])
    assert row is not None and row["seats"] in (41, 80)


def test_facilities_are_narrowed_by_the_address(county: Browser) -> None:
    assert all(name in county.get("/").text for name in ("南大街幸福食堂", "互助点", "赤城镇"))
    for query in ("kind=CT", "name=食堂", "kind=CT&status=open&township=t"):
        page = county.get(f"/?{query}").text
        assert "南大街幸福食堂" in page and "<strong>互助点" not in page, query
    for query in ("kind=XX", "name=%25", "township=nowhere", "status=closed"):
        assert zh("Nothing fits. Leave out a filter.") in county.get(f"/?{query}").text, query


def test_a_filter_stays_in_the_form(county: Browser) -> None:
    page = county.get("/?kind=CT&name=食堂&township=t").text
    assert '<option value="CT" selected>' in page and 'value="食堂"' in page
    assert '<option value="t" selected>' in page


def test_lists_are_paged_and_a_page_past_the_end_is_the_last(county: Browser) -> None:
    for number in range(registry.PAGE_ROWS):
        values = {"name": f"助餐点{number:03}", "kind": "ZP"}
        facilities.add_facility(county.replica, county.replica.division, values, user="县里")
    first, second = county.get("/").text, county.get("/?page=2").text
    assert zh("Page {number} of {last}", number=1, last=2) in first and "page=2" in first
    shown = [first.count("<tr><td>"), second.count("<tr><td>")]
    assert shown == [registry.PAGE_ROWS, 2]
    for odd in ("99", "-1", "x", "9" * 40, "１"):
        assert county.get(f"/?page={odd}").status_code == 200
    assert county.get("/?page=99").text.count("<tr><td>") == 2


def test_cases_stand_at_their_stage_or_their_ending(county: Browser) -> None:
    stages = {stage.name: stage.count for stage in registry.cases_by_stage(county.replica)}
    assert stages["申请"] == 1 and stages["户主放弃"] == 1 and sum(stages.values()) == 2
    page = county.get("/cases").text
    assert "王桂兰" in page and "1 防滑处理" in page
    assert "已终止：户主放弃" in county.get("/cases?stage=withdrawn").text
    assert county.get("/cases?stage=nonsense&township=nowhere").status_code == 200


def test_a_conflict_shows_both_values_and_who_wrote_them(county: Browser) -> None:
    page = county.get("/conflicts").text
    assert "南大街幸福食堂" in page and "座位/床位数" in page
    assert "<strong>41</strong></td><td>南大街村" in page
    assert "<strong>80</strong></td><td>赤城县" in page
    assert page.count(zh("counts now")) == 1


def test_visits_come_with_township_and_ticks(county: Browser, filled: dict[str, Any]) -> None:
    page = county.get("/visits").text
    assert filled["visit"] in page and "赤城镇" in page and "✓✓✓</span>" in page
    assert "王桂兰" in page and "李秀英" in page
    assert zh("No visit yet.") in county.get("/visits?township=nowhere").text


def test_a_visit_to_who_stands_twice_bears_the_name_that_is_kept(
    county: Browser, filled: dict[str, Any]
) -> None:
    replica = county.replica
    (row,) = replica.rows("person")
    kept = people.add_person(replica, row["division#"], {"name": "王桂莲"}, user="县里")
    deciding.merge(replica, row["id"], kept, kept, user="县里")
    for path in ("/visits", "/cases"):
        page = county.get(path).text
        assert "王桂莲" in page and "王桂兰" not in page


def test_a_visit_that_lies_ahead_does_not_stand_before_the_latest(
    homes: dict[str, Path], filled: dict[str, Any], opens: Opens
) -> None:
    with Replica(homes["village"], SCHEMA, ManualClock(NOW_MS)) as village:
        known = village.rows("visit")[0]
        started_at = NOW_MS + 300 * 24 * HOUR_MS
        values = {"started_at": started_at, "ended_at": started_at + HOUR_MS}
        kept = {column.name: known[column.name] for column in visits.VISIT.stored}
        ahead = village.write(
            village.division, [Insert("visit", {**kept, **values})], user="村里"
        ).ids[0]
    meet(homes)
    county = opens("county").enter()
    page = county.get("/visits").text
    assert filled["visit"] in page and ahead not in page
    link = re.search(r'href="(/visits\?ahead=1)"', page)
    assert link is not None and "：1" in page
    page = county.get(link[1]).text
    assert ahead in page and filled["visit"] not in page


def test_no_chinese_of_ours_stands_on_a_page_in_english(county: Browser) -> None:
    written = "王桂兰|李秀英|南大街幸福食堂|互助点"
    for path in ("/", "/cases", "/cases?stage=withdrawn", "/conflicts", "/visits", "/nodes"):
        page = county.get(path, **{"accept-language": "en"}).text
        assert not han(re.sub(written, "", page)), path
    page = county.get("/", **{"accept-language": "en"}).text
    assert "<td>Community canteen</td>" in page and ">Being built</option>" in page
    page = county.get("/cases", **{"accept-language": "en"}).text
    assert "<td>1 Application</td><td>1 Slip-proofing</td>" in page and ">Contractor<" in page
    page = county.get("/cases?stage=withdrawn", **{"accept-language": "en"}).text
    assert "Ended: Given up by the household (at 1 Application)" in page


def test_every_node_is_listed_with_how_stale_it_is(county: Browser) -> None:
    found = {node.tier: node for node in registry.nodes(county.replica)}
    assert set(found) == {"county", "township", "village"}
    assert found["county"].freshness(NOW_MS) == "own"
    village = found["village"]
    assert village.spoke_at is None and village.confirmed_at is not None
    assert not village.is_direct
    assert village.freshness(village.confirmed_at) == "fresh"
    assert village.freshness(village.confirmed_at + 2 * HOUR_MS) == "aging"
    assert village.freshness(village.confirmed_at + registry.STALE_MS) == "stale"
    page = county.get("/nodes").text
    assert "南大街村" in page and zh("this node") in page and "130732100201" in page


def test_who_is_on_the_line_is_fresh_and_who_only_writes_nothing_is_not_called_silent(
    county: Browser,
) -> None:
    found = {node.tier: node for node in registry.nodes(county.replica)}
    village, town = found["village"], found["township"]
    assert village.confirmed_at is not None
    replica, clock = county.replica, county.replica.core.clock
    clock.ms = village.confirmed_at + 9 * 24 * HOUR_MS  # type: ignore[attr-defined]
    now = replica.core.now_ms()

    def told(hours_ago: int) -> list[str]:
        with replica.store.transaction():
            state = PeerState(town.division, spoke_at=now - hours_ago * HOUR_MS)
            replica.store.peers.put_peer(town.author, state)
        page = county.get("/nodes", **{"accept-language": "en"}).text
        return [" ".join(one.split()) for one in re.findall(r'class="state \w+">([^<]*)<', page)]

    written = "last wrote 9 days ago: ask its township"
    assert told(0) == ["this node", "up to date", written]
    assert told(30) == ["this node", "word from 1 day ago", written]
    assert told(24 * 8) == ["this node", "silent since 8 days ago: ask there", written]


def test_a_revoked_node_is_called_so(county: Browser) -> None:
    village = next(node for node in registry.nodes(county.replica) if node.tier == "village")
    revoke(county.replica, village.author, cause="班车上<b>被盗</b>")
    page = county.get("/nodes").text
    assert "已吊销：班车上&lt;b&gt;被盗" in page
    assert 'class="state revoked"' in page


def test_a_page_is_light(county: Browser) -> None:
    for path in ("/", "/cases", "/conflicts", "/visits", "/nodes"):
        assert len(county.get(path).content) < 60_000


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def as_operator(county: Browser, role: str = "operator") -> Browser:
    keeping.add(county.replica, "周敏", role, "480271", user="县里")
    county.post("/sign-in", {"user": "周敏", "pin": "480271", "to": "/"})
    return county


def seats(browser: Browser, canteen: str) -> int:
    row = browser.replica.row("facility", canteen)
    assert row is not None
    return int(row["seats"])


def test_an_operator_settles_a_conflict_by_a_version_or_another_value(
    county: Browser, filled: dict[str, Any]
) -> None:
    as_operator(county)
    page = county.get("/conflicts").text
    form, values = hidden(page), re.findall(r"<strong>(\d+)</strong>", page)
    typo = county.post("/conflicts", {**form, "value": "很多"})
    assert typo.status_code == 422 and 'value="很多"' in typo.text, "what was typed is kept"
    assert len(county.replica.conflicts()) == 1
    moved = county.post("/conflicts", {**form, "take": "2"})
    assert moved.headers["location"] == "/conflicts?done=settled"
    assert seats(county, filled["canteen"]) == int(values[1]) and not county.replica.conflicts()
    assert (
        zh("Settled. Everybody sees this value from now on.")
        in county.get(moved.headers["location"]).text
    )
    *_, last = county.replica.history("facility", filled["canteen"])
    assert last.user == "周敏"
    again = county.post("/conflicts", {**form, "take": "1"})
    assert again.status_code == 422 and zh("This conflict is settled already.") in again.text
    assert seats(county, filled["canteen"]) == int(values[1])


def test_nothing_is_settled_over_a_version_that_nobody_looked_at(
    county: Browser, filled: dict[str, Any]
) -> None:
    as_operator(county)
    form, before = hidden(county.get("/conflicts").text), county.replica.conflicts()
    for seen in ("0" * 32, ""):
        late = county.post("/conflicts", {**form, "seen": seen, "take": "1"})
        assert late.status_code == 422
        assert zh("Something else was written in the meantime, so nothing is settled yet.") in (
            late.text
        )
    assert county.replica.conflicts() == before
    assert county.post("/conflicts", {**form, "take": "9"}).status_code == 422


@pytest.mark.parametrize("role", ["auditor", "supervisor"])
def test_who_only_watches_settles_nothing(
    county: Browser, filled: dict[str, Any], role: str
) -> None:
    as_operator(county, role)
    page = county.get("/conflicts").text
    assert 'action="/conflicts"' not in page
    (one,) = county.replica.conflicts()
    sent = {"division": one.division, "table": one.table, "row": one.id, "column": one.column}
    assert county.post("/conflicts", {**sent, "take": "1", "token": "x"}).status_code == 403
    assert county.replica.conflicts() == [one]
