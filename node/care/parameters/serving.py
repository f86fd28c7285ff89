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
class Hotline:
    """How soon a call is answered, and who must be there for it (HC-02, HC-07, ZS-24).

    Attributes:
        answer_minutes: How long a call for help may wait, from the call.
        around_the_clock: Whether somebody is on call at every hour.
        ahead_hours: For how many hours ahead a gap of the rota is told.
        silent_days: After how many days without a sign a device makes a visit due; 0: never.
    """

    answer_minutes: int
    around_the_clock: bool
    ahead_hours: int = 24
    silent_days: int = 0


@dataclass(frozen=True)
class Readings:
    """Between which values a reading at home is in order (HC-17).

    Attributes:
        least: Pairs of a code of `reading_kinds` and the least value, in tenths of its unit.
        most: Pairs of a code of `reading_kinds` and the greatest, likewise.
    """

    least: tuple[tuple[str, int], ...]
    most: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Staffing:
    """How many residents of an institution one of its staff looks after (ZS-14).

    Attributes:
        ratios: Pairs of a code of `care_grades` and residents.
    """

    ratios: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Vouchers:
    """A subsidy that is spent as services (CC-24).

    Attributes:
        services: Codes of `services` that are paid from one.
        keep_months: For how many months after its own the rest is kept; then it lapses.
    """

    services: tuple[str, ...]
    keep_months: int


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
