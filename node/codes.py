"""The statistics office's list of divisions, as a file.

The first list makes a county's tree; a later one is compared with it (`cli/divisions.py`).
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import NamedTuple

from node.division import LEVELS
from node.errors import UsageError

LIST_BYTES_MAX = 16_777_216
"""How large a list of codes may be; that of the whole country's townships is smaller."""

_LEVEL_BY_DIGITS = dict(zip((6, 9, 12), LEVELS, strict=True))
_COLUMNS = ("code", "name", "level", "parent")
_NAME_CHARACTERS_MAX = 100
_TOPS_SHOWN_MAX = 5


class Listed(NamedTuple):
    """One row of a list of codes."""

    code: str
    name: str
    level: str
    parent: str


def level_of_code(code: str) -> str:
    """The level that a statistical code belongs to: 6 digits a county, 9 a township, 12 a village.

    Raises:
        UsageError: The text is no such code. Codes are never padded, so no other length is
            understood.
    """
    level = _LEVEL_BY_DIGITS.get(len(code))
    if level is None or not (code.isascii() and code.isdigit()):
        raise UsageError(
            f"'{code}' is not a statistical code.",
            hint="A county has 6 digits, a township 9, a village 12.",
        )
    return level


def read_list(path: Path) -> list[Listed]:
    """Reads a list of codes: CSV in UTF-8, with or without a byte order mark, and a header line.

    Args:
        path: A file with the columns `code`, `name`, `level` and `parent` (the code of the
            division above, empty in the one row at the top). Other columns are passed over.

    Returns:
        The rows as they stand in the file.

    Raises:
        UsageError: The file or one of its rows does not fit; nothing of it is returned.
    """
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    rows: dict[str, tuple[int, Listed]] = {}
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise UsageError(
                f"{path} has no column '{missing[0]}' in its first line.",
                hint="The first line must be: code,name,level,parent",
            )
        for row in reader:
            listed = Listed(*((row[name] or "").strip() for name in _COLUMNS))
            where = f"{path}, line {reader.line_num}"
            _check_row(listed, where)
            if listed.code in rows:
                first = rows[listed.code][0]
                raise UsageError(f"{where}: code {listed.code} stands in line {first} already.")
            rows[listed.code] = (reader.line_num, listed)
    except csv.Error as fault:
        raise UsageError(f"{path}, line {reader.line_num}: not CSV ({fault}).") from fault
    _check_parents(path, rows)
    return [listed for _, listed in rows.values()]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LIST_BYTES_MAX + 1)
    except OSError as fault:
        raise UsageError(f"Cannot read {path}: {fault.strerror}.") from fault
    if len(content) > LIST_BYTES_MAX:
        raise UsageError(f"{path} is longer than {LIST_BYTES_MAX} bytes: not a list of divisions.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UsageError(
            f"{path} is not UTF-8 text (byte {fault.start}).", hint="Save it again as CSV UTF-8."
        ) from fault


def _check_row(listed: Listed, where: str) -> None:
    try:
        level = level_of_code(listed.code)
    except UsageError as fault:
        raise UsageError(f"{where}: {fault.message}", hint=fault.hint) from fault
    if listed.level != level:
        raise UsageError(
            f"{where}: the code {listed.code} is that of a {level},"
            f" and the level says '{listed.level}'."
        )
    if not listed.name.isprintable() or not 0 < len(listed.name) <= _NAME_CHARACTERS_MAX:
        raise UsageError(
            f"{where}: '{listed.name[:_NAME_CHARACTERS_MAX]}' is not a name.",
            hint=f"A name has 1 to {_NAME_CHARACTERS_MAX} printable characters.",
        )


def _check_parents(path: Path, rows: dict[str, tuple[int, Listed]]) -> None:
    tops = [line for line, listed in rows.values() if not listed.parent]
    if len(tops) != 1:
        found = f"lines {', '.join(map(str, tops[:_TOPS_SHOWN_MAX]))}" if tops else "none"
        raise UsageError(f"{path} must have one row without a parent, the top; found {found}.")
    for line, listed in rows.values():
        above = rows.get(listed.parent)
        if listed.parent and above is None:
            raise UsageError(
                f"{path}, line {line}: the parent '{listed.parent}' of {listed.code}"
                " is not in the list."
            )
        if above and LEVELS.index(above[1].level) >= LEVELS.index(listed.level):
            raise UsageError(
                f"{path}, line {line}: {listed.code}, a {listed.level}, cannot lie below"
                f" {listed.parent}, a {above[1].level}."
            )
