"""What all pages share: the templates, the language of an answer, forms, and words for trouble.

A page is gathered on the database's thread and put into words on the event loop, so that neither
waits for the other. Everything in a template is escaped; nothing that a person or another node
wrote is taken for HTML.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from node.accounts.roles import may
from node.care.headings import heading
from node.care.titles import title
from node.errors import LinliError, Refused, StoreFault
from node.language import CHINESE, ENGLISH, named, said
from node.link import Exchange
from node.replica import Replica
from node.web.banner import Banner
from node.web.doorway import BODY_BYTES_MAX, PHOTO_BYTES_MAX, Access
from node.web.shown import Shown
from node.web.words import COOKIE, LANGUAGES, language_of, translator

HERE = Path(__file__).parent
FIELDS_MAX = 100
_DISCREET = (401, 500)
"""What a stranger may be answered: nothing of the node stands on such a page."""

LANGUAGE_S_MAX = 365 * 86_400

Result = TypeVar("Result")


class Form:
    """What a browser sent.

    Args:
        fields: The values of each field, in order.
    """

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def get(self, name: str) -> str:
        """The first value of a field; empty where it was not sent."""
        return (self._fields.get(name) or [""])[0]

    def pairs(self) -> list[tuple[str, str]]:
        """Every field with every value."""
        return [(name, value) for name, values in self._fields.items() for value in values]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return list(self._fields.get(name, []))


class Site:
    """What every page is made with.

    Args:
        exchange: The node's database thread.
        access: By what browsers are let in; it also makes the tokens of forms.

    Attributes:
        folders: Where templates are looked for, in order.
        banners: Makes what stands at the head of every page; None where nothing does.
        steady_s: A clock that only moves forward.
    """

    def __init__(self, exchange: Exchange, access: Access) -> None:
        self.exchange = exchange
        self.access = access
        self.folders = [HERE / "templates"]
        self.banners: Callable[[Replica], Banner | None] | None = None
        self.steady_s: Callable[[], float] = time.monotonic
        self._banner: Banner | None = None

    @property
    def replica(self) -> Replica:
        """The replica; touch it with `read` and `write` only."""
        return self.exchange.replica

    @cached_property
    def _templates(self) -> Environment:
        return Environment(
            loader=FileSystemLoader(self.folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def read(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Asks the replica on the database's thread."""
        looked: tuple[Result, Banner | None]
        looked = await self.exchange.run(self._looked, work, *arguments)
        found, self._banner = looked
        return found

    def _looked(
        self, work: Callable[..., Result], *arguments: object
    ) -> tuple[Result, Banner | None]:
        """An answer, and what the head of the page says beside it."""
        found = work(self.replica, *arguments)
        return found, self.banners(self.replica) if self.banners else None

    async def write(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Lets the replica write, and wakes the sessions."""
        return await self.exchange.commit(work, self.replica, *arguments)

    # --- answers ---------------------------------------------------------------------------------

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page in the language of whoever asks."""
        language = language_of(request)
        content = self._templates.get_template(template).render(
            _=translator(language),
            lang=language,
            shown=Shown(language),
            title=partial(title, language=language),
            named=partial(named, language=language),
            told=partial(said, language=language),
            label_of=label_of,
            path=request.url.path,
            banner=self._banner if status not in _DISCREET else None,
            who=request.scope.get("who"),
            may=may,
            **switch(request, language),
            **values,
        )
        answer = HTMLResponse(content, status, headers={"content-language": language})
        if request.query_params.get("lang") in LANGUAGES:
            answer.set_cookie(
                COOKIE,
                language,
                max_age=LANGUAGE_S_MAX,
                secure=self.access.secure,
                httponly=True,
                samesite="strict",
            )
        return answer

    def moved(self, place: str) -> Response:
        """Sends the browser to another page with GET."""
        return RedirectResponse(place, 303)

    def closed(self, request: Request) -> Response:
        """How to get in."""
        answer = self.page(request, "closed.html", 401)
        answer.headers["www-authenticate"] = 'LinliKey realm="linli"'
        return answer

    def failed(self, request: Request) -> Response:
        """That the node failed."""
        return self._trouble(request, 500, "This page did not work.", "Nothing was changed.")

    def _trouble(self, request: Request, status: int, message: str, hint: str) -> Response:
        language = language_of(request)
        return self.page(
            request,
            "trouble.html",
            status,
            message=said(message, language),
            hint=said(hint, language) if hint else "",
        )

    async def on_http_error(self, request: Request, error: Exception) -> Response:
        """Words for an address or a method that does not exist."""
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            message, hint = "There is no such page here.", "Go back to the first page."
        elif error.status_code == 413:
            message, hint = "The form is too long.", "Shorten the note."
        else:
            message, hint = "The browser asked in a way that this page does not know.", ""
        answer = self._trouble(request, error.status_code, message, hint)
        answer.headers.update(error.headers or {})
        return answer

    async def on_failure(self, request: Request, error: Exception) -> Response:
        """Words for trouble that nobody expected; the doorway logs it."""
        return self.failed(request)

    async def on_refusal(self, request: Request, error: Exception) -> Response:
        """Words for trouble that was expected; what was typed is on no such page."""
        assert isinstance(error, LinliError)
        status = {Refused: 403, StoreFault: 503}.get(type(error), 400)
        return self._trouble(request, status, error.message, error.hint)

    # --- forms -----------------------------------------------------------------------------------

    async def form(self, request: Request) -> Form:
        """What was sent, as far as it is a form of bounded length.

        Raises:
            HTTPException: It is longer, or something else.
        """
        if not is_plain(request):
            raise HTTPException(415)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                raise HTTPException(413)
        try:
            found = parse_qs(
                body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX
            )
        except ValueError as fault:
            raise HTTPException(400) from fault
        # Browsers end the lines of a text with CR LF, whatever was typed.
        return Form({
            name: [one.replace("\r\n", "\n") for one in values] for name, values in found.items()
        })  # fmt: skip

    async def form_with_file(self, request: Request, name: str) -> tuple[Form, bytes]:
        """The fields of a form, and the content of its one file; empty where none was chosen.

        It stays in memory: a photo of somebody's home has no business in a temporary file.

        Raises:
            HTTPException: It is longer than a photo, or something else.
        """
        if kind_of(request) != "multipart/form-data":
            raise HTTPException(415)
        length = 0

        async def bounded() -> AsyncGenerator[bytes, None]:
            nonlocal length
            async for chunk in request.stream():
                length += len(chunk)
                if length > PHOTO_BYTES_MAX:
                    raise HTTPException(413)
                yield chunk

        parser = _InMemory(
            request.headers, bounded(), max_files=1, max_fields=FIELDS_MAX,
            max_part_size=BODY_BYTES_MAX,
        )  # fmt: skip
        try:
            parts = await parser.parse()
        except MultiPartException as fault:
            raise HTTPException(400) from fault
        fields: dict[str, list[str]] = {}
        content = b""
        for field, value in parts.multi_items():
            if isinstance(value, str):
                fields.setdefault(field, []).append(value.replace("\r\n", "\n"))
            elif field == name:
                content = await value.read()
        await parts.close()
        return Form(fields), content


class _InMemory(MultiPartParser):
    spool_max_size = PHOTO_BYTES_MAX


def kind_of(request: Request) -> str:
    """The media type of what was sent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_plain(request: Request) -> bool:
    """Whether what was sent is a form without files."""
    return kind_of(request) == "application/x-www-form-urlencoded"


_LABELS = {"id_number": "ID number", "status_text": "Status"}
"""English headings that are not the name of the column."""


def label_of(table: str, column: str, language: str) -> str:
    """What a column is called: its Chinese heading, or in English its name in words."""
    if language == ENGLISH:
        return _LABELS.get(column, column.replace("_", " ").capitalize())
    return heading(table, column)


def switch(request: Request, language: str) -> dict[str, str]:
    """The same page in the other language: which, what it calls itself, and the address."""
    other = next(one for one in LANGUAGES if one != language)
    url = request.url.include_query_params(lang=other) if request.method == "GET" else None
    return {
        "other": other,
        "other_tag": {CHINESE: "zh-CN", ENGLISH: "en"}[other],
        "other_name": {CHINESE: "中文", ENGLISH: "English"}[other],
        "other_language": f"?{url.query}" if url else f"/?lang={other}",
    }


def number_in(text: str | None, highest: int) -> int:
    """A number in an address; 0 for anything else."""
    fits = text is not None and text.isascii() and text.isdigit() and len(text) <= 9
    return min(int(text or 0), highest) if fits else 0
