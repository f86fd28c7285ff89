"""How the county of a trial comes about: by the commands that a person would type.

The county is made and takes in its list of places; each tier invites the one below with a token in
a file, and each newcomer joins with it. Then every line to a parent is led through a link that can
be cut, which is the one thing that no person would do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cli.demo.box import Box
from cli.demo.places import TOWNSHIP
from cli.demo.trial import Trial
from node.config import Config, Limits

_USERS = {"county": "民政局 王主任", "township": "民政所 李干事", "village": "村护理员 张大姐"}
PAGES = "127.0.0.1:0"
"""Where the county and the first village show pages: any free port, which they keep."""

RETRY_S_MAX = 2
"""A trial has no five minutes to wait for a box that dials again."""

SMALL = Limits(frame_bytes_min=512, frame_bytes_max=2_048, segment_changes_max=4)
"""Limits of the village that will be killed: many small frames, so that it can be hit between."""


async def found(trial: Trial, county_csv: Path | None, limits: Mapping[Box, Limits]) -> None:
    """Makes every node and starts its service.

    Args:
        trial: The trial.
        county_csv: The county's list of places; the one that comes with Linli if None.
        limits: The limits of the boxes that have others than usual.
    """

    async def admit(box: Box) -> None:
        await _admit(trial, box, limits.get(box, Limits()))

    await _make_county(trial, county_csv, limits.get(trial.county, Limits()))
    await trial.each(trial.townships, admit, at_once=2)
    await trial.quiet([trial.county, *trial.townships])
    await trial.each(trial.villages, admit, at_once=2)
    await trial.quiet()


async def _make_county(trial: Trial, county_csv: Path | None, limits: Limits) -> None:
    box = trial.county
    box.listen, box.enrol_listen = trial.addresses(box)
    words = ["init", box.place.code, "--user", _USERS[box.place.tier]]
    words += ["--listen", box.listen, "--enrol-listen", box.enrol_listen, "--pages", PAGES]
    await box.linli(*words, "--name", box.place.name)
    config = Config.load(box.home)
    config.limits = limits
    config.save(box.home)
    words = ["import", "divisions"]
    await box.linli(*words, *([str(county_csv)] if county_csv else []))
    await box.serve()
    await box.take_up_work()
    trial.ids = await box.do("divisions")


async def _admit(trial: Trial, box: Box, limits: Limits) -> None:
    """Invites a box from above, lets it join, and leads its lines through links."""
    above, token = trial.above(box.place), trial.folder / "tokens" / f"{box.place.code}.token"
    await above.linli("member", "invite", box.place.code, "--file", str(token))
    words = ["join", "--file", str(token), "--user", _USERS[box.place.tier]]
    if box.place.tier == TOWNSHIP:
        box.listen, box.enrol_listen = trial.addresses(box)
        words += ["--listen", box.listen, "--enrol-listen", box.enrol_listen]
    elif box is trial.villages[0]:
        words += ["--pages", PAGES]
    await box.linli(*words)
    await _lead_through_links(trial, box, limits)
    await box.serve()
    await box.take_up_work()


async def _lead_through_links(trial: Trial, box: Box, limits: Limits) -> None:
    """Puts a link before each parent of a box, in the box's own configuration."""
    config = Config.load(box.home)
    by_author = {one.author: one for one in trial.all if one.author}
    parents = []
    for parent in config.parents:
        upper = by_author[parent.author]
        link = trial.link(box, upper)
        await link.start()
        trial.links.append(link)
        box.links[parent.author] = link
        parents.append(replace(parent, address=link.address))
    config.parents = parents
    config.limits = replace(limits, dial_retry_s_max=RETRY_S_MAX)
    config.save(box.home)
