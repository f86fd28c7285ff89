"""Meals at canteens: the till, rights to a quota, and months that the county settles."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from node import identity
from node.care.canteen.tables import MEAL, RIGHT
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS
from node.config import LEDGER
from node.errors import Refused, UsageError
from node.replica import Insert, Replica
from tests.cli.conftest import DIVISIONS, Linli, meet, read, settle_in

PACK = Path(__file__).parents[2] / "node/care/packs/431202.toml"
SEPTEMBER, OCTOBER = "2026-09", "2026-10"
SINCE = ("--registered-since", "1990-01-01")
Homes = dict[str, Path]


def join(homes: Homes, tier: str, seed: int) -> None:
    """Another box, which stands at a division that is in the list already."""
    division, key = DIVISIONS[tier][0], identity.Key.generate(bytes([seed]) * 32)
    county_key = identity.Key.load(homes["county"] / "node.key")
    with Replica(homes["county"], SCHEMA) as county:
        root = county.core.root.der
        request = identity.make_request(key)
        der = identity.issue(county_key, root, request, division, BOOT_FLOOR_MS, 3650, True)
        row = {"author": key.author, "stands_at": division, "der": base64.b64encode(der).decode()}
        county.write(division, [Insert("certificate", row)])
    homes[tier] = settle_in(homes["county"].parent / tier, key, division, [der, root])


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Homes:
    """Two villages with a canteen each, and a woman of 92 who lives alone on 特困 support."""
    join(homes, "other", 9)
    linli("policy", "publish", PACK, home=homes["county"])
    meet(homes)
    village, other = homes["village"], homes["other"]
    linli("facility", "add", "幸福食堂", "--kind", "CT", home=village)
    linli("facility", "add", "东关食堂", "--kind", "CT", home=other)
    words = ("--birth-date", "1934-02-03", "--group", "特困-分散")
    linli("person", "add", "王桂兰", *words, home=village)
    linli("person", "add", "张德福", "--birth-date", "1942-05-06", home=village)
    meet(homes)
    return homes


def grant(linli: Linli, homes: Homes, yuan: int, to: str = "南大街村", **more: Any) -> str:
    words = ("meal", "right", "grant", "王桂兰", "--to", to, "--amount", yuan, *SINCE)
    said = linli(*words, home=homes["county"], **more).stderr
    meet(homes)
    return str(said)


def sell(
    linli: Linli, home: Path, day: str, price: object, *more: object, who: str = "王桂兰"
) -> dict[str, Any]:
    at = "东关食堂" if home.name == "other" else "幸福食堂"
    time = () if "--time" in more else ("--time", "lunch")
    words = ("--at", at, *time, "--price", price, "--on", day, *more)
    return dict(read(linli("meal", "sell", who, *words, "--json", home=home)))


def parts(sale: dict[str, Any]) -> tuple[int, int, int, int]:
    return (sale["list_fen"], sale["merchant_fen"], sale["quota_fen"], sale["self_pay_fen"])


def settle(linli: Linli, homes: Homes, month: str) -> list[dict[str, Any]]:
    done = linli("meal", "settle", "--month", month, "--json", home=homes["county"])
    meet(homes)
    return list(read(done))


def quota(linli: Linli, home: Path) -> dict[str, Any]:
    return dict(read(linli("meal", "quota", "王桂兰", "--year", 2026, "--json", home=home)))


def days(number: int) -> Sequence[str]:
    return [f"2026-09-{day:02}" for day in range(1, number + 1)]


# --- the till ------------------------------------------------------------------------------------


def test_a_meal_in_one_line_at_the_price_of_the_age(linli: Linli, county: Homes) -> None:
    village = county["village"]
    done = linli(
        *("meal", "sell", "王桂兰", "--at", "幸福食堂", "--time", "lunch", "--price", 15),
        home=village,
    )
    assert "王桂兰 pays 9.00 of 15.00 yuan; the quota pays 0.00" in done.stderr
    assert "no right left to spend" in " ".join(done.stderr.split())
    (row,) = read(linli("meal", "list", "--json", home=village))
    assert done.stdout.strip() == row["id"] and row["rate"] == 600
    assert parts(row) == (1500, 600, 0, 900) and row["policy"] == "431202-1"
    assert parts(sell(linli, village, "2026-09-01", 15, who="张德福")) == (1500, 450, 0, 1050)
    linli("person", "add", "孙六", "--birth-date", "1965-01-01", home=village)
    assert parts(sell(linli, village, "2026-09-01", 15, who="孙六")) == (1500, 300, 0, 1200)
    linli("person", "add", "钱七", "--birth-date", "1966-09-02", home=village)
    assert parts(sell(linli, village, "2026-09-01", 15, who="钱七")) == (1500, 0, 0, 1500)
    on_the_day = sell(linli, village, "2026-09-02", 15, who="钱七")
    assert parts(on_the_day) == (1500, 300, 0, 1200), "60 on the day of the meal"


def test_the_quota_pays_what_is_left_and_the_person_the_rest(linli: Linli, county: Homes) -> None:
    assert "390.00 are granted to nobody yet" in grant(linli, county, 10)
    village = county["village"]
    assert parts(sell(linli, village, "2026-09-01", 6.5)) == (650, 260, 390, 0)
    last = sell(linli, village, "2026-09-02", 15)
    assert parts(last) == (1500, 600, 610, 290) and last["right_left_fen"] == 0
    none = sell(linli, village, "2026-09-03", 15)
    assert parts(none) == (1500, 600, 0, 900) and "no right left" in none["reason"]
    linli("meal", "void", none["id"], "--reason", "录错对象", home=village)
    linli("meal", "void", last["id"], "--reason", "录错对象", home=village)
    again = sell(linli, village, "2026-09-02", 15)
    assert again["quota_fen"] == 610, "what was voided is reserved no more"


def test_a_second_meal_of_a_meal_time_has_nothing_off_and_one_after_a_merge_is_flagged(
    linli: Linli, county: Homes
) -> None:
    grant(linli, county, 200)
    grant(linli, county, 200, "东关村")
    village, other = county["village"], county["other"]
    first = sell(linli, village, "2026-09-01", 15)
    twin = sell(linli, village, "2026-09-01", 15)
    assert parts(twin) == (1500, 0, 0, 1500) and first["id"] in twin["reason"]
    dinner = sell(linli, village, "2026-09-01", 15, "--time", "dinner")
    assert dinner["quota_fen"] == 900
    elsewhere = sell(linli, other, "2026-09-01", 15)
    assert elsewhere["quota_fen"] == 900, "it cannot know"
    meet(county)
    flagged = [
        read(linli("meal", "list", "--flagged", "--json", home=county[tier]))
        for tier in ("village", "township", "county")
    ]
    assert flagged[0] == flagged[1] == flagged[2]
    assert {row["id"] for row in flagged[0]} == {twin["id"], elsewhere["id"]}
    assert first["id"] in flagged[0][0]["reason"]
    east, west = settle(linli, county, SEPTEMBER)
    told = {line["meal"]: line for line in (*east["lines"], *west["lines"])}
    assert told[elsewhere["id"]]["over_fen"] == 900 and told[elsewhere["id"]]["quota_fen"] == 0
    assert told[elsewhere["id"]]["state"] == "second"
    assert told[first["id"]]["quota_fen"] == told[dinner["id"]]["quota_fen"] == 900


def test_a_keeper_next_door_sees_the_right_and_nothing_else(linli: Linli, county: Homes) -> None:
    other = county["other"]
    unknown = linli("meal", "quota", "王桂兰", home=other, code=2)
    assert "linli meal right ask NAME --lives-at VILLAGE" in " ".join(unknown.stderr.split())
    linli("meal", "right", "ask", "王桂兰", "--lives-at", "南大街村", "--amount", 100, home=other)
    meet(county)
    (asked,) = read(linli("meal", "right", "list", "--asked", "--json", home=county["county"]))
    assert (asked["name"], asked["home"], asked["amount_fen"]) == ("王桂兰", "南大街村", 10_000)
    grant(linli, county, 100, "东关村")
    assert read(linli("meal", "right", "list", "--asked", "--json", home=county["county"])) == []
    seen = quota(linli, other)
    assert seen.pop("person") and seen == {
        "name": "王桂兰", "year": 2026, "entitled": True, "rate": 600, "right_left_fen": 10_000
    }  # fmt: skip
    with Replica(other, SCHEMA) as replica:
        assert replica.rows("person") == [] and replica.rows("meal_entitlement") == []
    sale = sell(linli, other, "2026-09-01", 15)
    assert sale["quota_fen"] == 900 and sale["division"] == "130732100201", "at the person's home"
    home_card = linli("meal", "right", "grant", "张德福", "--to", "东关村", "--amount", 0,
                      home=county["county"])  # fmt: skip
    assert "has the discount there" in home_card.stderr
    meet(county)
    assert parts(sell(linli, other, "2026-09-01", 15, who="张德福")) == (1500, 450, 0, 1050)


def test_who_is_in_no_group_or_not_registered_has_no_quota(linli: Linli, county: Homes) -> None:
    words = ("--to", "南大街村", "--amount", 50)
    home = county["county"]
    poor = linli("meal", "right", "grant", "张德福", *words, *SINCE, home=home, code=4)
    assert "Is in none of the groups" in poor.stderr
    where = linli("meal", "right", "grant", "王桂兰", *words, home=home, code=2)
    assert "--registered-since" in where.stderr
    late = ("--registered-since", "2027-01-01")
    assert linli("meal", "right", "grant", "王桂兰", *words, *late, home=home, code=4)
    down = linli("meal", "right", "grant", "王桂兰", *words, home=county["village"], code=4)
    assert "by the county" in down.stderr
    with Replica(county["village"], SCHEMA) as village:
        person = village.rows("person")[0]["id"]
        row = {"person": person, "year": 2026, "kind": "grant", "author_id": village.author}
        insert = Insert(RIGHT.name, row | {"amount_fen": 40_000, "policy": "x"})
        with pytest.raises(Refused):
            village.write("v", [insert])


def test_who_is_registered_twice_has_one_quota(linli: Linli, county: Homes) -> None:
    """The quota follows the person: the ID number tells, whichever village has the record."""
    number = "110101193402033122"
    linli("person", "set", "王桂兰", "id_number", number, home=county["village"])
    grant(linli, county, 100)
    group = ("--group", "特困-分散")
    linli("person", "add", "王桂兰二", "--id-number", number, *group, home=county["other"])
    meet(county)
    words = ("meal", "right", "grant", "王桂兰二", "--to", "东关村", "--amount", 100, *SINCE)
    told = linli(*words, home=county["county"], code=4)
    assert "under another record already" in told.stderr


def test_who_moves_has_one_quota_in_the_year(linli: Linli, county: Homes) -> None:
    """What is left of it stays with the record that was left, and may be eaten in both villages."""
    grant(linli, county, 300)
    old = read(linli("person", "show", "王桂兰", "--json", home=county["county"]))["id"]
    move = ("person", "move", "王桂兰", "--to", "东关村")
    new = linli(*move, home=county["county"]).stdout.strip()
    meet(county)
    words = ("--to", "东关村", "--amount", 100, *SINCE)
    told = linli("meal", "right", "grant", new, *words, home=county["county"], code=4)
    assert f"linli meal right grant {old}" in told.stderr
    linli("meal", "right", "grant", old, *words, home=county["county"])
    more = linli("meal", "right", "grant", old, *words, home=county["county"], code=4)
    assert "are not granted yet" in more.stderr


def test_no_more_than_the_quota_is_granted_and_what_is_returned_may_be_granted_again(
    linli: Linli, county: Homes
) -> None:
    grant(linli, county, 390)
    told = grant(linli, county, 20, "东关村", code=4)
    assert "10.00 are not granted yet, and 20.00 are asked for" in told
    linli("meal", "right", "return", "王桂兰", "--amount", 50, home=county["village"])
    too_much = linli(
        "meal", "right", "return", "王桂兰", "--amount", 341, home=county["village"], code=4
    )
    assert "340.00 yuan are left here" in too_much.stderr
    assert "10.00 are not granted yet" in grant(linli, county, 20, "东关村", code=4)
    meet(county)
    assert (
        "Took back 1" in linli("meal", "right", "return", "--every", home=county["county"]).stderr
    )
    assert (
        "Nothing waits" in linli("meal", "right", "return", "--every", home=county["county"]).stderr
    )
    grant(linli, county, 20, "东关村")
    listed = read(linli("meal", "right", "list", "--json", home=county["county"]))
    left = {one["division_name"]: one["left_fen"] for one in listed}
    assert left == {"南大街村": 34_000, "东关村": 2_000}


# --- the county's month --------------------------------------------------------------------------


def test_two_canteens_offline_spend_390_and_20_of_one_quota_of_400(
    linli: Linli, county: Homes
) -> None:
    """The second holds a right to 10 alone, so the elder pays the rest there: nothing is over."""
    grant(linli, county, 390)
    grant(linli, county, 10, "东关村")
    village, other = county["village"], county["other"]
    for day in days(13):
        assert sell(linli, village, day, 50)["quota_fen"] == 3_000
    paid = [sell(linli, other, f"2026-09-{day}", 16.70)["quota_fen"] for day in (21, 22)]
    assert paid == [1_000, 0], "20.00 would have been wanted"
    meet(county)
    before = [quota(linli, county[tier]) for tier in ("village", "township", "county")]
    assert before[0]["paid_fen"] == 40_000 and before[0]["over_fen"] == 0
    sheets = settle(linli, county, SEPTEMBER)
    assert sum(one["sums"]["quota_fen"] for one in sheets) == 40_000
    assert sum(one["sums"]["over_fen"] for one in sheets) == 0
    for tier in ("village", "township", "county"):
        seen = quota(linli, county[tier])
        assert (seen["paid_fen"], seen["left_fen"], seen["over_fen"]) == (40_000, 0, 0)


def spent_twice(linli: Linli, homes: Homes) -> dict[str, Any]:
    """A till spends 390 of 400; a copy of its disk from before spends 20; both come in."""
    grant(linli, homes, 400)
    village = homes["village"]
    clone = village.parent / "clone"
    shutil.copytree(village, clone)
    for day in days(13):
        assert sell(linli, village, day, 50)["quota_fen"] == 3_000
    for day in ("2026-09-21", "2026-09-22"):
        last = sell(linli, clone, day, 16.70)
    assert last["quota_fen"] == 1_000
    meet({**homes, "clone": clone})
    return last


def test_a_clone_waits_and_does_not_overspend_and_what_is_over_is_the_canteens(
    linli: Linli, county: Homes
) -> None:
    last = spent_twice(linli, county)
    seen = [quota(linli, county[tier]) for tier in ("village", "township", "county")]
    assert [(one["paid_fen"], one["over_fen"]) for one in seen] == [(40_000, 1_000)] * 3
    assert seen[0]["lines"] == seen[1]["lines"] == seen[2]["lines"]
    (line,) = [one for one in seen[0]["lines"] if one["over_fen"]]
    assert line["id"] == last["id"] and "borne by the canteen" in line["reason"]
    frozen = sell(linli, county["village"], "2026-09-25", 15)
    assert frozen["quota_fen"] == 0 and "restored from a backup or copied" in frozen["reason"]
    (sheet,) = settle(linli, county, SEPTEMBER)
    assert sheet["sums"]["quota_fen"] == 0, "frozen until the county has looked"
    assert {one["state"] for one in sheet["lines"] if one["quota_fen"] == 0} >= {"waits"}
    author = identity.Key.load(county["village"] / "node.key").author
    more = ("--to", "南大街村", "--amount", 1, *SINCE)
    told = linli("meal", "right", "grant", "王桂兰", *more, home=county["county"], code=4)
    assert "waits until the county has looked" in told.stderr
    linli("member", "review", author[:12], "--finding", "a copied card", home=county["county"])
    meet(county)
    (sheet,) = settle(linli, county, OCTOBER)
    assert sheet["sums"]["quota_fen"] == 40_000 and sheet["sums"]["over_fen"] == 1_000
    raw = {
        linli("meal", "sheet", "--month", OCTOBER, "--raw", home=county[tier]).stdout
        for tier in ("village", "township", "county")
    }
    assert len(raw) == 1, "the very bytes"
    items = [
        read(linli("meal", "over", "--json", home=county[tier]))
        for tier in ("village", "township", "county")
    ]
    assert items[0] == items[1] == items[2]
    (item,) = items[0]
    assert (item["meal"], item["over_fen"]) == (last["id"], 1_000), "once, with the canteen"
    (row,) = [
        one for one in read(linli("meal", "list", "--json", home=county["village"]))
        if one["id"] == last["id"]
    ]  # fmt: skip
    assert row["self_pay_fen"] == 0, "the elder is asked for nothing"


def test_a_till_that_was_put_back_unnoticed_returns_what_it_spent_and_nothing_is_paid_twice(
    linli: Linli, county: Homes
) -> None:
    """The way past a merge by the highest: 390 spent, forgotten, 20 returned and granted next door.

    The county's book takes both under one cap: 380 of the 390 are paid, and 10 are the canteen's.
    """
    grant(linli, county, 400)
    village = county["village"]
    shutil.copytree(village, village.parent / "image")
    for day in days(13):
        sell(linli, village, day, 50)
    spent = village.parent / "spent"
    village.rename(spent)
    (village.parent / "image").rename(village)
    linli("meal", "right", "return", "王桂兰", "--amount", 20, home=village)
    meet(county)
    linli("meal", "right", "return", "--every", home=county["county"])
    grant(linli, county, 20, "东关村")
    for day in ("2026-09-21", "2026-09-22"):
        assert sell(linli, county["other"], day, 16.70)["quota_fen"] == 1_000
    meet({**county, "spent": spent})
    author = identity.Key.load(village / "node.key").author
    linli("member", "review", author[:12], "--finding", "an old card", home=county["county"])
    meet(county)
    sheets = settle(linli, county, SEPTEMBER)
    assert [one["sums"]["quota_fen"] for one in sheets] == [38_000, 2_000]
    over = read(linli("meal", "over", "--json", home=county["county"]))
    assert [(one["facility"], one["over_fen"]) for one in over] == [(sheets[0]["facility"], 1_000)]
    assert quota(linli, village)["over_fen"] == 1_000
    listed = read(linli("meal", "right", "list", "--json", home=county["county"]))
    for one in listed:
        assert one["settled_fen"] + one["returned_fen"] <= one["granted_fen"]


def test_a_box_whose_database_was_put_back_sells_at_the_discount_alone(
    linli: Linli, county: Homes
) -> None:
    grant(linli, county, 400)
    village = county["village"]
    shutil.copy(village / LEDGER, village.parent / "old.db")
    assert sell(linli, village, "2026-09-01", 15)["quota_fen"] == 900
    meet(county)
    shutil.copy(village.parent / "old.db", village / LEDGER)
    told = sell(linli, village, "2026-09-02", 15)
    assert told["quota_fen"] == 0 and "put back to an earlier state" in told["reason"]


def test_a_county_whose_database_was_put_back_grants_and_settles_nothing(
    linli: Linli, county: Homes
) -> None:
    home = county["county"]
    shutil.copy(home / LEDGER, home.parent / "old.db")
    grant(linli, county, 400)
    shutil.copy(home.parent / "old.db", home / LEDGER)
    words = ("meal", "right", "grant", "王桂兰", "--to", "东关村", "--amount", 400, *SINCE)
    told = linli(*words, home=home, code=4)
    assert "came from a backup: nothing is granted or settled" in " ".join(told.stderr.split())
    told = linli("meal", "settle", "--month", SEPTEMBER, home=home, code=4)
    assert "put back or copied" in told.stderr
    meet(county)
    assert "0.00 are not granted yet" in linli(*words, home=home, code=4).stderr, "it is back"


def test_a_settled_month_stays_and_what_came_late_or_was_voided_is_in_the_next(
    linli: Linli, county: Homes
) -> None:
    grant(linli, county, 400)
    village = county["village"]
    first = sell(linli, village, "2026-09-01", 15)
    meet(county)
    (before,) = settle(linli, county, SEPTEMBER)
    assert before["sums"] == {
        "meals": 1, "list_fen": 1500, "discount_fen": 0, "quota_fen": 900, "over_fen": 0,
        "pays_fen": 900,
    }  # fmt: skip
    again = linli("meal", "settle", "--month", SEPTEMBER, home=county["county"], code=4)
    assert "settled up to 2026-09 already" in again.stderr
    late = sell(linli, village, "2026-09-02", 20)
    linli("meal", "void", first["id"], "--reason", "录错对象", home=village)
    meet(county)
    (after,) = settle(linli, county, OCTOBER)
    lines = {line["meal"]: line for line in after["lines"]}
    assert (lines[first["id"]]["quota_fen"], lines[first["id"]]["state"]) == (-900, "void")
    assert lines[late["id"]]["quota_fen"] == 1200
    assert after["sums"]["pays_fen"] == 300 and after["sums"]["list_fen"] == 500
    (same,) = read(linli("meal", "sheet", "--month", SEPTEMBER, "--json", home=village))
    assert same["digest"] == before["digest"]
    seen = quota(linli, village)
    assert (seen["paid_fen"], seen["left_fen"]) == (1200, 38_800), "the person has it back"
    early = linli("meal", "settle", "--month", "2099-01", home=county["county"], code=4)
    assert "is not over" in early.stderr
    assert linli("meal", "settle", "--month", "2026-08", home=village, code=4)


def test_a_forged_meal_is_the_forgers_and_no_one_elses(linli: Linli, county: Homes) -> None:
    """A box writes what no till would: beyond its right, for another's canteen, at no price."""
    grant(linli, county, 100)
    grant(linli, county, 100, "东关村")
    with Replica(county["other"], SCHEMA) as other:
        card = other.rows("meal_card")[0]
        kitchens = {row["name"]: row["id"] for row in other.rows("facility")}
        plain = {
            "person": card["person"], "facility": kitchens["东关食堂"], "served_on": "2026-09-01",
            "meal_time": "WU", "list_fen": 50_000, "merchant_fen": 20_000, "discount_fen": 0,
            "quota_fen": 30_000, "self_pay_fen": 0, "rate": 600, "policy": "x",
        }  # fmt: skip
        dear = {**plain, "meal_time": "WA", "list_fen": 100, "quota_fen": 5_000}
        gone = {**plain, "facility": kitchens["幸福食堂"], "served_on": "2026-09-02"}
        minus = {**plain, "quota_fen": -5_000, "discount_fen": -5, "served_on": "2026-09-03"}
        odd = {**plain, "served_on": "2026-13-77"}
        for row in (plain, dear, gone, minus, odd):
            other.write(card["home"], [Insert(MEAL.name, row)])
    meet(county)
    sheets = settle(linli, county, SEPTEMBER)
    assert {one["division"] for one in sheets} == {"130732100202"}, "nothing at the other village"
    lines = [line for one in sheets for line in one["lines"]]
    assert sorted(line["quota_fen"] for line in lines) == [0, 0, 0, 10_000], "its right, no more"
    assert all(line["reason"] for line in lines if line["over_fen"])
    assert sum(line["over_fen"] for line in lines) == 20_000 + 5_000 + 30_000


def test_a_price_whose_parts_do_not_add_up_is_refused() -> None:
    values = {
        "person": "0" * 26, "facility": "0" * 26, "served_on": "2026-09-01", "meal_time": "WU",
        "list_fen": 1500, "merchant_fen": 600, "discount_fen": 0, "quota_fen": 900,
        "self_pay_fen": 0, "rate": 600, "policy": "x",
    }  # fmt: skip
    assert MEAL.check(values)["list_fen"] == 1500
    with pytest.raises(UsageError, match="is not the sum of its parts"):
        MEAL.check({**values, "self_pay_fen": 1})
    with pytest.raises(UsageError):
        MEAL.check({**values, "quota_fen": -900, "self_pay_fen": 1800})


def test_meals_speak_chinese_and_csv_in_eighty_columns(linli: Linli, county: Homes) -> None:
    grant(linli, county, 400)
    village = county["village"]
    sale = sell(linli, village, "2026-09-01", 15, "--mode", "送餐")
    row = read(linli("meal", "show", sale["id"], "--json", home=village))
    assert row["mode"] == "SC" and row["told"] is None
    linli("meal", "correct", sale["id"], "--price", 12, "--reason", "录错时间", home=village)
    row = read(linli("meal", "show", sale["id"], "--json", home=village))
    assert parts(row) == (1200, 480, 720, 0) and row["state"] == "corrected"
    meet(county)
    settle(linli, county, SEPTEMBER)
    for words in (
        ("meal", "list"), ("meal", "quota", "王桂兰"), ("meal", "show", sale["id"]),
        ("meal", "right", "list"), ("meal", "right", "list", "--asked"), ("meal", "over"),
        ("meal", "sheet", "--month", SEPTEMBER),
    ):  # fmt: skip
        done = linli("--lang", "zh", *words, home=county["county"])
        assert "_fen" not in done.stdout
    csv = linli("meal", "sheet", "--month", SEPTEMBER, "--csv", home=village).stdout
    assert "额度支付(元)" in csv and "7.20" in csv
    assert "额度支付(元)" in linli("meal", "list", "--csv", home=village).stdout


# --- the canteens --------------------------------------------------------------------------------


def test_canteens_are_looked_at_and_their_operators_are_due_a_subsidy_once(
    linli: Linli, county: Homes
) -> None:
    village, town = county["village"], county["township"]
    point = ("facility", "add", "村口助餐点", "--kind", "ZP")
    linli(*point, home=village)
    words = ("meal", "check", "--at", "南大街村")
    found = read(linli(*words, "--on", "2026-11-03", "--json", home=village))
    assert sorted(one["code"] for one in found) == ["kitchen", "licence"]
    since = ("--since", "2026-01-01")
    licence = (*since, "--licence-no", "JY1", "--licence-until", "2026-11-03")
    linli("facility", "kitchen", "add", "幸福食堂", *licence, home=village)
    linli("facility", "kitchen", "add", "村口助餐点", *since, "--kitchen", "幸福食堂", home=village)
    assert read(linli(*words, "--on", "2026-11-03", "--json", home=village)) == []
    ended = linli("--lang", "zh", *words, "--on", "2026-11-04", home=village)
    assert "无有效许可证" in ended.stdout
    linli("facility", "menu", "add", "幸福食堂", "--served-on", "2026-11-03", "--dishes", "汤",
          "--price", 15, "--sample-hours", 48, home=village)  # fmt: skip
    (menu,) = read(linli("facility", "menu", "list", "--json", home=village))
    assert menu["sample_hours"] == 48
    meet(county)
    for name in ("幸福食堂", "东关食堂"):
        linli("facility", "set", name, "operator", "康养公司", home=town)
        score = ("--year", 2026, "--score", 86)
        linli("facility", "evaluation", "add", name, *score, home=town)
    meet(county)
    due = read(linli("meal", "subsidy", "--year", 2026, "--json", home=county["county"]))
    assert sorted(one["fen"] for one in due) == [0, 2_000_000]
    assert any("康养公司 has the subsidy of 2026" in one["reason"] for one in due)
    assert "运营补贴" in linli("--lang", "zh", "meal", "subsidy", "--help").stdout
