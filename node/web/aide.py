"""Which page of the aide's box answers which address."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from typing import TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from node.care.settlement.reasons import in_words
from node.errors import LinliError, UsageError
from node.language import said
from node.replica import Replica
from node.web import pay, people, visit
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

    async def style(request: Request) -> Response:
        answer = FileResponse(HERE / "linli.css", media_type="text/css")
        answer.headers["cache-control"] = "max-age=3600"
        return answer

    app = Starlette(
        routes=[
            Route("/linli.css", style),
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
