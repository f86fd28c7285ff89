"""What a peer hears of a fault of our own: that there was one, and nothing else.

gRPC tells the text of an exception that nobody expected to whoever called, and such a text may
quote a record. The log says of it what a log may say, and the caller hears that the node failed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from node.events import ERROR, tell

_OURS = "/linli.v1."
_FAILED = "The node failed; its log says where."


class Discreet(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """Stands around every call of our own services."""

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], details: Any
    ) -> Any:
        """Wraps what answers a call."""
        handler = await continuation(details)
        if handler is None or not details.method.startswith(_OURS):
            return handler
        if handler.stream_stream is not None:
            return handler._replace(stream_stream=_discreet(handler.stream_stream))
        return handler._replace(unary_unary=_discreet(handler.unary_unary))


def _discreet(work: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    async def call(request: Any, context: Any) -> Any:
        try:
            return await work(request, context)
        except grpc.aio.AbortError:
            raise  # said on purpose
        except Exception as error:  # noqa: BLE001 - the last door: what it says may name a person
            tell("call_failed", ERROR, error=error)
            await context.abort(grpc.StatusCode.INTERNAL, _FAILED)

    return call
