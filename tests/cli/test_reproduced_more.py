"""Still more of what readers of the care rules reproduced, each as a story that stays mended."""

from __future__ import annotations

from tests.cli import test_settle
from tests.cli.conftest import Linli, meet, read
from tests.cli.test_reproduced import refused
from tests.cli.test_settle import Homes

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
