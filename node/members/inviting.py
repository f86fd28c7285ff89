"""An invitation: a secret on paper that admits one box to one division, once.

The node keeps the secret's hash and nothing else of it. It needs no line to anybody: a township
invites its villages while the county is out of reach.
"""

from __future__ import annotations

import hashlib

from linli.v1.enrol_pb2 import Token
from node import identity
from node.clock import DAY_MS, day
from node.errors import Refused, UsageError
from node.link import split_address
from node.replica import Replica
from node.store.peers import Invite

_ANY_HOST = ("0.0.0.0", "::")


def check_below(replica: Replica, division: str) -> None:
    """Refuses to admit to a division that does not lie strictly below this node's.

    Raises:
        UsageError: There is no such division.
        Refused: `INVITE_SCOPE`.
    """
    view, own = replica.view, replica.division
    found = view.tree.get(division)
    if found is None:
        raise UsageError(
            f"There is no division {division} in the county's list.",
            hint="Look it up: linli member list",
        )
    may_issue = identity.read_certificate(replica.core.chain[0]).can_issue
    if division == own or not view.covers(own, division) or not may_issue:
        here = view.tree.get(own)
        raise Refused(
            f"This node stands at {here.name if here else own} and may not admit to"
            f" {found.name} ({found.code}): a node admits strictly below itself.",
            reason="INVITE_SCOPE",
            hint="Ask the tier above that division.",
        )


def check_free(replica: Replica, division: str, newcomer: str = "") -> None:
    """Refuses a second node at a division whose first one still opens sessions.

    Args:
        replica: This node's.
        division: The division.
        newcomer: The author who is to be admitted, who is never in its own way.

    Raises:
        Refused: `INVITE_SCOPE`, naming the node that stands there.
    """
    now = replica.core.now_ms()
    for certificate in replica.view.certificates.values():
        live = certificate.valid_until >= now and certificate.author not in replica.view.cuts
        if certificate.division == division and live and certificate.author != newcomer:
            raise Refused(
                f"{certificate.author} stands at division {division} already, until"
                f" {day(certificate.valid_until)}.",
                reason="INVITE_SCOPE",
                hint="If that box is lost, revoke it: linli member revoke. If it only makes way for"
                " another, invite that with: --replace",
            )


def invite(
    replica: Replica,
    division: str,
    *,
    user: str = "",
    address: str = "",
    days: int | None = None,
    replace: bool = False,
) -> str:
    """Writes an invitation.

    Args:
        replica: This node's.
        division: The id of the division at which the newcomer will stand.
        user: Who invites.
        address: Where the newcomer enrols, where it differs from the configuration.
        days: How long the invitation holds; `invite_days` if None.
        replace: Whether the newcomer takes the place of a node that stands there already.

    Returns:
        The token as text. It is a secret until it is used.

    Raises:
        UsageError: No such division, or nobody could enrol at this node.
        Refused: `INVITE_SCOPE`.
    """
    core = replica.core
    check_below(replica, division)
    if not replace:
        check_free(replica, division)
    where = _enrolment_address(replica, address)
    secret = core.entropy(identity.SECRET_BYTES)
    lasts = core.limits.invite_days if days is None else days
    expires_at = core.now_ms() + lasts * DAY_MS
    secret_hash = hashlib.sha256(secret).digest()
    with replica.store.transaction():
        replica.store.peers.put_invite(
            Invite(secret_hash, division, expires_at, user or core.config.user, "", replace)
        )
    token = Token(
        version=identity.TOKEN_VERSION,
        address=where,
        issuer=identity.author_bytes(core.author),
        root=identity.author_bytes(core.root.author),
        secret=secret,
        division=division,
        expires_at=expires_at,
    )
    return identity.make_token(token)


def _enrolment_address(replica: Replica, given: str) -> str:
    """Where a newcomer can reach the enrolment port."""
    config = replica.core.config
    for name, address in (
        ("enrol_address", given or config.enrol_address or config.enrol_listen),
        ("address", config.address or config.listen),
    ):
        host, port = split_address(address) if address else ("", 0)
        if not port or host in _ANY_HOST:
            raise UsageError(
                f"A newcomer could not reach this node: its {name} is '{address}'.",
                hint=f"Set {name} in node.toml to the host:port that others dial, or start"
                " `linli serve` once where the port is 0.",
            )
    return given or config.enrol_address or config.enrol_listen
