"""`linli campaign`: censuses, home visits, festival gifts and questionnaires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import card, facts, history
from cli import table as tables
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, Note, On, Within, sentences, verb
from cli.home import acting, code_of, name_of, open_node, place_name, saved, within
from cli.narrowing import AMENDED
from cli.output import as_json, result, say
from cli.records import Names, find, given, listed, pages, short
from node.care import campaigns, moments
from node.care.facts import surveys
from node.care.facts.support import GOODS
from node.care.people import PERSON
from node.care.titles import title
from node.language import said
from node.replica import Replica

CAMPAIGN = surveys.CAMPAIGN.name

app = sentences("Censuses, home visits, festival gifts and questionnaires.")

Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Id, part of an id, or name.")]


@verb(
    app,
    "add",
    "linli campaign add 2026普查 --kind 普查 --since 2026-11-01 --until 2026-12-31 --age-min 60",
    "linli campaign add 2026满意度 --kind 问卷 --since 2026-11-01 --until 2026-11-30"
    " --sample 20 --seed 20261101 --question 您满意吗=满意/一般/不满意",
)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    kind: Annotated[str, typer.Option(metavar="KIND", help="Such as 普查 or 问卷.")],
    since: Annotated[str, typer.Option(metavar="DATE", help="The first day.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day.")],
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="GROUP", help="Who is in any of these groups."),
    ] = None,
    age_min: Annotated[
        str, typer.Option(metavar="N", help="From which age on the first day.")
    ] = "",
    age_max: Annotated[
        str, typer.Option(metavar="N", help="Up to which age on the first day.")
    ] = "",
    certified: Annotated[
        bool, typer.Option("--certified", help="Only who holds a disability certificate.")
    ] = False,
    sample: Annotated[
        str, typer.Option(metavar="N", help="How many are drawn in each township.")
    ] = "",
    seed: Annotated[str, typer.Option(metavar="TEXT", help="From which they are drawn.")] = "",
    bands: Annotated[
        str, typer.Option(metavar="AGES", help="First ages of the bands, such as 60,70,80.")
    ] = "",
    question: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION", help="Such as 您满意吗=满意/不满意; may be repeated."),
    ] = None,
    note: Note = "",
) -> None:
    """Starts a campaign of the county or the township and prints the id."""
    values = given(
        name=name.strip(),
        kind=kind,
        since=since,
        until=until,
        groups=",".join(groups or ()),
        age_min=age_min,
        age_max=age_max,
        certified="1" if certified else "",
        sample=sample,
        seed=seed,
        bands=bands,
        form=campaigns.form_of(question) if question else "",
        note=note,
    )
    with open_node(context) as replica:
        result(campaigns.start(replica, values, user=acting(context)))
        saved(replica, f"Started {name} in {place_name(replica, replica.division)}.")


@verb(app, "list", "linli campaign list", day="since", states=AMENDED)
def list_(
    context: typer.Context, limit: Limit = None, json: Json = False, csv: Csv = False
) -> None:
    """Lists campaigns."""
    with open_node(context) as replica:

        def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
            kind = title(CAMPAIGN, "kind", row["kind"])
            place = name_of(replica, row["division#"])
            return short(row["id"]), row["name"], kind, place, row["since"], row["until"]

        rows = listed(pages(replica, CAMPAIGN), limit, json or csv)
        heads = ["id", "name", "kind", "division", "since", "until"]
        how = Listing(CAMPAIGN, heads, cells, folded=["name", "division"])
        card.listing(replica, rows, how, json=json, csv=csv)


@verb(app, "show", "linli campaign show 2026普查")
def show(context: typer.Context, campaign: Campaign, json: Json = False) -> None:
    """Shows a campaign with its questions."""
    with open_node(context) as replica:
        row = find(replica, CAMPAIGN, campaign)
        asked = campaigns.questions_of(row)
        more = [
            (f"  {place}", f"{one.get('ask', '')} {'/'.join(one.get('options') or ())}".strip())
            for place, one in enumerate(asked, start=1)
        ]
        shown = {"form": lambda _: ""}
        card.show(replica, CAMPAIGN, row, json, shown=shown, more=more)


@verb(app, "figures", "linli campaign figures 2026普查 --at 定昌镇")
def figures(
    context: typer.Context, campaign: Campaign, at: Within = "", json: Json = False
) -> None:
    """Shows how many were asked, of how many, in each village and each age band."""
    with open_node(context) as replica:
        row = find(replica, CAMPAIGN, campaign)
        told = _figures(replica, row, within(replica, at))
        if json:
            as_json(told)
            return
        cells = [(name_of(replica, one["id"]), one["asked"], one["of"]) for one in told["villages"]]
        cells.append((said("together"), told["asked"], told["of"]))
        tables.table(["division", "#asked", "#of"], cells, folded=["division"])
        bands = [(one["band"], one["asked"], one["of"]) for one in told["bands"]]
        tables.table(["age", "#asked", "#of"], bands, folded=[])
        if told["ageless"]:
            say(f"{told['ageless']} people have no birth date, and are not counted.")


def _figures(replica: Replica, row: Mapping[str, Any], place: str | None) -> dict[str, Any]:
    people = {str(one["id"]): one for one in pages(replica, PERSON.name, place or row["division#"])}
    found = campaigns.targets(replica, row, place)
    answers = campaigns.answers(replica, row)
    places = {person: str(one["division#"]) for person, one in people.items()}
    births = {person: one["birth_date"] for person, one in people.items()}
    villages = campaigns.coverage(found.people, answers, places)
    neglect = sorted(villages.items(), key=lambda one: (one[1][0] - one[1][1], one[0]))
    return {
        "campaign": row["id"],
        "asked": sum(number for number, _, _ in villages.values()),
        "of": len(found.people),
        "ageless": len(found.ageless),
        "villages": [
            {"id": one, "division": code_of(replica, one), "asked": number, "of": whole}
            for one, (number, whole, _) in neglect
        ],
        "bands": [
            {"band": name, "asked": number, "of": whole}
            for name, number, whole in campaigns.by_band(row, found.people, answers, births)
        ],
    }


@verb(app, "unasked", "linli campaign unasked 2026普查 --at 南大街")
def unasked(
    context: typer.Context,
    campaign: Campaign,
    at: Within = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists who is still to be asked, village by village."""
    with open_node(context) as replica:
        row = find(replica, CAMPAIGN, campaign)
        place = within(replica, at)
        people = {
            str(one["id"]): one for one in pages(replica, PERSON.name, place or row["division#"])
        }
        places = {person: str(one["division#"]) for person, one in people.items()}
        found = campaigns.targets(replica, row, place)
        by_village = campaigns.coverage(found.people, campaigns.answers(replica, row), places)
        order = sorted(by_village, key=lambda one: code_of(replica, one))
        rows = [people[person] for one in order for person in by_village[one][2]]

        def cells(one: Mapping[str, Any]) -> tuple[Any, ...]:
            return short(one["id"]), one["name"], name_of(replica, one["division#"]), one["phone"]

        heads = ["id", "name", "division", "phone"]
        how = Listing(PERSON.name, heads, cells, folded=["name", "division"])
        card.listing(replica, listed(rows, limit, json or csv), how, json=json, csv=csv)


@verb(app, "draw", "linli campaign draw 2026满意度")
def draw(context: typer.Context, campaign: Campaign) -> None:
    """Draws the sample of a campaign in each township, from its seed, once."""
    with open_node(context) as replica:
        row = find(replica, CAMPAIGN, campaign)
        counts = campaigns.draw(replica, row, user=acting(context))
        for township, count in counts.items():
            result(f"{code_of(replica, township)} {name_of(replica, township)} {count}")
        saved(replica, f"Drew {sum(counts.values())} people for {row['name']}.")


@verb(app, "gifts", "linli campaign gifts 2026春节慰问")
def gifts(context: typer.Context, campaign: Campaign, json: Json = False, csv: Csv = False) -> None:
    """Lists the goods given in a campaign, and those beyond one for a person."""
    with open_node(context) as replica:
        found, twice = campaigns.gifts(replica, find(replica, CAMPAIGN, campaign))
        names = Names(replica)

        def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
            mark = said("once more") if row["id"] in twice else ""
            who = names.of(PERSON.name, row["person"])
            what = f"{row['item']} ×{row['quantity']}"
            return short(row["id"]), who, what, row["given_on"], row["signed_by"], mark

        heads = ["id", "person", "item", "given_on", "signed_by", ""]
        how = Listing(
            GOODS.name, heads, cells, folded=["person", "item", "signed_by"],
            more=lambda row: {"twice": row["id"] in twice},
        )  # fmt: skip
        card.listing(replica, found, how, json=json, csv=csv)


groups = facts.declare_all(app, "campaign")
history.declare(app, CAMPAIGN, "linli campaign history 2026普查")


@verb(groups["answer"], "add", "linli campaign answer add 2026普查 王桂兰 --surveyor 李红 1=有")
def answer_add(
    context: typer.Context,
    campaign: Campaign,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")],
    surveyor: Annotated[str, typer.Option(metavar="NAME", help="Who asked.")],
    answers: Annotated[
        list[str] | None,
        typer.Argument(metavar="ANSWER", help="The number of a question and what was said."),
    ] = None,
    on: On = "",
    note: Note = "",
) -> None:
    """Records that somebody was asked and what was answered, and prints the id."""
    with open_node(context) as replica:
        row = find(replica, CAMPAIGN, campaign)
        who = find(replica, PERSON.name, person)
        values = given(
            done_on=on or moments.today(replica),
            surveyor=surveyor,
            answers=campaigns.answers_of(row, answers or ()),
            note=note,
        )
        result(campaigns.answer(replica, row, who, values, user=acting(context)))
        saved(replica, f"{who['name']} was asked in {row['name']}.")
