"""The dialling end of a session's stream.

gRPC keeps a line open while anything knows of a call on it. An error knows of the frames it came
through, and Python forgets it at some later time; so errors of gRPC are not passed on, and whoever
is done closes the stream.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import grpc
from grpc.aio import EOF  # type: ignore[attr-defined]

from linli.v1.sync_pb2 import SessionRequest
from node.errors import ParentUnreachable
from node.link.refusals import raised
from node.wire import Frame


class Dialled:
    """A stream that this node has opened.

    Args:
        call: The call.
        whom: Who is called, for messages.
    """

    def __init__(self, call: Any, whom: str) -> None:
        self._call = call
        self._whom = whom

    def close(self) -> None:
        """Lets the call go, and the line with it."""
        self._call = None

    async def connect(self, timeout_s: float) -> None:
        """Waits until the line stands.

        Raises:
            LinliError: It does not, or the other end said no; as in all that follows.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._said(self._call.wait_for_connection())
        except TimeoutError:
            raise ParentUnreachable(
                f"Cannot reach {self._whom} (no answer in {timeout_s:g} s)."
            ) from None

    async def read(self) -> Frame | None:
        """The next frame; None when the other end has closed its side."""
        message = await self._said(self._call.read())
        if message is EOF:
            return None
        frame: Frame = message.frame
        return frame

    async def write(self, frame: Frame) -> None:
        """Sends a frame; returns when the line has taken it."""
        await self._said(self._call.write(SessionRequest(frame=frame)))

    async def finish(self) -> bool:
        """Says that nothing more comes; the other end's last words are to be awaited."""
        with contextlib.suppress(grpc.RpcError, asyncio.InvalidStateError):
            await self._call.done_writing()
        return True

    async def _said(self, saying: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await saying
        except grpc.RpcError as fault:
            error = raised(fault, self._whom)
        except asyncio.InvalidStateError:
            error = ParentUnreachable(f"{self._whom} has ended the session.")
        raise error
