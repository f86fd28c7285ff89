"""Which page of the aide's box answers which address."""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from node.care.photos import MEDIA_TYPE
from node.care.settlement.reasons import in_words
from node.errors import LinliError, UsageError
from node.language import said
from node.replica import Replica
from node.web import cases, pay, people, visit
from node.web.banner import Banners
from node.web.signing import Signing, signed_in
from node.web.site import HERE, Site, number_in
from node.web.state import state
from node.web.today import PAGES_MAX, Days, today
from node.web.words import language_of

NAME_CHARACTERS_MAX = 100
_MONTH_CHARACTERS = 7

Found = TypeVar("Found")


def build(site: Site) -> ASGIApp:
    """The aide's pages."""
    site.banners = Banners()
    pages = Aide(site)
    return application(
        site,
        [
            Route("/", pages.today, name="today.see"),
            Route("/visits/new", pages.form, name="visit.record"),
            Route("/visits/new", pages.form_again, methods=["POST"], name="visit.record"),
            Route("/visits", pages.form_anew, name="visit.record"),
            Route("/visits", pages.post, methods=["POST"], name="visit.record"),
            Route("/visits/{id}", pages.visit, name="visit.see"),
            Route("/people", pages.people, name="people.see"),
            Route("/people/{id}", pages.person, name="people.see"),
            Route("/cases", pages.cases, name="case.see"),
            Route("/cases/{id}", pages.case, name="case.see"),
            Route("/cases/{id}", pages.photo_sent, methods=["POST"], name="photo.add"),
            Route("/photos/{id}", pages.photo, name="case.see"),
            Route("/pay", pages.pay, name="pay.see"),
            Route("/state", pages.state, name="state.see"),
        ],
    )


def application(site: Site, routes: list[Route]) -> Starlette:
    """Pages with what all sites share: the style sheet, signing in, and words for trouble.

    Args:
        site: What pages share.
        routes: The pages; the name of each is the action that a role must be allowed.
    """
    signing = Signing(site)

    def kept(name: str, media_type: str) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def answer(request: Request) -> Response:
            found = FileResponse(HERE / name, media_type=media_type)
            found.headers["cache-control"] = "max-age=3600"
            return found

        return answer

    app = Starlette(
        routes=[
            Route("/linli.css", kept("linli.css", "text/css")),
            Route("/photos.js", kept("photos.js", "text/javascript")),
            *signing.routes(),
            *(
                Route(
                    one.path,
                    signing.guarded(one.name, one.endpoint),
                    methods=one.methods,
                    name=one.name,
                )
                for one in routes
            ),
        ],
        exception_handlers={
            HTTPException: site.on_http_error,
            LinliError: site.on_refusal,
            Exception: site.on_failure,
        },
    )
    app.router.redirect_slashes = False  # an address is right or is none
    return app


def page_in(request: Request, highest: int) -> int:
    """The page of a list that an address asks for."""
    return number_in(request.query_params.get("page"), highest)


class Aide:
    """The pages of the aide's box.

    Args:
        site: What pages share.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.days = Days()
        self._one_photo = asyncio.Semaphore(1)  # a box has memory for one

    async def today(self, request: Request) -> Response:
        """Who is to be visited."""
        page = page_in(request, PAGES_MAX)
        found = await self.site.read(lambda replica: today(replica, page, self.days(replica)))
        return self.site.page(request, "today.html", today=found)

    async def form(self, request: Request) -> Response:
        """An empty visit form; the question who was visited where nobody is named."""
        asked = [request.query_params.get(name, "") for name in ("person", "worker", "service")]
        if not asked[0]:
            return await self._people(request, choosing=True)
        typed = await self.site.read(visit.fresh, *asked)
        return await self._form(request, typed, 200, None)

    async def form_again(self, request: Request) -> Response:
        """The form as it was typed, in another language or with other workers; nothing is saved."""
        typed = visit.typed(await self.site.form(request))
        return await self._form(request, typed, 200, None)

    async def form_anew(self, request: Request) -> Response:
        """The address of a form that did not fit, when it is opened again."""
        return self.site.moved("/visits/new")

    async def _form(
        self, request: Request, typed: visit.Typed, status: int, error: LinliError | None
    ) -> Response:
        choices = await self.site.read(visit.choices, typed)
        language = language_of(request)
        wrong = visit.field_of(error, typed) if error else ""
        asked = error.about if isinstance(error, visit.Asked) else ""
        saved = error.visit if isinstance(error, visit.Asked) else ""
        error = visit.worded(error, typed) if error else None
        return self.site.page(
            request,
            "form.html",
            status,
            typed=typed,
            choices=choices,
            token=self.site.access.token(),
            wrong=wrong,
            asked=asked,
            saved=saved,
            message=said(error.message, language) if error else "",
            hint=said(error.hint, language) if error and error.hint else "",
        )

    async def post(self, request: Request) -> Response:
        """Records what a form says, and shows the record."""
        form = await self.site.form(request)
        typed = visit.typed(form)
        nonce = self.site.access.nonce(form.get("token"))
        if not nonce:
            stale = UsageError(
                "This form is not known here any more.", hint="Look it over and save again."
            )
            return await self._form(request, typed, 403, stale)
        try:
            made = await self.site.write(visit.post, nonce, typed, signed_in(request))
        except LinliError as error:
            status = 409 if isinstance(error, visit.Asked) else 422
            return await self._form(request, typed, status, error)
        return self.site.moved(f"/visits/{made}?saved=1")

    async def visit(self, request: Request) -> Response:
        """A visit with its ticks."""

        def question(replica: Replica, visit_id: str) -> visit.Record:
            return visit.record(replica, visit_id, self.days(replica))

        found = await self.site.read(_or_none, question, request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        saved = request.query_params.get("saved") == "1"
        return self.site.page(request, "visit.html", record=found, saved=saved)

    async def people(self, request: Request) -> Response:
        """People by a part of the name."""
        return await self._people(request, choosing=False)

    async def _people(self, request: Request, choosing: bool) -> Response:
        part = request.query_params.get("name", "").strip()[:NAME_CHARACTERS_MAX]
        page = page_in(request, PAGES_MAX)
        found, total = await self.site.read(people.find, part, page, choosing)

        def at(number: int) -> str:
            return "?" + urllib.parse.urlencode({"name": part, "page": number})

        return self.site.page(
            request,
            "people.html",
            choosing=choosing,
            part=part,
            people=found,
            total=total,
            previous=at(page - 1) if page else "",
            more=at(page + 1) if (page + 1) * people.ROWS < total else "",
        )

    async def person(self, request: Request) -> Response:
        """The card of a person."""
        found = await self.site.read(_or_none, people.card, request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        return self.site.page(request, "person.html", card=found)

    async def cases(self, request: Request) -> Response:
        """The home modifications here."""
        page = page_in(request, PAGES_MAX)
        found, total = await self.site.read(cases.find, page)
        return self.site.page(
            request,
            "cases.html",
            cases=found,
            total=total,
            previous=f"/cases?page={page - 1}" if page else "",
            more=f"/cases?page={page + 1}" if (page + 1) * cases.ROWS < total else "",
        )

    async def case(self, request: Request) -> Response:
        """A home modification with its photos."""
        return await self._case(request, {"shows": cases.OFFERED[0], "note": ""}, 200, None)

    async def _case(
        self, request: Request, typed: Mapping[str, str], status: int, error: LinliError | None
    ) -> Response:
        found = await self.site.read(_or_none, cases.card, request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        language = language_of(request)
        return self.site.page(
            request,
            "case.html",
            status,
            card=found,
            typed=typed,
            offered=cases.OFFERED,
            token=self.site.access.token(),
            saved=request.query_params.get("saved") == "1" and not error,
            message=said(error.message, language) if error else "",
            hint=said(error.hint, language) if error and error.hint else "",
        )

    async def photo_sent(self, request: Request) -> Response:
        """Keeps a photo of a case, and shows the case again."""
        case_id = request.path_params["id"]
        async with self._one_photo:
            form, content = await self.site.form_with_file(request, "photo")
            typed = {name: form.get(name) for name in ("shows", "note")}
            nonce = self.site.access.nonce(form.get("token"))
            if not nonce:
                stale = UsageError(
                    "This form is not known here any more.",
                    hint="Choose the photo again, and save it.",
                )
                return await self._case(request, typed, 403, stale)
            try:
                who = signed_in(request)
                picture = await asyncio.to_thread(cases.drawn, content)
                await self.site.write(cases.post, nonce, case_id, picture, form, who)
            except UsageError as error:
                return await self._case(request, typed, 422, error)
        return self.site.moved(f"/cases/{case_id}?saved=1#photos")

    async def photo(self, request: Request) -> Response:
        """A photo."""
        found = await self.site.read(_or_none, cases.picture, request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        return Response(found, media_type=MEDIA_TYPE)

    async def pay(self, request: Request) -> Response:
        """What a month pays, and why not more."""
        typed = request.query_params.get("month", "")[:_MONTH_CHARACTERS]
        found = await self.site.read(_or_none, pay.month, typed)
        if found is None:
            raise HTTPException(404)
        return self.site.page(request, "pay.html", month=found, in_words=in_words)

    async def state(self, request: Request) -> Response:
        """What waits here."""
        return self.site.page(request, "state.html", state=await self.site.read(state))


def _or_none(
    replica: Replica, question: Callable[[Replica, str], Found], row_id: str
) -> Found | None:
    """An answer about a record, or None where the record is not here."""
    try:
        return question(replica, row_id)
    except UsageError:
        return None
