"""Lists of codes: the short words that records store in place of Chinese text.

A record stores the code, so that a name can be put better without touching a record and every node
counts the same. People may type either the code or the name, or one of several names that a list
joins by a slash. A code that this node's list lacks is no trouble on reading: it came from a node
with a newer list, and is shown as it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from node.errors import UsageError
from node.language import CHINESE, named

_MATCHES_MAX = 5


@dataclass(frozen=True)
class CodeList:
    """One list of codes with their Chinese names, in the order of the policy pack.

    Attributes:
        name: The list's name in the policy pack, such as `services`.
        names: The Chinese name of each code.
    """

    name: str
    names: Mapping[str, str]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, code: object) -> bool:
        return code in self.names

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        """The code of whatever a person may type: codes in any case, names, parts of names."""
        codes: dict[str, str] = {}
        for code, name in self.names.items():
            for word in (code.casefold(), name.casefold(), *name.casefold().split("/")):
                codes.setdefault(word, code)
        return codes

    def code(self, field: str, value: Any) -> str:
        """The code of what a person typed.

        Args:
            field: The field, for the message.
            value: A code in any case, a name, or one of the names that a slash joins.

        Raises:
            UsageError: The list has neither such a code nor such a name.
        """
        typed = str(value).strip()
        code = self._codes.get(typed.casefold())
        if code is None:
            raise UsageError(
                f"{field} {typed[:60]!r} is not in the list {self.name}.", hint=self._hint(typed)
            )
        return code

    def _hint(self, typed: str) -> str:
        near = difflib.get_close_matches(typed.casefold(), self._codes, n=_MATCHES_MAX, cutoff=0.5)
        codes = list(dict.fromkeys(self._codes[word] for word in near)) or list(self.names)
        shown = ", ".join(f"{code} {self.names[code]}" for code in codes)
        return f"Near it: {shown}." if near else f"It has: {shown}."

    def title(self, code: str | None, language: str = CHINESE) -> str:
        """The name of a stored code; a code that is not known here is shown as it is."""
        name = self.names.get(code) if code else None
        return named(name, self.name, language) if name else code or ""
