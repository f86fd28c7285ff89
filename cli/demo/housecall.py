"""One visit that is typed on a page: from an aide's browser to the county's screen and back.

The form goes by HTTP to the village's page, the visit goes up by the links, the county's page lists
it, and the village's page shows the third tick. What the village's page answered counts as an
acknowledgement like any other: it is looked for at the end.
"""

from __future__ import annotations

import asyncio
import time

from cli.demo.browsing import Browser, fields_of
from cli.demo.scenes import Register
from cli.demo.trial import Trial
from node.clock import parse_local
from node.errors import LinliError

SHOWN_S_MAX = 60.0
SERVICE = "JK01"
_LOOK_S = 0.2
_STEP_DONE = '<li class="done">'
_STEPS = 3


async def pay(trial: Trial, register: Register) -> float:
    """Types a visit on the first village's page and waits until both pages show it.

    Args:
        trial: The trial.
        register: Whom there is to visit.

    Returns:
        How long it took from the form to the third tick, in seconds.

    Raises:
        LinliError: A page refused, or did not show it in time.
    """
    village, county = Browser(register.first.home), Browser(trial.county.home)
    await village.enter()
    await county.enter()
    person = register.clients[register.first.place.code][3]
    worker = next(iter(register.workers.values()))[0]
    form = fields_of(await village.read(f"/visits/new?person={person}"))
    form |= {"worker": worker, "service": SERVICE}
    began = time.monotonic()
    page, path = await village.post("/visits", form)
    visit = path.removeprefix("/visits/")
    if path == visit or register.names[person] not in page:
        raise LinliError("The village's page did not take the visit that was typed.")
    await _note(trial, register, visit, form)
    while time.monotonic() - began < SHOWN_S_MAX:
        listed = visit in await county.read("/visits")
        if listed and (await village.read(path)).count(_STEP_DONE) == _STEPS:
            return time.monotonic() - began
        await asyncio.sleep(_LOOK_S)
    raise LinliError(f"After {SHOWN_S_MAX:.0f} s the visit {visit} is not on both pages.")


async def _note(trial: Trial, register: Register, visit: str, form: dict[str, str]) -> None:
    """Writes down what the page has acknowledged, with the values that were typed."""
    row = await register.first.do("look", table="visit", id_=visit)
    if row is None:
        raise LinliError(f"The visit {visit}, which the page has acknowledged, is not there.")
    values = {
        "person": form["person"],
        "worker": form["worker"],
        "service": form["service"],
        "started_at": parse_local(f"{form['day']} {form['start']}"),
        "minutes": int(form["minutes"]),
    }
    name = {"author": register.first.author, "boot": row["boot#"], "number": row["number"]}
    division = trial.ids[register.first.place.code]
    acknowledged = {"table": "visit", "id": visit, "division": division, "values": values, **name}
    trial.witness.note([acknowledged])


def tell(trial: Trial, register: Register) -> None:
    """Shows where a person can open both pages."""
    for box, pages in (
        (register.first, "护理员的页面 the aide's page"),
        (trial.county, "县里的页面 the county's pages"),
    ):
        trial.screen.say(f"{box.name}: {pages}")
        trial.screen.paste(Browser(box.home).opening)
