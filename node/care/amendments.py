"""What stands beside a fact: its correction, or its void.

A fact is never changed. Who reads one reads it as its amendment leaves it, and what a peer wrote
may be no amendment at all, which counts as nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from node.schema import AMENDMENT, Table


def amendment(row: Mapping[str, Any]) -> dict[str, Any]:
    """The amendment that stands on a fact, with the key `void` or `correct`; or an empty one."""
    text = row.get(AMENDMENT)
    if not text:  # nearly always, and a register has many
        return {}
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return stated if isinstance(stated, dict) else {}


def void(row: Mapping[str, Any]) -> bool:
    """Whether a fact counts for nothing."""
    return "void" in amendment(row)


def state(row: Mapping[str, Any]) -> str:
    """Whether a fact stands as it was written: empty, `corrected` or `void`."""
    stands = amendment(row)
    return "void" if "void" in stands else "corrected" if "correct" in stands else ""


def corrected(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A fact as its correction leaves it.

    A column that would get a wrong type stays, and what is derived is nobody's to correct.
    """
    stated = amendment(row).get("correct")
    changes = stated if isinstance(stated, dict) else {}
    sound = {}
    for column in table.stored:
        if column.name in changes:
            value = changes[column.name]
            if type(value) is column.type or (value is None and not column.required):
                sound[column.name] = value
    return {**row, **sound}
