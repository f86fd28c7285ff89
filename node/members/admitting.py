"""The side that admits: a newcomer for an invitation, a member for another year.

Both answers may be lost on the way, and both calls may be made again: the same key with the same
invitation gets the same certificate, and a certificate with much time left is given once more.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from linli.v1.enrol_pb2 import (
    EnrolRequest,
    EnrolResponse,
    Parent,
    RenewRequest,
    RenewResponse,
)
from linli.v1.enrol_pb2_grpc import (
    EnrolServiceServicer,
    RenewServiceServicer,
    add_EnrolServiceServicer_to_server,
    add_RenewServiceServicer_to_server,
)
from node import identity, wire
from node.clock import day
from node.division import LEVELS
from node.errors import LinliError, Refused, UsageError
from node.events import WARNING, tell
from node.link import Exchange, abort, caller
from node.members.inviting import check_below, check_free
from node.replica import Insert, Replica
from node.store.peers import Invite

_USER_CHARACTERS_MAX = 200


class EnrolServicer(EnrolServiceServicer):
    """Admits newcomers; stands at the port that strangers may reach.

    Args:
        exchange: The exchange of this node.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def add_to(self, server: Any) -> None:
        """Puts the service on a port."""
        add_EnrolServiceServicer_to_server(self, server)

    async def Enrol(self, request: EnrolRequest, context: Any) -> EnrolResponse:
        """Admits a node once for a token."""
        try:
            caller(context)
            return await self.exchange.commit(enrol, self.exchange.replica, request)
        except LinliError as error:
            tell("enrolment_refused", WARNING, error=error)
            await abort(context, error)


class RenewServicer(RenewServiceServicer):
    """Renews certificates of members, also of those whose time has passed.

    Args:
        exchange: The exchange of this node.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def add_to(self, server: Any) -> None:
        """Puts the service on a port."""
        add_RenewServiceServicer_to_server(self, server)

    async def Renew(self, request: RenewRequest, context: Any) -> RenewResponse:
        """Gives a new certificate for the same key and division."""
        try:
            chain = caller(context)
            return await self.exchange.commit(renew, self.exchange.replica, chain, request)
        except LinliError as error:
            tell("renewal_refused", WARNING, error=error)
            await abort(context, error)


def enrol(replica: Replica, request: EnrolRequest) -> EnrolResponse:
    """Admits the key of a request for the invitation behind its secret, in one transaction.

    Raises:
        Refused: `TOKEN_INVALID`, `INVITE_SCOPE`, or what is wrong with the request.
        StoreFault: The disk failed; nothing has happened.
    """
    author = identity.request_author(request.certificate_request)
    # Found by its hash: how long that takes says nothing about the secret.
    secret_hash = hashlib.sha256(request.secret).digest()
    try:
        with replica.store.transaction():
            invitation = replica.store.peers.invite(secret_hash)
            _check_invitation(replica, invitation, author)
            assert invitation is not None, "checked"
            if not invitation.author:
                _admit(replica, invitation, author, request)
                replica.store.peers.use_invite(secret_hash, author)
    except BaseException:
        replica.core.forget_views()
        raise
    tell("node_admitted", author=author, division=invitation.division)
    return _welcome(replica, author, invitation.division)


def _check_invitation(replica: Replica, invitation: Invite | None, author: str) -> None:
    fact = ""
    if invitation is None:
        fact = "This invitation was never given here."
    elif invitation.author and invitation.author != author:
        fact = "This invitation has been used by another box."
    elif not invitation.author and invitation.expires_at <= replica.core.now_ms():
        fact = f"This invitation held until {day(invitation.expires_at)}."
    if fact:
        raise Refused(
            fact, reason="TOKEN_INVALID", hint="Ask for a new one: linli member invite CODE"
        )


def _admit(replica: Replica, invitation: Invite, author: str, request: EnrolRequest) -> None:
    check_below(replica, invitation.division)
    replica.view.check_cut(author)
    known = replica.view.certificates.get(author)
    if known is not None and known.division != invitation.division:
        raise Refused(
            f"The key {author} stands at division {known.division}, and the invitation is for"
            f" {invitation.division}.",
            reason="INVITE_SCOPE",
            hint="Join in an empty folder: a node keeps its division.",
        )
    if not invitation.replaces:
        check_free(replica, invitation.division, author)
    user = request.user.strip()[:_USER_CHARACTERS_MAX] or invitation.user
    _issue(replica, request.certificate_request, author, invitation.division, user)


def _issue(replica: Replica, csr: bytes, author: str, division: str, user: str) -> None:
    """Issues a certificate and states it in `trust`."""
    core = replica.core
    der = identity.issue(
        core.key,
        core.chain[0],
        csr,
        division,
        core.now_ms(),
        core.limits.certificate_days,
        can_issue=replica.tree.level(division) != LEVELS[-1],
    )
    stated = {"author": author, "stands_at": division, "der": base64.b64encode(der).decode()}
    replica.write(core.division, [Insert("certificate", stated)], user=user)


def _welcome(replica: Replica, author: str, division: str) -> EnrolResponse:
    config, beacon = replica.core.config, replica.beacon()
    own = Parent(
        author=identity.author_bytes(replica.author),
        address=config.address or config.listen,
        division=replica.division,
    )
    above = [
        Parent(
            author=identity.author_bytes(parent.author),
            address=parent.address,
            division=parent.division,
        )
        for parent in config.parents
    ]
    return EnrolResponse(
        certificates=replica.view.chain(author),
        division=division,
        beacon=wire.beacon_message(beacon) if beacon else None,
        parents=[own, *above],
    )


def renew(replica: Replica, chain: list[bytes], request: RenewRequest) -> RenewResponse:
    """Gives a member a new certificate, or the present one while half of its time is left.

    Raises:
        Refused: The caller is no member, asks for another key, or does not stand below this node.
    """
    member = replica.view.recognise(chain)
    if identity.request_author(request.certificate_request) != member.author:
        raise Refused(
            f"The request is for another key than that of {member.author}.",
            reason="CERTIFICATE_SCOPE",
            hint="A new key needs a new invitation.",
        )
    try:
        check_below(replica, member.division)
    except UsageError as fault:
        raise Refused(fault.message, reason="INVITE_SCOPE", hint=fault.hint) from fault
    known = replica.view.certificates.get(member.author)
    left = known.valid_until - replica.core.now_ms() if known else 0
    if known is None or left < (known.valid_until - known.valid_from) // 2:
        _issue(
            replica,
            request.certificate_request,
            member.author,
            member.division,
            replica.core.config.user,
        )
    return RenewResponse(certificates=replica.view.chain(member.author))
