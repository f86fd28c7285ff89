"""What the county does with its book: it grants, settles, takes rights back and seals.

Each function gives the next state of the book or a refusal. The two conditions of the room are
tested here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from node.care.money import yuan
from node.care.rights.claims import (
    DONE,
    GIVEN_BACK,
    REBUILT,
    RESERVED,
    RUNNING,
    WAITS,
    Account,
    Book,
    Booked,
    Claim,
    County,
    Lineage,
    Refusal,
    not_an_amount,
)


def grant(
    county: County, grant_id: str, lineage: Lineage, fen: int, frozen: Collection[str] = ()
) -> County | Refusal:
    """Gives a lineage the right to reserve.

    Args:
        county: The book.
        grant_id: The id of the county's row.
        lineage: To whom.
        fen: How much.
        frozen: The authors whose feeds branched and at which the county has not looked.
    """
    refusal = _not_in_order(county, fen) or _frozen(lineage, frozen)
    if refusal:
        return refusal
    account = county.account(lineage)
    if any(one.id == grant_id for other in county.accounts for one in other.grants):
        return Refusal(f"The grant {grant_id} was given before.", DONE)
    if account.sealed_after is not None:
        return Refusal(f"The box {_called(lineage)} was sealed: nothing is granted to it any more.")
    if county.outstanding_fen + fen > county.budget_fen:
        left = max(county.budget_fen - county.outstanding_fen, 0)
        return Refusal(
            f"Of the budget of {yuan(county.budget_fen)} yuan {yuan(left)} are not granted yet, and"
            f" {yuan(fen)} are asked for."
        )
    return with_account(county, replace(account, grants=account.grants | {Booked(grant_id, fen)}))


def settle(county: County, claim: Claim, frozen: Collection[str] = ()) -> County | Refusal:
    """Settles a reservation: the one function after which money may move, once for each id.

    Args:
        county: The book.
        claim: What a box reserved; where only a part of it is due, with that amount.
        frozen: As for `grant`.
    """
    refusal = _not_due(county, claim, RESERVED, frozen)
    if refusal:
        return refusal
    account = county.account(claim.lineage)
    booked = account.settlements | {Booked(claim.id, claim.fen)}
    return with_account(county, replace(account, settlements=booked))


def accept_return(county: County, claim: Claim, frozen: Collection[str] = ()) -> County | Refusal:
    """Takes rights back, which others may then be granted.

    A copy of a box may ask to return what the box has spent; so the same condition holds as for a
    settlement. While a book is being rebuilt this is allowed too: it only takes away.

    Args:
        county: The book.
        claim: What a box asked to be taken back.
        frozen: As for `grant`.
    """
    refusal = _not_due(county, claim, GIVEN_BACK, frozen)
    if refusal:
        return refusal
    account = county.account(claim.lineage)
    booked = account.returns | {Booked(claim.id, claim.fen)}
    return with_account(county, replace(account, returns=booked))


def seal(county: County, lineage: Lineage, last_number: int) -> County | Refusal:
    """Ends a lineage: what it wrote after a change is refused, and nothing is freed by it.

    Rights that were not used stay counted until they are taken back or the year ends.
    """
    account = county.account(lineage)
    if account.sealed_after is not None:
        return Refusal(f"The box {_called(lineage)} was sealed before.", DONE)
    return with_account(county, replace(account, sealed_after=last_number))


def _not_due(county: County, claim: Claim, kind: str, frozen: Collection[str]) -> Refusal | None:
    """Why a claim cannot be answered; None where it can."""
    returning = kind == GIVEN_BACK and county.phase == REBUILT
    refusal = _not_in_order(county, claim.fen, rebuilt_too=returning)
    if refusal:
        return refusal
    if claim.book != county.book or claim.kind != kind:
        return Refusal(f"{claim.id} is no claim of this kind on {titled(county.book)}.")
    before = next((a.answered[claim.id] for a in county.accounts if claim.id in a.answered), None)
    if before == (kind, claim.fen):
        return Refusal(f"{claim.id} was settled before: it is not paid twice.", DONE)
    if before is not None:
        return Refusal(f"{claim.id} was settled before with another amount or meaning.")
    refusal = _frozen(claim.lineage, frozen)
    if refusal:
        return refusal
    account = county.account(claim.lineage)
    if account.sealed_after is not None and claim.number > account.sealed_after:
        return Refusal(
            f"The box {_called(claim.lineage)} was sealed after change {account.sealed_after}, and"
            f" this is its change {claim.number}."
        )
    if account.used_fen + claim.fen > account.granted_fen:
        left = account.granted_fen - account.used_fen
        return Refusal(
            f"Of what was granted to the box {_called(claim.lineage)}, {yuan(left)} yuan are left,"
            f" and {yuan(claim.fen)} are asked for."
        )
    return None


def _not_in_order(county: County, fen: int, *, rebuilt_too: bool = False) -> Refusal | None:
    if county.phase != RUNNING and not rebuilt_too:
        return Refusal(
            f"The county's book of {titled(county.book)} came from a backup: nothing is granted or"
            " settled until it was rebuilt from the receipts below and from what was paid.",
            WAITS,
        )
    return not_an_amount(fen)


def _frozen(lineage: Lineage, frozen: Collection[str]) -> Refusal | None:
    if lineage.author not in frozen:
        return None
    return Refusal(
        f"The box {_called(lineage)} was restored from a backup or copied: what it asks for waits"
        " until the county has looked.",
        WAITS,
    )


def _called(lineage: Lineage) -> str:
    return lineage.author[:8]


def titled(book: Book) -> str:
    """How messages name a book."""
    return f"{book.programme} {book.year}"


def with_account(county: County, account: Account) -> County:
    """A book in which one account is replaced or added."""
    others = (one for one in county.accounts if one.lineage != account.lineage)
    ordered = sorted((*others, account), key=lambda one: one.lineage)
    return replace(county, accounts=tuple(ordered))
