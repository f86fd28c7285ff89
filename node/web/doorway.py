"""Who gets in, and what every answer tells the browser to refuse.

One access key for each node lets a browser in: it is opened once with `?key=…`, and a cookie that
no script can read takes its place. Who is at the screen then is asked by `signing`. A page
elsewhere may make a browser ask this node for anything, with that cookie; so the Host must be this
node's address, which stops a foreign name that points here, and whatever writes must come from a
page of this node, told by Origin and by a token in the form.

Everything here is decided from the head of a request, before anything of the node is asked.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from node.events import ERROR, WARNING, tell

BODY_BYTES_MAX = 65_536
"""Largest form: a visit with a note of 2,000 characters has a third of it."""

PHOTO_BYTES_MAX = 12_000_000
"""Largest form with a photo: one that a phone could not make small itself."""

PHOTO_PATHS = "/cases/"
QUERY_BYTES_MAX = 4_096
COOKIE_S_MAX = 30 * 86_400
OPEN_PATHS = frozenset({"/linli.css", "/photos.js"})
"""What holds nothing of the node, and is needed to say how to get in."""

_SAFE = frozenset({"GET", "HEAD"})
_NONCE_CHARACTERS = 32
_MAC_CHARACTERS = 32

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class Access:
    """By what a browser is let in.

    Attributes:
        key: The access key.
        author: The node's author id, which names the cookie: cookies do not tell ports apart.
        hosts: What the Host header may say.
        secure: Whether there is TLS.
    """

    key: str
    author: str
    hosts: frozenset[str]
    secure: bool

    @property
    def cookie_name(self) -> str:
        """The name of this node's cookie."""
        return f"linli_{self.author[:12]}"

    @property
    def cookie(self) -> str:
        """The cookie that a browser with the key is given: it proves the key and is not the key."""
        return self._proof("cookie", "")

    def token(self) -> str:
        """A new token for one form."""
        nonce = secrets.token_hex(_NONCE_CHARACTERS // 2)
        return nonce + self._proof("form", nonce)[:_MAC_CHARACTERS]

    def nonce(self, token: str) -> str:
        """What a token of ours is remembered by, or empty for a token that is not ours."""
        nonce, proof = token[:_NONCE_CHARACTERS], token[_NONCE_CHARACTERS:]
        fits = same(proof, self._proof("form", nonce)[:_MAC_CHARACTERS])
        return nonce if fits and len(nonce) == _NONCE_CHARACTERS else ""

    def _proof(self, purpose: str, text: str) -> str:
        told = f"linli.pages.{purpose}\0{self.author}\0{text}".encode()
        return hmac.new(self.key.encode(), told, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


class Talks(Protocol):
    """What says to a person why nothing else is shown."""

    def closed(self, request: Request) -> Response:
        """How to get in, with status 401."""

    def failed(self, request: Request) -> Response:
        """That the node failed, with status 500."""


class Doorway:
    """Stands before the pages.

    Args:
        app: The pages.
        access: By what a browser is let in.
        talks: What is said to whoever is not.
    """

    def __init__(self, app: ASGIApp, access: Access, talks: Talks) -> None:
        self.app = app
        self.access = access
        self.talks = talks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                message["headers"] = headers.raw
            await send(message)

        try:
            answer = self._refusal(request) or self._admission(request)
            await (answer or self.app)(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - the last door: what it says may name a person
            tell("page_failed", ERROR, error=error)
            if not begun:
                await self.talks.failed(request)(scope, receive, sent)

    def _refusal(self, request: Request) -> Response | None:
        """Why a request is not looked at, told to a program rather than a person."""
        headers = request.headers
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return _plain("A request names one host.", 400)
        if hosts[0].lower() not in self.access.hosts:
            return _plain("This node has another address. 地址不对。", 421)
        if len(request.scope["query_string"]) > QUERY_BYTES_MAX:
            return _plain("The address is too long. 网址太长。", 414)
        if request.method in _SAFE:
            return None
        if request.method != "POST":
            return Response(status_code=405, headers={"allow": "GET, HEAD, POST"})
        if not self._from_here(headers, hosts[0]):
            return _plain("This form does not come from this node. 表单来源不对。", 403)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 12:
            return _plain("The length of the form makes no sense.", 400)
        photo = request.url.path.startswith(PHOTO_PATHS)
        if int(length) > (PHOTO_BYTES_MAX if photo else BODY_BYTES_MAX):
            return _plain("The form is too long. 内容太长。", 413)
        return None

    def _from_here(self, headers: Headers, host: str) -> bool:
        """Whether the browser says that a page of this node asks."""
        own = f"{'https' if self.access.secure else 'http'}://{host}"
        origin = headers.get("origin")
        if origin is not None:
            return origin.lower() == own.lower()
        if "sec-fetch-site" in headers:
            return headers["sec-fetch-site"] == "same-origin"
        return headers.get("referer", "").lower().startswith(f"{own}/".lower())

    def _admission(self, request: Request) -> Response | None:
        """Lets in whoever has the key or the cookie; the key goes out of the address at once."""
        if request.url.path in OPEN_PATHS:
            return None
        query = parse_qsl(request.url.query, keep_blank_values=True)
        keys = [value for name, value in query if name == "key"]
        if keys and request.method in _SAFE:
            if not same(keys[0], self.access.key):
                tell("pages_refused", WARNING)
                return self.talks.closed(request)
            return self._welcome(request.url.path, [(n, v) for n, v in query if n != "key"])
        if not same(_cookie(request, self.access.cookie_name), self.access.cookie):
            return self.talks.closed(request)
        return None

    def _welcome(self, path: str, query: list[tuple[str, str]]) -> Response:
        place = "/" + path.lstrip("/\\")  # two slashes would name another host
        answer = RedirectResponse(f"{place}?{urlencode(query)}" if query else place, 303)
        answer.set_cookie(
            self.access.cookie_name,
            self.access.cookie,
            max_age=COOKIE_S_MAX,
            secure=self.access.secure,
            httponly=True,
            samesite="strict",
        )
        return answer


def _cookie(request: Request, name: str) -> str:
    """A cookie as it was sent; empty where it was not."""
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(f"{text}\n", status)
