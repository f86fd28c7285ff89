"""Money: whole fen in every rule and record, yuan where a person reads it.

There are no floats here, and an amount that moves is never zero, negative or wider than 64 bits.
"""

from __future__ import annotations

FEN_MAX = 2**63 - 1
"""The widest amount that a ledger stores."""

THOUSAND = 1000
"""Shares are thousandths."""


def is_amount(value: object) -> bool:
    """Whether something is an amount that can move: whole, above zero, within 64 bits."""
    return type(value) is int and 0 < value <= FEN_MAX


def yuan(fen: int) -> str:
    """An amount as people read it, `12.50`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02}"


def share(fen: int, thousandths: int, round_to_fen: int = 1) -> int:
    """A share of an amount, rounded half up to a multiple.

    Args:
        fen: The whole, not negative.
        thousandths: The share, not negative.
        round_to_fen: The multiple, at least 1.
    """
    assert fen >= 0 and thousandths >= 0 and round_to_fen > 0, "prices and shares are checked"
    step = THOUSAND * round_to_fen
    return (2 * fen * thousandths + step) // (2 * step) * round_to_fen
