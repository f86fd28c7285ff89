"""How a node becomes a member of a county, and stays one.

A county is founded with a key that nobody has vouched for: its hash names the cluster. Everybody
else is invited by a node above. The invitation is a secret on paper; the newcomer shows it once at
the enrolment port, together with its own key, and gets a certificate for a division below the
inviter's. Certificates are `trust`, which every node of the county holds, so a township can admit
its villages while the county is out of reach, and the county learns of it later.

    folder     the files of a node, made as a whole or not at all
    founding   a county out of nothing
    divisions  ids for divisions, and lists of codes taken in
    inviting   an invitation
    admitting  the side that admits: Enrol and Renew
    joining    the side that joins
    revoking   a node that is heard no more
    restoring  a database made anew from a backup
"""

from node.link import Exchange  # first of all: it settles gRPC's ciphers
from node.members.admitting import EnrolServicer, RenewServicer, enrol, renew
from node.members.divisions import (
    Added,
    Compared,
    Proposal,
    add_divisions,
    compare_divisions,
    mint_division_id,
)
from node.members.founding import init_county
from node.members.inviting import invite
from node.members.joining import join
from node.members.restoring import Drilled, check_own, drill, restore
from node.members.revoking import Revoked, Withdrawn, lift, review, revoke, withdrawn

__all__ = [
    "Added",
    "Compared",
    "Drilled",
    "EnrolServicer",
    "Exchange",
    "Proposal",
    "RenewServicer",
    "Revoked",
    "Withdrawn",
    "add_divisions",
    "check_own",
    "compare_divisions",
    "drill",
    "enrol",
    "init_county",
    "invite",
    "join",
    "lift",
    "mint_division_id",
    "renew",
    "restore",
    "review",
    "revoke",
    "withdrawn",
]
