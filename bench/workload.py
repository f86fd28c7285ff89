"""The workload: care visits of eleven columns, the same for the same seed.

About 180 bytes a row as plain protobuf. Nobody in it is real: ids are drawn, notes are put together
from phrases.
"""

from __future__ import annotations

import random
from typing import NamedTuple

SERVICES = ("SH01", "SH02", "JK01", "JK04", "JS01", "DB01")
_A = (
    "老人精神不错", "血压偏高", "今天下雨", "家里没人", "子女在外地",
    "腿脚不便", "按时吃药", "需要复查", "食欲正常", "睡眠较差",
)  # fmt: skip
_B = (
    "已打扫厨房", "陪同去卫生院", "更换灯泡", "洗澡理发", "送午餐一份",
    "清洗被褥", "量体温血糖", "代买蔬菜", "修理水管", "聊天半小时",
)  # fmt: skip
_C = (
    "下次早点来", "要求换人", "十分满意", "付现金", "家属已知情",
    "明天再来", "注意防滑", "缺降压药", "邻居帮忙", "已拍照",
)  # fmt: skip
_B32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
START_MS = 1_796_054_400_000
_PEOPLE, _WORKERS, _VILLAGES = 5_000, 200, 300


class Row(NamedTuple):
    """One visit as the yardstick stores it: eleven columns."""

    id: str
    person: str
    worker: str
    division: str
    service: str
    started_at: int
    ended_at: int
    minutes: int
    fee_fen: int
    rating: int
    note: str


def ulid(rng: random.Random, ms: int) -> str:
    """A ULID of a moment."""
    value = (ms << 80) | rng.getrandbits(80)
    return "".join(_B32[value >> shift & 31] for shift in range(125, -1, -5))


def rows(count: int, seed: int = 7) -> list[Row]:
    """Visits in order of time, over 300 villages, 5,000 people and 200 workers."""
    rng = random.Random(seed)
    people = [ulid(rng, START_MS - rng.randrange(10**10)) for _ in range(_PEOPLE)]
    workers = [ulid(rng, START_MS - rng.randrange(10**10)) for _ in range(_WORKERS)]
    villages = [f"{number * 37:08d}" for number in range(_VILLAGES)]
    made: list[Row] = []
    at = START_MS
    for _ in range(count):
        at += rng.randrange(60_000)
        start = at - at % 60_000
        minutes = rng.choice((20, 30, 40, 45, 60, 90, 120))
        note = f"{rng.choice(_A)}，{rng.choice(_B)}，{rng.choice(_C)}{rng.randrange(1000)}"
        made.append(
            Row(
                ulid(rng, at),
                rng.choice(people),
                rng.choice(workers),
                rng.choice(villages),
                rng.choice(SERVICES),
                start,
                start + minutes * 60_000,
                minutes,
                rng.randrange(500, 20_000),
                rng.randrange(1, 6),
                note,
            )
        )
    return made
