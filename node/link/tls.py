"""Who may connect, and with what settings: credentials, ports, and the certificate behind a call.

TLS proves that the peer holds a key for which somebody of this county vouched; it cannot say why
it refuses. So its dates are wide and its check is coarse, and the rules that have reasons (the
divisions along the chain, Linli's own validity) are checked here, where a refusal can be sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import grpc

from node import identity
from node.config import Limits
from node.errors import ParentUnreachable, Refused, UsageError
from node.link.faults import Discreet
from node.link.porter import Porter, connections_max
from node.replica import Replica

ANSWER_S_MAX = 10
"""How long a peer may take until the line stands."""

ENROL_BYTES_MAX = 65_536
"""Largest message on the enrolment port, which strangers may reach."""

SLOWEST_BYTES_PER_S = 2_000
"""The slowest line on which a frame is waited for to its end."""

_VERSION = b"TLSv1.3"
_STREAMS_PER_CONNECTION = 4
_HANDSHAKE_MS_MAX = 20_000
_IDLE_MS_MAX = 60_000
"""How long a connection may stand without a call."""
_STRANGERS_MAX = 256
"""Connections that the enrolment port keeps at once."""
_NEWCOMERS_MAX = 64
"""Calls that it answers at once."""
_METADATA_BYTES_MAX = 16_384

Options = list[tuple[str, Any]]


def split_address(address: str) -> tuple[str, int]:
    """Host and port of an address such as `10.2.0.5:7443` or `[fd00::5]:7443`.

    Raises:
        UsageError: It has another form.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise UsageError(
            f"'{address}' is not an address.", hint="Write host:port, as in 10.2.0.5:7443."
        )
    return host.strip("[]"), int(port)


def patience_s(limits: Limits) -> float:
    """How long nothing may arrive while something is outstanding.

    A whole segment may be on its way, and nothing of it is seen before its end.
    """
    return limits.session_idle_s_max + limits.segment_bytes_max / SLOWEST_BYTES_PER_S


def _shared_options(limits: Limits, message_bytes_max: int) -> Options:
    """Message sizes, and the pings that find a dead line."""
    ping_s = max(limits.session_idle_s_max // 4, 1)
    patience_ms = int(patience_s(limits) * 1000)
    return [
        ("grpc.max_receive_message_length", message_bytes_max),
        ("grpc.max_send_message_length", message_bytes_max),
        ("grpc.max_metadata_size", _METADATA_BYTES_MAX),
        ("grpc.keepalive_time_ms", ping_s * 1000),
        ("grpc.keepalive_timeout_ms", patience_ms),
        # By itself gRPC gives a line up where a ping waits for a minute behind a segment.
        ("grpc.http2.ping_timeout_ms", patience_ms),
        ("grpc.http2.max_pings_without_data", 0),
    ]


# --- answering -----------------------------------------------------------------------------------


class Servicer(Protocol):
    """What answers calls on a port."""

    def add_to(self, server: grpc.aio.Server) -> None:
        """Puts the service on a port."""


def open_port(
    replica: Replica, listen: str, servicers: Sequence[Servicer], *, members_only: bool
) -> tuple[Port, int]:
    """Prepares a port; the caller starts it.

    Args:
        replica: Whose key and chain the port shows.
        listen: Host and port; port 0 takes any.
        servicers: What answers there.
        members_only: Whether callers must show a certificate of this county. Otherwise it is the
            enrolment port, which shows a certificate of its own.

    Returns:
        What listens, and the number of its port.

    Raises:
        UsageError: The address cannot be listened on.
    """
    split_address(listen)
    core = replica.core
    if members_only:
        pair = (core.key.pem, identity.chain_to_pem(core.chain))
        root = identity.chain_to_pem([core.root.der])
        credentials = grpc.ssl_server_credentials([pair], root, require_client_auth=True)
        size, calls_max = core.limits.message_bytes_max, core.limits.sessions_max + 16
        porter = Porter(connections_max(core.limits.connections_max))
    else:
        pair = (core.key.pem, identity.enrolment_certificate(core.key))
        credentials = grpc.ssl_server_credentials([pair])
        size, calls_max = ENROL_BYTES_MAX, _NEWCOMERS_MAX
        porter = Porter(connections_max(_STRANGERS_MAX))
    options = [
        *_shared_options(core.limits, size),
        ("grpc.so_reuseport", 0),
        ("grpc.max_concurrent_streams", _STREAMS_PER_CONNECTION),
        ("grpc.server_handshake_timeout_ms", _HANDSHAKE_MS_MAX),
        ("grpc.max_allowed_incoming_connections", porter.places),
        ("grpc.max_connection_idle_ms", _IDLE_MS_MAX),
        # A strike costs more than the ping: 20 connections that flood took 42 s of processor so,
        # and 2 s with every ping answered. What is not read is answered 10,000 times at most.
        ("grpc.http2.max_ping_strikes", 0),
    ]
    server = grpc.aio.server(
        interceptors=[porter, Discreet()], options=options, maximum_concurrent_rpcs=calls_max
    )
    for servicer in servicers:
        servicer.add_to(server)
    try:
        port = server.add_secure_port(listen, credentials)
    except RuntimeError:
        port = 0
    if not port:
        raise UsageError(
            f"Cannot listen on {listen}: the port is taken, or the address is not this box's.",
            hint="Stop what holds it, or change `listen` in node.toml.",
        )
    return Port(server, porter, port), port


class Port:
    """A port that listens once it is started.

    Args:
        server: What answers there.
        porter: Who looks after its connections.
        number: The port.
    """

    def __init__(self, server: grpc.aio.Server, porter: Porter, number: int) -> None:
        self._server = server
        self._porter = porter
        self._number = number
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to answer."""
        await self._server.start()
        self._looking = asyncio.create_task(self._porter.run(self._number))

    async def stop(self, grace: float | None) -> None:
        """Ends every call within some seconds, and closes the port."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._server.stop(grace)


def caller(context: Any) -> list[bytes]:
    """The certificates behind a call in DER, the caller's first; none where it showed none.

    Raises:
        Refused: The line is not TLS 1.3.
    """
    found: Mapping[str, Sequence[bytes]] = context.auth_context()
    if list(found.get("ssl_tls_version", ())) != [_VERSION]:
        raise Refused(
            "The line is not TLS 1.3.", reason="PROTOCOL_VERSION", hint="Upgrade Linli there."
        )
    pem = b"".join([*found.get("x509_pem_cert", ()), *found.get("x509_pem_cert_chain", ())])
    return identity.chain_from_pem(pem) if pem else []


# --- dialling ------------------------------------------------------------------------------------


def dial_options(limits: Limits, author: str) -> Options:
    """The settings of a channel to a node with this author id, which its certificate must name."""
    return [
        *_shared_options(limits, limits.message_bytes_max),
        ("grpc.ssl_target_name_override", author),
        ("grpc.enable_http_proxy", 0),
        ("grpc.enable_retries", 0),
        # A channel of its own each time: the shared pool remembers failures for minutes.
        ("grpc.use_local_subchannel_pool", 1),
    ]


def dial_credentials(replica: Replica, pin: bytes) -> grpc.ChannelCredentials:
    """This node's own certificate, and trust in one other alone: that of the node that is meant."""
    core, only = replica.core, identity.chain_to_pem([pin])
    return grpc.ssl_channel_credentials(only, core.key.pem, identity.chain_to_pem(core.chain))


def presented_certificate(address: str, timeout_s: float = ANSWER_S_MAX) -> bytes:
    """The certificate that a port shows, DER; nobody has vouched for it yet.

    Raises:
        ParentUnreachable: Nothing answers there, or not with TLS 1.3.
    """
    context = _looking()
    try:
        with contextlib.ExitStack() as stack:
            plain = socket.create_connection(split_address(address), timeout=timeout_s)
            stack.enter_context(plain)
            line = stack.enter_context(context.wrap_socket(plain))
            shown = line.getpeercert(binary_form=True)
    except OSError as fault:
        raise ParentUnreachable(
            f"Cannot reach {address} ({_cause(fault, timeout_s)}).",
            hint="Check the address, and that `linli serve` runs there.",
        ) from fault
    assert shown is not None, "a TLS server shows a certificate"
    return shown


async def look_at(address: str, whom: str, timeout_s: float) -> bytes:
    """The certificate that a port shows, DER, without waiting at the event loop.

    That the port holds its key is proved by TLS; whose key it is, nobody has said yet.

    Args:
        address: The port's.
        whom: Who should be there, for the message.
        timeout_s: How long it may take in all.

    Raises:
        ParentUnreachable: Nothing answers there, or not with TLS 1.3.
    """
    host, port = split_address(address)
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(host, port, ssl=_looking())
    except OSError as fault:
        cause = _looked_cause(fault, timeout_s)
        raise ParentUnreachable(f"Cannot reach {whom} ({cause}).") from fault
    shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    assert shown is not None, "a TLS server shows a certificate"
    return shown


def _looking() -> ssl.SSLContext:
    """TLS to a port of which nothing is believed yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2"])
    return context


def _cause(fault: OSError, timeout_s: float) -> str:
    if isinstance(fault, TimeoutError):
        return f"no answer in {timeout_s:g} s"
    return fault.strerror or type(fault).__name__


def _looked_cause(fault: OSError, timeout_s: float) -> str:
    """Why a port could not be looked at, in the words of `refusals.cause`."""
    if isinstance(fault, TimeoutError):
        return f"no answer in {timeout_s:g} s"
    words: tuple[tuple[type[OSError], str], ...] = (
        (ConnectionRefusedError, "connection refused"),
        (socket.gaierror, "its name cannot be resolved"),
        (ssl.SSLEOFError, "the line broke"),
        (ssl.SSLError, "it did not prove to be the node that was meant"),
        (ConnectionError, "the line broke"),
    )
    known = next((text for kind, text in words if isinstance(fault, kind)), "")
    unreachable = fault.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH)
    return known or ("no route to it" if unreachable else _cause(fault, timeout_s))
