"""Whether it is the parent itself that answers, and whether it may still speak.

Every township signs certificates, so a certificate under the county's root proves nothing about a
name in it: the hash of its key does. A line to a parent is therefore opened with one certificate as
the only trust, and that certificate's key is the parent's. Mostly it is known: from `trust`, or
from this node's own chain. Where it is not, or the parent shows a newer one, it is looked at first;
its key is compared, and TLS then proves that the other end holds it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc

from node import identity
from node.clock import day
from node.config import ParentAddress
from node.errors import LinliError, Refused, RefusedBytes
from node.link.exchange import Exchange
from node.link.refusals import Unproven
from node.link.tls import dial_credentials, dial_options, look_at
from node.replica import Replica

Result = TypeVar("Result")


class NotTheParent(Refused):
    """What answers is not the parent, or its time is over. Another parent may do."""


async def over_line(
    exchange: Exchange,
    parent: ParentAddress,
    timeout_s: float,
    use: Callable[[grpc.aio.Channel], Awaitable[Result]],
) -> Result:
    """Uses a line at whose other end is the parent and nobody else.

    Args:
        exchange: The exchange that the line is for.
        parent: Whom to dial.
        timeout_s: How long the parent may take to show its certificate.
        use: What is done with the line. Nothing is said on it to anybody else.

    Raises:
        ParentUnreachable: There was no answer.
        NotTheParent: Somebody else answers.
    """
    pin = exchange.pins.get(parent.author) or await exchange.run(
        _known_leaf, exchange.replica, parent.author
    )
    if pin:
        try:
            return await _over(exchange, parent, pin, use)
        except Unproven:
            # It may have been renewed since, and somebody else may answer: look who does.
            if await shown_leaf(exchange, parent, timeout_s) == pin:
                raise
    else:
        await shown_leaf(exchange, parent, timeout_s)
    return await _over(exchange, parent, exchange.pins[parent.author], use)


async def _over(
    exchange: Exchange,
    parent: ParentAddress,
    pin: bytes,
    use: Callable[[grpc.aio.Channel], Awaitable[Result]],
) -> Result:
    credentials = dial_credentials(exchange.replica, pin)
    options = dial_options(exchange.replica.core.limits, parent.author)
    async with grpc.aio.secure_channel(parent.address, credentials, options) as channel:
        return await use(channel)


async def shown_leaf(exchange: Exchange, parent: ParentAddress, timeout_s: float) -> bytes:
    """The certificate that the parent shows, DER; the next line is opened with it.

    Raises:
        ParentUnreachable: There was no answer.
        NotTheParent: Somebody else answers.
    """
    shown = await look_at(
        parent.address, await exchange.run(named, exchange.replica, parent), timeout_s
    )
    try:
        found = identity.presented_author(shown)
    except RefusedBytes:
        found = "of another kind"
    if found != parent.author:
        raise NotTheParent(
            f"At {parent.address} answers the key {found}, and the parent there is"
            f" {parent.author}.",
            reason="CERTIFICATE_UNKNOWN",
            hint="Nothing was told to it. Check the address of this parent in node.toml.",
        )
    exchange.pins[parent.author] = shown
    return shown


async def check_time(exchange: Exchange, parent: ParentAddress, timeout_s: float) -> None:
    """Checks that the time of a parent's certificate is not over.

    A parent that was renewed may be the only way by which this node could learn of that: what it
    shows counts too.

    Raises:
        ParentUnreachable: There was no answer.
        NotTheParent: Its time is over, or somebody else answers.
        Refused: It was revoked.
    """
    replica, shown = exchange.replica, exchange.pins.get(parent.author, b"")
    try:
        await exchange.run(_check_time, replica, parent.author, shown)
    except NotTheParent:
        shown = await shown_leaf(exchange, parent, timeout_s)
        await exchange.run(_check_time, replica, parent.author, shown)


def named(replica: Replica, parent: ParentAddress) -> str:
    """A parent as people know it."""
    tier = replica.tree.level(parent.division) or "parent"
    return f"the {tier} at {parent.address}"


def _known(replica: Replica, author: str) -> identity.Certificate | None:
    """The certificate of a node: from `trust`, or before that has come, from the own chain."""
    for der in replica.core.chain[1:]:
        above = identity.read_certificate(der)
        if above.author == author:
            return _later(above, replica.view.certificates.get(author))
    return replica.view.certificates.get(author)


def _later(one: identity.Certificate, other: identity.Certificate | None) -> identity.Certificate:
    return other if other is not None and other.valid_until > one.valid_until else one


def _known_leaf(replica: Replica, author: str) -> bytes:
    known = _known(replica, author)
    return known.der if known is not None else b""


def _check_time(replica: Replica, author: str, shown: bytes) -> None:
    """The beginning is not looked at: a box without a clock learns the time from its parent."""
    replica.view.check_cut(author)
    if author == replica.core.root.author:
        return  # the county's own root is never renewed: it holds as long as the county does
    known = _known(replica, author)
    with contextlib.suppress(LinliError, KeyError):
        issuer = identity.read_certificate(shown).issuer_author
        proved = replica.view.recognise([shown, *replica.view.chain(issuer)])
        if known is None or proved.division == known.division:
            known = _later(proved, known)
    now = replica.core.now_ms()
    if known is not None and known.valid_until < now:
        raise NotTheParent(
            f"The certificate of the parent {author} has expired: it held until"
            f" {day(known.valid_until)}, and today is {day(now)}.",
            reason="CERTIFICATE_EXPIRED",
            hint="That node has to be renewed by its own parent. Check this box's clock, too.",
        )
