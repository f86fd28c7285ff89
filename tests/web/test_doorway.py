"""Who gets in, and what is refused before anything of the node is asked."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.care.records import SCHEMA
from node.errors import StoreFault, UsageError
from node.link import Exchange
from node.replica import Replica
from node.web import aide
from node.web.certificate import context_for, fingerprint
from node.web.doorway import BODY_BYTES_MAX, HEADERS
from node.web.serving import Served, access_key, hosts_of, is_loopback
from tests.web.conftest import HOST, KEY, Browser, Opens, zh

PAGES = ("/", "/visits/new", "/people", "/pay", "/state", "/visits/0", "/nowhere")


@pytest.mark.parametrize("path", PAGES)
def test_without_the_key_no_page_opens_and_chinese_says_why(opens: Opens, path: str) -> None:
    answer = opens("village").get(path)
    assert answer.status_code == 401
    assert zh("This page needs the key") in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_the_key_becomes_a_cookie_and_leaves_the_address(opens: Opens) -> None:
    browser = opens("village")
    answer = browser.get(f"/people?name=王&key={KEY}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/people?name=%E7%8E%8B"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower() and "Path=/" in cookie
    assert KEY not in cookie
    assert browser.get("/people").status_code == 200


def test_the_key_cannot_send_a_browser_elsewhere(opens: Opens) -> None:
    answer = opens("village").get(f"http://{HOST}//evil.example/?key={KEY}")
    assert answer.headers["location"] == "/evil.example/"


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], KEY + "k", "钥匙"])
def test_a_wrong_key_stays_outside(opens: Opens, key: str) -> None:
    browser = opens("village")
    assert browser.get(f"/?key={key}").status_code == 401
    assert browser.get("/").status_code == 401


def test_the_cookie_of_one_node_does_not_open_another(opens: Opens) -> None:
    village, county = opens("village").enter(), opens("county")
    forged = {"cookie": f"{county.access.cookie_name}={village.access.cookie}"}
    assert county.get("/", **forged).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8801", "", f"{HOST}."])
def test_another_host_is_refused(village: Browser, host: str) -> None:
    assert village.get("/", host=host).status_code == 421


def test_two_hosts_are_refused(village: Browser) -> None:
    headers = [("host", HOST), ("host", "evil.example")]
    assert village.send("GET", "/", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": f"http://{HOST}"}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"referer": f"http://{HOST}/visits/new"}, 303),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"https://{HOST}"}, 403),
        ({"sec-fetch-site": "cross-site", "referer": f"http://{HOST}/"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"referer": f"http://{HOST}.evil.example/"}, 403),
        ({}, 403),
    ],
)
def test_what_writes_must_come_from_a_page_of_this_node(
    village: Browser, person: str, worker: str, headers: dict[str, str], status: int
) -> None:
    form = village.form(person, worker=worker)
    answer = village.send("POST", "/visits", data=form, headers=headers)
    assert answer.status_code == status
    assert village.replica.count("visit") == (status == 303)


@pytest.mark.parametrize("token", ["", "0" * 64, "gone", "é" * 64])
def test_a_form_without_our_token_comes_back_as_it_was(
    village: Browser, person: str, worker: str, token: str
) -> None:
    form = village.form(person, worker=worker, token=token, note="炕已烧好")
    answer = village.post("/visits", form)
    assert answer.status_code == 403
    assert zh("This form is not known here any more.") in answer.text and "炕已烧好" in answer.text
    assert village.replica.count("visit") == 0


def test_every_answer_tells_the_browser_what_to_refuse(village: Browser, person: str) -> None:
    village.forget()
    closed = village.get("/")
    village.enter()
    for answer in (closed, village.get("/"), village.get("/nowhere"), village.get("/", host="x")):
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (answer.status_code, name)
    policy = HEADERS["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "script-src 'self';" in policy
    page = village.get("/").text
    assert "<script" not in page and " style=" not in page and "http://" not in page


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
def test_other_methods_are_refused(village: Browser, method: str) -> None:
    answer = village.send(method, "/", headers={"origin": f"http://{HOST}"})
    assert answer.status_code == 405


def test_a_long_form_is_refused_however_it_says_so(village: Browser, person: str) -> None:
    form = village.form(person, note="长" * BODY_BYTES_MAX)
    assert village.post("/visits", form).status_code == 413

    async def in_parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"note=" + b"x" * 8_000 + b"&"

    headers = {
        "origin": f"http://{HOST}", "content-type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    answer = village.send("POST", "/visits", content=in_parts(), headers=headers)
    assert answer.status_code == 413
    assert zh("The form is too long.") in answer.text


def test_many_fields_and_other_kinds_of_bodies_are_refused(village: Browser, person: str) -> None:
    many = {**village.form(person), **{f"field{n}": "x" for n in range(200)}}
    assert village.post("/visits", many).status_code == 400
    answer = village.send(
        "POST", "/visits", json={"person": person}, headers={"origin": f"http://{HOST}"}
    )
    assert answer.status_code == 415


def test_a_long_address_is_refused(village: Browser) -> None:
    assert village.get("/people?name=" + "x" * 5_000).status_code == 414


# --- serving -------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    key = access_key(tmp_path)
    path = tmp_path / "pages.key"
    assert len(key) >= 43 and access_key(tmp_path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(StoreFault, match="open to others"):
        access_key(tmp_path)
    path.unlink()
    assert access_key(tmp_path) != key


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_these_hosts_are_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "0.0.0.0", "::", "box.lan", "127.0.0.1.evil.example"])
def test_these_hosts_are_not(host: str) -> None:
    assert not is_loopback(host)


def test_a_browser_may_leave_the_usual_port_out() -> None:
    assert hosts_of("10.2.0.5:443", local=False) == {"10.2.0.5:443", "10.2.0.5"}
    assert hosts_of("10.2.0.5:8800", local=False) == {"10.2.0.5:8800"}
    assert hosts_of("127.0.0.1:8800", local=True) == {"127.0.0.1:8800", "localhost:8800"}


def test_a_certificate_is_made_for_one_address_and_kept(homes: dict[str, Path]) -> None:
    home = homes["village"]
    with Replica(home, SCHEMA) as replica:
        key = replica.core.key
    context_for(home, key, "10.2.0.5")
    first = fingerprint(home)
    assert (home / "pages.pem").stat().st_mode & 0o777 == 0o600
    context_for(home, key, "10.2.0.5")
    assert fingerprint(home) == first
    context_for(home, key, "box.lan")
    assert fingerprint(home) != first


def test_no_single_address_is_refused(homes: dict[str, Path]) -> None:
    async def serve() -> None:
        with Replica(homes["village"], SCHEMA) as replica:
            exchange = Exchange(replica)
            try:
                await Served(exchange, "0.0.0.0:0", aide.build).start()
            finally:
                await exchange.close()

    with pytest.raises(UsageError, match="must name one address"):
        asyncio.run(serve())


def test_a_failure_is_told_without_words_and_shown_in_chinese(
    village: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request: Request) -> Response:
        raise ValueError(f"王桂兰 {request.url}")

    caplog.set_level(logging.DEBUG, "linli")
    village.add(Route("/broken", broken))
    answer = village.get("/broken?name=13812345678")
    assert answer.status_code == 500
    assert zh("Nothing was changed.") in answer.text and "王桂兰" not in answer.text
    (told,) = [r.getMessage() for r in caplog.records if r.name == "linli"]
    assert '"page_failed"' in told and '"ValueError"' in told
    assert not re.search("王|1381|broken\\?", told), told


@pytest.mark.machine
def test_beyond_this_machine_only_tls_answers(homes: dict[str, Path]) -> None:
    """The machine's own name is no loopback name, wherever it leads."""
    name = socket.gethostname().lower()
    try:
        socket.getaddrinfo(name, 0)
    except OSError:
        pytest.skip(f"this machine does not know its own name {name}")

    async def serve() -> tuple[int, int, str]:
        with Replica(homes["village"], SCHEMA) as replica:
            exchange = Exchange(replica)
            served = Served(exchange, f"{name}:0", aide.build)
            try:
                await served.start()
                trusted = ssl.create_default_context(cafile=homes["village"] / "pages.pem")
                async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
                    inside = await client.get(served.opening, follow_redirects=True)
                    cookie = client.cookies.jar
                    secure = [one.secure for one in cookie]
                    with pytest.raises(httpx.HTTPError):
                        await client.get(served.address.replace("https", "http"))
                assert served.fingerprint == fingerprint(homes["village"])
                return inside.status_code, sum(secure), served.address
            finally:
                await served.stop()
                await exchange.close()

    status, secure, address = asyncio.run(serve())
    assert (status, secure) == (200, 1)
    assert address.startswith("https://")
