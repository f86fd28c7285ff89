"""What a policy pack sets for orders: how long each step may take, and who may have one.

These groups stand beside those of `groups`, which names them all.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Orders:
    """How long an order may wait, and who may have it (CC-14, ZS-24, HC-07).

    Attributes:
        assign_hours: By how many hours after it was asked for somebody has it.
        serve_days: By how many days after the wished day it is finished.
        confirm_days: By how many days after that the client has confirmed it.
        urgent_services: Codes of `services` that are answered within `urgent_minutes` of the call.
        urgent_minutes: See there.
        skills: Pairs of a code of `services` and a code of `worker_classes`: a service that is
            named here is for workers of the classes named with it.
    """

    assign_hours: int
    serve_days: int
    confirm_days: int
    urgent_services: tuple[str, ...]
    urgent_minutes: int
    skills: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Complaints:
    """How long each stage of a complaint may take, and what opens one by itself (CC-17, QX-26).

    Attributes:
        stage_days: Pairs of a code of `complaint_stages` and days after the stage before it.
        free_of_charge: Whether clients pay nothing for a visit, so that an amount that one paid
            opens a complaint.
    """

    stage_days: tuple[tuple[str, int], ...]
    free_of_charge: bool
