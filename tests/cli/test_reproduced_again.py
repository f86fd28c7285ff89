"""More of what readers of the care rules reproduced, each as a story that does not happen again."""

from __future__ import annotations

from pathlib import Path

from node.care.records import SCHEMA
from node.care.settlement.tending import GAP_S, Telling
from node.replica import Replica
from tests.cli import test_provider, test_settle
from tests.cli.conftest import Linli, meet, read
from tests.cli.test_reproduced import home_contract, lines, paid, refused, vis
from tests.cli.test_settle import SEPTEMBER, Homes, accept

county, provided = test_settle.county, test_provider.county
NUMBER = "130732196003120020"


def place(home: str, since: str) -> tuple[str, ...]:
    return ("--facility", home, "--since", since, "--document", "民字1号")


def gaps(linli: Linli, home: Path, kind: str) -> list[str]:
    found = read(linli("report", "gaps", "--json", home=home))
    return [one["why"] for one in found if one["kind"] == kind]


def test_nobody_lives_in_two_homes_at_once(linli: Linli, provided: Homes) -> None:
    village, town = provided["village"], provided["township"]
    first = home_contract(linli, town)
    linli("facility", "add", "幸福院", "--kind", "敬老院", "--at", "赤城镇", home=town)
    words = ("--contract-no", "8", "--purpose", "机构运营", "--price", "1500", "--since",
             "2026-09-01", "--until", "2026-12-31", "--at", "赤城镇", "--facility",
             "幸福院")  # fmt: skip
    second = linli("provider", "contract", "add", "安康护理站", *words, home=town).stdout.strip()
    meet(provided)
    add = ("person", "placement", "add", "王桂兰")
    linli(*add, *place("敬老院", "2026-09-01"), home=town)
    told = refused(linli, town, *add, *place("幸福院", "2026-09-05"))
    assert "lives in an institution since 2026-09-01 already" in told
    linli(*add, *place("幸福院", "2026-09-05"), home=village)  # which has not heard of it
    meet(provided)
    sums = [
        linli("provider", "preview", one, "--month", SEPTEMBER, home=town).output
        for one in (first, second)
    ]
    assert "1500.00 yuan in all" in sums[0] and "1500.00" not in sums[1], "the first home is paid"
    for tier in ("village", "township", "county"):
        (told,) = gaps(linli, provided[tier], "two_homes")
        assert "two institutions at once" in told


def test_a_second_visit_of_a_day_to_one_client_is_not_paid(linli: Linli, county: Homes) -> None:
    for start in ("2026-09-12 08:00", "2026-09-12 14:00", "2026-09-13 08:00"):
        vis(linli, county["village"], "王桂兰", start)
    accept(linli, county)
    linli("settle", "tell", home=county["township"])
    by_day = sorted((one["amount_fen"], one["reasons"]) for one in lines(linli, county["township"]))
    assert by_day == [(0, ["again"]), (5_000, []), (5_000, [])]
    why = linli("settle", "preview", "--month", SEPTEMBER, home=county["township"]).stdout
    assert "more are not paid" in why or "again" in why


def test_a_worker_who_is_registered_twice_has_one_cap(linli: Linli, county: Homes) -> None:
    village = county["village"]
    linli("worker", "add", "李秀荣", "--helper-kind", "兼职", home=village)
    for name in ("李秀英", "李秀荣"):
        linli("worker", "record", "set", name, "id_number", NUMBER, home=village)
    for n, (worker, hour) in enumerate(
        (("李秀英", "06"), ("李秀荣", "08"), ("李秀英", "10"), ("李秀荣", "12"), ("李秀英", "14"))
    ):
        linli("person", "add", f"张三{n}", home=village)
        vis(linli, village, f"张三{n}", f"2026-09-12 {hour}:00", worker=worker)
    accept(linli, county)
    linli("settle", "tell", home=county["township"])
    assert paid(linli, county["township"]) == 4 * 5_000


def test_a_served_node_tells_its_villages_by_itself(linli: Linli, county: Homes) -> None:
    for n, hour in enumerate(("06", "08", "10", "12", "14")):
        linli("person", "add", f"张三{n}", home=county["village"])
        vis(linli, county["village"], f"张三{n}", f"2026-09-12 {hour}:00")
    accept(linli, county)
    now = [0.0]
    telling = Telling(lambda: now[0])
    with Replica(county["township"], SCHEMA) as town:
        assert telling.run(town) == 0, "not at once: a command may be writing"
        now[0] += GAP_S
        assert telling.run(town) == 1
        assert telling.run(town) == 0
        now[0] += GAP_S
        assert telling.run(town) == 0, "and once"
    meet(county)
    assert paid(linli, county["village"]) == 4 * 5_000
    with Replica(county["village"], SCHEMA) as village:
        now[0] += GAP_S
        assert telling.run(village) == 0, "a village tells nobody"


def test_a_check_up_too_many_is_told(linli: Linli, county: Homes) -> None:
    add = ("person", "check-up", "add", "王桂兰", "--result", "正常", "--cost", "300", "--done-on")
    for on in ("2026-08-12", "2026-10-12"):
        linli(*add, on, home=county["village"])
    (told,) = gaps(linli, county["village"], "check_twice")
    assert "2026-10-12 is one too many; one was on 2026-08-12" in told
