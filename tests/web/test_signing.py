"""Who is at the screen: PINs, the lock, and what each role may open."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from hub.console import desk
from node.accounts import keeping, pins
from node.accounts.roles import ACTIONS, ROLES, may
from node.accounts.trying import FREE_TRIES, WAIT_S_MAX, wait_s
from node.care.audited import AUDIT
from node.care.visits import VISIT
from node.errors import UsageError
from node.web import aide
from tests.web.conftest import Browser, Opens, zh

PIN = "480271"


def account(browser: Browser, user: str = "王芳", role: str = "aide") -> None:
    keeping.add(browser.replica, user, role, PIN, user="所长")


def sign_in(browser: Browser, user: str = "王芳", pin: str = PIN, **more: str) -> httpx.Response:
    return browser.post("/sign-in", {"user": user, "pin": pin, "to": "/", **more})


def deeds(browser: Browser) -> list[tuple[str, str, str]]:
    rows = sorted(browser.replica.rows(AUDIT.name), key=lambda row: row["time"])
    return [(row["deed"], row["actor"], row["about"] or "") for row in rows]


def test_without_accounts_the_key_alone_lets_in(village: Browser) -> None:
    page = village.get("/")
    assert page.status_code == 200 and "/sign-out" not in page.text


def test_with_an_account_every_page_asks_who_is_there(village: Browser, person: str) -> None:
    account(village)
    for path in ("/", "/people", f"/people/{person}", "/visits/new", "/pay", "/state"):
        answer = village.get(path)
        assert answer.status_code == 401 and "王桂兰" not in answer.text, path
        assert 'name="pin"' in answer.text and f'value="{path}"' in answer.text
    assert village.get("/linli.css").status_code == 200
    moved = sign_in(village, to=f"/people/{person}")
    assert moved.status_code == 303 and moved.headers["location"] == f"/people/{person}"
    cookie = moved.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "max-age" not in cookie
    page = village.get(f"/people/{person}")
    assert page.status_code == 200 and "王芳" in page.text and "/sign-out" in page.text
    village.get(f"/people/{person}")
    assert village.post("/sign-out", {}).status_code == 303
    assert village.get("/").status_code == 401
    assert deeds(village) == [
        ("account", "所长", "王芳 aide"), ("signed_in", "王芳", ""),
        ("read", "王芳", f"people {person}"), ("signed_out", "王芳", ""),
    ], "a card looked at twice is one line, and no name stands there"  # fmt: skip


def test_what_is_written_bears_the_name_of_who_is_signed_in(
    village: Browser, person: str, worker: str
) -> None:
    account(village)
    sign_in(village)
    made = village.post("/visits", village.form(person, worker=worker)).headers["location"]
    visit = re.sub(r"\?.*", "", made).rpartition("/")[2]
    (entry,) = village.replica.history(VISIT.name, visit)
    assert entry.user == "王芳"


def test_what_was_typed_when_the_lock_fell_is_saved_by_one_tap(
    village: Browser, person: str, worker: str
) -> None:
    account(village)
    sign_in(village)
    typed = village.form(
        person, worker=worker, note='说话<清楚> "好"\n第二行', tasks=["SH02", "SH03"]
    )
    village.now_s += village.replica.core.limits.pages_idle_s_max + 1
    asked = village.post("/visits", typed)
    assert (
        asked.status_code == 401
        and zh("What you typed is kept. Sign in, and it can be saved.") in asked.text
    )
    assert not village.replica.rows(VISIT.name), "nobody is signed in"
    for pin in ("135790", PIN):  # a slip keeps it, too
        fields = hidden(asked.text)
        asked = village.post("/sign-in", {**fields, "user": "王芳", "pin": pin})
    assert asked.status_code == 200 and 'action="/visits"' in asked.text
    again = hidden(asked.text)
    assert again["note"] == typed["note"] and again["tasks"] == ["SH02", "SH03"]
    first, second = village.post("/visits", again), village.post("/visits", again)
    assert first.headers["location"] == second.headers["location"], "and once"
    (row,) = village.replica.rows(VISIT.name)
    assert row["note"] == typed["note"]


def hidden(page: str) -> dict[str, Any]:
    """The hidden fields of a page, a list where one comes several times."""
    import html

    found: dict[str, Any] = {}
    for name, value in re.findall(
        r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page, re.DOTALL
    ):
        value = html.unescape(value)
        known = found.get(name)
        found[name] = (
            value if known is None else [*([known] if isinstance(known, str) else known), value]
        )
    return found


def test_a_box_that_starts_again_asks_again_and_takes_the_old_form(
    opens: Opens, village: Browser, person: str, worker: str
) -> None:
    account(village)
    sign_in(village)
    typed = village.form(person, worker=worker)
    after = Browser(village._runner, village._app, village.replica, village.access)
    restarted(after)
    after.enter()
    after.cookies.update(village.cookies)
    asked = after.post("/visits", typed)
    assert asked.status_code == 401
    asked = after.post("/sign-in", {**hidden(asked.text), "user": "王芳", "pin": PIN})
    assert after.post("/visits", hidden(asked.text)).headers["location"].endswith("?saved=1")


def restarted(browser: Browser) -> None:
    """Builds the pages anew, as a service does that starts."""
    site = browser._app.talks
    browser._app.app = aide.build(site)  # type: ignore[arg-type]


def test_an_idle_screen_locks_and_a_day_ends_a_session(village: Browser) -> None:
    account(village)
    sign_in(village)
    idle = village.replica.core.limits.pages_idle_s_max
    village.now_s += idle + 1
    assert village.get("/").status_code == 401, "nobody touched it"
    sign_in(village)
    for _ in range(12 * 3_600 // idle):
        village.now_s += idle
        assert village.get("/").status_code == 200
    village.now_s += idle
    assert village.get("/").status_code == 401


def test_a_wrong_pin_waits_longer_each_time_and_a_restart_does_not_help(village: Browser) -> None:
    account(village)
    for _ in range(FREE_TRIES):
        assert sign_in(village, pin="135790").status_code == 403
    assert sign_in(village).status_code == 403, "the right one waits, too"
    restarted(village)
    told = sign_in(village)
    assert told.status_code == 403 and "3" in told.text
    village.now_s += wait_s(FREE_TRIES) - 1
    assert sign_in(village).status_code == 403
    village.now_s += 2
    assert sign_in(village, pin="135790").status_code == 403
    village.now_s += wait_s(FREE_TRIES) + 1
    assert sign_in(village).status_code == 403, "it grows"
    village.now_s += wait_s(FREE_TRIES + 1)
    assert sign_in(village).status_code == 303
    assert [deed for deed, *_ in deeds(village)] == ["account", "failed", "failed", "signed_in"]
    assert keeping.needed(village.replica, "王芳").failures == 0
    waits = [wait_s(count) for count in range(40)]
    assert waits == sorted(waits) and waits[-1] == WAIT_S_MAX and not any(waits[:FREE_TRIES])


def test_many_tries_at_once_are_counted_each(village: Browser) -> None:
    import asyncio

    account(village)

    async def rush() -> list[int]:
        sent = {"user": "王芳", "pin": "135790", "to": "/"}
        own = {"origin": "http://127.0.0.1:8800"}
        tries = (village._client.post("/sign-in", data=sent, headers=own) for _ in range(10))
        return [one.status_code for one in await asyncio.gather(*tries)]

    assert village._runner.run(rush()) == [403] * 10
    assert keeping.needed(village.replica, "王芳").failures == FREE_TRIES
    assert sign_in(village).status_code == 403


def test_who_has_no_account_waits_as_long_and_learns_nothing(village: Browser) -> None:
    account(village)
    one, other = sign_in(village, user="李四"), sign_in(village, pin="135790")
    words = zh("Name and PIN do not fit.")
    assert words in one.text and words in other.text and "李四" not in one.text


def test_an_account_that_is_taken_away_is_out_at_once(village: Browser) -> None:
    account(village)
    account(village, "赵强")
    sign_in(village)
    assert village.get("/people").status_code == 200
    keeping.set_role(village.replica, "王芳", "食堂管理员", user="所长")
    assert village.get("/people").status_code == 403, "and a role changes at once"
    keeping.remove(village.replica, "王芳", user="所长")
    assert village.get("/state").status_code == 401


def test_two_phones_are_two_people(village: Browser) -> None:
    account(village)
    account(village, "赵强", "keeper")
    sign_in(village)
    other = village.another()
    assert other.get("/").status_code == 401
    sign_in(other, "赵强")
    assert village.get("/").status_code == 200 and other.get("/").status_code == 403
    assert ("denied", "赵强", "today.see") in deeds(village)
    other.close()


@pytest.mark.parametrize(
    "place", ["//evil.example", "/\\evil.example", "https://evil.example", "x"]
)
def test_a_sign_in_leads_nowhere_else(village: Browser, place: str) -> None:
    account(village)
    assert sign_in(village, to=place).headers["location"] == "/"


def _pages(build: Any, browser: Browser) -> list[Route]:
    app = build(browser._app.talks)
    assert isinstance(app, Starlette)
    free = ("/linli.css", "/photos.js", "/sign-in", "/sign-out")
    return [one for one in app.routes if isinstance(one, Route) and one.path not in free]


HOMES = {"/cases", "/cases/{id}", "/photos/{id}"}
VILLAGE = {"/", "/visits/{id}", "/people", "/people/{id}", "/pay", "/state"} | HOMES
RECORDING = {"/visits/new", "/visits"}
OPEN = {
    "aide": VILLAGE | RECORDING,
    "worker": {"/", "/visits/{id}", "/pay", "/state"} | RECORDING,
    "liaison": {"/state"},
    "keeper": {"/state"},
    **dict.fromkeys(("admin", "supervisor", "operator", "auditor"), VILLAGE),
}
"""The pages of a village by role, written down once more."""


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tier", ["village", "county"])
def test_each_role_opens_what_the_table_says_and_nothing_else(
    opens: Opens, tier: str, role: str
) -> None:
    browser = opens(tier).enter()
    account(browser, role=role)
    sign_in(browser)
    pages = _pages(desk.build if tier == "county" else aide.build, browser)
    for page in pages:
        action = page.name
        assert action in ACTIONS, f"{page.path} names no action"
        path = page.path.replace("{id}", "0" * 26)
        for method in sorted((page.methods or set()) - {"HEAD"}):
            answer = browser.get(path) if method == "GET" else browser.post(path, {})
            denied = answer.status_code == 403 and zh("This page is not for you") in answer.text
            assert denied != may(role, action), (path, method)
            reads = role in ("admin", "supervisor", "operator", "auditor")
            if (page.path, method) == ("/cases/{id}", "POST"):
                assert denied == (role not in ("aide", "admin"))
            elif tier == "village":
                assert denied == (page.path not in OPEN[role]), (path, method)
            elif method == "GET":
                assert denied != reads, path
            else:
                assert denied == (role not in ("admin", "operator")), path


def test_whatever_the_table_does_not_name_is_denied() -> None:
    assert not any(may(role, "person.erase") for role in ROLES)
    assert not may("", "state.see") and not may("nobody", "state.see")


@pytest.mark.parametrize("pin", ["", "12345", "123456", "987654", "000000", "121212", "x" * 65])
def test_the_first_pins_that_anybody_tries_are_refused(village: Browser, pin: str) -> None:
    with pytest.raises(UsageError):
        keeping.add(village.replica, "王芳", "aide", pin, user="所长")
    assert not keeping.accounts_of(village.replica).listed()


def test_a_verifier_costs_what_argon2id_costs_and_tells_nothing(village: Browser) -> None:
    account(village)
    known = keeping.needed(village.replica, "王芳").verifier
    assert known.startswith("$argon2id$") and "m=32768,t=3" in known and PIN not in known
    assert pins.fits(known, PIN) and not pins.fits(known, PIN + "0") and not pins.fits("x", PIN)
    assert len({pins.drawn() for _ in range(50)}) == 50
