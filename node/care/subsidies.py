"""Subsidies of facilities: one a year for running it, and one ever for building it.

Both are the county's money. What runs a facility gets a subsidy for a year that its township has
found good (HC-26), and gets it once, however many facilities it runs. A 互助幸福院 gets one subsidy
for being built, rebuilt or rented, ever (CC-09). Two copies of the county's box may each pay one;
both stand, and the later is told as doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from node.care import fields, rows
from node.care.amendments import void
from node.care.facilities import FACILITY
from node.care.facts.premises import EVALUATION, evaluated
from node.care.facts.writing import standing
from node.care.money import is_amount, yuan
from node.care.parameters import publishing
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.replica import Amend, Insert, Replica
from node.schema import Channel, Column, Kind, Table

SUBSIDY = Table(
    name="facility_subsidy",
    channel=Channel.REGISTRY,
    meaning="money that the county pays for a facility",
    columns=(
        Column("facility", Kind.FACT, required=True, meaning="id of the facility"),
        Column("kind", Kind.FACT, required=True, meaning="code of subsidy_kinds"),
        Column("operator", Kind.FACT, meaning="who runs it, as the record said"),
        Column("year", Kind.FACT, type=int, meaning="of an operating subsidy, the year"),
        Column("amount_fen", Kind.FACT, type=int, required=True, meaning="in fen"),
        Column("paid_on", Kind.FACT, required=True, meaning="ISO date"),
        Column("document", Kind.FACT, meaning="the decision"),
        Column("policy", Kind.FACT, meaning="version of the pack that sets the amount"),
    ),
    writer="county",
    indexes=(("facility",),),
    local=True,
)

TABLES = (SUBSIDY,)
OPERATING, BUILDING = "YY", "JS"
BUILT_KINDS = ("XF",)
"""The kinds of facilities that get a subsidy for being built."""

_REASONS = BASELINE.lists.entry_reasons
_YEAR = fields.whole_number(2000, 2100)
_NAME = fields.text(fields.NAME_CHARACTERS_MAX)
Key = tuple[str, str, int]


def keys_of(row: Mapping[str, Any]) -> set[Key]:
    """What is paid once: for building, a facility; for running, an operator and a facility a year.

    An operator is known by a name, and a name may be written anew before the next payment.
    """
    if row["kind"] == BUILDING:
        return {(BUILDING, row["facility"], 0)}
    whose = (row["facility"], "".join((row["operator"] or "").split()))
    return {(OPERATING, one, row["year"] or 0) for one in whose if one}


def doubled(subsidies: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ids of subsidies that were paid though there was one: all but the first of each."""
    paid, twice = set[Key](), set[str]()
    for row in sorted(subsidies, key=lambda row: (row["time"], str(row["id"]))):
        if paid & keys_of(row):
            twice.add(row["id"])
        paid |= keys_of(row)
    return twice


def subsidies(replica: Replica, within: str | None = None) -> list[dict[str, Any]]:
    """The subsidies that count, oldest first."""
    return [row for row in rows.pages(replica, SUBSIDY.name, within) if not void(row)]


def pay_operating(
    replica: Replica, facility_id: str, year: Any, paid_on: str, *, user: str, document: str = ""
) -> tuple[str, int]:
    """Pays what an operator gets for a year.

    Returns:
        The subsidy's id, and the amount in fen.

    Raises:
        UsageError: The facility is not here, or the pack sets no such subsidy.
        Refused: This node is not the county's, the township has not found the year good, or the
            operator had it.
    """
    _check_county(replica)
    row = rows.find(replica, FACILITY, fields.row_id("facility", facility_id))
    of, on = _YEAR("year", year), fields.date("paid_on", paid_on)
    parameters = publishing.needed(replica)
    last = f"{of}-12-31"
    rule = parameters.canteens.needed(last, replica.tree.code_on(row["division#"], last))
    verdict = evaluated(
        standing(replica, EVALUATION, None, {"facility": row["id"]}), of, rule.score_min
    )
    if not verdict.get(row["id"]):
        found = "was not found good enough" if row["id"] in verdict else "was not evaluated"
        raise Refused(
            f"{row['name']} {found} for {of}, and needs a score of {rule.score_min}.",
            hint="The township evaluates it: linli facility evaluation add",
        )
    values = {
        "facility": row["id"],
        "kind": OPERATING,
        "operator": row["operator"],
        "year": of,
        "amount_fen": rule.operating_year_fen,
        "paid_on": on,
        "document": _NAME("document", document) if document else None,
        "policy": parameters.version,
    }
    return _paid(replica, row, values, user), rule.operating_year_fen


def pay_building(
    replica: Replica, facility_id: str, amount_fen: int, paid_on: str, *, user: str, document: str
) -> str:
    """Pays what a facility gets once for being built.

    Returns:
        The subsidy's id.

    Raises:
        UsageError: The facility is not here, is of another kind, or does not say how it was built.
        Refused: This node is not the county's, or the facility had one.
    """
    _check_county(replica)
    row = rows.find(replica, FACILITY, fields.row_id("facility", facility_id))
    kinds = BASELINE.lists.facility_kinds
    if row["kind"] not in BUILT_KINDS or not row["build_mode"]:
        names = ", ".join(map(kinds.title, BUILT_KINDS))
        raise UsageError(
            f"{row['name']} is no {names}, or nothing says how it was built.",
            hint="Say it: linli facility set FACILITY build_mode 新建",
        )
    if not is_amount(amount_fen):
        raise UsageError("An amount is above zero.", hint="Give it in yuan: --amount 50000")
    values = {
        "facility": row["id"],
        "kind": BUILDING,
        "operator": row["operator"],
        "year": None,
        "amount_fen": amount_fen,
        "paid_on": fields.date("paid_on", paid_on),
        "document": _NAME("document", document),
        "policy": None,
    }
    return _paid(replica, row, values, user)


def _paid(replica: Replica, row: Mapping[str, Any], values: dict[str, Any], user: str) -> str:
    for one in subsidies(replica):
        if keys_of(one) & keys_of(values):
            raise Refused(
                f"It was paid already: {yuan(one['amount_fen'])} yuan on {one['paid_on']} "
                f"({one['id']}).",
                hint="See what was paid with: linli fund subsidy list",
            )
    return replica.write(row["division#"], [Insert(SUBSIDY.name, values)], user=user).ids[0]


def strike(replica: Replica, subsidy_id: str, reason: str, *, user: str) -> None:
    """Voids a subsidy that was entered by mistake.

    Raises:
        UsageError: It is not here, or the reason is not in the list.
        Refused: This node is not the county's.
    """
    _check_county(replica)
    row = rows.find(replica, SUBSIDY, subsidy_id)
    value = {"void": _REASONS.code("reason", reason)}
    replica.write(row["division#"], [Amend(SUBSIDY.name, row["id"], value)], user=user)


def _check_county(replica: Replica) -> None:
    if replica.tier != SUBSIDY.writer:
        raise Refused(
            f"Money is moved by the county, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Ask the county's operator.",
        )
