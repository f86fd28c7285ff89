"""What happened in a simulation and how often, and what has to happen in one of many.

A fault that never struck shows nothing. Each of `MARKERS` has to be hit at least once where
`linli sim --markers` is asked; docs/proof.md names the faults that they stand for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

MARKERS = {
    "written": "写下",
    # how sessions go wrong
    "a session broke off": "通信中断",
    "a bit was turned over on the line": "线路上错了一位",
    "an old frame came again": "旧帧重来",
    "a frame came twice": "一帧来了两次",
    "frames changed places": "帧的次序颠倒",
    "only one direction carried": "只通单向",
    "a receipt was lost after its commit": "落盘后回执丢失",
    "a session took hours": "一次通信用了几小时",
    "a box dialled twice": "一台机器拨了两次",
    "a village dialled the county": "村直接拨县",
    "all dialled at once after an outage": "停网后全体同时拨入",
    "a box came back after days alone": "离线多日后归来",
    # what befalls sticks
    "a stick went there and back": "优盘往返",
    "a stick was pulled out": "优盘中途拔出",
    "a bit was turned over on a stick": "优盘上错了一位",
    "a stick was lost": "优盘丢失",
    "an old stick was found": "旧优盘又找到",
    # what befalls boxes
    "killed during a write": "写入中被杀",
    "killed during a session": "通信中被杀",
    "killed during a start": "启动中被杀",
    "killed after a start": "启动后被杀",
    "a full disk refused a write": "磁盘满而拒写",
    "a session found no room": "通信时磁盘满",
    "a box was restored": "从备份恢复",
    "the county was restored": "县从备份恢复",
    "a database was lost": "数据库丢失",
    "a box was cloned": "机器被复制",
    "an older program was upgraded": "旧程序升级",
    "a clock: 1970": "时钟回到 1970",
    "a clock: ahead": "时钟超前",
    "a clock: behind": "时钟落后",
    "a clock: still": "时钟停走",
    "a clock: drift": "时钟走偏",
}
"""What has to happen in one of many plans, with its Chinese name."""

SELDOM = {
    "a clock: right": "时钟准确",
    "a tail went with its disk": "未封存的随盘失去",
    "a write found no room": "写入时磁盘满",
    "a write was refused": "写入被拒绝",
}
"""What is counted too, and may not happen in many seeds."""


@dataclass
class Figures:
    """What happened, and how much of it.

    Attributes:
        happened: How often each thing happened; every key is one of `MARKERS` or of `SELDOM`.
        acknowledged: Writes that were acknowledged.
        given_up: Acknowledged writes that went with the only disk that held them.
        rounds: How many rounds the healing took.
        latencies_ms: How long acknowledged rows took to the county, seen evening by evening.
        trace: A digest over everything that happened and what came of it.
    """

    happened: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    given_up: int = 0
    rounds: int = 0
    latencies_ms: list[int] = field(default_factory=list)
    trace: str = ""

    def count(self, what: str) -> str:
        """Counts one more of something."""
        assert what in MARKERS or what in SELDOM, f"'{what}' is on neither list"
        self.happened[what] += 1
        return what


def never(happened: Mapping[str, int]) -> list[str]:
    """The markers that were not hit."""
    return [what for what in MARKERS if not happened.get(what)]
