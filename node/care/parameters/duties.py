"""Who is to be seen how often by group, and what nobody may be without.

The tiers of the duty to visit are those of domain 5.8: who is at high risk, the groups that are
looked after first, and everybody else of an age.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckIns:
    """Daily check-ins of those who live alone (ZS-33).

    Attributes:
        by_hour: By which hour somebody has looked in.
        groups: Codes of `person_groups` that are looked after so.
    """

    by_hour: int
    groups: tuple[str, ...]


@dataclass(frozen=True)
class VisitDuties:
    """How long nobody may go unseen, in days, by group (CC-15, HC-03); 0: no bound.

    Attributes:
        high_days: For those at high risk.
        high_age: From which age `high_groups` are.
        high_groups: Codes of `person_groups`.
        key_days: For the groups that are looked after first.
        key_age: From which age `key_groups` are.
        key_groups: Codes of `person_groups`.
        key_groups_any_age: The same, whatever the age.
        general_days: For everybody else.
        general_age: From which age.
    """

    high_days: int
    high_age: int
    high_groups: tuple[str, ...]
    key_days: int
    key_age: int
    key_groups: tuple[str, ...]
    key_groups_any_age: tuple[str, ...]
    general_days: int
    general_age: int

    def days(self, age: int | None, groups: frozenset[str]) -> int:
        """How long somebody may go unseen; 0: no bound. Who has no birth date has any age."""
        old = 999 if age is None else age
        if old >= self.high_age and groups & set(self.high_groups):
            return self.high_days
        key = old >= self.key_age and groups & set(self.key_groups)
        if key or groups & set(self.key_groups_any_age):
            return self.key_days
        return self.general_days if age is not None and age >= self.general_age else 0


@dataclass(frozen=True)
class Watch:
    """What nobody may be without (ZS-16, QZ-17, QZ-18, HC-03).

    Attributes:
        carer_groups: Codes of `person_groups` that need a carer by written agreement.
        agreement_days: How many days before its end an agreement is told.
        paired_grades: Codes of `disability_grades` that need one pairing 1+1+1.
        attended: Whether who is in hospital needs an attendant.
        training_from_month: From which month on trainings that lack are told; 0: never.
        need_days: After how many days a need that nobody has taken goes up (ZS-35); 0: never.
    """

    carer_groups: tuple[str, ...] = ()
    agreement_days: int = 0
    paired_grades: tuple[str, ...] = ()
    attended: bool = False
    training_from_month: int = 0
    need_days: int = 0
