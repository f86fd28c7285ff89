"""The side that dials: parents in order, once for a command, for ever for a service.

A dead township does not cut off its villages: whoever does not get through to the first parent
tries the next, and while a session with a later parent lasts, the earlier ones are looked for.
Nor does one that holds something up: while an alert says so, later parents are asked beside it.
After a failed round the wait grows, with jitter, so that a township's villages do not all come
back in the same second.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass

import grpc
import tenacity

from linli.v1.sync_pb2_grpc import SyncServiceStub
from node.config import ParentAddress
from node.errors import LinliError, ParentUnreachable, Refused, UsageError
from node.events import ERROR, WARNING, tell
from node.link.carrier import Carrier
from node.link.dialled import Dialled
from node.link.exchange import Exchange
from node.link.pinning import NotTheParent, check_time, named, over_line, shown_leaf
from node.link.refusals import LATER, Unexplained
from node.link.renewal import due, renew
from node.link.tls import ANSWER_S_MAX
from node.replica import Replica
from node.session import Session, Stats

_UNEXPLAINED_MAX, _UNEXPLAINED_S = 4, 0.1
"""How often a session is begun anew whose end gRPC cannot explain, and after how long."""
_STEADY_S = 10.0
"""A session that ends sooner counts as a failure, so that the next wait is longer."""
_WATCH_PARTS = 10


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What one session with a parent did.

    Attributes:
        parent: Who answered.
        stats: What was moved.
        synced: Whether the first exchange was completed.
        equal: Whether both sides ended equal in what they share.
    """

    parent: ParentAddress
    stats: Stats
    synced: bool
    equal: bool


async def dial(exchange: Exchange, parent: ParentAddress, *, once: bool = False) -> Exchanged:
    """Holds one session with a parent.

    A certificate that has ended, or soon will, is renewed on the way.

    Args:
        exchange: The exchange that the session joins.
        parent: Whom to dial.
        once: Whether to leave after one exchange; otherwise the session lasts as long as the line.

    Raises:
        ParentUnreachable: There was no answer, or the line was lost. Nothing is.
        NotTheParent: Somebody else answers there, or the parent's own time is over.
        Refused: The parent, or a rule here, said no.
    """
    await check_time(exchange, parent, ANSWER_S_MAX)
    renewed = await exchange.run(due, exchange.replica)
    if renewed:
        renewed = await _renew(exchange, parent)
    try:
        return await _explained(exchange, parent, once)
    except Refused as refusal:
        if refusal.reason != "CERTIFICATE_EXPIRED" or renewed:
            raise
        if not await _renew(exchange, parent):
            raise
    return await _explained(exchange, parent, once)


async def _explained(exchange: Exchange, parent: ParentAddress, once: bool) -> Exchanged:
    """A session; where gRPC lost the reason for its end, another one, which may tell it."""
    async for attempt in tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(Unexplained),
        stop=tenacity.stop_after_attempt(_UNEXPLAINED_MAX),
        wait=tenacity.wait_fixed(_UNEXPLAINED_S),
        reraise=True,
    ):
        with attempt:
            return await _session(exchange, parent, once)
    raise AssertionError("the last attempt raises")


async def _renew(exchange: Exchange, parent: ParentAddress) -> bool:
    """Asks a parent for a new certificate; returns whether it gave one."""
    try:
        await over_line(exchange, parent, ANSWER_S_MAX, lambda line: renew(exchange, line))
    except LinliError as error:
        tell("renewal_failed", WARNING, parent=parent.author, error=error)
        return False
    return True


async def _session(exchange: Exchange, parent: ParentAddress, once: bool) -> Exchanged:
    replica = exchange.replica

    def open_session() -> Session:
        return Session(replica, parent.author, parent.division, dialled=True, once=once)

    async def hold(channel: grpc.aio.Channel) -> Session:
        whom = await exchange.run(named, replica, parent)
        with contextlib.closing(Dialled(SyncServiceStub(channel).Session(), whom)) as stream:
            await stream.connect(ANSWER_S_MAX)
            session = await exchange.run(open_session)
            try:
                await Carrier(exchange, session, stream, once=once).run()
            except LinliError:
                if once or not session.synced:
                    raise
        return session

    session = await over_line(exchange, parent, ANSWER_S_MAX, hold)
    return Exchanged(parent, session.stats, session.synced, session.equal)


# --- once ----------------------------------------------------------------------------------------


async def exchange_once(exchange: Exchange) -> Exchanged:
    """One exchange with the first parent that answers, and with others if it holds something up.

    Raises:
        ParentUnreachable: None did; the message says what waits here.
        Refused: One did and said no, and no other would.
        UsageError: This node has no parent.
    """
    parents = exchange.replica.core.config.parents
    if not parents:
        raise UsageError(
            "This node has no parent: it is the county's.",
            hint="Its children dial it; run: linli serve",
        )
    failures: list[LinliError] = []
    for parent in parents:
        try:
            result = await dial(exchange, parent, once=True)
        except LinliError as error:
            failures.append(error)
            continue
        if result.synced:
            return await ask_further(exchange, parent) or result
        failures.append(ParentUnreachable(f"{parent.address} ended the session early."))
    refusals = [
        error
        for error in failures
        if not isinstance(error, ParentUnreachable) and error.reason not in LATER
    ]
    if refusals:
        raise refusals[0]
    waiting = await exchange.run(_waiting, exchange.replica, len(parents))
    raise ParentUnreachable(
        f"{' '.join(error.message for error in failures)} {waiting}",
        hint="To try now: linli sync",
    )


async def ask_further(exchange: Exchange, but: ParentAddress | None = None) -> Exchanged | None:
    """Asks the parents after the first, in order, for as long as something is held up.

    Args:
        exchange: The exchange that the sessions join.
        but: Who was asked already; whoever has a session is, too.

    Returns:
        What the last of them did; None where none was asked or none answered.
    """
    last = None
    for parent in exchange.replica.core.config.parents[1:]:
        if parent == but or exchange.sessions(parent.author):
            continue
        if not await exchange.run(_held_up, exchange.replica):
            break
        tell("asked_further", WARNING, parent=parent.author)
        try:
            result = await dial(exchange, parent, once=True)
        except LinliError as error:
            tell("parent_failed", WARNING, parent=parent.author, error=error)
            continue
        last = result if result.synced else last
    return last


def _held_up(replica: Replica) -> bool:
    return replica.held_up


def _waiting(replica: Replica, parents: int) -> str:
    count = sum(changes for _, changes, _ in replica.waiting())
    if not count:
        return "Nothing waits here to be sent."
    changes = "1 change is" if count == 1 else f"{count} changes are"
    answers = "it answers" if parents == 1 else "one of them answers"
    return f"{changes} saved here and will be sent when {answers}."


def sync_once(replica: Replica) -> Exchanged:
    """One exchange with the first parent that answers, for a command.

    Raises:
        ParentUnreachable: No parent answered; the message says what waits here.
        Refused: One did and said no.
        UsageError: This node has no parent.
    """

    async def run() -> Exchanged:
        exchange = Exchange(replica)
        try:
            return await exchange_once(exchange)
        finally:
            await exchange.close()

    return asyncio.run(run())


# --- for ever ------------------------------------------------------------------------------------


class Dialler:
    """Keeps a session with a parent, whatever happens to the line.

    Args:
        exchange: The exchange that the sessions join.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.limits = exchange.replica.core.limits

    async def run(self) -> None:
        """Dials until it is cancelled."""
        further = asyncio.create_task(self._ask_further())
        try:
            await self._dial()
        finally:
            further.cancel()
            await asyncio.gather(further, return_exceptions=True)

    async def _ask_further(self) -> None:
        """Now and then asks other parents, too, where the one that answers holds something up."""
        while True:
            await asyncio.sleep(self.limits.dial_retry_s_max * random.uniform(0.5, 1))
            try:
                await ask_further(self.exchange)
            except LinliError as error:
                tell("session_failed", WARNING, error=error)
            except Exception as fault:  # noqa: BLE001
                tell("session_failed", ERROR, error=fault)

    async def _dial(self) -> None:
        while True:
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception_type(LinliError), wait=self._wait()
            ):
                with attempt:
                    await self._round()
            # A line that stood and broke may be back at once: the wait starts anew.
            await asyncio.sleep(self.limits.dial_retry_s_min * random.uniform(1, 2))

    def _wait(self) -> tenacity.wait_random_exponential:
        """Between the least wait and twice it, then four times it, and so on to the longest."""
        least, longest = self.limits.dial_retry_s_min, self.limits.dial_retry_s_max
        return tenacity.wait_random_exponential(multiplier=2 * least, min=least, max=longest)

    async def _round(self) -> None:
        """Tries each parent; returns after a session that had stood for a while.

        Raises:
            LinliError: None did.
        """
        silent: list[ParentAddress] = []
        last: LinliError = ParentUnreachable("No parent is configured.")
        for parent in self.exchange.replica.core.config.parents:
            began = asyncio.get_running_loop().time()
            try:
                switched = await self._hold(parent, silent)
                lasted = asyncio.get_running_loop().time() - began
                if switched or lasted >= _STEADY_S:
                    return
                last = ParentUnreachable(f"The session with {parent.address} was short.")
            except LinliError as error:
                last = error
            except Exception as fault:  # noqa: BLE001
                # A fault of ours in one session must not end all dialling.
                tell("session_failed", ERROR, parent=parent.author, error=fault)
                last = ParentUnreachable(f"The session with {parent.address} failed.")
            tell("parent_failed", WARNING, parent=parent.author, error=last)
            if isinstance(last, ParentUnreachable | NotTheParent):
                silent.append(parent)
        raise last

    async def _hold(self, parent: ParentAddress, silent: list[ParentAddress]) -> bool:
        """Holds a session for as long as it lasts, or until a parent before it answers again.

        Returns:
            Whether it was given up for such a parent.
        """
        if not silent:
            await dial(self.exchange, parent)
            return False
        held = asyncio.create_task(dial(self.exchange, parent))
        watch = asyncio.create_task(self._answers_again(silent))
        try:
            await asyncio.wait((held, watch), return_when=asyncio.FIRST_COMPLETED)
            switched = not held.done()
            if switched:
                tell("parent_back", parent=parent.author)
                for session in self.exchange.sessions(parent.author):
                    session.stop()
            await held
            return switched
        finally:
            for task in (held, watch):
                task.cancel()
            await asyncio.gather(held, watch, return_exceptions=True)

    async def _answers_again(self, parents: list[ParentAddress]) -> None:
        """Returns when one of these parents answers, and may."""
        await asyncio.sleep(self.limits.dial_retry_s_max / _WATCH_PARTS)
        async for attempt in tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TimeoutError), wait=self._wait()
        ):
            with attempt:
                await self._knock(parents)

    async def _knock(self, parents: list[ParentAddress]) -> None:
        for parent in parents:
            with contextlib.suppress(LinliError):
                await shown_leaf(self.exchange, parent, ANSWER_S_MAX)
                await check_time(self.exchange, parent, ANSWER_S_MAX)
                return
        raise TimeoutError("no earlier parent answers")
