"""`linli demo --scenario month`: a month of care in a whole county, and what it comes to.

Every node stands in this process, with its own folder, database, keys and clock; the sessions are
those of the product and carry their frames as bytes. Villages record the visits at the moment when
they end. For a week no line stands. At the end the townships review and close, and each village's
sheet is compared with its township's and the county's, byte by byte; what is due by the plan is
counted apart from all of it.

schedule   who goes to whom, and therefore what is due
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli import table
from cli.demo.places import Places
from cli.demo.schedule import Month, Visit, month_of
from cli.demo.screen import Screen
from cli.money import yuan
from cli.output import result
from cli.simulation.boxes import Box
from cli.simulation.county import Placed, found
from cli.simulation.line import NoBooks, meet
from node.care import employment, people, reviews, visits
from node.care.parameters import publishing
from node.care.pay.explain import counted
from node.care.pay.worth import PAYABLE, RECORDED
from node.care.settlement import closing
from node.clock import DAY_MS, parse_local
from node.codes import Listed

COUNTY = "140430"
"""沁县, where the month takes place."""

CLIENTS = 350
MONTH = "2026-11"
_MEETING_DAYS = (3, 7, 15, 20, 25, 30)
_DAYS = 30
_OUTAGE = range(8, 15)
"""The days on which no line stands."""

_VISIT_FEN = 5_000
"""50 yuan (QX-23): what the plan is multiplied with, apart from the pack of the nodes."""

_EVENING_MS = 20 * 3_600_000
_MORNING_MS = 8 * 3_600_000
_FAULTS_SHOWN_MAX = 20
_WORKER = {"helper_kind": "ZZ", "clients_per_day_max": 4}
_INSURED = {"insured_from": "2026-01-01", "insured_until": "2026-12-31"}


@dataclass
class Verdict:
    """What came out.

    Attributes:
        compared: How many sheets were compared.
        by_town: By code of a township its visits by state, and what the county's sheets pay, fen.
        paid: By worker what the county's sheets pay, fen.
        due_fen: What the plan comes to.
        faults: What does not hold.
    """

    compared: int = 0
    by_town: dict[str, tuple[Counter[str], int]] = field(default_factory=dict)
    paid: Counter[str] = field(default_factory=Counter)
    due_fen: int = 0
    faults: list[str] = field(default_factory=list)


class CareMonth:
    """The nodes of a county and their month.

    Args:
        folder: An empty folder for the nodes.
        places: Where they stand.
        listed: All places of the county.
        clients: How many clients.
        seed: What decides the rest.
        screen: Where it is told.
    """

    def __init__(
        self,
        folder: Path,
        places: Places,
        listed: Sequence[Listed],
        clients: int,
        seed: int,
        screen: Screen,
    ) -> None:
        self.places = places
        self.screen = screen
        self.plan: Month = month_of(MONTH, places.townships, places.villages, clients, seed)
        self._begin = parse_local(f"{MONTH}-01 00:00")
        self.now_ms = self._begin - DAY_MS + _MORNING_MS
        self.boxes: dict[str, Box] = {}
        self._folder, self._listed, self._seed = folder, listed, seed
        self._clients: dict[int, str] = {}
        self._workers: dict[int, str] = {}
        self._alone: Counter[str] = Counter()
        self.verdict = Verdict()

    def run(self) -> Verdict:
        """Lives through the month, settles it and judges it."""
        try:
            self.live()
            self._settle()
            return self._judge()
        finally:
            self.close()

    def live(self) -> None:
        """Lives through the month, up to the morning after it; nothing is reviewed yet."""
        self._found()
        self._register()
        self._visit()
        self.now_ms = self._begin + _DAYS * DAY_MS + _MORNING_MS

    def close(self) -> None:
        """Stops every node."""
        for box in self.boxes.values():
            box.close()

    # --- the county comes about ------------------------------------------------------------------

    def _found(self) -> None:
        county = self.places.county.name
        towns, villages = len(self.places.townships), len(self.places.villages)
        self.screen.chapter(f"{county}建网", "the county comes about")
        self.screen.say(
            f"1 县 {towns} 乡镇 {villages} 村，各有数据库与密钥，同在一个进程 · "
            f"{1 + towns + villages} nodes, each with its database and key, in one process"
        )
        by_code = {one.code: one for one in self._listed}
        placed = [
            Placed("county" if place is self.places.county else place.code, by_code[place.code])
            for place in self.places.all
        ]
        with self.screen.waiting("建网 · founding"):
            boxes = found(placed, self._listed, self._folder, self._now, self._seed, {})
        self.boxes = {one.place.code: boxes[one.name] for one in placed}
        pack = publishing.shipped()[COUNTY].read_bytes()
        publishing.publish(self._top.replica, pack, source=f"{COUNTY}.toml", user="民政局 李科长")
        self.screen.say("县发布政策包，随同步下达 · the county publishes its pack")

    def _now(self) -> int:
        return self.now_ms

    @property
    def _top_code(self) -> str:
        return self.places.county.code

    @property
    def _top(self) -> Box:
        return self.boxes[self._top_code]

    def meet(self, rounds: int = 1) -> None:
        """Villages meet their township, then townships the county; what came down goes on next."""
        self.now_ms += 60_000
        with self.screen.waiting("同步 · meeting") as news:
            for _ in range(rounds):
                for number, village in enumerate(self.places.villages, 1):
                    self._one(village.code, village.parent)
                    news(f"同步 · meeting {number} / {len(self.places.villages)}")
                for town in self.places.townships:
                    self._one(town.code, self.places.county.code)

    def _one(self, below: str, above: str) -> None:
        """One session.

        Raises:
            LinliError: It ended with an error.
        """
        link = meet(self.boxes[below].replica, self.boxes[above].replica, traffic=NoBooks())
        if link.error is not None:
            raise link.error

    def _register(self) -> None:
        plan = self.plan
        self.screen.chapter("登记", "registering")
        for index, one in enumerate(plan.workers):
            box = self.boxes[one.division]
            division = box.replica.division
            hand = people.add_worker(
                box.replica, division, {**one.values, **_WORKER}, user="民政办"
            )
            employment.set_worker_record(box.replica, hand, _INSURED, user="民政办")
            self._workers[index] = hand
        for index, person in enumerate(plan.clients):
            box = self.boxes[person.division]
            self._clients[index] = people.add_person(
                box.replica,
                box.replica.division,
                person.values,
                user="村委会",
                groups=person.groups,
            )
        self.meet(2)
        self.screen.say(
            f"{len(plan.clients)} 位服务对象、{len(plan.workers)} 名护理员，"
            f"计划 {len(plan.visits)} 次入户 · clients, workers, visits planned"
        )

    # --- the month -------------------------------------------------------------------------------

    def _visit(self) -> None:
        self.screen.chapter("一个月的入户服务", "a month of visits")
        by_day: dict[int, list[Visit]] = {}
        for visit in self.plan.visits:
            by_day.setdefault((visit.started_at - self._begin) // DAY_MS + 1, []).append(visit)
        for day in range(1, _DAYS + 1):
            for visit in by_day.get(day, ()):
                self._record(visit)
                self._alone[visit.village] += day in _OUTAGE
            self.now_ms = self._begin + (day - 1) * DAY_MS + _EVENING_MS
            if day == _OUTAGE[0]:
                self.screen.say(f"{day}日起断网一周 · from day {day} on no line stands for a week")
            if day in _MEETING_DAYS:
                self._tell_of(day)
                self.meet()
        self.meet()

    def _tell_of(self, day: int) -> None:
        if day == _OUTAGE[-1] + 1:
            waiting, where = self._alone.total(), sum(map(bool, self._alone.values()))
            self.screen.say(
                f"{day}日恢复：{waiting} 次服务记在 {where} 个村里 · "
                f"lines stand again; {waiting} visits waited in {where} villages"
            )
        else:
            self.screen.say(f"{day}日同步 · day {day}: everybody meets")

    def _record(self, visit: Visit) -> None:
        box = self.boxes[visit.village]
        self.now_ms = visit.ended_at + 60_000
        values = {
            "person": self._clients[visit.client],
            "worker": self._workers[visit.worker],
            "service": visit.service,
            "started_at": visit.started_at,
            "ended_at": visit.ended_at,
            "confirmed_by": "self",
        }
        name = str(self.plan.workers[visit.worker].values["name"])
        visits.record_visit(box.replica, box.replica.division, values, user=name)

    def _settle(self) -> None:
        self.screen.chapter("受理与结算", "reviewed and closed")
        for town in self.places.townships:
            replica = self.boxes[town.code].replica
            waiting = list(reviews.waiting(replica, replica.division))
            reviews.accept(replica, waiting, user="民政办 王主任")
        self.meet(2)
        self.screen.say(
            "乡镇已受理，尚未结账：比对三级预览 · accepted, not yet closed: previews compared"
        )
        with self.screen.waiting("比对 · comparing"):
            self.verdict.faults += self._differing("预览 preview")
        for town in self.places.townships:
            replica = self.boxes[town.code].replica
            closing.close(replica, MONTH, replica.division, user="民政办 王主任")
        self.meet(2)
        self.screen.say("乡镇已结账并同步：比对三级账单 · closed: sheets compared")
        with self.screen.waiting("比对 · comparing"):
            self.verdict.faults += self._differing("账单 sheet")

    # --- what it comes to ------------------------------------------------------------------------

    def _differing(self, what: str) -> Iterator[str]:
        """Names each village of which three tiers do not have the same sheet, to the byte."""
        for village in self.places.villages:
            boxes = [self.boxes[code] for code in (village.code, village.parent, self._top_code)]
            division = boxes[0].replica.division
            sheets = {
                closing.preview(box.replica, MONTH, division).sheet.encoded() for box in boxes
            }
            self.verdict.compared += len(boxes)
            if len(sheets) != 1:
                yield f"{village.name}: {len(sheets)} 份不同的{what} · different {what}s"

    def _judge(self) -> Verdict:
        """Counts what the county pays against what the plan comes to."""
        verdict, top = self.verdict, self._top.replica
        for town in self.places.townships:
            division = top.tree.by_code(town.code)
            assert division is not None, "it has a box"
            visits, fen = Counter[str](), 0
            for one in closing.previews(top, MONTH, division.id):
                visits.update(counted(one.sheet))
                fen += one.sheet.total_fen
                verdict.paid.update(one.sheet.totals())
                if one.closed is None:
                    verdict.faults.append(f"{town.name}: 未结账 · not closed")
            verdict.by_town[town.code] = (visits, fen)
        due = Counter[str]()
        for visit in self.plan.visits:
            due[self._workers[visit.worker]] += _VISIT_FEN
        for worker in sorted(due.keys() | verdict.paid.keys()):
            if due[worker] != verdict.paid[worker]:
                owed, paid = yuan(due[worker]), yuan(verdict.paid[worker])
                verdict.faults.append(f"{worker}: 应付 due {owed}, 实付 paid {paid}")
        verdict.due_fen = sum(due.values())
        return verdict


def show(month: CareMonth, verdict: Verdict) -> None:
    """Prints what the month came to."""
    result("")
    rows = []
    people = Counter(person.division[:9] for person in month.plan.clients)
    staff = Counter(worker.division[:9] for worker in month.plan.workers)
    for town in month.places.townships:
        visits, fen = verdict.by_town[town.code]
        clients, hands = people[town.code[:9]], staff[town.code[:9]]
        states = (visits[state] for state in (RECORDED, PAYABLE))
        rows.append((town.short, clients, hands, *states, yuan(fen)))
    heads = ["乡镇 town", "#对象 clients", "#人员 staff"]
    heads += ["#已记录 recorded", "#可结算 payable", "#元"]
    table.table(heads, rows, folded=["乡镇 town"])
    result("")
    paid = sum(verdict.paid.values())
    numbers = [fen // _VISIT_FEN for fen in verdict.paid.values()]
    low, high = min(numbers, default=0), max(numbers, default=0)
    planned, owed = len(month.plan.visits), yuan(verdict.due_fen)
    result(f"计划 {planned} 次 × 50 元 = {owed} 元；县账单 {yuan(paid)} 元")
    result(f"{planned} visits × 50 yuan = {owed} yuan; the county's sheets pay {yuan(paid)} yuan")
    result(f"每名护理员 {low} 至 {high} 次 · a worker made {low} to {high} visits")
    result(f"三级比对账单 {verdict.compared} 份 · sheets compared at three tiers")
    result(f"用时 {month.screen.elapsed_s:.0f} s")
    for fault in verdict.faults[:_FAULTS_SHOWN_MAX]:
        result(f"✗ {fault}")
    result("✗ 不成立 · it does not hold" if verdict.faults else "✓ 全部成立 · everything holds")
