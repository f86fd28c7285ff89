"""What does not reach the county is told after days, with the place where it stopped."""

from __future__ import annotations

from cli.simulation.line import Link, meet
from node.clock import DAY_MS
from node.feed import FeedKey
from node.replica import Replica
from node.replica.lag import LAGGING
from tests.ledger.federation import Federation, key_of
from tests.session.sameness import visits


def told(replica: Replica) -> str:
    """The text of the alert; empty where there is none."""
    found = [alert.text for alert in replica.alerts() if alert.kind == LAGGING]
    return found[0] if found else ""


def pass_days(nodes: Federation, days: float) -> None:
    for node in nodes.nodes.values():
        node.clock.ms += int(days * DAY_MS)


def test_what_reached_nobody_is_told_after_seven_days(three: Federation) -> None:
    village, town = three["village1"], three["town1"]
    assert not told(village)
    visits(village, 1)
    pass_days(three, 6.9)
    visits(village, 1)
    assert not told(village)
    pass_days(three, 0.2)
    assert "the village has it, and the township has not said so" in told(village)
    meet(village, town)
    assert "the township has it, and the county has not said so" in told(village)
    meet(town, three["county"])
    assert told(village), "the county's word has not come down yet"
    meet(village, town)
    assert not told(village)
    pass_days(three, 30)
    assert not told(village), "what all have lags nowhere, however long nobody writes"


def test_a_township_that_withholds_shows_by_the_tick_that_does_not_come(three: Federation) -> None:
    """It speaks to both every day, and keeps back what one village wrote."""
    village, town, county = three["village1"], three["town1"], three["county"]
    visit = visits(village, 1)[0]
    for _ in range(7):
        assert not told(village)
        meet(village, town)
        withhold(town, county, key_of("village1").author)
        meet(village, town)
        pass_days(three, 1)
    assert county.row("visit", visit) is None
    assert "the township has it, and the county has not said so" in told(village)
    assert not told(town) and not told(county), "what they wrote themselves is where it should be"
    meet(village, county)
    assert county.row("visit", visit) is not None
    assert not told(village)


def withhold(town: Replica, county: Replica, author: str) -> None:
    """A session of an altered program: whatever one author wrote is not sent."""
    link = Link(town, county)
    outgoing = link.dialler.session.outgoing
    plan = outgoing.plan

    def altered(feeds: list[tuple[FeedKey, tuple[object, ...]]]) -> None:
        plan([feed for feed in feeds if feed[0].author != author])  # type: ignore[misc]

    outgoing.plan = altered  # type: ignore[method-assign,assignment]
    link.run()


def test_what_waits_in_an_open_tail_counts_too(three: Federation) -> None:
    """A box that never met anybody again has nothing sealed, and says so all the same."""
    village = three["village1"]
    visits(village, 1)
    pass_days(three, 8)
    (alert,) = [alert for alert in village.alerts() if alert.kind == LAGGING]
    assert alert.raised_at == three.nodes["village1"].clock.ms - DAY_MS
