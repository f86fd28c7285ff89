"""The values of rights: what the county decided, what a box claimed, and what a refusal says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from node.care.money import FEN_MAX, is_amount

GRANT, SETTLEMENT, RETURN, SEAL = "grant", "settlement", "return", "seal"
"""The kinds of acts of the county."""

RESERVED, GIVEN_BACK = "reserved", "given_back"
"""The kinds of claims of a box."""

RUNNING, RESTORED, REBUILT = "running", "restored", "rebuilt"
"""Whether a county's book is in order, came from a backup, or was mended and not yet released."""

NO, WAITS, DONE = "no", "waits", "done"
"""What a refusal means: not so, not yet, or it was done before."""


class Book(NamedTuple):
    """What the money is for, and its year."""

    programme: str
    year: int


class Lineage(NamedTuple):
    """An author and one of its boot numbers."""

    author: str
    boot: int


class Booked(NamedTuple):
    """An amount under the id of its row, which makes it count once; fen."""

    id: str
    fen: int


class Act(NamedTuple):
    """Something the county decided; for a seal `fen` is the number of the last change that counts.

    A settlement and a return bear the id of the claim that they answer.
    """

    kind: str
    id: str
    lineage: Lineage
    fen: int


class Claim(NamedTuple):
    """A reservation or a request to take rights back, as a box wrote it.

    Attributes:
        id: The row's id.
        book: What it is to be paid from.
        lineage: Who wrote it, and since which start.
        number: The number of the change in the author's feed.
        kind: `RESERVED` or `GIVEN_BACK`.
        fen: How much.
    """

    id: str
    book: Book
    lineage: Lineage
    number: int
    kind: str
    fen: int


class Refusal(NamedTuple):
    """Why something was not done, as a sentence, and whether it may be done later or was before."""

    reason: str
    meaning: str = NO


@dataclass(frozen=True)
class Account:
    """What the county granted to one lineage, and what became of it.

    Attributes:
        lineage: Whose it is.
        grants: What was granted.
        settlements: What was settled, under the ids of the claims.
        returns: What was taken back, under the ids of the claims.
        sealed_after: The number of the last change that counts; None while it may go on.
    """

    lineage: Lineage
    grants: frozenset[Booked] = frozenset()
    settlements: frozenset[Booked] = frozenset()
    returns: frozenset[Booked] = frozenset()
    sealed_after: int | None = None

    @cached_property
    def granted_fen(self) -> int:
        """The sum of what was granted."""
        return total(self.grants)

    @cached_property
    def used_fen(self) -> int:
        """The sum of what was settled or taken back."""
        return self.settled_fen + self.returned_fen

    @cached_property
    def settled_fen(self) -> int:
        """The sum of what was settled."""
        return total(self.settlements)

    @cached_property
    def returned_fen(self) -> int:
        """The sum of what was taken back."""
        return total(self.returns)

    @cached_property
    def answered(self) -> dict[str, tuple[str, int]]:
        """The kind and the amount of every claim that was answered."""
        settled = {one.id: (RESERVED, one.fen) for one in self.settlements}
        return settled | {one.id: (GIVEN_BACK, one.fen) for one in self.returns}


@dataclass(frozen=True)
class County:
    """The county's book of one programme and year; only `grant` and its like make the next.

    Attributes:
        book: Of what.
        budget_fen: How much there is.
        accounts: One for each lineage, sorted by it.
        phase: `RUNNING`, `RESTORED` or `REBUILT`.
    """

    book: Book
    budget_fen: int
    accounts: tuple[Account, ...] = ()
    phase: str = RUNNING

    def account(self, lineage: Lineage) -> Account:
        """The account of a lineage; an empty one where it has none."""
        found = (one for one in self.accounts if one.lineage == lineage)
        return next(found, Account(lineage))

    @property
    def outstanding_fen(self) -> int:
        """What was granted and not taken back: settled, or still to be settled."""
        return sum(one.granted_fen - one.returned_fen for one in self.accounts)

    @property
    def settled_fen(self) -> int:
        """What was settled over all."""
        return sum(one.settled_fen for one in self.accounts)


@dataclass(frozen=True)
class Box:
    """What one box knows of its own rights; claims written by its copies are not among them.

    Attributes:
        book: Of what.
        lineage: Who it is, since it started.
        grants: What the county is known to have granted.
        claims: What it wrote itself.
    """

    book: Book
    lineage: Lineage
    grants: frozenset[Booked] = frozenset()
    claims: frozenset[Claim] = frozenset()

    @property
    def left_fen(self) -> int:
        """What it may still reserve, by its own view."""
        return total(self.grants) - sum(claim.fen for claim in self.claims)


def total(booked: Iterable[Booked]) -> int:
    """The sum of amounts, fen."""
    return sum(one.fen for one in booked)


def not_an_amount(fen: int) -> Refusal | None:
    """The refusal of what is no amount that can move; None where it is one."""
    if is_amount(fen):
        return None
    return Refusal(f"{fen} fen is no amount; it is a whole number from 1 to {FEN_MAX}.")
