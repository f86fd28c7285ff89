"""What a box does with its rights while it is offline: it reserves, and it asks to give back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from node.care.money import yuan
from node.care.rights.claims import (
    DONE,
    GIVEN_BACK,
    RESERVED,
    WAITS,
    Booked,
    Box,
    Claim,
    Refusal,
    not_an_amount,
)


def learn(box: Box, grants: Iterable[Booked]) -> Box:
    """Takes in what the county granted, old or new, in any order."""
    known = {one.id for one in box.grants}
    return replace(box, grants=box.grants | {one for one in grants if one.id not in known})


def reserve(box: Box, claim_id: str, number: int, fen: int) -> Box | Refusal:
    """Reserves an amount; the person is told that it is reserved and not paid."""
    return _claim(box, Claim(claim_id, box.book, box.lineage, number, RESERVED, fen))


def request_return(box: Box, claim_id: str, number: int, fen: int) -> Box | Refusal:
    """Asks the county to take back rights that are not needed; from now on they are not used."""
    return _claim(box, Claim(claim_id, box.book, box.lineage, number, GIVEN_BACK, fen))


def _claim(box: Box, claim: Claim) -> Box | Refusal:
    refusal = not_an_amount(claim.fen)
    if refusal:
        return refusal
    if any(one.id == claim.id for one in box.claims):
        return Refusal(f"{claim.id} was written before.", DONE)
    if not box.grants:
        return Refusal(
            "The county has granted nothing to this box since it started anew: money is reserved"
            " again after the next exchange with it.",
            WAITS,
        )
    if claim.fen > box.left_fen:
        return Refusal(
            f"Of what the county granted, {yuan(max(box.left_fen, 0))} yuan are left here, and"
            f" {yuan(claim.fen)} are asked for."
        )
    return replace(box, claims=box.claims | {claim})
