"""What a parent keeps back on the way down shows by the county's beacon, and comes past it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from cli.simulation.line import Link, meet
from node.clock import DAY_MS
from node.feed import FeedKey
from node.replica import Insert, Replica
from node.replica.withheld import BEHIND, STALE, Verdict, compare
from node.schema import Channel
from node.session import Session
from tests.ledger import federation
from tests.ledger.federation import Federation, admission, beacon_of, rename
from tests.session.sameness import check_same
from tests.session.test_bundle import carried
from tests.session.withholding import Kept, clumsy, cunning, meet_withholding

HOUR_MS = 3_600_000
EVERYBODY = ("county", "town1", "town2", "village1", "village2", "village3")
PARENT = {"town1": "county", "town2": "county", "village1": "town1", "village2": "town1",
          "village3": "town2"}  # fmt: skip


def told(replica: Replica, kind: str = BEHIND) -> str:
    """The text of an alert; empty where there is none."""
    found = [alert.text for alert in replica.alerts() if alert.kind == kind]
    return found[0] if found else ""


def held_up(replica: Replica) -> bool:
    return replica.held_up


def later(nodes: Federation, hours: float) -> None:
    for node in nodes.nodes.values():
        node.clock.ms += int(hours * HOUR_MS)


def facility(replica: Replica, name: str = "站") -> str:
    return replica.write(replica.division, [Insert("facility", {"name": name})]).ids[0]


def of_county(nodes: Federation, channel: Channel) -> Kept:
    """From now on the township keeps back what the county writes in one lane."""
    feed = FeedKey(nodes["county"].author, "COUNTY01", channel)
    return Kept(nodes["town1"], lambda one: one == feed)


@pytest.fixture
def six() -> Iterator[Federation]:
    """Two townships with their villages, all equal."""
    with federation.county(*EVERYBODY) as nodes:
        for _ in range(3):
            for child in reversed(PARENT):
                meet(nodes[child], nodes[PARENT[child]])
        yield nodes


# --- a township that keeps something back --------------------------------------------------------


@pytest.mark.parametrize("how", [clumsy, cunning])
@pytest.mark.parametrize("channel", [Channel.TRUST, Channel.REGISTRY])
def test_a_township_that_keeps_a_feed_back_is_noticed_and_passed_by(
    three: Federation, channel: Channel, how: Callable[[Session, Kept], None]
) -> None:
    village, town, county = three["village1"], three["town1"], three["county"]
    kept = of_county(three, channel)
    later(three, 1)
    written = [rename("VILL0001", "新名")] if channel is Channel.TRUST else [
        Insert("facility", {"name": "日间照料站"})
    ]  # fmt: skip
    county.write("COUNTY01", written)
    meet(town, county)
    link = meet_withholding(village, town, kept, how)
    assert link.error is None and all(session.finished for session in link.sessions)
    assert link.dialler.session.equal is (how is cunning), "a cunning one speaks as if equal"
    assert beacon_of(village) == beacon_of(county)
    assert not told(village), "a beacon travels faster than what it names"
    later(three, 1.1)
    meet_withholding(village, town, kept, how)
    assert "the county held records for everybody that this node still lacks" in told(village)
    assert held_up(village) and not held_up(town)
    assert not told(town)
    meet(village, county)
    assert not told(village) and not held_up(village)
    check_same(village, county)
    later(three, 30)
    meet_withholding(village, town, kept, how)
    assert not told(village), "nothing new was kept back"


def test_it_is_noticed_though_other_things_go_on_coming(six: Federation) -> None:
    """Every hour the county writes more, of which only one feed is kept back."""
    village, town, county = six["village1"], six["town1"], six["county"]
    kept = of_county(six, Channel.REGISTRY)
    facility(county)
    for hour in range(4):
        assert bool(told(village)) is (hour > 2), hour
        later(six, 0.6)
        facility(six["town2"])
        county.write("COUNTY01", [rename("VILL0003", f"村{hour}")])
        meet(six["town2"], county)
        meet(town, county)
        meet_withholding(village, town, kept, cunning)
    assert told(village)
    meet(village, town)
    assert not told(village), "it has thought better of it"


def test_an_alert_stands_over_a_restart_and_a_stick_takes_it_away(three: Federation) -> None:
    village, town, county = three["village1"], three["town1"], three["county"]
    kept = of_county(three, Channel.REGISTRY)
    later(three, 1)
    facility(county)
    for _ in range(2):
        meet(town, county)
        meet_withholding(village, town, kept, cunning)
        later(three, 2)
    three.nodes["village1"].reopen()
    village = three["village1"]
    assert told(village)
    assert carried(county, village).whole
    assert not told(village)


def test_a_stick_that_was_cut_short_raises_no_doubt(three: Federation) -> None:
    """It brought the beacon and not what that names; the township has neither, and is honest."""
    village, town, county = three["village1"], three["town1"], three["county"]
    later(three, 1)
    facility(county)
    county.issue_beacon()
    village.take_beacon(beacon_of(county))
    village.look_down(county.author, equal=False, over=False)
    later(three, 2)
    meet(village, town)
    assert not told(village), "the township was asked for the first time"
    later(three, 2)
    meet(town, county)
    meet(village, town)
    assert not told(village) and compare(village.core, beacon_of(village)) is Verdict.HERE


def test_a_township_that_lets_everything_stop_is_told_of_after_days(three: Federation) -> None:
    """It passes on nothing newer, the beacon neither, and everything that it says fits."""
    village, county = three["village1"], three["county"]
    kept = Kept(three["town1"], lambda feed: feed.author == county.author)
    for _ in range(6):
        later(three, 24)
        facility(county)
        meet(three["town1"], county)
        frozen(village, three["town1"], kept)
        assert not told(village, STALE)
    later(three, 26)
    assert "this node cannot see that it has everything from the county" in told(village, STALE)
    assert held_up(village) and not held_up(three["town1"])
    meet(village, county)
    assert not held_up(village)
    check_same(village, county)


def frozen(village: Replica, town: Replica, kept: Kept) -> None:
    """A session with a township whose county stood still."""
    link = Link(village, town)
    session = link.answerer.session
    cunning(session, kept)
    session.courier.beacon_frames = list  # type: ignore[method-assign]
    hello = session._hello

    def older(offered: bytes | None = None):  # type: ignore[no-untyped-def]
        frame = hello(offered)
        frame.hello.beacon_time = 0
        return frame

    session._hello = older  # type: ignore[method-assign]
    link.run()


def test_who_hears_nothing_for_days_is_told_so_without_a_line(three: Federation) -> None:
    village = three["village1"]
    later(three, 24 * 7 + 1)
    assert "Since 2026-" in told(village, STALE)
    assert not told(three["county"], STALE), "the county hears itself"
    meet(three["town1"], three["county"])
    meet(village, three["town1"])
    assert not told(village, STALE)


# --- an honest county ----------------------------------------------------------------------------


def test_who_is_ahead_of_the_county_lacks_nothing(six: Federation) -> None:
    """A village and its neighbour wrote what the county had not got when it signed its beacon."""
    village, town, county = six["village1"], six["town1"], six["county"]
    later(six, 1)
    facility(six["village2"])
    facility(village)
    facility(county)
    meet(six["village2"], town)
    meet(village, town)
    county.issue_beacon()
    facility(town)
    meet(six["town2"], county)
    village.take_beacon(beacon_of(county))
    assert compare(village.core, beacon_of(county)) is Verdict.BEHIND
    county_feed = FeedKey(county.author, "COUNTY01", Channel.REGISTRY)
    six.nodes["county"].refresh()
    village.take(list(six.nodes["county"].held[county_feed].values()))
    facility(village)
    village.seal()
    floor = village.store.ledger.last_arrival()
    assert compare(village.core, beacon_of(county)) is Verdict.HERE
    assert compare(village.core, beacon_of(county), floor) is Verdict.BEHIND, "not all by then"


@pytest.mark.parametrize("seed", range(12))
def test_an_honest_county_never_alerts(six: Federation, seed: int) -> None:
    """Whoever speaks with whom, in whichever order, as long as sessions come to their end."""
    drawn = random.Random(seed)
    for _ in range(40):
        if drawn.random() < 0.6:
            facility(six[drawn.choice([*EVERYBODY, "county", "town1"])], f"站{drawn.random()}")
        if drawn.random() < 0.2:
            six["county"].write("COUNTY01", [rename("VILL0004", f"村{drawn.random()}")])
        if drawn.random() < 0.1:
            six["town1"].write("TOWN0001", [admission(drawn.choice(["village1", "village2"]))])
        child = drawn.choice(list(PARENT))
        meet(six[child], six["county" if drawn.random() < 0.1 else PARENT[child]])
        later(six, drawn.choice([0.001, 0.2, 2, 9]))
        assert not [node for node in six.nodes if told(six[node])]


def test_after_healing_no_alert_stands_whatever_was_cut(six: Federation) -> None:
    """A township whose own line broke again and again lacks what its beacon names, and so below."""
    raised = 0
    drawn = random.Random(1)
    for _ in range(3):
        for _ in range(30):
            for child in drawn.sample(list(PARENT), 2):
                facility(six[drawn.choice(EVERYBODY)], f"站{drawn.random()}")
                meet(six[child], six[PARENT[child]], frames_max=drawn.choice([3, 4, 5, 6, None]))
                raised += bool(told(six[child]))
            later(six, drawn.choice([0.2, 2]))
        for _ in range(3):
            later(six, 0.2)
            for child in [*PARENT, *reversed(PARENT)]:
                meet(six[child], six[PARENT[child]])
        assert not [node for node in six.nodes if told(six[node])]
    assert raised, "nothing was hard enough"
    check_same(six["county"], six["village1"])


def test_too_much_at_once_cannot_be_told_and_the_county_settles_it(six: Federation) -> None:
    """What cannot be decided is no alert, until days have passed; whoever asks the county knows."""
    village, town, county = six["village1"], six["town1"], six["county"]
    later(six, 1)
    county.write("COUNTY01", [rename("VILL0004", "新")])
    county.issue_beacon()
    village.take_beacon(beacon_of(county))
    for number in range(301):
        facility(town, str(number))
        town.seal()
    meet(village, town)
    assert compare(village.core, beacon_of(county)) is Verdict.CANNOT_BE_TOLD
    later(six, 2)
    meet(village, town)
    assert not told(village)
    later(six, 24 * 7)
    meet(village, town)
    assert told(village, STALE)
    meet(village, county)
    assert not told(village, STALE) and not held_up(village)


def test_a_fast_clock_is_settled_by_the_county_itself(three: Federation) -> None:
    village = three["village1"]
    three.nodes["village1"].clock.ms += 30 * 365 * DAY_MS
    meet(village, three["town1"])
    assert "today is 2056-" in told(village, STALE)
    meet(village, three["county"])
    assert not told(village, STALE)
    three.nodes["village1"].clock.ms -= 30 * 365 * DAY_MS
    assert not told(village, STALE), "and when the clock is right again"
