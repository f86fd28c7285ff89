"""Money as people type and read it: yuan on the screen, whole fen in the ledger."""

from __future__ import annotations

import re
from typing import Any

from node.care import money
from node.errors import UsageError

_YUAN = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")


def fen(yuan: str) -> int:
    """An amount typed in yuan.

    Raises:
        UsageError: It is no amount of whole fen.
    """
    match = _YUAN.fullmatch(yuan.strip())
    if match is None:
        raise UsageError(
            f"{yuan!r} is not an amount in yuan.", hint="Write it such as 50 or 12.50."
        )
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def yuan(amount_fen: Any) -> str:
    """An amount as people read it."""
    return money.yuan(amount_fen) if isinstance(amount_fen, int) else ""
