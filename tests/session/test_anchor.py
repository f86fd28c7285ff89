"""A database that was put back to an earlier state while the rest of the folder stayed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.simulation.line import meet
from node.config import ANCHOR, LEDGER
from node.replica import Insert, Replica
from node.replica.anchor import HEADS_MAX
from tests.ledger.federation import Federation, Node, open_replica
from tests.session.sameness import (
    alerts,
    backup,
    check_same,
    own_feed,
    person,
    restore,
    visits,
    wipe,
)

DATABASE = (LEDGER, f"{LEDGER}-wal")


def image(node: Node, seed: object = "after the image") -> Path:
    """Copies a node's database aside, and nothing else."""
    aside = node.home.with_name(f"{node.name}-image")
    aside.mkdir()
    node.replica.close()
    for name in DATABASE:
        if (node.home / name).exists():
            shutil.copy(node.home / name, aside)
    node.replica = open_replica(node.home, node.clock, seed=seed)
    return aside


def put_back(node: Node, aside: Path) -> Replica:
    """Puts that database back: whole and authentic pages of an earlier moment."""
    node.replica.close()
    for name in DATABASE:
        (node.home / name).unlink(missing_ok=True)
        if (aside / name).exists():
            shutil.copy(aside / name, node.home)
    node.replica = open_replica(node.home, node.clock, seed="put back")
    return node.replica


@pytest.fixture
def old(three: Federation) -> Replica:
    """A village whose database is of before the last three visits that its township has."""
    visits(three["village1"], 2)
    meet(three["village1"], three["town1"])
    aside = image(three.nodes["village1"])
    visits(three["village1"], 3)
    meet(three["village1"], three["town1"])
    return put_back(three.nodes["village1"], aside)


def test_a_database_that_was_put_back_is_told_and_takes_its_own_branch_back(
    three: Federation, old: Replica
) -> None:
    assert alerts(old) == ["rolled_back"]
    assert meet(old, three["town1"]).done
    assert not alerts(old) and not old.rolled_back
    visits(old, 1)
    meet(old, three["town1"])
    assert old.count("visit") == three["town1"].count("visit") == 6
    assert not alerts(three["town1"]), "no fork: what was lost came first"
    check_same(old, three["town1"])


def test_offline_it_writes_on_and_the_branch_heals(three: Federation, old: Replica) -> None:
    visits(old, 2)
    old.seal()
    assert alerts(old) == ["rolled_back"], "what is written now does not hide what is gone"
    three.nodes["village1"].reopen(seed="weeks later")
    village = three["village1"]
    assert alerts(village) == ["rolled_back"]
    assert meet(village, three["town1"]).done
    assert alerts(village) == ["fork"] and alerts(three["town1"]) == ["fork"]
    visits(village, 1)
    meet(village, three["town1"])
    assert village.count("visit") == 8
    assert len(three["town1"].store.ledger.heads(own_feed(village))) == 1
    check_same(village, three["town1"])


def test_what_no_parent_has_is_said_to_be_lost(three: Federation) -> None:
    aside = image(three.nodes["village1"])
    person(three["village1"])
    three["village1"].seal()
    newest = three.nodes["village1"].home.with_name("newest")
    three.nodes["village1"].replica.close()
    shutil.copytree(three.nodes["village1"].home, newest)
    village = put_back(three.nodes["village1"], aside)
    assert "comes back with the next session" in village.store.peers.alerts()[0].text
    assert meet(village, three["town1"]).done
    (alert,) = village.store.peers.alerts()
    assert alert.kind == "rolled_back" and "enter it again" in alert.text
    assert not village.rolled_back, "nobody is told for ever to ask again"
    village = put_back(three.nodes["village1"], newest)
    assert not alerts(village), "the newer database turned up"


def test_a_node_that_lost_its_database_hears_that_it_did(three: Federation) -> None:
    person(three["village1"])
    meet(three["village1"], three["town1"])
    village = wipe(three, "village1")
    assert alerts(village) == ["rolled_back"]
    meet(village, three["town1"])
    assert not alerts(village)
    check_same(village, three["town1"])


def test_a_folder_that_was_put_back_as_a_whole_takes_its_anchor_along(three: Federation) -> None:
    copy = backup(three, "village1")
    person(three["village1"])
    meet(three["village1"], three["town1"])
    assert not alerts(restore(three, "village1", copy))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def _of_another(path: Path) -> None:
    shutil.copy(path.parents[1] / "town1" / ANCHOR, path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [Path.unlink, _cut, _flip, _of_another, _folder, Path.touch])
def test_an_anchor_that_cannot_be_read_says_nothing(
    three: Federation, spoil: Callable[[Path], None]
) -> None:
    node = three.nodes["village1"]
    aside = image(node)
    person(node.replica)
    person(three["town1"], "TOWN0001")
    for name in ("village1", "town1"):
        three[name].seal()
    if spoil is Path.touch:
        (node.home / ANCHOR).write_bytes(b"")
    spoil(node.home / ANCHOR)
    assert not alerts(put_back(node, aside))
    person(node.replica)
    node.replica.seal()  # and nothing is worse for it
    assert (node.home / ANCHOR).is_dir() == (spoil is _folder)


def test_what_was_undone_is_not_named(three: Federation) -> None:
    village = three["village1"]
    person(village)

    def sealed_in_vain() -> None:
        with village.store.transaction():
            village.seal()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        sealed_in_vain()
    person(village)
    village.seal()
    three.nodes["village1"].reopen(seed="again")
    assert not alerts(three["village1"])


def test_the_anchor_stays_small_and_a_write_alone_does_not_touch_it(three: Federation) -> None:
    county, home = three["county"], three.nodes["county"].home
    for _ in range(2):
        for division in ("COUNTY01", "TOWN0001", "TOWN0002", *(f"VILL000{n}" for n in range(1, 5))):
            visits(county, 1, division)
            person(county, division)
            county.write(division, [Insert("facility", {"name": "食堂"})])
            county.write(division, [Insert("notice", {"text": "大雪"})])
        county.seal()
    anchor = home / ANCHOR
    content = anchor.read_bytes()
    assert len(json.loads(content.split(b"\n")[1])["heads"]) == HEADS_MAX
    visits(county, 3)
    assert anchor.read_bytes() == content
    three.nodes["county"].reopen(seed="again")
    assert not alerts(three["county"])
