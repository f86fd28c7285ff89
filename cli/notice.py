"""`linli notice`: what the county and the townships tell those below, and who has confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import card, facts, history
from cli.card import Listing, moment
from cli.grammar import Csv, Json, Limit, Note, Within, sentences, verb
from cli.home import acting, ago, name_of, open_node, saved, within
from cli.narrowing import AMENDED, RECORDED
from cli.output import result
from cli.records import find, given, listed, pages, short
from node.care import notices
from node.care.amendments import void
from node.care.facts.notices import NOTICE, RECEIPT, unconfirmed
from node.care.facts.writing import standing
from node.replica import Replica

app = sentences("Notices to divisions, and who has confirmed them.")

Notice = Annotated[str, typer.Argument(metavar="NOTICE", help="Id, or part of an id.")]


@verb(app, "send", "linli notice send 关于开展冬季走访的通知 --villages --due-on 2026-11-20")
def send(
    context: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What it is about.")],
    body: Annotated[str, typer.Option(metavar="TEXT", help="The notice.")] = "",
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="DIVISION", help="To which division; may be repeated."),
    ] = None,
    villages: Annotated[bool, typer.Option("--villages", help="To every village below.")] = False,
    townships: Annotated[
        bool, typer.Option("--townships", help="To every township below.")
    ] = False,
    due_on: Annotated[str, typer.Option(metavar="DATE", help="By when to confirm it.")] = "",
    done_by: Annotated[str, typer.Option(metavar="DATE", help="By when to do it.")] = "",
) -> None:
    """Sends a notice to divisions below and prints its number."""
    with open_node(context) as replica:
        wanted = {"village": villages, "township": townships}
        places = [replica.tree.find(one).id for one in to or ()]
        for one in replica.tree.below(replica.division):
            known = replica.tree.get(one)
            if known and not known.abolished and one != replica.division:
                places += [one] if wanted.get(known.level) else []
        values = given(title=title, body=body, due_on=due_on, done_by=done_by)
        result(notices.send(replica, places, values, user=acting(context)))
        saved(replica, f"Sent to {len(set(places))} divisions.")


@verb(app, "list", "linli notice list", day=RECORDED, states=AMENDED)
def list_(
    context: typer.Context,
    at: Within = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists notices, each once for every division that it is for."""
    with open_node(context) as replica:
        rows = listed(pages(replica, NOTICE.name, within(replica, at)), limit, json or csv)
        card.listing(replica, rows, _listing(replica), json=json, csv=csv)


def _listing(replica: Replica, waits: bool = False) -> Listing:
    now = replica.core.now_ms()

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        since = ago(row["sent_at"], now) if waits else moment(row["sent_at"])
        place = name_of(replica, row["division#"])
        return short(row["id"]), row["title"], place, since, row["due_on"]

    heads = ["id", "title", "division", "waits since" if waits else "sent_at", "due_on"]
    return Listing(
        NOTICE.name, heads, cells, folded=["title", "division"],
        more=lambda row: {"waits_ms": max(now - row["sent_at"], 0)} if waits else {},
    )  # fmt: skip


@verb(app, "show", "linli notice show 7Q2M9K")
def show(context: typer.Context, notice: Notice, json: Json = False) -> None:
    """Shows a notice to one division, and the ticks."""
    with open_node(context) as replica:
        row = find(replica, NOTICE.name, notice)
        told = {"sent_from": lambda value: name_of(replica, value)}
        card.show(replica, NOTICE.name, row, json, shown=told)


@verb(app, "confirm", "linli notice confirm 7Q2M9K")
def confirm(context: typer.Context, notice: Notice, note: Note = "") -> None:
    """Confirms that a notice to this place was read."""
    with open_node(context) as replica:
        row = find(replica, NOTICE.name, notice)
        result(notices.confirm(replica, row, user=acting(context), note=note))
        saved(replica, f"Confirmed {row['title']}.")


@verb(app, "waiting", "linli notice waiting --at 定昌镇")
def waiting(
    context: typer.Context,
    at: Within = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists who has not confirmed a notice, and for how long, the longest first."""
    with open_node(context) as replica:
        place = within(replica, at)
        sent = [row for row in pages(replica, NOTICE.name, place) if not void(row)]
        rows = [dict(row) for row in unconfirmed(sent, standing(replica, RECEIPT, place))]
        shown = rows[:limit] if limit else rows
        card.listing(replica, shown, _listing(replica, waits=True), json=json, csv=csv)


facts.declare_all(app, "notice")
history.declare(app, NOTICE.name, "linli notice history 7Q2M9K")
