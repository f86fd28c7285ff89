"""PINs: which are refused, and Argon2id over the others.

A PIN is short, so what protects it is the cost of a try, the growing wait, and that its verifier
lies in an encrypted database on one box alone.
"""

from __future__ import annotations

import functools
import secrets

import argon2

from node.errors import UsageError

CHARACTERS_MIN, CHARACTERS_MAX = 6, 64
_HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=32_768, parallelism=1)
"""About 0.1 s on a desktop and half a second on the slow core of a box; 32 MiB while it runs."""

_RUNS = ("01234567890123456789", "98765432109876543210")


def verifier(pin: str) -> str:
    """What a PIN is checked against.

    Args:
        pin: Six digits or more, or a word.

    Raises:
        UsageError: It is too short, too long, or the first that anybody would try.
    """
    if not CHARACTERS_MIN <= len(pin) <= CHARACTERS_MAX or not pin.isprintable():
        raise UsageError(
            f"A PIN has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters.",
            hint="Digits are enough, and a word does as well.",
        )
    if _is_obvious(pin):
        raise UsageError(
            "Anybody would try this PIN first.", hint="Choose one that is not a row of digits."
        )
    return _HASHER.hash(pin)


@functools.cache
def nobodys() -> str:
    """What is tried where there is no such account, so that it takes as long."""
    return _HASHER.hash("nobody at all")


def fits(known: str, pin: str) -> bool:
    """Whether a PIN is the one of a verifier; takes the time and memory of one try."""
    try:
        return _HASHER.verify(known, pin[: CHARACTERS_MAX + 1])
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def drawn() -> str:
    """A new PIN of six digits that is not among the first that anybody would try."""
    while True:
        pin = f"{secrets.randbelow(10**CHARACTERS_MIN):0{CHARACTERS_MIN}}"
        if not _is_obvious(pin):
            return pin


def _is_obvious(pin: str) -> bool:
    return len(set(pin)) < 3 or any(pin in run for run in _RUNS)
