"""Results on standard output, talk on standard error, and JSON that stays the same for years.

Talk is said in the language of who reads it; results are not, since programs read them too.
Whatever is shown may come from another node, so nothing of it reaches a terminal as a command: an
invisible character is shown by its number.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from node.errors import LinliError
from node.language import said

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\u2028\u2029]"
)
_INVISIBLE_IN_JSON = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\u2028\u2029]")


def plain(text: str) -> str:
    """Text as it may stand on a terminal; line breaks and tabs stay."""
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def counted(number: int, noun: str) -> str:
    """A number of things: `1 change`, `2 changes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def result(text: str) -> None:
    """Prints a line that somebody asked for."""
    print(plain(text))


def say(text: str) -> None:
    """Prints a line of talk, in the language of who reads it."""
    talk(said(text))


def talk(text: str) -> None:
    """Prints a line of talk as it stands."""
    print(plain(text), file=sys.stderr, flush=True)


def as_json(value: Any) -> None:
    """Prints a result as JSON, Chinese as Chinese."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    print(_INVISIBLE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def fault(error: LinliError) -> None:
    """Says what happened, the facts, and what to do next."""
    talk(f"linli: {said(error.message)}")
    if error.hint:
        say(error.hint)
