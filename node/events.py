"""What a node says of itself while it works: one JSON object a line, and nobody's name in it.

A log is read by whoever keeps the box, is mailed about, and outlives what it tells of. So no
sentence goes into it, since sentences quote what people typed: an event has a name and facts, and a
fact has one of the names below and the form that goes with it. What has another name or form is
withheld, and the line names it, so that a slip costs a fact and never a person's secret. An error
is told by its class, its reason and the line of code that raised it; its words are for whoever sits
in front of the box.

Everything that is logged goes through `tell`. What a library logs, and what Python says of an error
that nobody caught, is cut down to the same facts by `listening`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from node.errors import LinliError

INFO, WARNING, ERROR = logging.INFO, logging.WARNING, logging.ERROR

NAME = "linli"
"""The one logger of Linli."""

KEPT_BYTES = 131_072
"""How much of the past is kept in a file, and as much again of what came before it."""

Fact = str | int | bool

_AUTHOR = "[a-z2-7]{32}"
_PATTERNS = {
    "author": _AUTHOR,
    "peer": f"(?:{_AUTHOR})?",
    "parent": _AUTHOR,
    "division": "(?=.*[A-Z])[0-9A-HJKMNP-TV-Z]{8}",  # and no birthday
    "address": r"(?:[A-Za-z0-9.\-\[\]:]{1,253}:[0-9]{1,5})?",
    "reason": "[A-Z_]{0,40}",
    "sqlite": "SQLITE_[A-Z_]{1,40}",
    "error": "[A-Za-z]{1,60}",
    "kind": "[A-Za-z]{1,60}",
    "why": "[a-z_]{1,40}",
    "where": r"[A-Za-z0-9_./\-]{1,100}:[0-9]{1,6}",
    "logger": r"[a-z_]{1,40}(?:\.[A-Za-z_]{1,40}){0,5}",
    "service": r"[a-z][A-Za-z0-9.]{0,60}",
}
_FLAGS = ("dialled", "equal", "settled", "synced", "serving")
_NUMBERS = (
    "changes",
    "frames_received",
    "frames_sent",
    "number",
    "payload_received",
    "payload_sent",
    "segments",
)
FIELDS: Mapping[str, re.Pattern[str] | type] = {
    **{name: re.compile(text) for name, text in _PATTERNS.items()},
    **dict.fromkeys(_FLAGS, bool),
    **dict.fromkeys(_NUMBERS, int),
}
"""Every fact that a line may hold, and its form."""

_ROOT = Path(__file__).resolve().parents[1]
_ROOMS = ("node", "hub", "cli")
_log = logging.getLogger(NAME)


def tell(
    event: str, level: int = INFO, *, error: BaseException | None = None, **facts: Fact
) -> None:
    """Logs an event.

    Args:
        event: Its name, a word of this program.
        level: `INFO`, `WARNING` or `ERROR`.
        error: What went wrong, told by class, reason and place.
        **facts: What is told of it; each is in `FIELDS`.
    """
    if not _log.isEnabledFor(level):
        return
    told = {**facts, **(facts_of(error) if error is not None else {})}
    fit = {name: value for name, value in told.items() if fits(name, value)}
    withheld = sorted(told.keys() - fit.keys())
    _log.log(level, "%s", _line({"event": event, **fit}, withheld))


def _line(told: Mapping[str, Fact], withheld: list[str]) -> str:
    return json.dumps({**told, "withheld": withheld} if withheld else told)


def fits(name: str, value: object) -> bool:
    """Whether a fact may stand in a line."""
    form = FIELDS.get(name)
    if form is None:
        return False
    if isinstance(form, type):
        return type(value) is form
    return isinstance(value, str) and form.fullmatch(value) is not None


def facts_of(error: BaseException) -> dict[str, Fact]:
    """An error without its words: its class, its reason or SQLite's code, where it was raised."""
    facts: dict[str, Fact] = {"error": type(error).__name__, "where": _where(error.__traceback__)}
    reason = getattr(error, "reason", "")
    if isinstance(reason, str) and reason:
        facts["reason"] = reason
    code = getattr(error.__cause__, "sqlite_errorname", "")
    if isinstance(code, str) and code:
        facts["sqlite"] = code
    return facts


def _where(trace: TracebackType | None) -> str:
    """File and line of the innermost of our own frames, else of the innermost of all."""
    found = "unknown:0"
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        inside = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path
        if inside.parts[0] in _ROOMS:
            found = f"{inside}:{trace.tb_lineno}"
        elif found.startswith("unknown"):
            found = f"{path.name.strip('<>')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


class _Lines(logging.Formatter):
    """Puts time and level before an event; leaves of a library's record what is not words."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        first = {"time": at.replace("+00:00", "Z"), "level": record.levelname.lower()}
        if record.name == NAME:
            return f"{json.dumps(first)[:-1]}, {record.getMessage()[1:]}"
        told: dict[str, Fact] = {"event": "library", "logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            told |= facts_of(record.exc_info[1])
        fit = {name: value for name, value in told.items() if name == "event" or fits(name, value)}
        return json.dumps({**first, **fit})


@contextlib.contextmanager
def listening(stream: TextIO, *, verbose: bool = False, kept: Path | None = None) -> Iterator[None]:
    """Writes every event to a stream, also those of libraries and of errors that nobody caught.

    An error of our own making (no `LinliError`) that ends the work within is told as an event, and
    ends the program without the words that Python would print.

    Args:
        stream: Where the lines go.
        verbose: Whether to tell ordinary events too, and not only warnings and errors.
        kept: A file in which the last warnings and errors stay, for `linli doctor --report`.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(stream)]
    if kept is not None:
        handlers.append(RotatingFileHandler(kept, "a", KEPT_BYTES, 1, "utf-8", delay=True))
        handlers[-1].setLevel(WARNING)
    root = logging.getLogger()
    levels = root.level, _log.level
    hooks = sys.unraisablehook, threading.excepthook
    for handler in handlers:
        handler.setFormatter(_Lines())
        root.addHandler(handler)
    root.setLevel(WARNING)  # libraries tell their own work in detail, which nobody wants
    _log.setLevel(INFO if verbose else WARNING)
    sys.unraisablehook = lambda found: _uncaught(found.exc_value)
    threading.excepthook = lambda found: _uncaught(found.exc_value)
    try:
        yield
    except LinliError:
        raise  # its words are made for whoever started the program
    except Exception as fault:  # noqa: BLE001
        _uncaught(fault)
        raise SystemExit(1) from None
    finally:
        sys.unraisablehook, threading.excepthook = hooks
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(levels[0])
        _log.setLevel(levels[1])


def kept_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The events that `listening` kept, oldest first; a line that a power cut tore is left out."""
    for file in (path.with_name(f"{path.name}.1"), path):
        with contextlib.suppress(FileNotFoundError), file.open(encoding="utf-8") as lines:
            for line in lines:
                with contextlib.suppress(ValueError):
                    told = json.loads(line)
                    if isinstance(told, dict):
                        yield told


def _uncaught(error: BaseException | None) -> None:
    """Tells of an error that nobody caught."""
    tell("uncaught", ERROR, error=error)
