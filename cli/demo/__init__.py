"""`linli demo`: a small county on this machine, cut apart, worked in, killed, healed and compared.

story      the chapters
trial      the boxes, the links between them, the moment of quiet
box        one node: its service as a process, and hands beside it
worker     the hands: a process that writes and says what is durable
links      a proxy that can be cut, healed, made slow
leash      starts a process that ends with this one
founding   the county comes about by the commands a person types
scenes     what people do
browsing   a person at a browser; housecall, the visit that is typed on a page
outage     `kill -9` between two frames, and the proof of where it fell
witness    what was acknowledged, outside the nodes' folders
reader     the separate reader, and `contents`, its SQL
findings   the tables at the end
places, people, screen   where, who, and what is shown

`--scenario month` tells another story, without processes: `month`, by its plan in `schedule`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.grammar import sentences, verb

app = sentences()


class Scenario(StrEnum):
    """The stories that can be told."""

    OUTAGE = "outage"
    MONTH = "month"


@verb(
    app,
    "demo",
    "linli demo",
    "linli demo --townships 3 --villages 12 --seed 7",
    "linli demo --scenario month",
)
def demo(
    county_csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="CSV of another county: code,name,level,parent [default: 赤城县].",
        ),
    ] = None,
    scenario: Annotated[
        Scenario,
        typer.Option(help="An outage of three tiers, or a month of care in 沁县."),
    ] = Scenario.OUTAGE,
    townships: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default=False,
            help="Townships with a node [default: 2; in a month: all].",
        ),
    ] = None,
    villages: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default=False,
            help="Villages with a node, in all [default: 4; in a month: all].",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Decides places, people, deeds.")] = 1,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default=False, help="Keep everything there."),
    ] = None,
) -> None:
    """Runs a county on this machine, cuts it apart, heals it, and looks for every write."""
    from cli.demo import running  # the reader and the workers have no use for it

    if scenario is Scenario.MONTH:
        raise typer.Exit(running.run_month(county_csv, townships, villages, seed, keep))
    raise typer.Exit(running.run(county_csv, townships or 2, villages or 4, seed, keep))
