"""A network namespace for each node, with nothing between two of them but what we put there.

Every node has a cable of its own to a middle, where this program runs. The middle hands packets on
while the county comes about and not afterwards: from then on a node reaches another only through a
proxy that listens in the middle.

No namespace has a name. Each lives as long as the process that holds it, and each holder ends with
this program, however that ends; so nothing is ever left to be removed. The program itself is
started in a namespace of its own, which is the middle (`MIDDLE`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.demo import leash

MIDDLE = (shutil.which("unshare") or "unshare", "--net")
"""Words before a command that give it a namespace, and with it an empty middle."""

HUB = "10.77.0.1"
"""The address of the middle, as every node sees it."""

LEASH = (sys.executable, "-S", "-E", leash.__file__)
"""Words before a command that end it when this program ends."""

LOSE = (
    "iptables -w -A {chain} -p tcp {end} {port} "
    "-m statistic --mode random --probability {share} -j DROP"
)
"""What makes the middle lose a share of the packets to or from a port of its own."""

_NSENTER = shutil.which("nsenter") or "nsenter"
_HOLD = "echo; exec sleep infinity"
_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
_COMMAND_S_MAX = 20


@dataclass(frozen=True)
class Namespace:
    """The network of one node.

    Attributes:
        address: The node's address, as the middle and, while it forwards, other nodes see it.
        enter: Words before a command that run it there.
    """

    address: str
    enter: tuple[str, ...]


@contextmanager
def namespaces(names: Iterable[str]) -> Iterator[dict[str, Namespace]]:
    """Makes the networks of nodes, by their names, and ends them.

    Raises:
        RuntimeError: This program shares its namespace with the one who started it.
    """
    if Path("/proc/self/ns/net").readlink() == Path(f"/proc/{os.getppid()}/ns/net").readlink():
        raise RuntimeError(f"Start this in a namespace of its own: {' '.join(MIDDLE)} …")
    _do("ip link set lo up")
    _do(f"ip address add {HUB}/32 dev lo")
    with ExitStack() as held:
        yield {name: held.enter_context(_namespace(n)) for n, name in enumerate(names, 1)}


def forward(whether: bool) -> None:
    """Whether the middle hands packets on from node to node."""
    _FORWARD.write_text(f"{whether:d}\n")


@asynccontextmanager
async def losing(port: int, share: float) -> AsyncIterator[None]:
    """Loses packets between a proxy in the middle and the children that dial it, both ways."""
    ends = (("INPUT", "--dport"), ("OUTPUT", "--sport"))
    rules = [LOSE.format(chain=chain, end=end, port=port, share=share) for chain, end in ends]
    try:
        for rule in rules:
            await asyncio.to_thread(_do, rule)
        yield
    finally:
        for rule in rules:
            _do(rule.replace(" -A ", " -D "))


def lost(port: int) -> int:
    """How many packets `losing` has dropped at a port so far."""
    rules = [line.split() for line in _do("iptables -w -nvxL").splitlines()]
    return sum(int(rule[0]) for rule in rules if {f"dpt:{port}", f"spt:{port}"} & {*rule})


@contextmanager
def _namespace(number: int) -> Iterator[Namespace]:
    """The network of one node and its cable to the middle."""
    holder = subprocess.Popen(
        [*LEASH, *MIDDLE, shutil.which("sh") or "sh", "-c", _HOLD],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None and holder.stdout.read(1), "a namespace was refused"
        near, far, cable = f"10.77.{number}.1", f"10.77.{number}.2", f"cable{number}"
        enter = (_NSENTER, f"--net=/proc/{holder.pid}/ns/net", "--")
        _do(f"ip link add {cable} type veth peer name line netns {holder.pid}")
        _do(f"ip address add {near}/30 dev {cable}")
        _do(f"ip link set {cable} up")
        _do("ip link set lo up", *enter)
        _do(f"ip address add {far}/30 dev line", *enter)
        _do("ip link set line up", *enter)
        _do(f"ip route add default via {near}", *enter)
        yield Namespace(far, enter)
    finally:
        holder.kill()
        holder.communicate()


def _do(command: str, *enter: str) -> str:
    done = subprocess.run(
        [*enter, *command.split()],
        capture_output=True, text=True, timeout=_COMMAND_S_MAX, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
