"""What the figures of a county mean: which places count as what, and what is not shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reports:
    """What the figures of a county mean (ZS-05, ZS-13, ZS-17, HC-23, QX-03).

    A county that sets nothing counts by these.

    Attributes:
        institution_kinds: Codes of `facility_kinds` that are institutions.
        site_kinds: Those that are sites for the old and the young (居家安幼养老阵地).
        canteen_kinds: Those from which a village is reached with meals.
        reach_minutes: From how far a village counts as reached.
        hide_below: A count of people below this is not shown to who need not know it; 0: all are.
        claim_thousandths: By how much a stated figure may differ from what the records give.
    """

    institution_kinds: tuple[str, ...] = ("JL", "FL", "YH", "MB", "GR")
    site_kinds: tuple[str, ...] = ("RJ", "HZ", "XF", "LY", "LN", "JJ", "ZF", "QY")
    canteen_kinds: tuple[str, ...] = ("CT", "ZP")
    reach_minutes: int = 15
    hide_below: int = 5
    claim_thousandths: int = 200
