"""Campaigns: whom one asks, who was asked, and the sample that is drawn.

Who is asked follows from the register on the first day of the campaign, so that the share of those
who were asked has one denominator. A sample is drawn in each township from a seed that is stated:
whoever has the register and the seed draws the same people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care import fields, rows
from node.care.benefits.months import age_on
from node.care.doubles.reading import read
from node.care.facts import support, surveys
from node.care.facts.writing import record, standing
from node.care.people import PERSON, PERSON_CLOSED
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

Row = Mapping[str, Any]
_NUMBER = "数字"
_QUESTIONS_MAX = 50


# --- the form ------------------------------------------------------------------------------------


def form_of(typed: Sequence[str]) -> str:
    """Questions as they are kept, from `您满意吗=满意/一般/不满意`, `几口人=数字` or `有何需求`.

    Raises:
        UsageError: A question is empty, or there are too many.
    """
    questions = []
    for one in typed:
        ask, _, kinds = (part.strip() for part in one.partition("="))
        options = [part.strip() for part in kinds.split("/") if part.strip()]
        if not ask:
            raise UsageError(
                f"The question {one[:60]!r} asks nothing.", hint="Write it as 问题=答案/答案."
            )
        number = options == [_NUMBER]
        questions.append({"ask": ask, "options": [] if number else options, "number": number})
    if len(questions) > _QUESTIONS_MAX:
        raise UsageError(
            f"A form has {_QUESTIONS_MAX} questions at most, and these are {len(questions)}.",
            hint="Make two campaigns of it.",
        )
    return json.dumps(questions, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def questions_of(campaign: Row) -> list[dict[str, Any]]:
    """The questions of a campaign; of a form that cannot be read none."""
    try:
        found = json.loads(campaign["form"] or "[]")
    except (ValueError, RecursionError):
        return []
    sound = isinstance(found, list) and all(isinstance(one, dict) for one in found)
    return found if sound else []


def answers_of(campaign: Row, typed: Sequence[str]) -> str:
    """Answers as they are kept, from `1=满意`; a question that is not answered is left out.

    Raises:
        UsageError: There is no such question, or the answer is none of its own.
    """
    questions = questions_of(campaign)
    found: dict[str, str] = {}
    for one in typed:
        place, sign, said = (part.strip() for part in one.partition("="))
        known = place.isascii() and place.isdigit() and 1 <= int(place[:4]) <= len(questions)
        if not (known and sign and said):
            raise UsageError(
                f"{one[:60]!r} answers no question of {campaign['name']}.",
                hint=f"It has {len(questions)} questions; answer such as 1=有.",
            )
        question = questions[int(place) - 1]
        options = question.get("options") or []
        wrong = said not in options if options else question.get("number") and not said.isdecimal()
        if wrong:
            told = "/".join(options) or _NUMBER
            raise UsageError(f"{said[:60]!r} is no answer to question {place}.", hint=told)
        found[place] = said
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# --- whom it asks --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Whom a campaign asks: ids of people, and of those whose age cannot be told."""

    people: frozenset[str]
    ageless: frozenset[str]


def asked(campaign: Row, people: Iterable[Row]) -> Asked:
    """Whom a campaign asks of the register; somebody without a birth date only if age is free."""
    found, ageless = set(), set()
    groups = set(filter(None, (campaign["groups"] or "").split(",")))
    low, high = campaign["age_min"], campaign["age_max"]
    for row in people:
        gone = row["status"] in PERSON_CLOSED
        if gone and (not row["closed_on"] or row["closed_on"] < campaign["since"]):
            continue
        if groups and not groups & set(row["groups"]):
            continue
        if campaign["certified"] and not row["disability_certificate"]:
            continue
        if low is None and high is None:
            found.add(str(row["id"]))
        elif not row["birth_date"]:
            ageless.add(str(row["id"]))
        elif (low or 0) <= age_on(row["birth_date"], campaign["since"]) <= (high or 999):
            found.add(str(row["id"]))
    return Asked(frozenset(found), frozenset(ageless))


def drawn(campaign: Row, township: str, people: Iterable[str]) -> list[str]:
    """The sample of a township, in the order of the draw (ZS-40).

    Each person gets a lot from the seed, the campaign, the township and the own id; the least lots
    win. So the order of the register decides nothing, and everybody has the same chance.
    """

    def lot(person: str) -> str:
        text = "|".join((campaign["seed"], str(campaign["id"]), township, person))
        return hashlib.sha256(text.encode()).hexdigest()

    return sorted(set(people), key=lot)[: campaign["sample"]]


def coverage(
    targets: Iterable[str], answers: Iterable[Row], divisions: Mapping[str, str]
) -> dict[str, tuple[int, int, list[str]]]:
    """By village how many were asked, of how many, and the others by id (ZS-01, QZ-27).

    Args:
        targets: Whom the campaign asks.
        answers: Facts of `campaign_answer` of this campaign; somebody asked twice counts once.
        divisions: By person the village.
    """
    done = {row["person"] for row in answers}
    found: dict[str, tuple[int, int, list[str]]] = {}
    for person in sorted(targets):
        village = divisions[person]
        number, whole, others = found.get(village, (0, 0, []))
        is_done = person in done
        found[village] = (
            number + is_done, whole + 1, others if is_done else [*others, person],
        )  # fmt: skip
    return found


def by_band(
    campaign: Row, targets: Iterable[str], answers: Iterable[Row], births: Mapping[str, str | None]
) -> list[tuple[str, int, int]]:
    """By age band how many were asked, of how many (CC-20); who has no birth date comes last."""
    firsts = sorted({int(one) for one in (campaign["bands"] or "0").split(",") if one.isdecimal()})
    ends = [*(str(one - 1) for one in firsts[1:]), ""]
    names = [f"{first}–{end}" for first, end in zip(firsts, ends, strict=True)]
    names = [f"–{firsts[0] - 1}", *names, "?"]
    done = {row["person"] for row in answers}
    counts = dict.fromkeys(names, (0, 0))
    for person in targets:
        born = births.get(person)
        age = age_on(born, campaign["since"]) if born else None
        name = "?" if age is None else names[sum(first <= age for first in firsts)]
        number, whole = counts[name]
        counts[name] = (number + (person in done), whole + 1)
    return [(name, *both) for name, both in counts.items() if both[1] or name in names[1:-1]]


# --- at a node -----------------------------------------------------------------------------------


def start(replica: Replica, values: Mapping[str, Any], *, user: str) -> str:
    """Starts a campaign of this node's division.

    Raises:
        UsageError: A field does not fit.
        Refused: This node is a village's, or a campaign has this name.
    """
    if replica.tier == "village":
        raise Refused(
            "A campaign is started by the county or a township, and this node is a village's.",
            reason="NOT_AUTHORISED",
            hint="Those that run are listed by: linli campaign list",
        )
    if replica.rows(surveys.CAMPAIGN.name, where={"name": values["name"]}):
        raise Refused(
            f"A campaign has the name {values['name']!r} already.",
            hint="Name it with its year, such as 2026年老年人普查.",
        )
    return record(replica, surveys.CAMPAIGN, replica.division, values, user=user)


def targets(replica: Replica, campaign: Row, within: str | None = None) -> Asked:
    """Whom a campaign asks here: those drawn, where it has a sample, or all who fit."""
    known_as = read(replica)
    people = list(known_as.once(rows.pages(replica, PERSON.name, within or campaign["division#"])))
    found = asked(campaign, people)
    if not campaign["sample"]:
        return found
    known = {str(row["id"]) for row in people}
    lots = standing(replica, surveys.DRAWN, None, _of(campaign))
    chosen = {row["person"] for row in known_as.of_kept(lots)}
    return Asked(frozenset(chosen & known), frozenset())


def _of(campaign: Row) -> dict[str, str]:
    return {"campaign": str(campaign["id"])}


def answers(replica: Replica, campaign: Row) -> list[dict[str, Any]]:
    """What was answered in a campaign, as far as it is known here, by the record that is kept."""
    return list(read(replica).of_kept(standing(replica, surveys.ANSWER, None, _of(campaign))))


def answer(
    replica: Replica, campaign: Row, person: Row, values: Mapping[str, Any], *, user: str
) -> str:
    """Records that somebody was asked; the fact stands in the person's own village.

    Raises:
        UsageError: A field does not fit, or the day lies outside the campaign.
        Refused: The campaign does not ask this person, or the person was asked already.
    """
    kept = read(replica).survivor(str(person["id"]))
    person = replica.row(PERSON.name, kept) or person
    checked = surveys.ANSWER.check({"person": person["id"], "campaign": campaign["id"], **values})
    if not campaign["since"] <= checked["done_on"] <= campaign["until"]:
        raise fields.refused(
            "done_on",
            checked["done_on"],
            f"lies outside {campaign['since']} to {campaign['until']}, the days of the campaign",
            "Check the day.",
        )
    fits = targets(replica, campaign, person["division#"])
    if person["id"] not in fits.people | fits.ageless:
        raise Refused(
            f"{campaign['name']} does not ask {person['name']}, by its groups, ages or sample.",
            hint="Who is still to be asked: linli campaign unasked CAMPAIGN",
        )
    if any(row["person"] == person["id"] for row in answers(replica, campaign)):
        raise Refused(
            f"{person['name']} was asked in {campaign['name']} already.",
            hint="What was wrong is voided first: linli campaign answer void RECORD",
        )
    return record(replica, surveys.ANSWER, person["division#"], checked, user=user)


def draw(replica: Replica, campaign: Row, *, user: str) -> dict[str, int]:
    """Draws the sample in each township of the campaign, once, and keeps who was drawn.

    Returns:
        By township how many were drawn.

    Raises:
        UsageError: The campaign has no sample.
        Refused: It was drawn already, or this node is not that of the campaign.
    """
    if not campaign["sample"]:
        raise UsageError(
            f"{campaign['name']} has no sample, so everybody who fits is asked.",
            hint="A sample is stated when a campaign starts: --sample N --seed TEXT",
        )
    if replica.division != campaign["division#"]:
        raise Refused(
            f"The sample of {campaign['name']} is drawn by who has started it.",
            reason="NOT_AUTHORISED",
            hint="Those drawn come down by themselves: linli sync",
        )
    if any(True for _ in standing(replica, surveys.DRAWN, None, _of(campaign))):
        raise Refused(
            f"The sample of {campaign['name']} was drawn, and is drawn once.",
            hint="Who is in it: linli campaign drawn list",
        )
    known_as = read(replica)
    parts: list[tuple[str, list[Insert]]] = []
    counts: dict[str, int] = {}
    for township in _townships(replica, campaign["division#"]):
        people = list(known_as.once(rows.pages(replica, PERSON.name, township)))
        places = {str(row["id"]): str(row["division#"]) for row in people}
        chosen = drawn(campaign, township, asked(campaign, people).people)
        counts[township] = len(chosen)
        for rank, person in enumerate(chosen, start=1):
            values = {"person": person, "campaign": campaign["id"], "rank": rank}
            insert = Insert(surveys.DRAWN.name, surveys.DRAWN.check(values))
            parts.append((places[person], [insert]))
    if parts:
        replica.act(parts, user=user)
    return counts


def _townships(replica: Replica, division: str) -> list[str]:
    below = replica.tree.below(division)
    return [one for one in below if replica.tree.level(one) == "township"]


def gifts(replica: Replica, campaign: Row) -> tuple[list[dict[str, Any]], frozenset[str]]:
    """The goods given in a campaign, and the ids of those beyond one for a person (ZS-37)."""
    found = list(standing(replica, support.GOODS, None, {"campaign": campaign["name"]}))
    twice = support.given_twice(found)
    return found, frozenset(str(row["id"]) for row in twice)
