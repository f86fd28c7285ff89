"""What clients say of a service afterwards: `linli order review` and `linli visit rate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import card
from cli.card import Listing, moment
from cli.grammar import Csv, Json, Limit, Note, Within, verb
from cli.home import acting, open_node, saved, within
from cli.narrowing import RECORDED
from cli.output import result
from cli.records import Names, find, find_id, given, listed, pages, short
from node.care.orders import ratings
from node.care.orders.ratings import RATING
from node.care.orders.tables import ORDER
from node.care.parameters import publishing
from node.care.pay.bursts import stuffed
from node.care.titles import title
from node.care.visits import VISIT
from node.clock import parse_local, stamp_ms
from node.replica import Replica

Stars = Annotated[int, typer.Option("--stars", metavar="N", help="From 1, the more the better.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="WORD", help="Such as 守时; may be repeated.")
]
GivenBy = Annotated[str, typer.Option(metavar="WORD", help="本人 or 家属.")]
Reviewer = Annotated[str, typer.Option(metavar="NAME", help="Of a relative; needs a link.")]
When = Annotated[str, typer.Option("--when", metavar="TIME", help="[default: now].")]


def declare_order(app: typer.Typer) -> None:
    """Gives orders the sentences of their reviews."""

    @verb(app, "review", "linli order review 7Q2M9K --stars 5 --tag 守时")
    def review(
        context: typer.Context,
        order: Annotated[str, typer.Argument(metavar="ORDER", help="Id, or part of an id.")],
        stars: Stars,
        tags: Tags = None,
        given_by: GivenBy = "本人",
        reviewer: Reviewer = "",
        when: When = "",
        note: Note = "",
    ) -> None:
        """Records what the client's side says of an order, once, and prints the id."""
        with open_node(context) as replica:
            row = find(replica, ORDER.name, order)
            values = _typed(stars, tags, given_by, reviewer, when, note)
            result(ratings.rate_order(replica, row["id"], values, user=acting(context)))
            saved(replica, f"Reviewed the order {short(row['id'])} with {stars} stars.")

    _declare_list(app)


def _declare_list(app: typer.Typer) -> None:
    @verb(app, "reviews", "linli order reviews --worker 李秀英", day=RECORDED)
    def reviews(
        context: typer.Context,
        at: Within = "",
        worker: Annotated[str, typer.Option(metavar="WORKER", help="Only of this worker.")] = "",
        limit: Limit = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists reviews of orders and visits, and which count for nothing."""
        with open_node(context) as replica:
            where = {"worker": find_id(replica, "worker", worker)} if worker else None
            rows = list(pages(replica, RATING.name, within(replica, at), where))
            how = _listing(replica, _doubts(replica, rows))
            card.listing(replica, listed(rows, limit, json or csv), how, json=json, csv=csv)


def declare_visit(app: typer.Typer) -> None:
    """Gives visits the sentence of their reviews."""

    @verb(app, "rate", "linli visit rate 7Q2M9K --stars 5 --tag 守时")
    def rate(
        context: typer.Context,
        visit: Annotated[str, typer.Argument(metavar="VISIT", help="Id, or part of an id.")],
        stars: Stars,
        tags: Tags = None,
        given_by: GivenBy = "本人",
        reviewer: Reviewer = "",
        when: When = "",
        note: Note = "",
    ) -> None:
        """Records what the client's side says of a visit, once, and prints the id."""
        with open_node(context) as replica:
            row = find(replica, VISIT.name, visit)
            values = _typed(stars, tags, given_by, reviewer, when, note)
            result(ratings.rate_visit(replica, row["id"], values, user=acting(context)))
            saved(replica, f"Reviewed the visit {short(row['id'])} with {stars} stars.")


def _typed(
    stars: int, tags: list[str] | None, given_by: str, reviewer: str, when: str, note: str
) -> dict[str, Any]:
    return given(
        stars=stars,
        tags=",".join(tags or ()),
        given_by=given_by,
        reviewer=reviewer,
        reviewed_at=parse_local(when) if when else None,
        note=note,
    )


def _doubts(replica: Replica, rows: list[dict[str, Any]]) -> dict[str, str]:
    """By id why a review counts for nothing: it came second, or was typed in a burst."""
    found = dict.fromkeys(ratings.repeated(rows), "repeated")
    parameters = publishing.in_force(replica)
    by_worker: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_worker.setdefault(row["worker"] or "", []).append(row)
    for some in by_worker.values():
        first = replica.tree.get(some[0]["division#"])
        on, code = moment(some[-1]["reviewed_at"])[:10], first.code if first else ""
        rule = parameters.bonus.on(on, code) if parameters else None
        typed = ((row["id"], row["author#"], stamp_ms(row["time"])) for row in some)
        if rule is not None:
            burst = stuffed(typed, rule.stuffing_reviews_max, rule.stuffing_minutes)
            found.update(dict.fromkeys(burst, "burst"))
    return found


def _listing(replica: Replica, doubts: Mapping[str, str]) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            names.of("person", row["person"]),
            names.of("worker", row["worker"]),
            row["stars"],
            title(RATING.name, "tags", row["tags"]),
            title(RATING.name, "given_by", row["given_by"]),
            moment(row["reviewed_at"]),
            title(RATING.name, "doubt", doubts.get(row["id"])),
        )

    return Listing(
        RATING.name,
        ["id", "person", "worker", "#stars", "tags", "given_by", "reviewed_at", "doubt"],
        cells,
        folded=["person", "worker", "tags", "given_by", "reviewed_at", "doubt"],
        more=lambda row: {"doubt": doubts.get(row["id"], "")},
        named={
            "person_name": lambda row: names.of("person", row["person"]),
            "worker_name": lambda row: names.of("worker", row["worker"]),
            "doubt": lambda row: title(RATING.name, "doubt", doubts.get(row["id"])),
        },
    )
