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
    family      relatives who may act for a person
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
    circumstances,
    complaints,
    counts,
    emergencies,
    family,
    funds,
    health,
    kitchens,
    notices,
    offices,
    premises,
    programmes,
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
)
"""Every kind, in the order of their tables."""
