"""`linli visit review|accept|return`: a township's day at the visits of its villages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from cli import card
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, Note, Within, verb
from cli.home import acting, name_of, open_node, saved, within
from cli.output import say
from cli.records import find, listed, short
from node.care import reviews, visits
from node.care.pay.flag import Flag, sentence
from node.care.settlement.closing import doubts
from node.care.titles import title
from node.care.verdict import verdict_of
from node.errors import UsageError
from node.language import said
from node.replica import Replica

VISIT, REVIEW = visits.VISIT.name, reviews.REVIEW.name

Since = Annotated[str, typer.Option(metavar="DATE", help="From this day on.")]
Until = Annotated[str, typer.Option(metavar="DATE", help="Up to this day.")]


def words(visit: Mapping[str, Any]) -> str:
    """What the township has found about a visit as it stands, in words; empty for nothing."""
    verdict = verdict_of(visit)
    told = (
        title(REVIEW, "outcome", verdict.outcome or None),
        title(REVIEW, "reason", verdict.reason or None),
    )
    return " ".join(filter(None, told))


def declare(app: typer.Typer, how: Callable[[Replica], Listing]) -> None:
    """Adds the sentences of a review to those of visits.

    Args:
        app: The noun.
        how: How visits are listed.
    """
    _declare_list(app, how)
    _declare_accept(app)
    _declare_return(app)


def _declare_list(app: typer.Typer, how: Callable[[Replica], Listing]) -> None:
    @verb(app, "review", "linli visit review --at 定昌镇 --until 2026-11-20")
    def review(
        context: typer.Context,
        at: Within = "",
        since: Since = "",
        until: Until = "",
        limit: Limit = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists the visits that wait for the township's review, the oldest first."""
        with open_node(context) as replica:
            scope = within(replica, at)
            waiting = reviews.waiting(replica, scope, since, until)
            waits = sorted(waiting, key=lambda row: (row["started_at"] or 0, row["id"]))
            rows = listed(waits, limit, json or csv, neglected=True)
            found = doubts(replica, scope or replica.division)
            card.listing(replica, rows, _with_doubts(how(replica), found), json=json, csv=csv)


def _with_doubts(how: Listing, found: Mapping[str, Sequence[Flag]]) -> Listing:
    """Visits as they are listed, with what is in doubt in the place of their fee."""
    place = how.heads.index("#yuan")

    def told(visit: Mapping[str, Any]) -> str:
        return " ".join(said(sentence(one)) for one in found.get(visit["id"], ()))

    def cells(visit: Mapping[str, Any]) -> list[Any]:
        whole = how.cells(visit)
        return [*whole[:place], " ".join(filter(None, (whole[-1], told(visit))))]

    def more(visit: Mapping[str, Any]) -> dict[str, Any]:
        flags = found.get(visit["id"], ())
        stated = [{"code": one.code, "bars": one.bars, "says": sentence(one)} for one in flags]
        return {**how.more(visit), "doubts": stated}

    return Listing(
        how.table,
        [*how.heads[:place], "doubt"],
        cells,
        folded=[*how.folded, "doubt"],
        more=more,
        named={**how.named, "doubt": told},
    )


def _declare_accept(app: typer.Typer) -> None:
    @verb(
        app,
        "accept",
        "linli visit accept 7Q2M9K",
        "linli visit accept --at 定昌镇 --until 2026-11-20 --every",
    )
    def accept(
        context: typer.Context,
        visit: Annotated[
            list[str] | None, typer.Argument(metavar="VISIT", help="Id, or part of an id.")
        ] = None,
        at: Within = "",
        since: Since = "",
        until: Until = "",
        every: Annotated[bool, typer.Option("--every", help="All that wait.")] = False,
        waive: Annotated[
            list[str] | None,
            typer.Option(metavar="FLAG", help="Pay in spite of this flag; needs --note."),
        ] = None,
        note: Note = "",
    ) -> None:
        """Accepts visits, so that they can be paid; nobody accepts what they recorded."""
        if bool(visit) == every:
            raise UsageError(
                "Which visits are meant is not clear.",
                hint="Name some, or give --every for all that wait; --at and --until bound them.",
            )
        with open_node(context) as replica:
            found: Iterable[dict[str, Any]] = (
                list(reviews.waiting(replica, within(replica, at), since, until))
                if every
                else [find(replica, VISIT, one) for one in visit or ()]
            )
            count = reviews.accept(
                replica, list(found), user=acting(context), waived=waive or (), note=note
            )
            if count:
                saved(replica, f"Accepted {count} visits.")
                _tell_barred(replica, {str(one["id"]) for one in found})
            else:
                say("Nothing waits for a review.")


def _tell_barred(replica: Replica, accepted: Collection[str]) -> None:
    """Says how many of the visits that were accepted are not paid all the same."""
    every = doubts(replica, replica.division)
    barred = sum(any(one.bars for one in every.get(id_, ())) for id_ in accepted)
    if barred:
        say(f"{barred} of them are in doubt and not paid yet. See why: linli settle preview")


def _declare_return(app: typer.Typer) -> None:
    @verb(app, "return", "linli visit return 7Q2M9K --reason 时长不足 --note 请核对结束时间")
    def give_back(
        context: typer.Context,
        visit: Annotated[str, typer.Argument(metavar="VISIT", help="Id, or part of an id.")],
        reason: Annotated[
            str,
            typer.Option(
                metavar="REASON",
                help="Name or code: 时长不足, 项目不符, 与其他记录重叠, 无人确认, 对象不符, "
                "日期或时间有误, 证据不足, 其他.",
            ),
        ],
        note: Note = "",
    ) -> None:
        """Gives a visit back to who recorded it, to be corrected or voided."""
        with open_node(context) as replica:
            row = find(replica, VISIT, visit)
            reviews.give_back(replica, row["id"], reason, user=acting(context), note=note)
            name = name_of(replica, row["division#"])
            saved(replica, f"Gave the visit {short(row['id'])} back to {name}.")
