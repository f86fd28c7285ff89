"""A node whose disk can only be read any more: what is there can still be looked at and saved.

The disk is one: a mount that the kernel refuses to write to, in a namespace of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import node
from node.care.records import SCHEMA
from node.replica import Replica
from tests.cli.conftest import Linli

ROOT = Path(node.__file__).parents[1]
RUN_S_MAX = 120
SENTENCES = """
import json, os, sys
from typer.testing import CliRunner
from cli.main import app
for words in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, words, prog_name="linli")
    print(json.dumps([done.exit_code, done.stdout, done.stderr, repr(done.exception)]))
"""
UNFINISHED = """
import os, sys
from pathlib import Path
from node.care.records import SCHEMA
from node.replica import Insert, Replica
replica = Replica(Path(sys.argv[1]), SCHEMA)
replica.write("v", [Insert("person", {"name": "in a segment"})])
replica.seal()
replica.write("v", [Insert("person", {"name": "in the tail"})])
os._exit(0)
"""


def program(text: str, *words: str, before: tuple[str, ...] = ()) -> str:
    """Runs a program of its own, and returns what it prints."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "proto")))
    done = subprocess.run(
        [*before, sys.executable, "-c", text, *words],
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "400"}, check=False,
        capture_output=True, text=True, timeout=RUN_S_MAX,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def on_read_only(unshare: str, folder: Path, sentences: list[list[str]]) -> list[Any]:
    """Types sentences while nobody can write in a folder; exit code, results, talk, exception."""
    mount = f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"
    wrapped = (unshare, "--mount", "sh", "-c", f'{mount} && exec "$0" "$@"')
    told = program(SENTENCES, json.dumps(sentences), before=wrapped)
    return [json.loads(line) for line in told.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("log", [False, True])
def test_what_is_on_a_disk_that_can_only_be_read_can_be_saved(
    linli: Linli,
    homes: dict[str, Path],
    tmp_path: Path,
    require_tool: Callable[..., str],
    log: bool,
) -> None:
    unshare = require_tool("unshare", "--mount", "true")
    home, free = homes["village"], tmp_path / "stick"
    free.mkdir()
    linli("person", "add", "王小明", home=home)
    with Replica(home, SCHEMA) as replica:
        replica.seal()
    if log:
        program(UNFINISHED, str(home))
    assert (home / "ledger.db-wal").exists() == log
    before = sorted((path.name, path.read_bytes()) for path in home.iterdir())
    said = on_read_only(
        unshare,
        home,
        [
            ["--home", str(home), *words]
            for words in (
                ["person", "list"],
                ["status"],
                ["doctor", "--json"],
                ["export", "people", str(free / "people.csv")],
                ["backup", str(free / "village.backup")],
                ["drill", str(free / "village.backup")],
                ["person", "add", "李重"],
                ["serve"],
            )
        ],
    )
    listed, status, doctor, export, backup, drill, add, serve = said
    assert listed[0] == 0 and "王小明" in listed[1], listed
    assert ("in the tail" in listed[1]) == log
    assert status[0] == 0 and "can only be read" in " ".join(status[1].split()), status
    assert doctor[0] == 5 and f"cp -a {home} NEW" in doctor[1], doctor
    assert "every page is authentic" in doctor[1]
    assert export[0] == 0 and "王小明" in (free / "people.csv").read_text("utf-8-sig")
    assert backup[0] == int(log) and ("Not in it" in backup[2]) == log, backup
    assert drill[0] == 5 and "read-only" in drill[2].lower(), drill
    assert add[0] == 5 and "open for reading only" in add[2] and "linli doctor" in add[2], add
    assert serve[0] == 5 and f"cp -a {home} NEW" in serve[2], serve
    assert sorted((path.name, path.read_bytes()) for path in home.iterdir()) == before
    moved = shutil.copytree(home, tmp_path / "moved")  # what all of them say
    with Replica(moved, SCHEMA) as replica:
        assert not replica.store.damages() and not replica.alerts()
        assert replica.count("person") == (3 if log else 1)
