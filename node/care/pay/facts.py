"""What the rules of pay read: visits, and as much of clients, workers and reviews as they need.

A rule never sees a row. Names, addresses and notes stay where they are; of a note there is a
fingerprint, so that a text that was used twice is noticed. Where the columns of a person were
erased by law the ids, days and minutes stay, and so does the pay.

`Facts` is a set: the order in which facts come, and how often, changes nothing, and facts that
were gathered at several nodes are joined with `|`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from node.care.pay.flag import Flag
from node.clock import day, month

ACCEPT, RETURN, WAIVE, DISPUTE = "accept", "return", "waive", "dispute"
"""What reviews say of a visit: a waiver of one flag of it, a dispute where they contradict."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one day to another, ISO dates, both included; an empty one is open."""

    since: str = ""
    until: str = ""

    def holds(self, on: str) -> bool:
        """Whether a day lies in it."""
        return self.since <= on and (not self.until or on <= self.until)


@dataclass(frozen=True, slots=True)
class VisitFact:
    """One visit as its correction leaves it.

    Attributes:
        division: Where it stands.
        code: The statistical code of that division on the day, for parameters of some places.
        entered_at: When it was written, milliseconds, as far as the author's clock was right.
        author: Who wrote it: the box, not the person.
        rating: By the client; None where there is none, which is not a bad one.
        text: A fingerprint of the note, or empty.
        late_reason: Why it was entered late; empty: there is no reason; None: not known here.
        clock_suspect: Whether the author's clock could not be right.
        void: Whether an amendment voids it.
        held: Whether its amendments contradict each other.
        order: The order that it serves, or empty.
        ordered: The worker who has that order, or empty where it is not known here.
        rated_at: When the rating was written, milliseconds.
        rated_by: The box that wrote it.
        whom: The record that is kept where the person stands twice; empty: the person's own.
        breach: What it does beside the contract of who sent the worker: a code, or empty.
        contracted: Whether the contract of who sent the worker pays a price for it.
    """

    id: str
    person: str
    worker: str
    service: str
    started_at: int
    ended_at: int
    minutes: int
    entered_at: int
    division: str
    code: str = ""
    author: str = ""
    fee_fen: int = 0
    tasks: tuple[str, ...] = ()
    rating: int | None = None
    confirmed_by: str = ""
    text: str = ""
    late_reason: str | None = None
    clock_suspect: bool = False
    void: bool = False
    held: bool = False
    order: str = ""
    ordered: str = ""
    rated_at: int = 0
    rated_by: str = ""
    whom: str = ""
    breach: str = ""
    contracted: bool = False

    @property
    def client(self) -> str:
        """Who was visited, however often that person stands in the register."""
        return self.whom or self.person

    @property
    def day(self) -> str:
        """The day on which it began."""
        return day(self.started_at)

    @property
    def month(self) -> str:
        """The month in which it began."""
        return month(self.started_at)

    @property
    def place(self) -> tuple[int, str]:
        """Its place among visits: by start, then by id."""
        return self.started_at, self.id


@dataclass(frozen=True, slots=True, order=True)
class Planned:
    """One line of a client's plan: codes of services, the code of a 旬 or none, and its days."""

    services: tuple[str, ...]
    xun: str = ""
    days: Span = Span()


@dataclass(frozen=True, slots=True)
class ClientFact:
    """What the rules read of a person who is cared for.

    Attributes:
        id: The person.
        division: Where the record stands.
        registered_on: Since when it is there, ISO date, or empty.
        closed_on: The day of what `closed_reason` says, ISO date, or empty.
        closed_reason: Code of `person_closing_reasons`.
        hospital: Stays in a hospital.
        placed: Stays in an institution.
        groups: Codes of `person_groups`.
        enrolled: The spans of the programmes that pay for visits; None where they are not kept.
        services: The services that are paid for; empty where any is.
        plan: The lines of the care plan, which asks for a look and bars no pay.
        whom: As of a visit.
    """

    id: str
    division: str
    registered_on: str = ""
    closed_on: str = ""
    closed_reason: str = ""
    hospital: tuple[Span, ...] = ()
    placed: tuple[Span, ...] = ()
    groups: tuple[str, ...] = ()
    enrolled: tuple[Span, ...] | None = None
    services: tuple[str, ...] = ()
    plan: tuple[Planned, ...] = ()
    whom: str = ""

    @property
    def client(self) -> str:
        """The record that is kept of this person."""
        return self.whom or self.id


@dataclass(frozen=True, slots=True)
class WorkerFact:
    """What the rules read of a worker. Of the spans, None says that they are not kept.

    Attributes:
        id: The worker.
        division: Where the worker is employed, which alone holds the personal side.
        code: The statistical code of that division.
        kinds: Pairs of a first day, ISO date or empty, and a code of `helper_kinds`, sorted. Who
            becomes salaried keeps what the visits before were worth.
        worker_class: Code of `worker_classes`, or empty.
        clients_per_day_max: The worker's own cap; 0: that of the county.
        since: Since when the worker serves, ISO date, or empty.
        closed_on: The last day of work, ISO date, or empty.
        contract: When there was a contract.
        insurance: When there was an insurance.
        certificate: When there was a certificate.
        relatives: Ids of persons who are the worker's relatives.
        known_by: The ID number, or empty: two records with one number are one worker.
    """

    id: str
    division: str
    code: str = ""
    kinds: tuple[tuple[str, str], ...] = ()
    worker_class: str = ""
    clients_per_day_max: int = 0
    since: str = ""
    closed_on: str = ""
    contract: tuple[Span, ...] | None = None
    insurance: tuple[Span, ...] | None = None
    certificate: tuple[Span, ...] | None = None
    relatives: tuple[str, ...] = ()
    known_by: str = ""

    def kind_on(self, on: str) -> str:
        """The kind of helper on a day, or an empty text where none is known."""
        return next((kind for since, kind in reversed(self.kinds) if since <= on), "")

    def public(self) -> WorkerFact:
        """The side of the worker that every node of the county knows."""
        return replace(
            self, contract=None, insurance=None, certificate=None, relatives=(), known_by=""
        )


@dataclass(frozen=True, slots=True)
class Review:
    """What a township said of a visit.

    Attributes:
        decision: `ACCEPT`, `RETURN`, `WAIVE` or `DISPUTE`.
        at: When, a stamp; of several that accept or return the newest counts.
        flag: The code of the flag that is waived.
        reason: Why; a waiver without a reason waives nothing.
        by: Of a dispute, who found different things, with a comma between.
    """

    id: str
    visit: str
    decision: str
    at: int
    flag: str = ""
    reason: str = ""
    by: str = ""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facts:
    """A set of facts, each once by its id.

    Attributes:
        outcomes: Flags that an ancestor found over several partitions and told each of them.
    """

    visits: Mapping[str, VisitFact] = field(default_factory=dict)
    clients: Mapping[str, ClientFact] = field(default_factory=dict)
    workers: Mapping[str, WorkerFact] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    outcomes: frozenset[Flag] = frozenset()

    @classmethod
    def of(
        cls,
        visits: Iterable[VisitFact] = (),
        clients: Iterable[ClientFact] = (),
        workers: Iterable[WorkerFact] = (),
        reviews: Iterable[Review] = (),
        outcomes: Iterable[Flag] = (),
    ) -> Facts:
        """The set of some facts, in any order and with repetitions."""
        return cls(
            _each_once(visits),
            _each_once(clients),
            _each_once(workers),
            _each_once(reviews),
            frozenset(outcomes),
        )

    def __or__(self, other: Facts) -> Facts:
        return Facts.of(
            [*self.visits.values(), *other.visits.values()],
            [*self.clients.values(), *other.clients.values()],
            [*self.workers.values(), *other.workers.values()],
            [*self.reviews.values(), *other.reviews.values()],
            self.outcomes | other.outcomes,
        )

    def within(self, divisions: Collection[str]) -> Facts:
        """The facts that a sheet of some divisions reads, whoever holds more."""
        visits = [one for one in self.visits.values() if one.division in divisions]
        kept = {one.id for one in visits}
        workers = self.workers.values()
        return Facts.of(
            visits,
            [one for one in self.clients.values() if one.division in divisions],
            [one if one.division in divisions else one.public() for one in workers],
            [one for one in self.reviews.values() if one.visit in kept],
            [one for one in self.outcomes if one.visit in kept],
        )

    def told(self, outcomes: Iterable[Flag]) -> Facts:
        """The same with these outcomes instead of those that it had."""
        return replace(self, outcomes=frozenset(outcomes))

    def returned(self) -> frozenset[str]:
        """The visits whose last decision gave them back."""
        last: dict[str, str] = {}
        for one in sorted(self.reviews.values(), key=lambda one: (one.at, one.id)):
            if one.decision in (ACCEPT, RETURN):
                last[one.visit] = one.decision
        return frozenset(visit for visit, decision in last.items() if decision == RETURN)

    def by_place(self) -> list[VisitFact]:
        """The visits that are not void, by start and id."""
        counted = (one for one in self.visits.values() if not one.void)
        return sorted(counted, key=lambda one: one.place)


def _each_once(facts: Iterable[T]) -> dict[str, T]:
    """Facts by id; of two that differ one by rule, and a void or held visit stays so.

    A row that was carried to another division stands in both, so that an id may come twice.
    """
    found: dict[str, T] = {}
    for fact in facts:
        id_: str = fact.id  # type: ignore[attr-defined]
        present = found.get(id_)
        found[id_] = fact if present is None or present == fact else _either(present, fact)
    return dict(sorted(found.items()))


_JOINED = ("void", "held", "contract", "insurance", "certificate", "relatives")
"""What is joined and not chosen: who sees only a part says nothing against the other part."""


def _either(one: T, other: T) -> T:
    lower = min(one, other, key=_comparable)
    joined = {
        known.name: _both(getattr(one, known.name), getattr(other, known.name))
        for known in fields(one)  # type: ignore[arg-type]
        if known.name in _JOINED
    }
    return replace(lower, **joined)  # type: ignore[type-var]


def _both(one: Any, other: Any) -> Any:
    if one is None or other is None or isinstance(one, bool):
        return one or other
    return tuple(sorted({*one, *other}))


def _comparable(fact: Any) -> str:
    names = (one.name for one in fields(fact))
    return repr([getattr(fact, name) for name in names if name not in _JOINED])
