"""What every list can be narrowed to and paged by, declared once with the list and not in it.

`verb` gives the options to each sentence that takes `--limit`; `listed` in `cli.records` does what
they ask for, on rows that are read one by one, so a page costs no more memory than it shows.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

RECORDED = "time"
"""The day on which a record was written, where it bears no day of its own."""

AMENDED = {"standing": "有效", "corrected": "已更正", "void": "已作废"}
"""How a fact stands: as it was written, corrected, or void."""

_PAGE = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", show_default=False, help="Which page of the rows."),
]
_SINCE = Annotated[str, typer.Option(metavar="DATE", help="Only from this day on.")]
_UNTIL = Annotated[str, typer.Option(metavar="DATE", help="Only up to this day.")]


Row = TypeVar("Row")


@dataclass(frozen=True)
class Chosen:
    """What was asked of a list.

    Attributes:
        page: Which page; 0: none was asked for.
        since: The first day, ISO date; empty: any.
        until: The last day; empty: any.
        state: A code of the states; empty: any.
        day: The column that is compared with the days.
        of: Tells the code of the state of a row.
    """

    page: int = 0
    since: str = ""
    until: str = ""
    state: str = ""
    day: str = ""
    of: Callable[[Mapping[str, Any]], str] = lambda row: ""

    def fitting(self, rows: Iterable[Row]) -> Iterable[Row]:
        """The rows that are asked for; lists of anything but rows have no days and states."""
        if not (self.since or self.until or self.state):
            return rows
        return (row for row in rows if self._fits(row))

    def _fits(self, row: Any) -> bool:
        on = _day(self.day, row.get(self.day)) if self.since or self.until else ""
        if (self.since and on < self.since) or (self.until and not "" < on <= self.until):
            return False
        return not self.state or self.of(row) == self.state


_CHOSEN: ContextVar[Chosen | None] = ContextVar("chosen", default=None)


def chosen() -> Chosen:
    """What was asked of the list that is being printed."""
    return _CHOSEN.get() or Chosen()


def _day(column: str, value: Any) -> str:
    """The day of a value: a stamp, milliseconds, or an ISO date."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:10]
    from node.clock import day, stamp_ms

    return day(stamp_ms(value) if column == RECORDED else value)


def narrowed(command: Callable[..., None], day: str, states: Any) -> Callable[..., None]:
    """A list that can be narrowed by day and state, and paged; others are left as they are.

    Args:
        command: The sentence.
        day: The column of its day; empty: it has options of its own for days, or none.
        states: The list of codes of the column `status`; `AMENDED` for facts; None: it has none.
    """
    signature = inspect.signature(command)
    if "limit" not in signature.parameters or "page" in signature.parameters:
        return command
    wanted: dict[str, tuple[Any, Any]] = {"page": (_PAGE, None)}
    if day:
        wanted |= {"since": (_SINCE, ""), "until": (_UNTIL, "")}
    if states is not None:
        known = AMENDED if states is AMENDED else states.names
        metavar = "|".join(known.values())
        state = typer.Option(metavar=metavar, help="Only those that stand so.", show_default=False)
        wanted |= {"state": (Annotated[str, state], "")}
    more = {name: one for name, one in wanted.items() if name not in signature.parameters}

    @functools.wraps(command)
    def told(**typed: Any) -> None:
        asked = {name: typed.pop(name) for name in more}
        if asked.get("state") and "every" in typed:
            typed["every"] = True  # a state that is asked for by name may be a closed one
        found = _CHOSEN.set(_asked(asked, day, states))
        try:
            command(**typed)
        finally:
            _CHOSEN.reset(found)

    hints = get_type_hints(command, include_extras=True)
    kinds = inspect.Parameter.KEYWORD_ONLY
    every = [
        one.replace(kind=kinds, annotation=hints.get(name, one.annotation))
        for name, one in signature.parameters.items()
    ]
    place = next((n for n, one in enumerate(every) if one.name in ("json", "csv")), len(every))
    every[place:place] = [
        inspect.Parameter(name, kinds, annotation=annotation, default=default)
        for name, (annotation, default) in more.items()
    ]
    told.__signature__ = signature.replace(parameters=every)  # type: ignore[attr-defined]
    told.__annotations__ = {one.name: one.annotation for one in every}
    return told


def _asked(asked: Mapping[str, Any], day: str, states: Any) -> Chosen:
    from node.care import fields
    from node.care.amendments import state
    from node.care.codes import CodeList
    from node.errors import UsageError

    days = {
        name: fields.date(f"--{name}", asked[name])
        for name in ("since", "until")
        if asked.get(name)
    }
    if "until" in days and days["until"] < days.get("since", ""):
        raise UsageError(
            f"--until {days['until']} lies before --since {days['since']}.", hint="Swap them."
        )
    code = ""
    if asked.get("state"):
        known = CodeList("amendment_states", AMENDED) if states is AMENDED else states
        code = known.code("--state", asked["state"])

    def of(row: Mapping[str, Any]) -> str:
        return (state(row) or "standing") if states is AMENDED else str(row.get("status") or "")

    return Chosen(page=asked.get("page") or 0, state=code, day=day, of=of, **days)
