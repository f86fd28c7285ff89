"""The frames of one session over one stream.

Three tasks: one reads, a little ahead, so that the next frame is decoded while the last is being
committed; one hands frames to the session on the database's thread; one writes. What is read ahead
is bounded by count. What waits to be written is bounded by the session's window, and where a peer
asks more than it reads, by not taking further frames from it.

A session is given up when something is outstanding and nothing has moved for `session_idle_s_max`,
and for as long again as a segment takes on the slowest line: never because it is slow, and never
because nobody has anything to say (pings find a dead line).
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Protocol

from node.errors import LinliError, Refused
from node.events import tell
from node.identity import Certificate, check_validity
from node.link.exchange import Exchange
from node.link.tls import patience_s
from node.session import Session
from node.wire import Frame

_AHEAD = 2
_PUMP_S = 30.0
_FLUSH_S_MAX = 5.0
_FRAMES_WAITING = 8


class Stream(Protocol):
    """Two directions of frames."""

    async def read(self) -> Frame | None:
        """The peer's next frame; None when it has closed its side.

        Raises:
            LinliError: The line is lost.
        """

    async def write(self, frame: Frame) -> None:
        """Sends a frame; returns when the line has taken it.

        Raises:
            LinliError: The line is lost.
        """

    async def finish(self) -> bool:
        """Says that nothing more comes; returns whether the peer's end should be awaited."""


class _Call(Enum):
    """What the session is called for, other than a frame."""

    PUMP = 1
    END = 2


class Carrier:
    """Carries one session.

    Args:
        exchange: Where the session belongs.
        session: The session, not started.
        stream: The stream.
        once: Whether to leave after one exchange.
        certificate: The peer's, where the session ends when its time is over.
    """

    def __init__(
        self,
        exchange: Exchange,
        session: Session,
        stream: Stream,
        *,
        once: bool = False,
        certificate: Certificate | None = None,
    ) -> None:
        self.exchange = exchange
        self.session = session
        self.peer = session.peer
        self.once = once
        self.certificate = certificate
        self.error: LinliError | None = None
        limits = exchange.replica.core.limits
        self._idle_s: float = limits.session_idle_s_max
        self._patience_s = patience_s(limits)
        self._gather_s = limits.seal_delay_ms_max / 1000
        self._waiting_max = limits.frame_bytes_max * _FRAMES_WAITING
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._moved_at = self._loop.time()
        self._pumped_at = self._moved_at - self._gather_s
        self._ahead = asyncio.Semaphore(_AHEAD)
        self._calls: asyncio.Queue[Frame | _Call] = asyncio.Queue()
        self._pump_due = False
        self._outgoing: asyncio.Queue[tuple[Frame, int]] = asyncio.Queue()
        self._waiting = 0
        self._drained = asyncio.Event()
        self._told_synced = False
        self._over = False
        self._unsent: LinliError | None = None
        self._writing: tuple[asyncio.Task[None], ...] = ()

    # --- for others ------------------------------------------------------------------------------

    def wake(self) -> None:
        """Something new may be here: the session is pumped soon, and not more often than useful."""
        if self._pump_due:
            return
        self._pump_due = True
        wait = self._pumped_at + self._gather_s - self._loop.time()
        self._loop.call_later(max(wait, 0), self._calls.put_nowait, _Call.PUMP)

    def stop(self) -> None:
        """This node ends the session."""
        self._calls.put_nowait(_Call.END)

    async def run(self) -> None:
        """Carries the session until either side ends it.

        Raises:
            LinliError: The session was refused by one side, made no progress, or the line is lost.
        """
        session = self.session
        self.exchange.join(self)
        tell("session_started", peer=self.peer, dialled=session.dialled)
        reading = asyncio.create_task(self._read())
        self._writing = (asyncio.create_task(self._write()),)
        tasks = (reading, *self._writing)
        try:
            await self._work()
            await self._part(reading)
        except LinliError as error:
            self.error = self.error or error
            await self._hang_up(reading)
        finally:
            self.exchange.leave(self)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tell_end()
        if self.error is not None:
            raise self.error

    def _tell_end(self) -> None:
        stats = self.session.stats
        tell(
            "session_ended",
            peer=self.peer,
            synced=self.session.synced,
            reason=self.error.reason if self.error else "",
            frames_sent=stats.frames_sent,
            frames_received=stats.frames_received,
            payload_sent=stats.payload_sent,
            payload_received=stats.payload_received,
            changes=stats.changes_new,
        )

    # --- the line --------------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while True:
                await self._ahead.acquire()
                frame = await self._stream.read()
                if frame is None:
                    break
                self._moved_at = self._loop.time()
                self._calls.put_nowait(frame)
                if self._over:
                    self._ahead.release()
        except LinliError as error:
            self.error = self.error or error
        self._calls.put_nowait(_Call.END)

    async def _write(self) -> None:
        try:
            while True:
                frame, size = await self._outgoing.get()
                await self._stream.write(frame)
                self._moved_at = self._loop.time()
                self._waiting -= size
                self._drained.set()
                self._outgoing.task_done()
        except LinliError as error:
            # The peer may have said why before it went: the reader comes to that, and to the end.
            self._unsent = error

    def _send(self, frames: list[Frame]) -> None:
        for frame in frames:
            size = frame.ByteSize()
            self._waiting += size
            self._outgoing.put_nowait((frame, size))

    async def _flush(self) -> None:
        """Waits until what was to be sent has left, but not for ever."""
        left = asyncio.create_task(self._outgoing.join())
        try:
            await asyncio.wait(
                (left, *self._writing), timeout=_FLUSH_S_MAX, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            left.cancel()  # also where the peer breaks the call just now

    async def _part(self, reading: asyncio.Task[None]) -> None:
        """Lets what is under way arrive."""
        await self._hang_up(reading)
        while not self._calls.empty():
            call = self._calls.get_nowait()
            if isinstance(call, Frame):
                await self._take(call)

    async def _hang_up(self, reading: asyncio.Task[None]) -> None:
        """Closes this side and hears the other's end: a reader cut short would break the call."""
        self._over = True
        for _ in range(_AHEAD):
            self._ahead.release()
        if not reading.done() and await self._stream.finish():
            await asyncio.wait((reading,), timeout=_FLUSH_S_MAX)

    # --- the session -----------------------------------------------------------------------------

    async def _work(self) -> None:
        session = self.session
        try:
            self._send(await self.exchange.run(session.start))
            while (call := await self._next()) is not _Call.END:
                await self._step(call)
                if self.once and session.finished:
                    break
        except LinliError as error:
            self._send([session.refusal(error)])
            await self._flush()
            raise
        if self.error is None and not session.finished:
            self.error = self._unsent
        if self.error is None:
            await self._flush()

    async def _next(self) -> Frame | _Call:
        """The next thing to do.

        Raises:
            Refused: Something is outstanding and nothing has moved for too long.
        """
        while True:
            finished = self.session.finished and not self._waiting
            limit = self._idle_s if self.session.peer_hello is None else self._patience_s
            patience = _PUMP_S if finished else self._moved_at + limit - self._loop.time()
            try:
                async with asyncio.timeout(max(patience, 0.01)):
                    if self._waiting <= self._waiting_max:
                        return await self._calls.get()
                    self._drained.clear()
                    await self._drained.wait()
            except TimeoutError:
                if finished:
                    return _Call.PUMP
                if self._loop.time() - self._moved_at >= limit:
                    raise Refused(
                        f"The session with {self.peer} has made no progress for {limit:g} s.",
                        reason="UNAVAILABLE",
                        hint="It is dialled again; nothing is lost.",
                    ) from None

    async def _step(self, call: Frame | _Call) -> None:
        if isinstance(call, _Call):
            self._pump_due = False
            self._pumped_at = self._loop.time()
            self._send(await self.exchange.run(self._pump))
        else:
            frames = await self._take(call)
            self._ahead.release()
            self._send(frames)
        if self.session.synced and not self._told_synced:
            self._told_synced = True
            tell("session_synced", peer=self.peer, equal=self.session.equal)

    async def _take(self, frame: Frame) -> list[Frame]:
        """Hands a frame to the session and tells others; returns what the session answers."""
        changes = self.session.stats.changes_new
        frames, news = await self.exchange.run(self._receive, frame)
        if news:
            self.exchange.wake(but=self)
        if frame.WhichOneof("kind") == "segments":
            tell(
                "frame_committed",
                peer=self.peer,
                number=frame.segments.number,
                segments=len(frame.segments.segments),
                changes=self.session.stats.changes_new - changes,
            )
        return frames

    def _check_time(self) -> None:
        """Ends the session of a peer whose time is over, or that was revoked meanwhile.

        One whose time is over dials again and is renewed.
        """
        view = self.exchange.replica.view
        view.check_cut(self.session.peer)
        if self.certificate is not None:
            view.check_member(self.certificate)
            check_validity(self.certificate, self.exchange.replica.core.now_ms())

    def _pump(self) -> list[Frame]:
        self._check_time()
        return self.session.pump()

    def _receive(self, frame: Frame) -> tuple[list[Frame], bool]:
        """Hands a frame to the session; also returns whether it brought news for others."""
        self._check_time()
        store, kind = self.exchange.replica.store, frame.WhichOneof("kind")
        lane = store.records.blobs if kind == "blob_chunk" else store.ledger
        before = lane.last_arrival()
        frames = self.session.receive(frame)
        return frames, kind in ("beacon", "receipts") or lane.last_arrival() != before
