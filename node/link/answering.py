"""The side that children dial: a peer is recognised, and a session is carried.

A peer that TLS let in and Linli does not is told why in a frame, and the stream ends. Who opens
too many sessions loses the oldest of its own, since a box whose line broke dials again long before
this side has noticed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import grpc
from grpc.aio import EOF  # type: ignore[attr-defined]

from linli.v1.sync_pb2 import SessionResponse
from linli.v1.sync_pb2_grpc import SyncServiceServicer, add_SyncServiceServicer_to_server
from node import identity
from node.errors import LinliError, ParentUnreachable, Refused
from node.events import WARNING, tell
from node.link.carrier import Carrier
from node.link.exchange import Exchange
from node.link.refusals import refusal_of
from node.link.tls import ANSWER_S_MAX, caller
from node.replica import Replica
from node.session import Session
from node.wire import Frame

_SESSIONS_PER_AUTHOR = 4


class SyncServicer(SyncServiceServicer):
    """Answers sessions.

    Args:
        exchange: The exchange that they join.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._held = 0

    def add_to(self, server: grpc.aio.Server) -> None:
        """Puts the service on a port."""
        add_SyncServiceServicer_to_server(self, server)

    async def Session(self, request_iterator: Any, context: Any) -> None:
        """One session, for as long as the line lasts."""
        stream, session = _Answer(context), None
        try:
            with self._place():
                certificate = await self._admit(context)
                session = await self.exchange.run(_opened, self.exchange.replica, certificate)
                await Carrier(self.exchange, session, stream, certificate=certificate).run()
        except LinliError as error:
            if session:
                # The peer was told, or is gone; either way the stream is over.
                tell("session_broken", WARNING, peer=session.peer, error=error)
                return
            tell("session_refused", WARNING, error=error)
            await self._refuse(stream, error)

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """A place among the sessions, taken before the first wait: all may dial in one moment."""
        limits = self.exchange.replica.core.limits
        if self._held >= limits.sessions_max:
            raise ParentUnreachable(
                f"This node keeps {limits.sessions_max} sessions open (sessions_max).",
                hint="Try again later.",
            )
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    async def _admit(self, context: Any) -> identity.Certificate:
        certificate = await self.exchange.run(self._check, caller(context))
        for session in self.exchange.sessions(certificate.author)[: -_SESSIONS_PER_AUTHOR + 1]:
            session.stop()
        return certificate

    def _check(self, chain: list[bytes]) -> identity.Certificate:
        replica = self.exchange.replica
        certificate = replica.view.recognise(chain)
        if certificate.author == replica.author:
            raise Refused("A node cannot hold a session with itself.", reason="CERTIFICATE_SCOPE")
        identity.check_validity(certificate, replica.core.now_ms())
        return certificate

    async def _refuse(self, stream: _Answer, error: LinliError) -> None:
        """Says no, and stays for a while, until the peer has left.

        A call that ends while the peer still begins it loses its frames: gRPC then says only that
        it failed, and a slow box would never learn why.
        """
        limits = self.exchange.replica.core.limits
        with contextlib.suppress(LinliError, TimeoutError):
            async with asyncio.timeout(min(ANSWER_S_MAX, limits.session_idle_s_max)):
                await stream.write(Frame(refusal=refusal_of(error)))
                while await stream.read():
                    pass


def _opened(replica: Replica, peer: identity.Certificate) -> Session:
    return Session(replica, peer.author, peer.division, dialled=False)


class _Answer:
    """The answering end of a stream."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def read(self) -> Frame | None:
        try:
            message = await self._context.read()
        except (grpc.aio.AioRpcError, grpc.aio.UsageError, asyncio.InvalidStateError) as fault:
            raise _lost() from fault
        if message is EOF:
            return None
        frame: Frame = message.frame
        return frame

    async def write(self, frame: Frame) -> None:
        try:
            await self._context.write(SessionResponse(frame=frame))
        except (grpc.aio.AioRpcError, grpc.aio.UsageError, asyncio.InvalidStateError) as fault:
            raise _lost() from fault

    async def finish(self) -> bool:
        return False  # the stream is closed by leaving the handler


def _lost() -> ParentUnreachable:
    return ParentUnreachable("The line to the peer is lost.")
