"""The one thread at the database, and the sessions that are open.

SQLite has one writer, and a replica remembers things between calls, so everything that touches it
runs on a single thread, in turn; sockets stay on the event loop and never wait for the disk. When
one session has brought something, the others are woken, and each sends what its peer lacks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from node.replica import Replica

Result = TypeVar("Result")


class Open(Protocol):
    """An open session, as others see it."""

    peer: str

    def wake(self) -> None:
        """Something new may be here."""

    def stop(self) -> None:
        """This node ends the session."""


class Exchange:
    """Everything that the sessions of one replica share.

    Args:
        replica: The replica. From now on only `run` may touch it.

    Attributes:
        stirred: Grows whenever this process may have written something.
        pins: The certificates that parents have shown, DER, by author; their keys were compared.
    """

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.stirred = 0
        self.pins: dict[str, bytes] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="linli-store")
        self._open: list[Open] = []

    async def run(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Does a piece of work on the database's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def commit(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Does a piece of work that writes, and wakes the sessions."""
        result = await self.run(work, *arguments)
        self.wake()
        return result

    def wake(self, but: Open | None = None) -> None:
        """Tells every session but one that something new may be here."""
        self.stirred += 1
        for session in self._open:
            if session is not but:
                session.wake()

    def join(self, session: Open) -> None:
        """Adds a session to those that are woken."""
        self._open.append(session)

    def leave(self, session: Open) -> None:
        """Takes a session out again."""
        self._open.remove(session)

    def sessions(self, peer: str = "") -> list[Open]:
        """The open sessions, or those with one author, oldest first."""
        return [session for session in self._open if not peer or session.peer == peer]

    async def close(self) -> None:
        """Ends every session and waits until the thread is idle; the replica stays open."""
        for session in self.sessions():
            session.stop()
        await asyncio.to_thread(self._thread.shutdown, wait=True)
