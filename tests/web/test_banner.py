"""The head of every page says when somebody above answered, what waits, and what is held up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.clock import DAY_MS
from node.feed import FeedKey
from node.language import CHINESE, said
from node.replica import Insert
from node.replica.withheld import BEHIND
from node.store.peers import Alert
from node.web.banner import Banners
from tests.web.conftest import Browser, Opens, han, zh
from tests.web.test_aide import latin

PATHS = ("/", "/visits/new", "/people", "/pay", "/state")
UNSENT = (
    "What was written here has not reached the county for days. It is safe on this box. Please "
    "tell the office above."
)
UNRECEIVED = (
    "Perhaps not everything from the county has come here. You can go on working. Please tell the "
    "office above."
)


def answered(village: Browser, ms_ago: int) -> str:
    """Lets the node above have answered, and returns its name."""
    peers, core = village.replica.core.store.peers, village.replica.core
    parent = core.config.parents[0]
    state = replace(peers.peer(parent.author), spoke_at=core.now_ms() - ms_ago)
    with village.replica.store.transaction():
        peers.put_peer(parent.author, state)
    known = village.replica.tree.get(parent.division)
    assert known is not None
    return known.name


def later(village: Browser, days: int) -> None:
    village.replica.core.clock.ms += days * DAY_MS  # type: ignore[attr-defined]


def test_every_page_says_when_somebody_answered_and_what_waits(
    village: Browser, person: str
) -> None:
    pages = [village.get(path).text for path in PATHS]
    name = answered(village, 3 * 3_600_000)
    assert all(zh("{place} has not answered yet.", place=name) in page for page in pages)
    when = said("3 hours ago", CHINESE)
    spoke = zh("{place} answered {when}.", place=name, when=when)
    for path in PATHS:
        page = village.get(path).text
        assert spoke in page and "有1项等着送出" in page, page
        assert not latin(page), latin(page)
        assert zh(UNSENT) not in page and zh(UNRECEIVED) not in page
    village.replica.write(village.replica.division, [Insert("person", {"name": "张近"})])
    assert "有2项等着送出" in village.get("/").text


def test_what_is_held_up_is_said_in_plain_words(village: Browser, person: str) -> None:
    answered(village, 0)
    later(village, 8)
    page = village.get("/").text
    assert zh(UNSENT) in page and zh(UNRECEIVED) not in page
    peers, author = village.replica.core.store.peers, village.replica.author
    with village.replica.store.transaction():
        peers.raise_alert(Alert(BEHIND, author, "…", village.replica.core.now_ms()))
    for path in PATHS:
        page = village.get(path).text
        assert zh(UNSENT) in page and zh(UNRECEIVED) in page
        assert not latin(page), latin(page)
    assert UNRECEIVED in village.get("/?lang=en").text
    assert not han(village.get("/state").text.replace("王桂兰", ""))
    village.get("/?lang=zh")
    with village.replica.store.transaction():
        peers.clear_alert(BEHIND, author)
    assert zh(UNRECEIVED) not in village.get("/").text


def test_a_stranger_hears_nothing_of_it(village: Browser, person: str) -> None:
    assert 'class="banner"' in village.get("/").text
    village.forget()
    page = village.get("/")
    assert page.status_code == 401 and 'class="banner"' not in page.text


def test_a_county_has_nobody_above(opens: Opens) -> None:
    assert 'class="banner"' not in opens("county").enter().get("/").text


def test_the_ledger_is_looked_into_only_where_it_moved(
    village: Browser, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a summer alone thousands of changes wait, and every page shows how many."""
    asked = []
    waiting = village.replica.waiting

    def counted() -> list[tuple[FeedKey, int, int]]:
        asked.append(1)
        return waiting()

    monkeypatch.setattr(village.replica, "waiting", counted)
    banners = Banners()
    for _ in range(5):
        banners(village.replica)
    assert len(asked) == 1
    village.replica.seal()
    later(village, 1)
    banner = banners(village.replica)
    assert len(asked) == 2 and banner is not None and banner.waiting == 1
