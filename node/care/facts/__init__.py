"""Facts of the care beyond visits, each kind declared once.

The rooms, each importing only those before it:

    declaring   what a kind of fact is, and what follows from its declaration
    writing     recording, correcting, voiding, and reading what stands
    premises    what happens at a facility: inspections, evaluations, menus, meals, activities
    health      what is known of a person's health: checks, readings, stays, assessments
    support     who looks after whom: agreements, pairings, check-ins, needs, goods
    emergencies calls for help, transports, and trainings
    funds       donations, advances and what came back, points of volunteers
"""

from __future__ import annotations

from node.care.facts import emergencies, funds, health, premises, support
from node.care.facts.declaring import FactKind

KINDS: tuple[FactKind, ...] = (
    *premises.KINDS,
    *health.KINDS,
    *support.KINDS,
    *emergencies.KINDS,
    *funds.KINDS,
)
"""Every kind, in the order of their tables."""
