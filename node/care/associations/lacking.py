"""What is lacking: the village without an association, the office without a holder, and so on.

One list for all of it, since whoever looks after associations asks one question: what is not in
order, and where? Every function is pure and handed the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from node.care.associations import reading, register
from node.care.facts.associations import evident
from node.care.facts.emergencies import shortfall
from node.care.facts.offices import CHAIR, LIAISON, ONE_EACH, in_office
from node.care.money import yuan
from node.care.parameters.groups import Associations, Trainings
from node.care.policy import BASELINE
from node.division import LEVELS

Row = Mapping[str, Any]
_ITEMS = BASELINE.lists.inspection_items
_SECRETARY, _DIRECTOR, _OUTSIDE = "SJ", "ZR", "QT"
_OF_CLIENTS = "CJ"

WHAT = (
    "association", "liaison", "chair", "chair_post", "liaison_post", "checklist", "report",
    "pilots", "evidence", "grant", "training", "client_training",
    "allowance",
)  # fmt: skip
"""What can be lacking, in the order of the list."""


@dataclass(frozen=True)
class Lack:
    """Something that is not in order.

    Attributes:
        what: One of `WHAT`.
        division: Where.
        association: The id of whose it is; empty for what a place lacks.
        detail: The facts in a few words.
    """

    what: str
    division: str
    association: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Known:
    """What a node knows of associations: rows of the register, and facts that count.

    Attributes:
        levels: By division its level, those that have ended left out.
        associations: The register.
        terms: Facts of `association_office`.
        checks: Facts of `association_check`.
        reports: Facts of `association_report`.
        grants: Facts of `association_grant`.
        spending: Facts of `association_spending`.
        activities: Facts of `association_activity`.
        awards: Facts of `association_award`.
        trainings: Facts of `training`.
        allowances: Facts of `liaison_allowance`.
    """

    levels: Mapping[str, str]
    associations: Sequence[Row] = ()
    terms: Sequence[Row] = ()
    checks: Sequence[Row] = ()
    reports: Sequence[Row] = ()
    grants: Sequence[Row] = ()
    spending: Sequence[Row] = ()
    activities: Sequence[Row] = ()
    awards: Sequence[Row] = ()
    trainings: Sequence[Row] = ()
    allowances: Sequence[Row] = ()
    active: Sequence[Row] = field(init=False)

    def __post_init__(self) -> None:
        active = [row for row in self.associations if row["status"] not in register.CLOSED]
        object.__setattr__(self, "active", active)


def lacking(
    known: Known, on: str, rules: Associations | None, trainings: Trainings | None
) -> list[Lack]:
    """Everything that is not in order on a day, by what and place.

    Args:
        known: What this node knows.
        on: ISO date.
        rules: What an association must have; None where the county sets nothing.
        trainings: How many trainings are owed; None where the county sets nothing.
    """
    found = [
        *_villages(known),
        *_offices(known, on),
        *(_checklists(known, on, rules) if rules else ()),
        *_reports(known, on),
        *_money(known),
        *(_trainings(known, on, trainings) if trainings else ()),
    ]
    return sorted(
        found, key=lambda one: (WHAT.index(one.what), one.division, one.association, one.detail)
    )


def _villages(known: Known) -> Iterator[Lack]:
    villages = [division for division, level in known.levels.items() if level == "village"]
    for village, has in reading.covered(known.associations, villages).items():
        if not has:
            yield Lack("association", village)


def _offices(known: Known, on: str) -> Iterator[Lack]:
    """One chair and one liaison each, of the posts that they must have (QZ-14, QZ-15)."""
    terms = in_office(known.terms, on)
    for row in known.active:
        if row["kind"] not in register.OF_THE_DISABLED:
            continue
        for role in sorted(ONE_EACH):
            own = [one for one in terms if one["association"] == row["id"] and one["role"] == role]
            what = "chair" if role == CHAIR else "liaison"
            if len(own) != 1:
                yield Lack(what, row["division#"], str(row["id"]), str(len(own)))
            if row["kind"] not in register.OF_A_VILLAGE:
                continue
            for one in own:
                if not fits(role, one["village_post"]):
                    detail = BASELINE.lists.village_posts.title(one["village_post"])
                    yield Lack(f"{what}_post", row["division#"], str(row["id"]), detail)


def fits(role: str, post: str | None) -> bool:
    """Whether who has this post in the village may hold this office of its association."""
    if role == CHAIR:
        return post in (_SECRETARY, _DIRECTOR)
    if role == LIAISON:
        return bool(post) and post != _OUTSIDE
    return True


def unmet(checks: Iterable[Row], checklist: Iterable[str], year: str) -> dict[str, list[str]]:
    """By association the items that its last check of a year has not passed (QZ-03, QZ-04).

    An association that was not checked in the year is not named. Of two checks of one day an item
    has passed where both say so.

    Args:
        checks: Facts of `association_check`.
        checklist: The names of the items, from the pack.
        year: Such as 2026.
    """
    wanted = list(checklist)
    last: dict[str, tuple[str, set[str]]] = {}
    for row in checks:
        passed = {_ITEMS.title(code) for code in (row["passed"] or "").split(",")}
        on, own = row["inspected_on"], str(row["association"])
        if on[:4] != year or not any(_ITEMS.title(code) in wanted for code in _of(row)):
            continue
        before, kept = last.get(own, ("", set()))
        if on > before:
            last[own] = (on, passed)
        elif on == before:
            last[own] = (on, kept & passed)
    return {own: [one for one in wanted if one not in passed] for own, (_, passed) in last.items()}


def _of(row: Row) -> list[str]:
    """The items of the list by which a check was made."""
    return [code for code in _ITEMS if code.startswith(row["template"])]


def _checklists(known: Known, on: str, rules: Associations) -> Iterator[Lack]:
    found = unmet(known.checks, rules.checklist, on[:4])
    rounds: dict[str, list[Row]] = {}
    for row in known.active:
        if row["pilot_round"]:
            rounds.setdefault(row["pilot_round"], []).append(row)
        if row["kind"] not in register.OF_THE_DISABLED or found.get(str(row["id"])) == []:
            continue
        items = found.get(str(row["id"]))
        detail = "、".join(items) if items else ""
        yield Lack("checklist", row["division#"], str(row["id"]), detail)
    for name, pilots in rounds.items():
        if rules.pilots_max and len(pilots) > rules.pilots_max:
            for row in pilots:
                yield Lack("pilots", row["division#"], str(row["id"]), name)


def _reports(known: Known, on: str) -> Iterator[Lack]:
    """The year before is to be reported on by who was a legal person then (QZ-06)."""
    year = int(on[:4]) - 1
    reported = {row["association"] for row in known.reports if row["year"] == year}
    for row in known.active:
        registered = row["legal_status"] == register.LEGAL_PERSON
        if registered and row["id"] not in reported and (row["founded_on"] or "")[:4] <= str(year):
            yield Lack("report", row["division#"], str(row["id"]), str(year))


def _money(known: Known) -> Iterator[Lack]:
    activities = {str(row["id"]): row for row in known.activities}
    for row in known.awards:
        if not evident(row, activities.get(row["activity"])):
            yield Lack("evidence", row["division#"], row["association"], row["awarded_on"])
    signed: dict[tuple[str, str], Row] = {}
    for row in sorted(known.allowances, key=lambda row: str(row["id"])):
        first = signed.setdefault((row["worker"], row["month"]), row)
        if first is not row:
            yield Lack("allowance", row["division#"], row["association"], row["month"])
    over = reading.overspent(known.grants, known.spending)
    for row in known.grants:
        if str(row["id"]) in over:
            detail = yuan(over[str(row["id"])])
            yield Lack("grant", row["division#"], row["association"], detail)


def _trainings(known: Known, on: str, rules: Trainings) -> Iterator[Lack]:
    """Told from a month of the year on (QZ-18, QZ-35); each training counts where it stands."""
    if int(on[5:7]) < rules.told_from_month:
        return
    by_level = {LEVELS[0]: rules.county_min, LEVELS[1]: rules.township_min}
    owed = {one: by_level[level] for one, level in known.levels.items() if level in by_level}
    for division, number in shortfall(known.trainings, owed, on[:4]).items():
        yield Lack("training", division, detail=str(number))
    held = sum(
        row["audience"] == _OF_CLIENTS and row["held_on"][:4] == on[:4] for row in known.trainings
    )
    if held < rules.clients_min:
        for division, level in known.levels.items():
            if level == LEVELS[0]:
                yield Lack("client_training", division, detail=str(rules.clients_min - held))
