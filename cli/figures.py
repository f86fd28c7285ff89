"""`linli report figures`, `keep`, `baselines`, `compare`, `claims`: counts with fixed meanings."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, On, Within, sentences, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.output import as_json, result, say
from cli.records import short
from node.care import fields, moments
from node.care.facts.counts import CLAIM, RULING
from node.care.facts.writing import standing
from node.care.figures import baselines, comparing
from node.care.figures.baselines import Baseline
from node.care.figures.counting import figures
from node.care.figures.gathering import gathered
from node.care.headings import heading
from node.care.policy import BASELINE
from node.errors import UsageError
from node.language import said
from node.replica import Replica

app = sentences()

Kept = Annotated[str, typer.Argument(metavar="BASELINE", help="Id, or the end of an id.")]


def _day(replica: Replica, typed: str) -> str:
    return fields.date("--on", typed) if typed else moments.today(replica)


@verb(app, "figures", "linli report figures --on 2026-11-30 --at 定昌镇")
def figures_(
    context: typer.Context, at: Within = "", on: On = "", json: Json = False, csv: Csv = False
) -> None:
    """Shows the figures of a division as of a day; a share comes with what it is made of."""
    with open_node(context) as replica:
        scope, day = within(replica, at) or replica.division, _day(replica, on)
        found = figures(gathered(replica, scope, f"{day[:4]}-01-01", day))
        if json:
            as_json([{**asdict(one), "value": one.value} for one in found])
            return
        rows = [
            (one.title, one.value, one.number if one.share else None,
             one.of if one.share else None, "" if one.share else one.unit, one.day)
            for one in found
        ]  # fmt: skip
        if csv:
            names = ("title", "value", "number", "of", "unit", "day")
            tables.as_csv([heading("baseline", name) for name in names], rows)
            return
        heads = ["figure", "#value", "#part", "#whole", "unit", "day"]
        tables.table(heads, rows, folded=["figure"])


# --- baselines -----------------------------------------------------------------------------------


@verb(app, "keep", "linli report keep --on 2026-06-30")
def keep(context: typer.Context, at: Within = "", on: On = "") -> None:
    """Keeps what is counted of a division on a day, for ever, and prints the id."""
    with open_node(context) as replica:
        scope, day = within(replica, at) or replica.division, _day(replica, on)
        result(baselines.keep(replica, scope, day, user=acting(context)))
        saved(replica, f"Kept what {name_of(replica, scope)} counts on {day}.")


@verb(app, "baselines", "linli report baselines --at 定昌镇")
def baselines_(
    context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False
) -> None:
    """Lists what was counted and kept, the oldest first."""
    with open_node(context) as replica:
        found = baselines.baselines(replica, within(replica, at))
        if json:
            as_json([_stated(replica, one) for one in found])
            return
        rows = [(one.id if csv else short(one.id), one.counted_on, name_of(replica, one.division),
                 one.counts.get("people"), one.counts.get("disabled"), one.digest[:16])
                for one in found]  # fmt: skip
        if csv:
            names = ("id", "counted_on", "division_name", "people", "disabled", "result")
            tables.as_csv([heading("baseline", name) for name in names], rows)
            return
        heads = ["id", "day", "division", "#people", "#disabled", "digest"]
        tables.table(heads, rows, folded=["division"])


def _stated(replica: Replica, one: Baseline) -> dict[str, Any]:
    return {
        "id": one.id,
        "division": code_of(replica, one.division),
        "counted_on": one.counted_on,
        "digest": one.digest,
        "counts": dict(one.counts),
    }


@verb(
    app,
    "compare",
    "linli report compare 7Q2M9K",
    "linli report compare 7Q2M9K --with 3K8P1T",
)
def compare(
    context: typer.Context,
    baseline: Kept,
    other: Annotated[
        str, typer.Option("--with", metavar="BASELINE", help="A later one; what is counted now.")
    ] = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Compares what was counted on a day with a later baseline, or with what is counted now."""
    with open_node(context) as replica:
        before = _find(replica, baseline)
        today = moments.today(replica)
        after = (
            _find(replica, other).counts
            if other
            else baselines.counts_of(replica, before.division, today)
        )
        found = baselines.compared(before.counts, after)
        if json:
            as_json([{"figure": name, "then": was, "now": now} for name, was, now in found])
        elif csv:
            names = ("figure", "then", "now")
            tables.as_csv([heading("baseline", name) for name in names], found)
        else:
            rows = [(name, was, now, (now or 0) - (was or 0)) for name, was, now in found]
            tables.table(["figure", "#then", "#now", "#change"], rows, folded=["figure"])
            say(f"{len(found)} figures differ from those of {before.counted_on}.")


def _find(replica: Replica, typed: str) -> Baseline:
    """The baseline that a person means.

    Raises:
        UsageError: None fits, or several do.
    """
    wanted = typed.strip().upper()
    fitting = [one for one in baselines.baselines(replica) if wanted and one.id.endswith(wanted)]
    if len(fitting) != 1:
        raise UsageError(
            f"{len(fitting)} baselines fit {typed[:60]!r}.",
            hint="Copy the id from: linli report baselines",
        )
    return fitting[0]


# --- claims --------------------------------------------------------------------------------------


@verb(app, "claims", "linli report claims --at 赤城县")
def claims(
    context: typer.Context, at: Within = "", on: On = "", json: Json = False, csv: Csv = False
) -> None:
    """Compares stated figures with those that the records give; those in doubt come first."""
    with open_node(context) as replica:
        scope, day = within(replica, at) or replica.division, _day(replica, on)
        found = comparing.compared(
            gathered(replica, scope, f"{day[:4]}-01-01", day),
            list(standing(replica, CLAIM, scope)),
            list(standing(replica, RULING, scope)),
        )
        if json:
            as_json([_claim(one) for one in found])
            return
        titles = BASELINE.lists.claim_figures
        rows = [
            (short(one.claim["id"]), titles.title(one.claim["figure"]), one.claim["value"],
             _decimal(one.derived), one.number, one.of, said(_state(one)))
            for one in found
        ]  # fmt: skip
        if csv:
            heads = [heading(CLAIM.name, "id"), *(heading(CLAIM.name, name) for name in
                     ("figure", "value")), *(heading("baseline", name) for name in
                     ("now", "number", "of")), heading(CLAIM.name, "state")]  # fmt: skip
            tables.as_csv(heads, rows)
            return
        heads = ["id", "figure", "#stated", "#derived", "#part", "#whole", ""]
        tables.table(heads, rows, folded=["figure"])
        doubts = sum(one.open for one in found)
        if doubts:
            say(f"{doubts} stated figures differ by more than a fifth or what the pack allows.")
            say("A person decides: linli division ruling add CLAIM --decision 采用推算数")


def _state(one: comparing.Compared) -> str:
    if one.ruling:
        return "decided"
    if one.against:
        return "contradicts another"
    if one.derived is None:
        return "not known"
    return "differs" if one.warned else "agrees"


def _decimal(value: Fraction | None) -> str:
    """A fraction with two digits, rounded half up."""
    if value is None:
        return ""
    hundredths = (200 * value.numerator + value.denominator) // (2 * value.denominator)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _claim(one: comparing.Compared) -> dict[str, Any]:
    return {
        "id": one.claim["id"],
        "statement": one.claim["statement"],
        "figure": one.claim["figure"],
        "stated": one.claim["value"],
        "derived": _decimal(one.derived) or None,
        "number": one.number,
        "of": one.of,
        "differs": one.warned,
        "contradicts": one.against or None,
        "ruling": one.ruling or None,
        "state": _state(one),
    }
