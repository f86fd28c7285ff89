"""An error said over gRPC, and the same error raised again by whoever called.

A session carries its refusals as frames. A single call (enrolment, renewal) carries the same
`Refusal` message in its trailing metadata, so a person reads one text and a program sees one
reason, whichever way they came.
"""

from __future__ import annotations

from typing import Any, NoReturn

import grpc
from google.protobuf.message import DecodeError

from linli.v1.error_pb2 import Reason, Refusal
from node.errors import LinliError, ParentUnreachable, Refused, RefusedBytes, UsageError

_KEY = "linli-refusal-bin"
_PREFIX = "REASON_"
_CODES = {
    "UNAVAILABLE": grpc.StatusCode.UNAVAILABLE,
    "STORE_FAULT": grpc.StatusCode.UNAVAILABLE,
    "LIMIT": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "MALFORMED": grpc.StatusCode.INVALID_ARGUMENT,
    "HASH_MISMATCH": grpc.StatusCode.INVALID_ARGUMENT,
}
_BYTES = ("MALFORMED", "HASH_MISMATCH")
LATER = ("UNAVAILABLE", "STORE_FAULT")
"""Nothing is wrong at this node: what failed over there may work later."""
_LOST = "Internal error from Core"
"""What gRPC says where it has lost the status of a call."""
_UNPROVEN = "it did not prove to be the node that was meant"


class Unproven(ParentUnreachable):
    """Somebody answers, and did not prove in the handshake to be the node that was meant."""


class Unexplained(ParentUnreachable):
    """A call has ended, and gRPC has lost the reason, which may be a refusal of the parent.

    It happens where the parent ends a call while the caller still begins it.
    """


def refusal_of(error: LinliError) -> Refusal:
    """An error in wire form; what has no reason there is told as what it is to the peer."""
    reason = error.reason or ("MALFORMED" if isinstance(error, UsageError) else "UNAVAILABLE")
    return Refusal(reason=_PREFIX + reason, message=str(error))


def error_of(refusal: Refusal) -> LinliError:
    """The error behind a refusal: the class by whose turn it is at this side."""
    known = Reason.DESCRIPTOR.values_by_number.get(refusal.reason)
    reason = known.name.removeprefix(_PREFIX) if known else "UNSPECIFIED"
    if reason in LATER:
        return ParentUnreachable(refusal.message)
    if reason in _BYTES:
        return RefusedBytes(refusal.message, reason=reason)
    return Refused(refusal.message, reason=reason)


async def abort(context: Any, error: LinliError) -> NoReturn:
    """Ends a call with an error."""
    refusal = refusal_of(error)
    reason = Reason.Name(refusal.reason).removeprefix(_PREFIX)
    code = _CODES.get(reason, grpc.StatusCode.FAILED_PRECONDITION)
    await context.abort(code, reason, ((_KEY, refusal.SerializeToString()),))
    raise AssertionError("abort ends the call")


def raised(fault: grpc.RpcError, whom: str) -> LinliError:
    """The error behind a call that failed.

    Args:
        fault: What gRPC raised.
        whom: Who was called, for the message where the line itself failed.
    """
    trailing = getattr(fault, "trailing_metadata", lambda: None)() or ()
    for key, value in trailing:
        if key == _KEY and isinstance(value, bytes):
            try:
                return error_of(Refusal.FromString(value))
            except DecodeError:
                break
    why = cause(fault)
    if _LOST in why:
        return Unexplained(f"Cannot reach {whom} ({why}).")
    kind = Unproven if why == _UNPROVEN else ParentUnreachable
    return kind(f"Cannot reach {whom} ({why}).")


def cause(fault: grpc.RpcError) -> str:
    """Why a call failed, in a few words; gRPC's own are many and change."""
    details = str(getattr(fault, "details", lambda: "")() or "")
    code = getattr(fault, "code", lambda: None)()
    words = {
        "refused": "connection refused",
        "unreachable": "no route to it",
        "resolution": "its name cannot be resolved",
        "andshake": _UNPROVEN,
        "certificate": _UNPROVEN,
        "eset": "the line broke",
        "ocket closed": "the line broke",
        "oncurrent RPC limit": "it serves as many as it can",
    }
    known = next((text for word, text in words.items() if word in details), "")
    if known:
        return known
    return "no answer in time" if code is grpc.StatusCode.DEADLINE_EXCEEDED else details[:200]
