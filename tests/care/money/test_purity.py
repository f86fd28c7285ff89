"""The rules of money are values in and values out: they know no replica, no disk and no clock."""

from __future__ import annotations

import ast
from pathlib import Path

CARE = Path(__file__).resolve().parents[3] / "node/care"
ROOMS = ("benefits", "meals", "rights")
MAY_IMPORT = (
    "__future__", "calendar", "collections", "collections.abc", "dataclasses", "datetime",
    "functools", "hashlib", "json",
    "itertools", "types", "typing", "node.clock", "node.care.codes", "node.care.money",
    "node.care.policy",
)  # fmt: skip
MAY_IMPORT_BELOW = tuple(f"node.care.{room}" for room in (*ROOMS, "parameters"))


def test_the_rules_of_money_import_nothing_that_acts() -> None:
    files = [CARE / f"{name}.py" for name in ("money", "points", "advances")]
    paths = [*files, *(path for room in ROOMS for path in (CARE / room).glob("*.py"))]
    assert len(paths) > 12
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                allowed = name in MAY_IMPORT or name.startswith(MAY_IMPORT_BELOW)
                assert allowed, f"{path.name} imports {name}"
