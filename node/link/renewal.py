"""A new certificate before the old one ends.

The parent gives it for the same key and division. A node asks when the last quarter of its
certificate has begun, or when a parent has told it that the certificate is over; where no parent
gives one, the old one goes on until it ends, and then somebody has to invite the box again.
"""

from __future__ import annotations

import grpc

from linli.v1.enrol_pb2 import RenewRequest
from linli.v1.enrol_pb2_grpc import RenewServiceStub
from node import identity
from node.config import CHAIN, write_file
from node.errors import RefusedBytes
from node.events import tell
from node.link.exchange import Exchange
from node.link.refusals import raised
from node.link.tls import ANSWER_S_MAX
from node.replica import Replica

_PARTS = 4
"""The last of so many parts of a certificate's time is for renewing it."""


def due(replica: Replica) -> bool:
    """Whether this node should ask for a new certificate; the county's own root needs none."""
    core = replica.core
    if core.is_root:
        return False
    own = identity.read_certificate(core.chain[0])
    return own.valid_until - core.now_ms() < (own.valid_until - own.valid_from) // _PARTS


async def renew(exchange: Exchange, channel: grpc.aio.Channel) -> None:
    """Asks the node at the other end of a channel for a new certificate, and keeps it.

    Raises:
        LinliError: It did not give one, or not one that fits.
    """
    request = RenewRequest(certificate_request=identity.make_request(exchange.replica.core.key))
    try:
        answer = await RenewServiceStub(channel).Renew(request, timeout=ANSWER_S_MAX)
    except grpc.RpcError as fault:
        raise raised(fault, "the parent") from fault
    await exchange.run(_keep, exchange.replica, list(answer.certificates))
    tell("certificate_renewed", author=exchange.replica.author)


def _keep(replica: Replica, chain: list[bytes]) -> None:
    core = replica.core
    own, given = identity.read_certificate(core.chain[0]), replica.view.recognise(chain)
    if (given.author, given.division) != (own.author, own.division):
        raise RefusedBytes(
            f"The new certificate is for {given.author} at {given.division}; this node is"
            f" {own.author} at {own.division}."
        )
    if given.valid_until <= own.valid_until:
        return
    write_file(core.home / CHAIN, identity.chain_to_pem(chain))
    core.chain = chain
