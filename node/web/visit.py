"""The visit form: from what an aide types to a visit, and never a word lost on the way.

What is checked is checked by `care`, in one place for pages, commands and imports. A value that
does not fit brings the form back as it was sent, with the message at its field. A form carries a
token; the visit that it makes is remembered under it and what it said, in the same transaction, so
a form that is sent twice makes one visit. A browser that goes back shows the form again, and two
visits of one person that began at one time are one most likely: then the aide is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from node.care import fields, rows, visits
from node.care.capped import full_day
from node.care.codes import CodeList
from node.care.moments import sane_now
from node.care.people import PERSON, WORKER
from node.care.policy import BASELINE
from node.care.visits import VISIT, amendment, corrected
from node.clock import day, local, parse_local
from node.errors import LinliError, UsageError
from node.replica import Replica
from node.store import Wanted
from node.store.posted import form_key
from node.web.shown import Held, name_of, place, way_up
from node.web.site import Form
from node.web.today import Owed, next_person

MINUTES_DEFAULT = 60
WORKERS_SHOWN = 100
"""How many workers the form lists; where there are more it has a field to search by name."""

_MINUTE_MS = 60_000
_LISTS = BASELINE.lists

FIELDS = (
    "person", "worker", "service", "day", "start", "minutes", "condition", "note", "reason",
    "another", "worker_part",
)  # fmt: skip
SEVERAL = ("tasks",)
_SHOWN_AT = {"started_at": "start", "ended_at": "minutes", "fee_fen": "minutes"}
"""At which field of the form a message about a column is shown."""

_NAMED = re.compile(r"^(?:No )?([a-z_]+) |the field ([a-z_]+)|needs ([a-z_]+)")
"""Where a message names its field."""


@dataclass(frozen=True)
class Typed:
    """What a form holds.

    Attributes:
        values: The text of each field.
        tasks: The codes of the tasks that were ticked.
    """

    values: Mapping[str, str]
    tasks: Sequence[str] = ()

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True)
class Choices:
    """What a form offers.

    Attributes:
        person: The person to be visited; None where nobody was named, or nobody who is known.
        workers: Ids and names.
        is_part: Whether there are more workers than are listed.
        services: The list of services.
        conditions: How the person was found.
        reasons: Why a visit is entered late.
        place: The division of the person.
        clock_is_sane: Whether the form could be filled in by the clock.
    """

    person: Mapping[str, Any] | None
    workers: list[tuple[str, str]]
    is_part: bool
    place: str
    clock_is_sane: bool
    services: CodeList = field(default_factory=lambda: _LISTS.services)
    conditions: CodeList = field(default_factory=lambda: _LISTS.visit_conditions)
    reasons: CodeList = field(default_factory=lambda: _LISTS.entry_reasons)


def typed(form: Form) -> Typed:
    """What was sent, as it was typed."""
    return Typed({name: form.get(name) for name in FIELDS}, form.all("tasks"))


def fresh(replica: Replica, person_id: str, worker_id: str, service: str) -> Typed:
    """A new form: an hour that has just ended, by the worker who was here last."""
    values = {"person": person_id, "worker": worker_id, "service": service}
    values["minutes"] = str(MINUTES_DEFAULT)
    now = sane_now(replica)
    if now is not None:
        began = now - MINUTES_DEFAULT * _MINUTE_MS
        values |= {"day": day(began), "start": local(began)[-5:]}
    if not worker_id or not service:
        wanted = Wanted([replica.division], order="started_at", descending=True, limit=1)
        for last in replica.listing(VISIT.name, wanted):
            values["worker"] = worker_id or last["worker"]
            values["service"] = service or last["service"]
    return Typed(values)


def choices(replica: Replica, chosen: Typed) -> Choices:
    """What the form offers beside what was chosen."""
    person = replica.row(PERSON.name, chosen["person"]) if chosen["person"] else None
    workers, is_part = _workers(replica, chosen["worker"], chosen["worker_part"].strip())
    division = person["division#"] if person else replica.division
    return Choices(
        person, workers, is_part, place(replica, division), sane_now(replica) is not None
    )


def _workers(replica: Replica, chosen: str, part: str) -> tuple[list[tuple[str, str]], bool]:
    """The workers who are employed here, above, or below, and whether there are too many to list.

    Args:
        replica: This node.
        chosen: The id of the chosen worker, who is always among them.
        part: Only those whose name holds this; it is asked for where there are many.
    """
    tree = replica.tree
    near = list(dict.fromkeys([*tree.path(replica.division), *tree.below(replica.division)]))
    active = {"status": ["active"]}
    total = replica.listed(WORKER.name, Wanted(near, active))
    named = {"name": part} if part else {}
    wanted = Wanted(near, active, named, order="name", limit=WORKERS_SHOWN)
    found = [(row["id"], str(row["name"])) for row in replica.listing(WORKER.name, wanted)]
    if chosen and chosen not in (id_ for id_, _ in found):
        row = replica.row(WORKER.name, chosen)
        found += [(row["id"], str(row["name"]))] if row else []
    return found, total > WORKERS_SHOWN


# --- writing -------------------------------------------------------------------------------------


def post(replica: Replica, nonce: str, sent: Typed, user: str = "") -> str:
    """Records the visit of a form, once, however often the form is sent.

    Args:
        replica: This node.
        nonce: What the form is remembered by.
        sent: What was typed.
        user: Who is signed in; empty for the name that the node was given.

    Returns:
        The visit's id.

    Raises:
        UsageError: A field does not fit; `field_of` says which.
        Refused: This node may not write there.
    """
    form = form_key(nonce, [*(sent[name] for name in FIELDS), *sent.tasks])
    with replica.store.transaction():
        known = replica.store.posted.answer(form)
        if known:
            return known
        values = _values(sent)
        person = rows.find(replica, PERSON, fields.row_id("person", sent["person"]))
        rows.find(replica, WORKER, fields.row_id("worker", sent["worker"]))
        answered = sent["another"].split()
        if AlreadySaved.about not in answered:
            _ask(replica, person, values["started_at"])
        if FullDay.about not in answered:
            _ask_of_day(replica, person, values)
        made = visits.record_visit(
            replica, person["division#"], values, user=user, reason=sent["reason"] or None
        )
        replica.store.posted.put(form, made)
    return made


class Asked(UsageError):
    """Something that may be right and is asked about before it is saved.

    Attributes:
        about: The question, as the form says that it was answered.
        visit: The id of a visit to look at; empty where there is none.
    """

    about = ""

    def __init__(self, message: str, *, hint: str, visit: str = "") -> None:
        super().__init__(message, hint=hint)
        self.visit = visit


class AlreadySaved(Asked):
    """There is a visit to this person that began at this time; whether it is another is asked."""

    about = "same"


class FullDay(Asked):
    """The worker has seen as many clients that day as are paid; whether it took place is asked."""

    about = "full"


def _ask_of_day(replica: Replica, person: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Asks about one client more than a worker has in a day (QX-22)."""
    worker, place = str(values["worker"]), str(person["division#"])
    cap = full_day(replica, worker, str(person["id"]), values["started_at"], place)
    if cap is not None:
        raise FullDay(
            f"The worker has seen {cap} clients that day, and more are not paid.",
            hint="What is typed here is not saved. If it took place, save it all the same.",
        )


def _ask(replica: Replica, person: Mapping[str, Any], started_at: int) -> None:
    """Refuses a second visit of a person at one start, until somebody says that there were two."""
    at = {"person": person["id"], "started_at": started_at}
    for row in replica.rows(VISIT.name, where=at):
        if "void" not in amendment(row) and corrected(row)["started_at"] == started_at:
            raise AlreadySaved(
                f"A visit to {person['name']} that began at {local(started_at)} is saved already.",
                hint="What is typed here is not saved. If it was another visit, save it as one.",
                visit=row["id"],
            )


def _values(sent: Typed) -> dict[str, Any]:
    """The columns of the visit, as typed.

    Raises:
        UsageError: Something is missing, or day and start make no moment.
    """
    for name, missing in _missing().items():
        if fields.blank(sent[name]):
            raise missing
    started_at = _began(sent)
    values: dict[str, Any] = {
        "person": sent["person"],
        "worker": sent["worker"],
        "service": sent["service"],
        "started_at": started_at,
        "minutes": sent["minutes"],
    }
    optional = {"condition": sent["condition"], "note": sent["note"], "tasks": ",".join(sent.tasks)}
    return values | {name: value for name, value in optional.items() if not fields.blank(value)}


def _began(sent: Typed) -> int:
    """The moment of day and start; each is refused by its own name, as it was typed."""
    began_on = fields.date("day", sent["day"])
    try:
        started_at = parse_local(f"{began_on} {sent['start'].strip()}")
    except UsageError as fault:
        raise fields.refused(
            "start", sent["start"], "is not a time of day", "Write hours and minutes, as in 14:30."
        ) from fault
    if not fields.MOMENT_MS_MIN <= started_at <= fields.MOMENT_MS_MAX:
        raise fields.refused(
            "day", sent["day"], "does not lie between the years 2000 and 2100", "Check the year."
        )
    return started_at


def _missing() -> dict[str, Unfilled]:
    """What is said of each field that may not be empty, in the order of the form."""
    return {
        "person": Unfilled("Nobody is chosen yet.", hint="Choose who was visited."),
        "worker": Unfilled("No worker is chosen yet.", hint="Choose who was there."),
        "service": Unfilled("No service is chosen yet.", hint="Choose what was done."),
        "day": Unfilled("The day is missing.", hint="Fill in the day."),
        "start": Unfilled("The time is missing.", hint="Fill in when it began."),
        "minutes": Unfilled("The minutes are missing.", hint="Fill in how long it took."),
    }


class Unfilled(UsageError):
    """A field that may not be empty is."""


def worded(error: LinliError, sent: Typed) -> LinliError:
    """A message as an aide reads it: a late visit without a reason is told without codes."""
    if field_of(error, sent) == "reason" and fields.blank(sent["reason"]):
        days = BASELINE.visits.late_after_hours // 24
        return UsageError(
            f"This visit was more than {days} days ago.", hint="Choose why it is entered late."
        )
    return error


def field_of(error: LinliError, sent: Typed) -> str:
    """The field of the form at which a message belongs; empty where it is about the whole."""
    if isinstance(error, Asked):
        return ""
    if isinstance(error, Unfilled):
        return next(name for name in _missing() if fields.blank(sent[name]))
    for found in _NAMED.finditer(error.message):
        word = next(filter(None, found.groups()))
        name = _SHOWN_AT.get(word, word)
        if name in (*FIELDS, *SEVERAL):
            return str(name)
    return ""


# --- showing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """What the page of a visit shows."""

    row: dict[str, Any]
    person: str
    worker: str
    place: str
    steps: Sequence[Held]
    void: bool
    is_corrected: bool
    following: Mapping[str, Any] | None
    now_ms: int


def record(replica: Replica, visit_id: str, owed: Owed) -> Record:
    """A visit with its ticks, and who is next by who is owed what.

    Raises:
        UsageError: The visit is not here.
    """
    row = rows.find(replica, VISIT, fields.row_id("visit", visit_id))
    whole, known = corrected(row), dict[str, str]()
    stands = amendment(row)
    return Record(
        whole,
        name_of(replica, "person", whole["person"], known),
        name_of(replica, "worker", whole["worker"], known),
        place(replica, row["division#"]),
        way_up(replica, row, replica.ticks(VISIT.name, row["id"])),
        "void" in stands,
        "correct" in stands,
        next_person(replica, whole["person"], owed),
        replica.core.now_ms(),
    )
