"""A flag: a doubt about a visit that a person may look at, and the sentence that says it.

A flag never rejects a visit. Some bar its pay until the township waives them with a reason; the
others are there for whoever reviews. The sentences are English, as everywhere; the edge says them
in Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass

BARRING = frozenset(
    {
        "again", "cap", "certificate", "client_unknown", "closed", "contract", "died", "future",
        "hospital", "insurance", "late_unexplained", "left", "moved", "overlap", "placed",
        "served_twice", "short", "uncontracted", "uncovered", "unenrolled", "unplanned",
        "unqualified", "unskilled",
    }
)  # fmt: skip
"""The codes of flags that bar pay until they are waived."""

WARNING = frozenset(
    {
        "burst", "clock", "late", "no_task", "outside_plan", "outside_xun", "relative",
        "repeated", "same_length", "same_text", "travel", "unconfirmed", "unregistered", "xun",
    }
)  # fmt: skip
"""The codes of flags that only ask for a look."""

CODES = BARRING | WARNING


@dataclass(frozen=True, slots=True, order=True)
class Flag:
    """One doubt.

    Attributes:
        visit: The visit in doubt.
        code: One of `CODES`.
        others: The visits on which it rests besides, sorted.
        values: What the sentence tells: pairs of a name and a value.
    """

    visit: str
    code: str
    others: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()

    @property
    def bars(self) -> bool:
        """Whether it bars pay until it is waived."""
        return self.code in BARRING


def flag(visit: str, code: str, *others: str, **values: str | int) -> Flag:
    """A flag with the values of its sentence."""
    assert code in CODES, "every code has a sentence"
    told = tuple(sorted((name, str(value)) for name, value in values.items()))
    return Flag(visit, code, tuple(sorted(others)), told)


def sentence(one: Flag) -> str:
    """What a flag says, in English, for `said`."""
    told = _of_one(one) or _of_plan(one) or _of_several(one)
    assert told, "every code has a sentence"
    return told


def _of_one(one: Flag) -> str:
    """What a flag says that one visit raised by itself."""
    value = dict(one.values)
    match one.code:
        case "short":
            return f"The visit took {value['minutes']} minutes; {value['least']} are needed."
        case "late":
            return f"The visit was entered {value['hours']} hours after it ended."
        case "late_unexplained":
            return f"The visit was entered {value['hours']} hours after it ended, without a reason."
        case "future":
            return f"The visit begins on {value['day']}, after it was entered."
        case "clock":
            return "The clock of the box that recorded the visit was wrong."
        case "unregistered":
            return f"The client was registered on {value['since']} only, after the visit."
        case "died":
            return f"The client died on {value['on']}, before the visit."
        case "moved":
            return f"The client moved away on {value['on']}, before the visit."
        case "placed":
            return f"The client lives in an institution since {value['on']}, before the visit."
        case "closed":
            return f"The client's record was closed on {value['on']}, before the visit."
        case "hospital":
            return f"The client was in hospital on {value['day']}."
        case "client_unknown":
            return "No record of the client is known here."
        case "unenrolled":
            return f"No programme paid for the client on {value['day']}."
        case "unplanned":
            return "Nothing that was done on the visit is in the client's plan."
        case "left":
            return f"The worker had left on {value['on']}."
        case "contract":
            return f"The worker had no contract on {value['day']}."
        case "unskilled":
            return f"{value['service']} is for workers of the classes {value['classes']}."
        case "unqualified":
            return f"Nothing qualified the provider that sent the worker on {value['day']}."
        case "uncontracted":
            return (
                f"No contract with the provider that sent the worker held there on {value['day']}."
            )
        case "uncovered":
            return f"The contract that held there on {value['day']} is not for this service."
        case "insurance":
            return f"The worker had no insurance on {value['day']}."
        case "certificate":
            return f"The worker had no valid certificate on {value['day']}."
        case "unconfirmed":
            return "Nobody confirmed that the visit took place."
        case "relative":
            return "The worker is a relative of the client."
    return ""


def _of_plan(one: Flag) -> str:
    """What a flag says of a visit beside the client's plan."""
    value = dict(one.values)
    match one.code:
        case "no_task":
            return "The visit names nothing that was done, and the client has a plan."
        case "outside_plan":
            return f"Not in the client's plan: {value['services']}."
        case "outside_xun":
            return f"The plan has {value['services']} in another 旬: {value['planned']}."
    return ""


def _of_several(one: Flag) -> str:
    """What a flag says that visits raised together."""
    value, others = dict(one.values), ", ".join(one.others)
    match one.code:
        case "overlap":
            return f"The worker was on another visit at the same time: {others}."
        case "travel":
            return (
                f"The worker came from another visit within {value['minutes']} minutes; the way "
                f"takes {value['least']}: {others}."
            )
        case "cap":
            return (
                f"On {value['day']} the worker saw {value['cap']} other clients before, and more "
                f"are not allowed: {others}."
            )
        case "again":
            return (
                f"On {value['day']} the worker was with this client {value['cap']} times before, "
                f"and more are not paid: {others}."
            )
        case "burst":
            return (
                f"The visit is one of {value['count']} that were typed within {value['minutes']} "
                f"minutes: {others}."
            )
        case "same_text":
            return f"The note of the visit is the same as that of another: {others}."
        case "same_length":
            return (
                f"All {value['count']} visits of the worker in {value['month']} took "
                f"{value['minutes']} minutes."
            )
        case "xun":
            return f"The client had a visit in this third of the month before: {others}."
        case "served_twice":
            return f"The order of the visit is paid by another visit: {others}."
        case "repeated":
            return f"The client had the same service in this month before: {others}."
    return ""
