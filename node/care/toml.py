"""Takes values out of a TOML file that a county wrote, and says what is wrong with one.

A policy pack with a slip would put a county's records, and its money, in the wrong. So whatever
does not fit is refused with the file, the key and the reason, and the pack in force stays.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from node.division import LEVELS
from node.errors import UsageError

PACK_BYTES_MAX = 1_048_576

_CODE_CHARACTERS_MAX = 20
_NAME_CHARACTERS_MAX = 100


class Reader:
    """Takes values out of one parsed file and names the file and the key of whatever is wrong."""

    def __init__(self, source: str) -> None:
        self.source = source

    def wrong(self, key: str, why: str) -> NoReturn:
        """Refuses a key.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            f"The policy pack {self.source} cannot be used: {key} {why}.",
            hint="Correct it and load the pack again; until then the pack in force stays.",
        )

    def table(
        self, key: str, value: object, keys: Sequence[str], optional: Collection[str] = ()
    ) -> Mapping[str, Any]:
        """A table with exactly these keys, of which some may lack."""
        if not isinstance(value, dict):
            self.wrong(key, "is not a table")
        for name in value:
            if name not in keys:
                self.wrong(f"{key}.{name}", f"is no key that is known; known are {', '.join(keys)}")
        for name in keys:
            if name not in value and name not in optional:
                self.wrong(f"{key}.{name}", "is missing")
        return value

    def array(self, key: str, value: object) -> list[Any]:
        """An array that is not empty."""
        if not isinstance(value, list) or not value:
            self.wrong(key, "is not a list, or is empty")
        return value

    def text(self, key: str, value: object, characters_max: int = _NAME_CHARACTERS_MAX) -> str:
        """Text that is neither blank nor long, without blanks around it."""
        if not isinstance(value, str) or not value.strip() or value != value.strip():
            self.wrong(key, f"is {value!r}, which is not text without blanks around it")
        if len(value) > characters_max or not value.isprintable():
            self.wrong(key, f"is longer than {characters_max} characters or cannot be printed")
        return value

    def code(self, key: str, value: object) -> str:
        """A code: ASCII letters, digits, and signs that no list or status uses to part words."""
        code = self.text(key, value, _CODE_CHARACTERS_MAX)
        if not (code.isascii() and code.replace("_", "").replace("-", "").isalnum()):
            self.wrong(key, f"is {code!r}; a code has ASCII letters, digits, '-' and '_' only")
        return code

    def number(self, key: str, value: object, low: int, high: int) -> int:
        """A whole number within bounds."""
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.wrong(key, f"is {value!r}, and a whole number from {low} to {high} is needed")
        return value

    def tier(self, key: str, value: object) -> str:
        """The name of a tier."""
        if value not in LEVELS:
            self.wrong(key, f"is {value!r}, and a tier is one of {', '.join(LEVELS)}")
        return str(value)

    def tiers(self, key: str, value: object) -> frozenset[str]:
        """Some tiers, at least one, each once."""
        names = [self.tier(key, name) for name in self.array(key, value)]
        if len(set(names)) != len(names):
            self.wrong(key, "names a tier twice")
        return frozenset(names)


def content_of(path: Path) -> bytes:
    """The bytes of a pack.

    Raises:
        UsageError: The file cannot be read, or is too large.
    """
    reader = Reader(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(PACK_BYTES_MAX + 1)
    except OSError as trouble:
        reader.wrong("the file", f"cannot be read ({trouble.strerror})")
    if len(content) > PACK_BYTES_MAX:
        reader.wrong("the file", f"has more than {PACK_BYTES_MAX} bytes")
    return content


def document(reader: Reader, content: bytes) -> object:
    """What the bytes of a pack say.

    Raises:
        UsageError: They are no TOML in UTF-8.
    """
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as trouble:
        reader.wrong("the file", f"is not TOML in UTF-8 ({trouble})")
