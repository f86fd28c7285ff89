"""Still more of what readers of the care rules reproduced, each as a story that stays mended."""

from __future__ import annotations

import base64
from pathlib import Path

from node import identity
from node.care.complaining import LOOK_GAP_S, Complaining
from node.care.parameters import publishing
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS
from node.replica import Insert, Replica
from tests.cli import test_settle
from tests.cli.conftest import Linli, meet, read, settle_in
from tests.cli.test_reproduced import lines, paid, refused
from tests.cli.test_settle import SEPTEMBER, Homes

county = test_settle.county
TIERS = {"v": "village", "t": "township", "c": "county"}


def advanced(linli: Linli, homes: Homes, case: str, tiers: str) -> None:
    """Takes a case along its stages from the first, each by the tier that it belongs to."""
    for stage, tier in enumerate(tiers, 1):
        meet(homes)
        linli("case", "advance", case, stage, home=homes[TIERS[tier]])
    meet(homes)


def test_no_case_is_settled_without_items_and_what_it_cost(linli: Linli, county: Homes) -> None:
    village, top = county["village"], county["county"]
    case = linli("case", "open", "王桂兰", home=village).stdout.strip()
    advanced(linli, county, case, "vvtttvcvvt")
    settle = ("case", "advance", case, "11")
    assert "names no item of the catalogue" in refused(linli, top, *settle)
    linli("case", "item", "add", case, "4", home=village)
    meet(county)
    assert "what the case" in refused(linli, top, *settle)
    linli("case", "set", case, "cost", "2800", home=village)
    meet(county)
    linli(*settle, home=top)
    meet(county)
    steps = read(linli("case", "history", case, "--json", home=village))
    assert "280000" in str(steps[-1]), "the settlement keeps what was paid"


def test_a_household_is_modified_once(linli: Linli, county: Homes) -> None:
    village, top = county["village"], county["county"]
    home = linli("household", "add", "南大街12号", home=village).stdout.strip()
    for name in ("王桂兰", "张德福"):
        linli("person", "set", name, "household", home, home=village)
    first, second = (
        linli("case", "open", name, "--item", "4", home=village).stdout.strip()
        for name in ("王桂兰", "张德福")
    )
    advanced(linli, county, first, "vvtttvc")
    advanced(linli, county, second, "vvtttv")
    told = " ".join(refused(linli, top, "case", "advance", second, "7").split())
    assert f"The household has the case {first}" in told
    named = linli("household", "add", "北街1号", home=village).stdout.strip()
    linli("case", "set", second, "household", named, home=village)
    meet(county)
    linli("case", "advance", second, "7", home=top)


def charged(linli: Linli, home: Path, on: str) -> str:
    """A visit for which the client paid 10 yuan, where visits are free."""
    words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60", "--reason", "纸质补录")
    more = ("--confirmed-by", "本人", "--charged", "10", "--start", f"{on} 09:00")
    return linli("visit", "add", "王桂兰", *words, *more, home=home).stdout.strip()


def complaints(linli: Linli, home: Path) -> list[str]:
    found = read(linli("complaint", "list", "--json", home=home))
    return sorted(one["visit"] for one in found)


def test_money_taken_where_visits_are_free_is_a_complaint_by_itself(
    linli: Linli, county: Homes
) -> None:
    village, town = county["village"], county["township"]
    linli("policy", "publish", publishing.shipped()["140430"], home=county["county"])
    meet(county)
    looked_at, other, back = (charged(linli, village, f"2026-09-{day}") for day in (12, 13, 14))
    meet(county)
    linli("visit", "accept", looked_at, home=town)
    linli("visit", "return", back, "--reason", "时长不足", home=town)
    assert complaints(linli, town) == sorted([looked_at, back])
    now = [0.0]
    service = Complaining(lambda: now[0])
    with Replica(town, SCHEMA) as replica:
        assert service.run(replica) == 0, "not at once: somebody may be looking at them"
        now[0] += LOOK_GAP_S
        assert service.run(replica) == 1
        now[0] += LOOK_GAP_S
        assert service.run(replica) == 0
    assert complaints(linli, town) == sorted([looked_at, other, back])
    (one,) = (
        row["id"]
        for row in read(linli("complaint", "list", "--json", home=town))
        if row["visit"] == other
    )
    linli("complaint", "case", "void", one, "--reason", "录错时间", home=town)
    with Replica(town, SCHEMA) as replica:
        now[0] += LOOK_GAP_S
        assert service.run(replica) == 0, "what somebody has voided is not opened again"


def test_a_complaint_that_two_nodes_open_is_one(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    linli("policy", "publish", publishing.shipped()["140430"], home=county["county"])
    meet(county)
    visit = charged(linli, village, "2026-09-12")
    meet(county)
    first = linli("complaint", "find", home=village).stdout.strip()
    linli("visit", "accept", visit, home=town)
    meet(county)
    for home in county.values():
        assert complaints(linli, home) == [visit]
    looked_into = ("--stage", "核查", "--done-on", "2026-09-15", "--result", "属实")
    rows = read(linli("complaint", "case", "list", "--json", home=town))
    (second,) = {row["id"] for row in rows} - {first}
    linli("complaint", "step", "add", second, *looked_into, home=town)
    meet(county)
    for home in county.values():
        (row,) = read(linli("complaint", "list", "--json", home=home))
        assert (row["id"], row["stage"]) == (first, "HC"), "what was done about either counts"


def second_township(homes: Homes) -> Path:
    """Another box of the township, which has heard of everything that `meet` brought it."""
    county, key = identity.Key.generate(bytes([1]) * 32), identity.Key.generate(bytes([9]) * 32)
    (root,) = identity.chain_from_pem((homes["county"] / "chain.pem").read_bytes())
    request = identity.make_request(key)
    der = identity.issue(county, root, request, "t", BOOT_FLOOR_MS, 3650, True)
    row = {"author": key.author, "stands_at": "t", "der": base64.b64encode(der).decode()}
    with Replica(homes["county"], SCHEMA) as replica:
        replica.write("t", [Insert("certificate", row)])
    return settle_in(homes["county"].parent / "second", key, "t", [der, root])


def test_who_disputes_a_visit_is_said(linli: Linli, county: Homes) -> None:
    county["second"] = second_township(county)
    visit = test_settle.visit(linli, county["village"], "2026-09-12")
    meet(county)
    linli("--as", "李四", "visit", "accept", visit, home=county["township"])
    back = ("visit", "return", visit, "--reason", "时长不足")
    linli("--as", "王五", *back, home=county["second"])
    meet(county)
    for home in county.values():
        (line,) = lines(linli, home)
        assert (line["amount_fen"], line["reasons"]) == (0, ["disputed"])
        told = linli("settle", "explain", visit, "--month", SEPTEMBER, home=home).stdout
        assert "the reviews of 李四, 王五 contradict each other" in " ".join(told.split())
    linli("--as", "李四", "visit", "accept", visit, home=county["township"])
    meet(county)
    assert paid(linli, county["second"]) == 5_000
