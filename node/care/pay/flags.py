"""All flags of a set of visits, and who can find which.

A village sees its own clients and workers. That a worker had three clients here and two next door,
or that the client of a neighbour has died, only a common ancestor sees; it tells the village by
writing the flag as an *outcome* into the village's partition. A sheet reads what the partition
shows by itself and the outcomes told to it, and nothing else: so village, township and county
compute the same sheet though each sees more than the one before.

`flags` is a function of the set of facts. So is the draw for call-backs: who does not know the
secret cannot tell which visits it will hit, and who does cannot choose them.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import replace

from node.care.parameters.groups import CareVisits, Parameters
from node.care.pay.facts import ClientFact, Facts, VisitFact
from node.care.pay.flag import Flag, flag
from node.care.pay.several import Rules, several
from node.care.pay.single import single


def rules_of(parameters: Parameters) -> Rules:
    """Looks up what the county has set for a visit; each day and place once."""
    known: dict[tuple[str, str], CareVisits | None] = {}

    def rules(visit: VisitFact) -> CareVisits | None:
        key = visit.day, visit.code
        if key not in known:
            known[key] = parameters.visits.on(*key)
        return known[key]

    return rules


def clients_of(facts: Facts) -> Callable[..., ClientFact | None]:
    """Looks up who was visited, by all records of that person.

    Of a person who stands twice the record that is kept says what is known; stays in a hospital or
    an institution are those of all records, and the first registration counts. With a division,
    only records that stand there are read.
    """
    records: dict[str, list[ClientFact]] = {}
    for one in facts.clients.values():
        records.setdefault(one.client, []).append(one)

    def client_of(visit: VisitFact, division: str = "") -> ClientFact | None:
        of_person = records.get(visit.client, ()) if visit.whom else ()
        own = facts.clients.get(visit.person)
        known = [
            one for one in (of_person or filter(None, [own])) if division in ("", one.division)
        ]
        if len(known) < 2:
            return known[0] if known else None
        by_id = {one.id: one for one in known}
        return replace(
            by_id.get(visit.client) or by_id.get(visit.person) or known[0],
            hospital=tuple(sorted({span for one in known for span in one.hospital})),
            placed=tuple(sorted({span for one in known for span in one.placed})),
            registered_on=min(one.registered_on for one in known),
        )

    return client_of


def found_here(facts: Facts, parameters: Parameters) -> frozenset[Flag]:
    """What each visit raises beside the records of its own partition."""
    rules, client_of = rules_of(parameters), clients_of(facts)
    found: set[Flag] = set()
    for visit in facts.by_place():
        worker = facts.workers.get(visit.worker)
        here = visit.division
        found.update(
            single(
                visit,
                client_of(visit, here),
                worker if worker is None or worker.division == here else worker.public(),
                rules(visit),
            )
        )
    return frozenset(found)


def outcomes(facts: Facts, parameters: Parameters) -> frozenset[Flag]:
    """What an ancestor finds over several partitions, and must tell each of them."""
    rules, client_of = rules_of(parameters), clients_of(facts)
    found = set(several(facts.by_place(), facts.workers, rules, facts.returned()))
    for visit in facts.by_place():
        client = client_of(visit)
        found.update(single(visit, client, facts.workers.get(visit.worker), rules(visit)))
        if client is None:
            found.add(flag(visit.id, "client_unknown"))
    return frozenset(found) - found_here(facts, parameters)


def flags(facts: Facts, parameters: Parameters) -> frozenset[Flag]:
    """Everything that can be said of these visits where all of them are seen."""
    return found_here(facts, parameters) | outcomes(facts, parameters)


def drawn(
    secret: bytes, month: str, township: str, visits: Iterable[VisitFact], parameters: Parameters
) -> list[str]:
    """The visits of a month that are drawn for a call back, by id.

    Whether a visit is drawn depends on nothing but itself and the secret, so a visit that arrives
    late takes no other's place.

    Args:
        secret: The township's seed, which nobody who records visits knows.
        month: As `2026-11`.
        township: Its id.
        visits: Visits of the township.
        parameters: What the county has set.
    """
    rules = rules_of(parameters)
    hit = []
    for id_, visit in {one.id: one for one in visits}.items():
        rule = rules(visit)
        message = f"{month}|{township}|{id_}".encode()
        number = int.from_bytes(hmac.digest(secret, message, "sha256")[:8])
        share = rule.call_back_thousandths if rule else 0
        if visit.month == month and not visit.void and number % 1000 < share:
            hit.append(id_)
    return sorted(hit)
