"""Facts of the care beyond visits, each kind declared once.

The rooms, each importing only those before it:

    declaring   what a kind of fact is, and what follows from its declaration
    writing     recording, correcting, voiding, and reading what stands
    weighing    what a fact must not do in the light of those that are here
    premises    what happens at a facility: inspections, evaluations, menus, meals, activities
    kitchens    licences of canteens, and which kitchen feeds which meal point
    health      what is known of a person's health: checks, readings, stays, assessments
    support     who looks after whom: agreements, pairings, check-ins, needs, goods
    emergencies calls for help, transports, and trainings
    institutions  who lives in one, whom it takes, who works there, who would like to
    places      signs of a place, what it belongs to, who uses its rooms, its equipment
    providers   who serves by contract, what qualifies them, how they were chosen
    rounds      rounds through a home by a checklist
    calls       calls, who is on call, devices in homes and what is asked by one key
    family      relatives who may act for a person
    entrusted   authorisations, payments of relatives, subsidies spent as services
    photos      photos and signed papers, each of another record
    complaints  what somebody is not content with, and each stage until it is closed
    notices     notices that go down, and the receipts that come up
    surveys     campaigns, who was drawn, and what was answered
    staff       certificates of workers
    associations  groups of a village: checks, reports, grants, awards
    offices     who serves in them: terms, members, tasks, allowances
    funds       donations, advances and what came back, points of volunteers
    programmes  who meets the conditions of a programme
    counts      population, figures that somebody states, reach, money put into places
    circumstances  what entitlement asks of a person: 户籍, mode, grade, certificate, income
"""

from __future__ import annotations

from node.care.facts import (
    associations,
    calls,
    circumstances,
    complaints,
    counts,
    emergencies,
    entrusted,
    family,
    funds,
    health,
    institutions,
    kitchens,
    notices,
    offices,
    photos,
    places,
    premises,
    programmes,
    providers,
    rounds,
    staff,
    support,
    surveys,
)
from node.care.facts.declaring import FactKind

KINDS: tuple[FactKind, ...] = (
    *premises.KINDS,
    *kitchens.KINDS,
    *health.KINDS,
    *support.KINDS,
    *emergencies.KINDS,
    *funds.KINDS,
    *programmes.KINDS,
    *counts.KINDS,
    *family.KINDS,
    *complaints.KINDS,
    *associations.KINDS,
    *offices.KINDS,
    *staff.KINDS,
    *surveys.KINDS,
    *notices.KINDS,
    *circumstances.KINDS,
    *institutions.KINDS,
    *places.KINDS,
    *providers.KINDS,
    *rounds.KINDS,
    *calls.KINDS,
    *entrusted.KINDS,
    *photos.KINDS,
)
"""Every kind, in the order of their tables."""
