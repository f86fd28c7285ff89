"""The county's book as a set of acts: assembled from them, and rebuilt after a backup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from node.care.money import yuan
from node.care.rights.claims import (
    DONE,
    GRANT,
    REBUILT,
    RESTORED,
    RETURN,
    RUNNING,
    SEAL,
    SETTLEMENT,
    WAITS,
    Account,
    Act,
    Book,
    Booked,
    County,
    Lineage,
    Refusal,
)
from node.care.rights.county import titled, with_account


def assembled(book: Book, budget_fen: int, acts: Iterable[Act]) -> County:
    """The county's book from its acts, in any order, each however often."""
    county = County(book, budget_fen)
    for account in _accounts(acts):
        county = with_account(county, account)
    return county


def restored(county: County) -> County:
    """A book that came from a backup: it may lack acts, and so it moves nothing."""
    return replace(county, phase=RESTORED)


def rebuilt(county: County, acts: Iterable[Act], payments: Iterable[Act]) -> County:
    """Joins a restored book with what others hold of it.

    It is safe as soon as every payment is among the payments: those may not be forgotten. An act
    that nobody kept is missed by nobody, but its rights may stay counted until the year ends. What
    was paid had been granted, so an account that lacks its grant is given it.

    Args:
        county: The book; a running one stays as it is.
        acts: The county's acts as nodes below have them.
        payments: Every settlement that the payment channel has carried out, as such acts.
    """
    if county.phase == RUNNING:
        return county
    paid = {one.id: one for one in payments}
    kept = [one for one in (*_acts(county), *acts) if one.kind != SETTLEMENT or one.id not in paid]
    joined = assembled(county.book, county.budget_fen, (*kept, *paid.values()))
    for account in joined.accounts:
        lacking = account.used_fen - account.granted_fen
        if lacking > 0:
            found = Booked(f"rebuilt-{account.lineage.author}-{account.lineage.boot}", lacking)
            joined = with_account(joined, replace(account, grants=account.grants | {found}))
    return replace(joined, phase=REBUILT)


def resumed(county: County) -> County | Refusal:
    """Lets a rebuilt book move money again, where it holds together."""
    if county.phase == RUNNING:
        return Refusal(f"The county's book of {titled(county.book)} is in order.", DONE)
    if county.phase == RESTORED:
        return Refusal(
            f"The county's book of {titled(county.book)} was not rebuilt yet from the receipts"
            " below and from what was paid.",
            WAITS,
        )
    over = county.outstanding_fen - county.budget_fen
    if over > 0:
        return Refusal(
            f"{yuan(over)} yuan more are granted than the budget has: take back what villages ask"
            " to return, and bring in what was not heard from yet.",
            WAITS,
        )
    return replace(county, phase=RUNNING)


def _acts(county: County) -> Iterable[Act]:
    for one in county.accounts:
        for kind, booked in (
            (GRANT, one.grants), (SETTLEMENT, one.settlements), (RETURN, one.returns)
        ):  # fmt: skip
            yield from (Act(kind, each.id, one.lineage, each.fen) for each in booked)
        if one.sealed_after is not None:
            yield Act(SEAL, "", one.lineage, one.sealed_after)


def _accounts(acts: Iterable[Act]) -> Iterable[Account]:
    """An account for each lineage; of two amounts under one id the higher is taken."""
    by_lineage: dict[Lineage, dict[str, dict[str, int]]] = {}
    for kind, id_, lineage, fen in acts:
        kinds = by_lineage.setdefault(lineage, {GRANT: {}, SETTLEMENT: {}, RETURN: {}, SEAL: {}})
        if kind in kinds:
            before = kinds[kind].get(id_, fen)
            kinds[kind][id_] = min(before, fen) if kind == SEAL else max(before, fen)
    for lineage, kinds in by_lineage.items():
        booked = (frozenset(Booked(*pair) for pair in kinds[one].items()) for one in kinds)
        grants, settlements, returns, _ = booked
        last = min(kinds[SEAL].values(), default=None)
        yield Account(lineage, grants, settlements, returns, last)
