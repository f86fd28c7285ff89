"""Errors: whose turn it is, what a command ends with, and what a peer is told."""

from __future__ import annotations

import pytest

from linli.v1.error_pb2 import Reason
from node import errors

EXIT_CODES = {
    errors.LinliError: 1,
    errors.UsageError: 2,
    errors.ParentUnreachable: 3,
    errors.Refused: 4,
    errors.RefusedBytes: 4,
    errors.StoreFault: 5,
}


@pytest.mark.parametrize(("kind", "code"), EXIT_CODES.items())
def test_every_kind_ends_a_command_with_its_code(kind: type[errors.LinliError], code: int) -> None:
    assert kind("It happened.").exit_code == code


@pytest.mark.parametrize("kind", EXIT_CODES)
def test_every_default_reason_is_one_of_the_wire(kind: type[errors.LinliError]) -> None:
    reason = kind("It happened.").reason
    assert not reason or f"REASON_{reason}" in dict(Reason.items())


def test_the_hint_follows_the_message() -> None:
    assert str(errors.UsageError("It is blue.", hint="Paint it.")) == "It is blue. Paint it."
    assert str(errors.UsageError("It is blue.")) == "It is blue."


def test_a_refusal_keeps_its_reason() -> None:
    refusal = errors.Refused("A segment is missing.", reason="GAP", hint="Send it.")
    assert (refusal.reason, refusal.message, refusal.hint) == (
        "GAP",
        "A segment is missing.",
        "Send it.",
    )
    assert errors.RefusedBytes("Not a segment.").reason == "MALFORMED"
