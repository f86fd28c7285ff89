"""A box: one node with its folder, its service as a process, and a pair of hands beside it.

The service is `linli serve`, started as a person would start it. The hands are a second process
that works in the same folder (`worker`). Both end when the trial ends, whatever ends it. What the
service logs is kept in a file and heard as it comes, so that a moment in a session can be caught.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cli
import linli
from cli.demo import leash
from cli.demo.links import Link
from cli.demo.places import Place
from cli.demo.witness import Witness
from node.errors import LinliError

START_S_MAX = 60.0
STOP_S_MAX = 20.0
ANSWER_S_MAX = 120.0
_LINE_BYTES_MAX = 1 << 22

Event = dict[str, Any]


def environment() -> dict[str, str]:
    """The environment of every process: this very code, no node by default, plain output."""
    sources = [Path(module.__file__ or "").parent.parent for module in (cli, linli)]
    given = {name: value for name, value in os.environ.items() if name != "LINLI_HOME"}
    paths = [*map(str, sources), *filter(None, [given.get("PYTHONPATH", "")])]
    return {**given, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


def linli_command() -> list[str]:
    """How `linli` is started: the script beside this Python, or the same in one line."""
    script = Path(sys.executable).with_name("linli")
    if script.exists():
        return [str(script)]
    return [sys.executable, "-c", "from cli.main import main; main()"]


async def start(*words: str, **pipes: Any) -> asyncio.subprocess.Process:
    """Starts a process that ends when this one does, out of reach of the terminal's Ctrl-C."""
    leashed = [sys.executable, "-S", "-E", leash.__file__, *words]
    return await asyncio.create_subprocess_exec(
        *leashed, env=environment(), start_new_session=True, limit=_LINE_BYTES_MAX, **pipes
    )


class Box:
    """One node.

    Args:
        place: Where it stands.
        folder: The folder of the whole trial.
        witness: Who writes down what this node acknowledges.

    Attributes:
        home: The node's folder.
        listen: Where children reach it; empty for a village.
        enrol_listen: Where newcomers do.
        author: The node's author id, once it has one.
        division: The id of its division.
        links: What it dials, by the author of the parent behind it.
        heard: Who wants to know what the service logs.
    """

    def __init__(self, place: Place, folder: Path, witness: Witness) -> None:
        self.place = place
        self.home = folder / "nodes" / place.code
        self.listen = self.enrol_listen = ""
        self.author = self.division = ""
        self.links: dict[str, Link] = {}
        self.heard: list[Callable[[Box, Event], None]] = []
        self._witness = witness
        self._log_path = folder / "logs" / f"{place.code}.log"
        self._service: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._hands: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        """The place's name, as people say it."""
        return self.place.short

    async def start(self, *words: str, **pipes: Any) -> asyncio.subprocess.Process:
        """Starts a process where this box stands: on this machine, as `start` does."""
        return await start(*words, **pipes)

    # --- commands --------------------------------------------------------------------------------

    async def linli(self, *words: str) -> str:
        """Runs one sentence on this node and returns its result.

        Raises:
            LinliError: It failed; the message says with what words.
        """
        process = await self.start(
            *linli_command(), "--home", str(self.home), *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                out, talk = await process.communicate()
        finally:
            await _end(process, signal.SIGKILL)
        if process.returncode:
            said = talk.decode(errors="replace").strip()
            raise LinliError(
                f"`linli {' '.join(words[:2])}` at {self.name} ended with {process.returncode}: "
                f"{said}"
            )
        return out.decode().strip()

    # --- the service -----------------------------------------------------------------------------

    async def serve(self) -> None:
        """Starts the service and waits until its ports are open.

        Raises:
            LinliError: It did not come up.
        """
        await self.begin_to_serve()
        await self.serving()

    async def begin_to_serve(self) -> None:
        """Starts the service and does not wait for anything."""
        self._started.clear()
        self._service = await self.start(
            *linli_command(), "--home", str(self.home), "serve", "--verbose",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._listening = asyncio.create_task(self._listen_to(self._service))

    async def serving(self) -> None:
        """Waits until the ports of a service that was started are open.

        Raises:
            LinliError: It did not come up.
        """
        assert self._listening is not None, "the service was started"
        started = asyncio.create_task(self._started.wait())
        try:
            await asyncio.wait(
                (started, self._listening),
                timeout=START_S_MAX,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            started.cancel()
        if not self._started.is_set():
            raise LinliError(
                f"The service of {self.name} did not come up within {START_S_MAX:.0f} s.",
                hint=f"Its log: {self._log_path}",
            )

    async def _listen_to(self, service: asyncio.subprocess.Process) -> None:
        """Keeps every line that the service logs, and tells the events among them."""
        assert service.stderr is not None
        with self._log_path.open("ab") as log:
            while line := await service.stderr.readline():
                log.write(line)
                log.flush()
                self._hear(line)

    def _hear(self, line: bytes) -> None:
        start_of_event = line.find(b"{")
        if start_of_event < 0:
            return
        try:
            event = json.loads(line[start_of_event:])
        except ValueError:
            return
        if event.get("event") == "server_started":
            self._started.set()
        for tell in list(self.heard):
            tell(self, event)

    @property
    def is_up(self) -> bool:
        """Whether the service that was started last has opened its ports."""
        return self._started.is_set()

    def kill(self, *, service: bool = True, hands: bool = True) -> None:
        """Ends the service and the hands, or one of them, as a power cut would: `kill -9`."""
        self.signal(signal.SIGKILL, service=service, hands=hands)

    def signal(self, number: signal.Signals, *, service: bool = True, hands: bool = True) -> None:
        """Sends a signal to what runs of the service and the hands."""
        for process in (self._service if service else None, self._hands if hands else None):
            if process is not None and process.returncode is None:
                process.send_signal(number)

    async def killed(self, *, service: bool = True, hands: bool = True) -> bool:
        """Waits for the end of what `kill` hit; says whether that was what ended the service."""
        assert self._service is not None, "the service was started"
        if hands and self._hands is not None:
            await self._hands.wait()
            self._hands = None
        if service:
            await self._service.wait()
            if self._listening is not None:
                await self._listening  # else its last words would be taken for the next one's
        return self._service.returncode == -signal.SIGKILL

    async def stop(self) -> None:
        """Stops the service in the ordinary way."""
        if self._service is not None:
            await _end(self._service, signal.SIGTERM)
        if self._listening is not None:
            await asyncio.gather(self._listening, return_exceptions=True)

    # --- the hands -------------------------------------------------------------------------------

    async def take_up_work(self) -> None:
        """Starts the hands."""
        self._hands = await self.start(
            sys.executable, "-m", "cli.demo.worker", str(self.home),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        about = await self._answer()
        self.author, self.division = about["author"], about["division"]

    async def do(self, what: str, **given: Any) -> Any:
        """Lets the hands do one thing; what it acknowledged is written down before the return.

        Raises:
            LinliError: The node refused, or the hands are gone.
        """
        async with self._turn:
            assert self._hands is not None and self._hands.stdin is not None, "work was taken up"
            asked = json.dumps({"do": what, "with": given}, ensure_ascii=False)
            with contextlib.suppress(ConnectionError):  # then the answer says that they are gone
                self._hands.stdin.write(f"{asked}\n".encode())
                await self._hands.stdin.drain()
            told = await self._answer()
        if "refused" in told:
            raise LinliError(f"{what} at {self.name} was refused: {told['refused']}")
        self._witness.note(told["acknowledged"])
        return told["returned"]

    async def _answer(self) -> dict[str, Any]:
        assert self._hands is not None and self._hands.stdout is not None, "work was taken up"
        async with asyncio.timeout(ANSWER_S_MAX):
            line = await self._hands.stdout.readline()
        if not line.endswith(b"\n"):
            raise Gone(f"The hands at {self.name} are gone.")
        told: dict[str, Any] = json.loads(line)
        return told

    async def lay_down_work(self) -> None:
        """Ends the hands."""
        if self._hands is None:
            return
        assert self._hands.stdin is not None
        self._hands.stdin.close()
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await self._hands.wait()
        except TimeoutError:
            await _end(self._hands, signal.SIGKILL)
        self._hands = None


class Gone(LinliError):
    """A process that was asked has ended."""


async def _end(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Ends a process, if need be by force."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
    try:
        async with asyncio.timeout(STOP_S_MAX):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
