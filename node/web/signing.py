"""Who is at the screen: signing in with a PIN, the idle lock, and what each role may open.

On a box without accounts the access key alone lets a browser in. As soon as there is one account,
whoever has the key also says who they are. What was typed into a form when the lock fell is not
lost: the page of the PIN carries it along, and one tap sends it afterwards.

Sessions live in memory: a box that starts again asks for the PIN again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.accounts.keeping import accounts_of
from node.accounts.roles import ACTIONS, ROLES, SIGNED_IN_ONLY, may
from node.accounts.trying import Trying
from node.care import audited
from node.errors import LinliError
from node.language import said
from node.replica import Replica
from node.web.site import Site, is_plain
from node.web.words import language_of

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
SESSIONS_MAX = 64
SESSION_S_MAX = 12 * 3_600
READS_MAX = 10_000
"""How many looks are remembered, so that one card looked at ten times a day is one line."""

_KEPT = "kept."

Page = Callable[[Request], Awaitable[Response]]


@dataclass
class Session:
    """Somebody who signed in.

    Attributes:
        user: Who.
        role: In which role.
        begun_s: When, by the steady clock.
        seen_s: When something was asked last.
    """

    user: str
    role: str
    begun_s: float
    seen_s: float


class Signing:
    """Signs people in and out, and knows who asks.

    Args:
        site: What pages share.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.trying = Trying(self._steady_s)
        self._sessions: dict[str, Session] = {}
        self._one_try = asyncio.Semaphore(1)
        self._reads: dict[tuple[str, str, str], None] = {}

    def _steady_s(self) -> float:
        return self.site.steady_s()

    @property
    def cookie_name(self) -> str:
        """The name of the cookie of whoever is signed in."""
        return f"{self.site.access.cookie_name}_who"

    def routes(self) -> list[Route]:
        """The pages that need nobody to be signed in."""
        return [
            Route(SIGN_IN, self.ask),
            Route(SIGN_IN, self.sign_in, methods=["POST"]),
            Route(SIGN_OUT, self.sign_out, methods=["POST"]),
        ]

    # --- who asks --------------------------------------------------------------------------------

    async def who(self, request: Request) -> tuple[bool, Session | None]:
        """Whether accounts are kept here, and who asks; an account that is gone is nobody."""
        token = request.cookies.get(self.cookie_name, "")
        known = self._sessions.get(token)
        user = known.user if known else ""
        any_, account = await self.site.exchange.run(_known, self.site.replica, user)
        now = self._steady_s()
        if known is None or account is None:
            self._sessions.pop(token, None)
            return any_, None
        idle = now - known.seen_s > self.site.replica.core.limits.pages_idle_s_max
        if idle or now - known.begun_s > SESSION_S_MAX:
            del self._sessions[token]
            return any_, None
        known.seen_s, known.role = now, account.role
        return any_, known

    def guarded(self, action: str, page: Page) -> Page:
        """A page that only a role opens which may do its action."""
        assert action in ACTIONS, f"nobody may do {action!r}"

        async def opened(request: Request) -> Response:
            any_, who = await self.who(request)
            if not any_:
                if action in SIGNED_IN_ONLY:
                    return self.site.page(request, "denied.html", 403, role="")
                return await page(request)
            if who is None:
                return await self.locked(request)
            request.scope["who"] = who
            if not may(who.role, action):
                await self._noted(audited.DENIED, who, action)
                return self.site.page(request, "denied.html", 403, role=ROLES.names[who.role])
            await self._read(request, who)
            return await page(request)

        return opened

    async def _read(self, request: Request, who: Session) -> None:
        """Keeps that somebody looked at a record, once a day and record."""
        row = request.path_params.get("id", "")
        if not row or request.method != "GET":
            return
        about = f"{request.url.path.split('/')[1]} {row}"
        day = self.site.replica.core.now_ms() // 86_400_000
        key = (who.user, about, str(day))
        if key not in self._reads:
            await self._noted(audited.READ, who, about)
            self._reads[key] = None
            while len(self._reads) > READS_MAX:
                del self._reads[next(iter(self._reads))]

    async def _noted(self, deed: str, who: Session, about: str = "") -> None:
        def note(replica: Replica) -> None:
            audited.note(replica, deed, user=who.user, role=who.role, about=about[:100])

        await self.site.write(note)

    # --- signing in and out ----------------------------------------------------------------------

    async def locked(self, request: Request) -> Response:
        """Asks for the PIN in place of a page, and keeps what was typed."""
        sent = request.method == "POST" and is_plain(request)  # a photo is chosen again
        form = await self.site.form(request) if sent else None
        query = request.url.query
        place = request.url.path + (f"?{query}" if query and form is None else "")
        kept = [] if form is None else [(f"{_KEPT}{name}", one) for name, one in form.pairs()]
        return await self._asked(request, place, kept, 401)

    async def ask(self, request: Request) -> Response:
        """The page of the PIN by itself."""
        return await self._asked(request, _local(request.query_params.get("to", "/")), [], 200)

    async def _asked(
        self,
        request: Request,
        place: str,
        kept: list[tuple[str, str]],
        status: int,
        error: LinliError | None = None,
        user: str = "",
    ) -> Response:
        names = await self.site.exchange.run(_names, self.site.replica)
        language = language_of(request)
        answer = self.site.page(
            request, "sign_in.html", status,
            names=names, user=user or (names[0] if len(names) == 1 else ""), place=place, kept=kept,
            message=said(error.message, language) if error else "",
            hint=said(error.hint, language) if error and error.hint else "",
        )  # fmt: skip
        if status == 401:
            answer.headers["www-authenticate"] = 'LinliPin realm="linli"'
        return answer

    async def sign_in(self, request: Request) -> Response:
        """Tries a name and a PIN."""
        form = await self.site.form(request)
        user, place = form.get("user"), _local(form.get("to"))
        kept = [(name, value) for name, value in form.pairs() if name.startswith(_KEPT)]
        try:
            account = await self._tried(user, form.get("pin"))
        except LinliError as error:
            return await self._asked(request, place, kept, 403, error, user)
        now, token = self._steady_s(), secrets.token_urlsafe(32)
        while len(self._sessions) >= SESSIONS_MAX:
            del self._sessions[min(self._sessions, key=lambda one: self._sessions[one].seen_s)]
        self._sessions[token] = who = Session(account.user, account.role, now, now)
        request.scope["who"] = who
        sent = [(name.removeprefix(_KEPT), value) for name, value in kept]
        answer = (
            self.site.page(request, "go_on.html", place=place, kept=sent)
            if sent
            else self.site.moved(place)
        )
        answer.set_cookie(
            self.cookie_name, token, secure=self.site.access.secure, httponly=True,
            samesite="strict",
        )  # fmt: skip
        return answer

    async def _tried(self, user: str, pin: str) -> Any:
        from node.accounts import pins  # a box without accounts needs no Argon2

        async with self._one_try:  # each takes 32 MiB
            known = await self.site.exchange.run(self.trying.begun, self.site.replica, user)
            fits = await asyncio.to_thread(pins.fits, known, pin)

            def ended(replica: Replica) -> Any:
                return self.trying.ended(replica, user, fits=fits)

            return await self.site.write(ended)

    async def sign_out(self, request: Request) -> Response:
        """Locks the screen."""
        who = self._sessions.pop(request.cookies.get(self.cookie_name, ""), None)
        if who is not None:
            await self._noted(audited.SIGNED_OUT, who)
        answer = self.site.moved(f"{SIGN_IN}?{urlencode({'to': '/'})}")
        answer.delete_cookie(self.cookie_name, secure=self.site.access.secure, httponly=True,
                             samesite="strict")  # fmt: skip
        return answer


def signed_in(request: Request) -> str:
    """Who writes; empty where the box has no accounts, for the name that the node was given."""
    who: Session | None = request.scope.get("who")
    return who.user if who else ""


def _known(replica: Replica, user: str) -> tuple[bool, Any]:
    accounts = accounts_of(replica)
    return bool(len(accounts)), accounts.get(user) if user else None


def _names(replica: Replica) -> list[str]:
    return [one.user for one in accounts_of(replica).listed()]


def _local(place: str) -> str:
    """A place on this node; the first page for anything else."""
    fits = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if fits and not place.startswith(SIGN_OUT) else "/"
