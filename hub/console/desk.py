"""Which page of the county's console answers which address, and what it shows.

Filters and pages of a list stand in the address, so that a view can be kept and sent to somebody.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from hub import registry
from node.care.conflicts import settle, shown, taken, typed
from node.care.policy import BASELINE
from node.care.status import status_text
from node.care.titles import title
from node.care.visits import VISIT, amendment
from node.errors import LinliError, UsageError
from node.language import said
from node.replica import Conflict, Replica
from node.schema import AMENDMENT
from node.web.aide import NAME_CHARACTERS_MAX, application, page_in
from node.web.shown import marks, place, township, way_up
from node.web.signing import signed_in
from node.web.site import Site, label_of, number_in
from node.web.words import language_of

_LISTS = BASELINE.lists
_CELL = ("division", "table", "row", "column")


def build(site: Site) -> ASGIApp:
    """The county's pages."""
    site.folders.insert(0, Path(__file__).parent / "templates")
    desk = Desk(site)
    return application(
        site,
        [
            Route("/", desk.facilities, name="registry.see"),
            Route("/cases", desk.cases, name="cases.see"),
            Route("/conflicts", desk.conflicts, name="conflicts.see"),
            Route("/conflicts", desk.settle, methods=["POST"], name="conflicts.settle"),
            Route("/visits", desk.visits, name="visits.see"),
            Route("/nodes", desk.nodes, name="nodes.see"),
        ],
    )


class Desk:
    """The pages of the county's console.

    Args:
        site: What pages share.
    """

    def __init__(self, site: Site) -> None:
        self.site = site

    def _page(
        self,
        request: Request,
        template: str,
        asked: Mapping[str, str],
        status: int = 200,
        **values: Any,
    ) -> Response:
        """A page whose links keep what was asked."""

        def link(**changed: str) -> str:
            kept = {name: value for name, value in {**asked, **changed}.items() if value}
            return f"{request.url.path}?{urllib.parse.urlencode(kept)}"

        return self.site.page(request, template, status, asked=asked, link=link, **values)

    async def facilities(self, request: Request) -> Response:
        """The registry of facilities."""
        asked = _asked(request, "township", "kind", "status", "name")
        found = await self.site.read(_facilities, asked, page_in(request, registry.PAGES_MAX))
        lists: dict[str, Any] = {
            "kinds": _LISTS.facility_kinds,
            "statuses": _LISTS.facility_statuses,
        }
        return self._page(request, "facilities.html", asked, **lists, **found)

    async def cases(self, request: Request) -> Response:
        """Home modifications by stage."""
        asked = _asked(request, "township", "stage")
        found = await self.site.read(_cases, asked, page_in(request, registry.PAGES_MAX))
        return self._page(request, "cases.html", asked, status_text=status_text, **found)

    async def conflicts(self, request: Request) -> Response:
        """What was written in two ways."""
        return await self._conflicts(request, 200, None, {})

    async def _conflicts(
        self, request: Request, status: int, error: LinliError | None, sent: Mapping[str, str]
    ) -> Response:
        """The page, with what was typed where it did not fit."""
        page, language = page_in(request, registry.PAGES_MAX), language_of(request)
        found = await self.site.read(_conflicts, page, language)
        message = f"{said(error.message, language)} {said(error.hint, language)}" if error else ""
        done = request.query_params.get("done", "")
        return self._page(
            request, "conflicts.html", {}, status,
            token=self.site.access.token(), message=message, sent=sent, done=done, **found,
        )  # fmt: skip

    async def settle(self, request: Request) -> Response:
        """Settles one conflict: one of the versions that were shown, or another value."""
        form = await self.site.form(request)
        sent = {name: form.get(name) for name in (*_CELL, "take", "value", "seen")}
        if not self.site.access.nonce(form.get("token")):
            stale = UsageError("This form is not known here any more.", hint="Decide again.")
            return await self._conflicts(request, 403, stale, sent)
        try:
            owner = await self.site.write(_settle, sent, signed_in(request))
        except LinliError as error:
            return await self._conflicts(request, 422, error, sent)
        return self.site.moved("/conflicts?done=" + ("proposed" if owner else "settled"))

    async def visits(self, request: Request) -> Response:
        """The latest visits."""
        asked = _asked(request, "township", "ahead")
        found = await self.site.read(_visits, asked, page_in(request, registry.PAGES_MAX))
        return self._page(request, "visits.html", asked, **found)

    async def nodes(self, request: Request) -> Response:
        """Every node, and how fresh its word is."""
        return self._page(request, "nodes.html", {}, **await self.site.read(_nodes))


def _asked(request: Request, *names: str) -> dict[str, str]:
    """What an address asks for, as text of bounded length."""
    return {
        name: request.query_params.get(name, "").strip()[:NAME_CHARACTERS_MAX] for name in names
    }


# --- on the database's thread --------------------------------------------------------------------


def _facilities(replica: Replica, asked: Mapping[str, str], page: int) -> dict[str, Any]:
    found = registry.facilities(replica, page=page, **asked)
    rows = [
        {**row, "township": township(replica, row["division#"]), "place": _place(replica, row)}
        for row in found.rows
    ]
    return {"page": found, "rows": rows, "townships": registry.townships(replica)}


def _place(replica: Replica, row: Mapping[str, Any]) -> str:
    return place(replica, row["division#"])


def _cases(replica: Replica, asked: Mapping[str, str], number: int) -> dict[str, Any]:
    stages = registry.cases_by_stage(replica, township=asked["township"])
    total = sum(stage.count for stage in stages)
    chosen = next((stage for stage in stages if stage.key == asked["stage"]), None)
    if chosen is None:
        chosen = next((stage for stage in stages if stage.count), stages[0])
    found = registry.cases(replica, chosen, township=asked["township"], page=number)
    people = registry.names(replica, "person", [row["person"] for row in found.rows])
    rows = [
        {
            **row,
            "name": people.get(row["person"], row["person"][-8:]),
            "township": township(replica, row["division#"]),
            "place": _place(replica, row),
        }
        for row in found.rows
    ]
    return {
        "stages": stages,
        "total": total,
        "chosen": chosen,
        "page": found,
        "rows": rows,
        "townships": registry.townships(replica),
    }


def _conflicts(replica: Replica, number: int, language: str) -> dict[str, Any]:
    found, page = registry.conflicts(replica, page=number)
    return {"page": page, "conflicts": [_told(replica, one, language) for one in found]}


def _settle(replica: Replica, sent: Mapping[str, str], user: str) -> str:
    """Settles what a form names; the tier that alone decides, where that is another one."""
    division, table, row, column = (sent[name] for name in _CELL)
    if (division, table, row, column) not in replica.contested(division or None):
        raise UsageError("This conflict is settled already.", hint="Nothing is left to do.")
    conflict = replica.conflict(division, table, row, column)
    take = number_in(sent["take"], len(conflict.versions) + 1)
    value = taken(conflict, take) if sent["take"] else typed(conflict, sent["value"])
    _, owner = settle(replica, conflict, value, user=user, seen=sent["seen"] or "-")
    return owner


def _told(replica: Replica, conflict: Conflict, language: str) -> dict[str, Any]:
    row = replica.row(conflict.table, conflict.id) or {}
    return {
        "id": conflict.id[-8:],
        "cell": dict(
            zip(
                _CELL,
                (conflict.division, conflict.table, conflict.id, conflict.column),
                strict=True,
            )
        ),
        "seen": shown(conflict),
        "is_amendment": conflict.column == AMENDMENT,
        "table": conflict.table,
        "column": conflict.column,
        "kind": conflict.kind,
        "name": row.get("name") or conflict.id[-8:],
        "place": place(replica, conflict.division),
        "township": township(replica, conflict.division),
        "versions": [
            {
                "value": _value(conflict, version.value, language),
                "place": place(replica, version.division) if version.division else "—",
                "at_ms": registry.written_at(version.time),
                "owner": version.owner,
            }
            for version in conflict.versions
        ],
    }


def _value(conflict: Conflict, value: Any, language: str) -> str:
    """What a version says, in words; empty where it empties the cell."""
    if value is None:
        return ""
    if conflict.column != AMENDMENT:
        return title(conflict.table, conflict.column, value, language)
    stands = amendment({AMENDMENT: str(value)})
    reason = stands.get("void", stands.get("reason", ""))
    changes = stands.get("correct")
    written = [
        f"{label_of(conflict.table, name, language)} {title(conflict.table, name, text, language)}"
        for name, text in (changes.items() if isinstance(changes, dict) else ())
    ]
    return " ".join(filter(None, [*written, _LISTS.entry_reasons.title(str(reason), language)]))


def _visits(replica: Replica, asked: Mapping[str, str], number: int) -> dict[str, Any]:
    is_ahead = asked["ahead"] == "1"
    found, ahead = registry.visits(
        replica, township=asked["township"], is_ahead=is_ahead, page=number
    )
    people = registry.names(replica, "person", [row["person"] for row in found.rows])
    workers = registry.names(replica, "worker", [row["worker"] for row in found.rows])
    rows = [
        {
            **row,
            "person_name": people.get(row["person"], row["person"][-8:]),
            "worker_name": workers.get(row["worker"], row["worker"][-8:]),
            "township": township(replica, row["division#"]),
            "place": _place(replica, row),
            "ticks": marks(way_up(replica, row, replica.ticks(VISIT.name, row["id"]))),
        }
        for row in found.rows
    ]
    townships = registry.townships(replica)
    return {
        "page": found, "rows": rows, "townships": townships, "ahead": ahead, "is_ahead": is_ahead,
    }  # fmt: skip


def _nodes(replica: Replica) -> dict[str, Any]:
    now = replica.core.now_ms()
    rows = [
        {
            "node": node,
            "place": place(replica, node.division),
            "township": township(replica, node.division),
            "freshness": node.freshness(now),
        }
        for node in registry.nodes(replica)
    ]
    return {"rows": rows, "now_ms": now}
