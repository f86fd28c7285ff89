"""The log: every line is JSON, every fact has a declared name and form, no error speaks."""

from __future__ import annotations

import ast
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node import events
from node.errors import Refused, StoreFault
from node.events import ERROR, FIELDS, WARNING, fits, listening, tell
from node.store.database import make_key, open_engine

ROOT = Path(__file__).resolve().parents[2]
AUTHOR = "abcdefghijklmnopqrstuvwxyz234567"
PERSONAL = ["王桂兰", "130732194603120026", "13800138000", "赤城镇南大街12号", "wang guilan"]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    written = io.StringIO()
    with listening(written, verbose=True):
        yield written


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_how_grave_and_what(stream: io.StringIO) -> None:
    tell("session_started", peer=AUTHOR, dialled=True)
    (line,) = lines(stream)
    assert list(line) == ["time", "level", "event", "peer", "dialled"]
    assert line["level"] == "info"
    assert len(line["time"]) == len("2026-11-22T08:00:00.000Z")
    assert line["time"].endswith("Z")


@pytest.mark.parametrize("name", [*sorted(FIELDS.keys() - {"error"}), "text", "person", "note"])
@pytest.mark.parametrize("value", PERSONAL)
def test_a_personal_value_is_withheld_under_every_name(
    name: str, value: str, stream: io.StringIO
) -> None:
    tell("session_ended", **{name: value})  # type: ignore[arg-type]
    assert value not in stream.getvalue()
    assert lines(stream)[0]["withheld"] == [name]


def test_an_error_is_told_without_its_words(stream: io.StringIO) -> None:
    try:
        raise Refused("王桂兰 (130732194603120026) is here already.", reason="VALUE_INVALID")
    except Refused as error:
        tell("session_refused", WARNING, error=error)
    (line,) = lines(stream)
    assert (line["error"], line["reason"]) == ("Refused", "VALUE_INVALID")
    assert line["level"] == "warning"
    assert line["where"].endswith(":0") or "test_events.py" in line["where"]
    assert "王" not in stream.getvalue()
    assert "130732194603120026" not in stream.getvalue()


def test_a_fault_of_the_database_is_told_with_its_code(stream: io.StringIO, tmp_path: Path) -> None:
    make_key(tmp_path / "ledger.key")
    engine = open_engine(tmp_path / "ledger.db", tmp_path / "ledger.key")
    with engine.connect() as connection, pytest.raises(StoreFault) as fault:
        connection.exec_driver_sql("SELECT '王桂兰' FROM nowhere")
    tell("database_failed", ERROR, error=fault.value)
    (line,) = lines(stream)
    assert (line["reason"], line["sqlite"]) == ("STORE_FAULT", "SQLITE_ERROR")
    assert "王桂兰" not in stream.getvalue()


def test_where_an_error_was_raised_is_a_line_of_ours(stream: io.StringIO) -> None:
    try:
        fits([], "")  # type: ignore[arg-type]
    except TypeError as error:
        tell("session_failed", ERROR, error=error)
    place, _, number = lines(stream)[0]["where"].rpartition(":")
    assert place == "node/events.py"
    assert "FIELDS.get(name)" in (ROOT / place).read_text().splitlines()[int(number) - 1]


def test_what_a_library_logs_loses_its_words(stream: io.StringIO) -> None:
    try:
        raise ValueError("王桂兰")
    except ValueError:
        logging.getLogger("asyncio").exception("a task of 王桂兰 failed")
    logging.getLogger("grpc").info("not even this")
    (line,) = lines(stream)
    assert line["event"] == "library"
    assert (line["logger"], line["error"], line["level"]) == ("asyncio", "ValueError", "error")
    assert "王桂兰" not in stream.getvalue()


def test_an_error_that_nobody_caught_ends_without_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended, listening(sys.stderr):
        raise KeyError("王桂兰")
    assert ended.value.code == 1
    assert ended.value.__cause__ is None
    said = capsys.readouterr().err
    assert json.loads(said)["error"] == "KeyError"
    assert "王桂兰" not in said


def test_an_error_of_a_thread_or_a_finaliser_ends_without_its_words(stream: io.StringIO) -> None:
    def fails() -> None:
        raise ValueError("王桂兰")

    class Fails:
        def __del__(self) -> None:
            raise LookupError("王桂兰")

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    Fails()
    assert [line["error"] for line in lines(stream)] == ["ValueError", "LookupError"]
    assert "王桂兰" not in stream.getvalue()


def test_ordinary_events_are_told_only_when_asked_for() -> None:
    written = io.StringIO()
    with listening(written):
        tell("session_started", peer=AUTHOR, dialled=True)
        tell("database_failed", ERROR)
    assert [line["event"] for line in lines(written)] == ["database_failed"]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of `tell` in a file that has it from here."""
    for path in (file for room in ("node", "hub", "cli") for file in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text())
        imported = {
            name.name
            for found in ast.walk(tree)
            if isinstance(found, ast.ImportFrom) and found.module in ("node.events", "node.link")
            for name in found.names
        }
        for found in ast.walk(tree) if "tell" in imported or path.name == "events.py" else ():
            if isinstance(found, ast.Call) and getattr(found.func, "id", "") == "tell":
                yield str(path.relative_to(ROOT)), found


def test_every_fact_that_is_told_anywhere_is_declared() -> None:
    told = list(calls())
    assert len(told) > 10
    undeclared = {
        f"{path}:{call.lineno}: {word.arg}"
        for path, call in told
        for word in call.keywords
        if word.arg not in (None, "error") and word.arg not in FIELDS
    }
    assert not undeclared
    loose = [
        f"{path}:{call.lineno}"
        for path, call in told
        if not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    assert not loose, f"an event's name is a word of the program, never put together: {loose}"


def test_nothing_logs_but_through_tell() -> None:
    importing = [
        str(path.relative_to(ROOT))
        for room in ("node", "hub", "cli")
        for path in (ROOT / room).rglob("*.py")
        if "import logging" in path.read_text()
    ]
    assert importing == ["node/events.py"]
    assert events.NAME == "linli"
