"""The side that joins: an invitation becomes a certificate, a folder, and parents to dial.

The newcomer trusts nobody yet. Its token names the key of the one node that it may believe, and
the root to which every chain must lead; whoever else answers is refused before the secret is said.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import grpc

from linli.v1.enrol_pb2 import EnrolRequest, EnrolResponse, Token
from linli.v1.enrol_pb2_grpc import EnrolServiceStub
from node import identity, wire
from node.clock import Clock
from node.config import CHAIN, Config, Limits, ParentAddress, write_file
from node.errors import LinliError, Refused
from node.link import presented_certificate, raised
from node.members.folder import check_addresses, furnish, holds_node, own_key
from node.replica import Replica
from node.schema import Schema

_CALL_S_MAX = 30


def join(
    home: Path,
    schema: Schema,
    token_text: str,
    *,
    user: str,
    listen: str = "",
    enrol_listen: str = "",
    address: str = "",
    enrol_address: str = "",
    pages_listen: str = "",
    clock: Clock | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
    limits: Limits | None = None,
    ask: Callable[[Token, identity.Key, str], EnrolResponse] | None = None,
) -> Replica:
    """Joins a county, or joins it again with the same key where a node lives in the folder.

    Whatever fails, the same call may be made again: the same key gets the same certificate.

    Args:
        home: The node's folder.
        schema: What it keeps.
        token_text: The invitation.
        user: Who acts there: recorded, not trusted.
        listen: Host and port for sessions of children; empty: it has none.
        enrol_listen: Host and port for their enrolment.
        address: What children dial, where it differs from `listen`.
        enrol_address: What newcomers dial, where it differs from `enrol_listen`.
        pages_listen: Host and port where browsers find this node's pages; empty: no pages.
        clock: What time it is here.
        entropy: Gives random bytes.
        limits: Limits other than the usual ones.
        ask: How the inviting node is asked, where not over its port.

    Returns:
        The replica, open, with nothing in it yet: a first session comes next.

    Raises:
        UsageError: The token was mistyped.
        ParentUnreachable: The inviting node does not answer.
        Refused: Another node answers there, or the invitation is not taken.
        StoreFault: The disk refused.
    """
    token = identity.read_token(token_text)
    check_addresses(listen, enrol_listen, address, enrol_address, pages_listen)
    known = Config.load(home) if holds_node(home) else None
    if known is not None:
        _check_same(known, identity.author_text(token.root), token.division, home)
    key = own_key(home, entropy)
    answer = (ask or _enrol)(token, key, user)
    chain, parents = _checked(token, key, answer)
    if known is not None:
        write_file(home / CHAIN, identity.chain_to_pem(chain))
        replace(known, parents=parents).save(home)
        return Replica(home, schema, clock, entropy)
    config = Config(
        division=token.division,
        author=key.author,
        user=user,
        cluster=identity.author_text(token.root),
        listen=listen,
        enrol_listen=enrol_listen,
        address=address,
        enrol_address=enrol_address,
        pages_listen=pages_listen,
        parents=parents,
        limits=limits or Limits(),
    )
    return furnish(home, schema, key, chain, config, partial(_take_beacon, answer), clock, entropy)


def _take_beacon(answer: EnrolResponse, replica: Replica) -> None:
    """Takes the county's beacon from the answer, so that the newcomer knows the time at once."""
    if answer.HasField("beacon"):
        replica.take_beacon(wire.read_beacon(answer.beacon))


def _check_same(known: Config, root: str, division: str, home: Path) -> None:
    """Refuses an invitation that would make another node of the one that lives here."""
    if (known.cluster, known.division) != (root, division):
        raise Refused(
            f"The node in {home} stands at division {known.division} of the county"
            f" {known.cluster}; the invitation is for {division} of {root}.",
            reason="INVITE_SCOPE",
            hint="Join in another folder with --home.",
        )


def _enrol(token: Token, key: identity.Key, user: str) -> EnrolResponse:
    """Shows the token to the node that gave it, and to no other."""
    issuer = identity.author_text(token.issuer)
    shown = presented_certificate(token.address)
    if (answering := identity.presented_author(shown)) != issuer:
        raise Refused(
            f"At {token.address} answers {answering}, and the invitation was given by {issuer}.",
            reason="CERTIFICATE_UNKNOWN",
            hint="Nothing was told to it. Check the address with whoever invited you.",
        )
    credentials = grpc.ssl_channel_credentials(identity.chain_to_pem([shown]))
    options = [
        ("grpc.ssl_target_name_override", issuer),
        ("grpc.enable_http_proxy", 0),
        ("grpc.enable_retries", 0),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    request = EnrolRequest(
        secret=token.secret, certificate_request=identity.make_request(key), user=user
    )
    with grpc.secure_channel(token.address, credentials, options) as channel:
        try:
            answer: EnrolResponse = EnrolServiceStub(channel).Enrol(request, timeout=_CALL_S_MAX)
        except grpc.RpcError as fault:
            raise raised(fault, f"the node at {token.address}") from fault
    return answer


def _checked(
    token: Token, key: identity.Key, answer: EnrolResponse
) -> tuple[list[bytes], list[ParentAddress]]:
    """The chain and the parents of an answer, once they are found to be what was promised.

    Raises:
        Refused: They are not.
    """
    chain = list(answer.certificates)
    # Which division lies below which is in the trust data, which has not come yet.
    leaf = identity.check_chain(chain, token.root, lambda upper, lower: True)
    if (leaf.author, leaf.division) != (key.author, token.division):
        raise Refused(
            f"The certificate is for {leaf.author} at {leaf.division}; this box is {key.author}"
            f" and was invited to {token.division}.",
            reason="CERTIFICATE_SCOPE",
            hint="Tell whoever invited you; nothing was kept here but the key.",
        )
    try:
        parents = [
            ParentAddress(identity.author_text(one.author), one.address, one.division)
            for one in answer.parents
        ]
        for parent in parents:
            identity.author_bytes(parent.author)
    except LinliError as fault:
        raise wire.malformed("the parents of an enrolment") from fault
    return chain, parents
