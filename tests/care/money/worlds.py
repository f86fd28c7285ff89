"""Every way in which a county and its boxes can go, step by step, over the real functions.

A world is the county's book, the boxes that run, their backups, everything that was ever written,
and what was paid. What was written may reach the county at any time, in any order, twice or never:
any claim may be tried in any world. Payment is by id, so one id is paid once. The search is breadth
first, so the trace of a violation is a shortest one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from node.care import rights
from node.care.rights import (
    GRANT,
    SETTLEMENT,
    Act,
    Book,
    Booked,
    Box,
    Claim,
    County,
    Lineage,
    Refusal,
)

BOOK = Book("meals", 2026)
VILLAGES = ("A", "B")


@dataclass(frozen=True)
class Bounds:
    """How far the search goes, and what may go wrong in it."""

    budget: int = 2
    amounts: tuple[int, ...] = (1,)
    grants: int = 3
    claims: int = 4
    clones: int = 0
    restores: int = 0
    new_lineage: bool = True
    county_restores: int = 0
    seals: int = 0
    returns: bool = True


@dataclass(frozen=True)
class Rules:
    """The functions under test, or broken ones in their place."""

    settle: Callable[[County, Claim], County | Refusal] = rights.settle
    accept_return: Callable[[County, Claim], County | Refusal] = rights.accept_return
    village_pays: bool = False
    county_rebuilds: bool = True


class World(NamedTuple):
    county: County
    boxes: tuple[Box, ...]
    kept: tuple[Box | None, ...]
    county_kept: County | None
    written: frozenset[Claim]
    paid: frozenset[Booked]
    granted: int
    clones: int
    restores: int
    county_restores: int


class Found(NamedTuple):
    """What a search came to: how many worlds and steps, and the trace of a violation, if any."""

    worlds: int
    steps: int
    trace: tuple[str, ...]
    exhausted: bool


def first(bounds: Bounds) -> World:
    boxes = tuple(Box(BOOK, Lineage(name, 1)) for name in VILLAGES)
    county = County(BOOK, bounds.budget)
    return World(county, boxes, (None,) * len(boxes), None, frozenset(), frozenset(), 0, 0, 0, 0)


def search(bounds: Bounds, rules: Rules, worlds_max: int = 2_000_000) -> Found:
    """Looks through every world within the bounds until more was paid than the budget has."""
    start = first(bounds)
    came_from: dict[World, tuple[World, str] | None] = {start: None}
    waiting = deque([start])
    steps = 0
    while waiting:
        world = waiting.popleft()
        for label, after in moves(world, bounds, rules):
            steps += 1
            if after in came_from:
                continue
            came_from[after] = (world, label)
            if broken(after, bounds):
                return Found(len(came_from), steps, _trace(after, came_from), False)
            waiting.append(after)
        if len(came_from) > worlds_max:
            return Found(len(came_from), steps, (), False)
    return Found(len(came_from), steps, (), True)


def broken(world: World, bounds: Bounds) -> bool:
    return sum(one.fen for one in world.paid) > bounds.budget


def _trace(world: World, came_from: dict[World, tuple[World, str] | None]) -> tuple[str, ...]:
    labels = []
    step = came_from[world]
    while step is not None:
        labels.append(step[1])
        step = came_from[step[0]]
    return tuple(reversed(labels))


def moves(world: World, bounds: Bounds, rules: Rules) -> Iterator[tuple[str, World]]:
    yield from _at_the_county(world, bounds, rules)
    for place in range(len(world.boxes)):
        yield from _at_a_box(world, place, bounds, rules)
        yield from _to_a_box(world, place, bounds)
    yield from _to_the_county(world, bounds, rules)


def _at_the_county(world: World, bounds: Bounds, rules: Rules) -> Iterator[tuple[str, World]]:
    county = world.county
    lineages = sorted({box.lineage for box in world.boxes})
    for lineage in lineages if world.granted < bounds.grants else ():
        for amount in bounds.amounts:
            after = rights.grant(county, f"g{world.granted}", lineage, amount)
            if isinstance(after, County):
                yield (
                    f"grant {amount} to {_name(lineage)}",
                    world._replace(county=after, granted=world.granted + 1),
                )
    for claim in sorted(world.written):
        spends = claim.kind == rights.RESERVED
        if spends and rules.village_pays:
            continue
        after = (rules.settle if spends else rules.accept_return)(county, claim)
        if isinstance(after, Refusal):
            continue
        paid = world.paid | {Booked(claim.id, claim.fen)} if spends else world.paid
        verb = "settle" if spends else "take back"
        yield f"{verb} {claim.id}", world._replace(county=after, paid=paid)
    for lineage in lineages if len(county.accounts) and bounds.seals else ():
        sealed = sum(one.sealed_after is not None for one in county.accounts)
        last = sum(one.lineage == lineage for one in world.written)
        after = rights.seal(county, lineage, last)
        if sealed < bounds.seals and isinstance(after, County):
            yield f"seal {_name(lineage)} after {last}", world._replace(county=after)


def _at_a_box(
    world: World, place: int, bounds: Bounds, rules: Rules
) -> Iterator[tuple[str, World]]:
    box = world.boxes[place]
    account = world.county.account(box.lineage)
    learned = rights.learn(box, account.grants)
    if learned != box:
        yield f"{_at(world, place)} learns its grants", _with(world, place, learned)
    if len(world.written) >= bounds.claims:
        return
    number = 1 + sum(one.lineage == box.lineage for one in world.written)
    for amount in bounds.amounts:
        for verb, claims in (("reserves", rights.reserve), ("gives back", rights.request_return)):
            if verb == "gives back" and not bounds.returns:
                continue
            id_ = f"{_name(box.lineage)}-{number}"
            after = claims(box, id_, number, amount)
            if isinstance(after, Refusal):
                continue
            claim = next(iter(after.claims - box.claims))
            paid = world.paid
            if verb == "reserves" and rules.village_pays:
                paid |= {Booked(claim.id, amount)}
            later = _with(world, place, after)._replace(written=world.written | {claim}, paid=paid)
            yield f"{_at(world, place)} {verb} {amount} as {claim.id}", later


def _to_a_box(world: World, place: int, bounds: Bounds) -> Iterator[tuple[str, World]]:
    box, kept = world.boxes[place], world.kept[place]
    if world.clones < bounds.clones:
        yield (
            f"{_at(world, place)} is copied",
            world._replace(
                boxes=(*world.boxes, box), kept=(*world.kept, None), clones=world.clones + 1
            ),
        )
    if world.restores >= bounds.restores:
        return
    if kept is None:
        backups = tuple(box if at == place else one for at, one in enumerate(world.kept))
        yield f"{_at(world, place)} is backed up", world._replace(kept=backups)
    elif bounds.new_lineage:
        highest = max(one.lineage.boot for one in world.boxes if _same_author(one, box))
        fresh = Box(BOOK, Lineage(box.lineage.author, highest + 1))
        yield (
            f"{_at(world, place)} is restored and starts anew",
            _with(world, place, fresh)._replace(restores=world.restores + 1),
        )
    elif kept != box:
        yield (
            f"{_at(world, place)} is put back unnoticed",
            _with(world, place, kept)._replace(restores=world.restores + 1),
        )


def _to_the_county(world: World, bounds: Bounds, rules: Rules) -> Iterator[tuple[str, World]]:
    county = world.county
    if county.phase == rights.REBUILT:
        after = rights.resumed(county)
        if isinstance(after, County):
            yield "the county goes on", world._replace(county=after)
    if world.county_restores >= bounds.county_restores:
        return
    if world.county_kept is None:
        yield "the county is backed up", world._replace(county_kept=county)
    elif world.county_kept != county:
        old, restores = world.county_kept, world.county_restores + 1
        if rules.county_rebuilds:
            old = rights.rebuilt(rights.restored(old), _below(world), _payments(world))
        yield (
            "the county is restored",
            world._replace(county=old, county_restores=restores),
        )


def _below(world: World) -> list[Act]:
    """What the boxes hold of the county's acts: the grants that they learned, and no return."""
    return [Act(GRANT, one.id, box.lineage, one.fen) for box in world.boxes for one in box.grants]


def _payments(world: World) -> list[Act]:
    by_id = {claim.id: claim for claim in world.written}
    return [Act(SETTLEMENT, one.id, by_id[one.id].lineage, one.fen) for one in world.paid]


def _with(world: World, place: int, box: Box) -> World:
    boxes = tuple(box if at == place else one for at, one in enumerate(world.boxes))
    return world._replace(boxes=boxes)


def _same_author(one: Box, other: Box) -> bool:
    return one.lineage.author == other.lineage.author


def _name(lineage: Lineage) -> str:
    return f"{lineage.author}{lineage.boot}"


def _at(world: World, place: int) -> str:
    copied = "'" if place >= len(VILLAGES) else ""
    return _name(world.boxes[place].lineage) + copied


# --- broken on purpose ---------------------------------------------------------------------------


def settle_without_cap(county: County, claim: Claim) -> County | Refusal:
    """A county that settles whatever comes, once for each id."""
    account = county.account(claim.lineage)
    if claim.id in account.answered:
        return Refusal("It was settled before.")
    booked = account.settlements | {Booked(claim.id, claim.fen)}
    return _changed(county, replace(account, settlements=booked))


def merge_returns_by_max(county: County, claim: Claim) -> County | Refusal:
    """A county that takes the highest return that it hears of, as a counter is merged."""
    account = county.account(claim.lineage)
    if claim.fen <= account.returned_fen:
        return Refusal("It is known.")
    return _changed(county, replace(account, returns=frozenset({Booked("max", claim.fen)})))


def _changed(county: County, account: rights.Account) -> County:
    others = [one for one in county.accounts if one.lineage != account.lineage]
    ordered = sorted((*others, account), key=lambda one: one.lineage)
    return replace(county, accounts=tuple(ordered))
