"""Reads policy packs: files in which a county sets its lists, the stages of a case, and its limits.

A county publishes one pack, a TOML file with a version, and each record can name the version under
which it was decided. A file that does not hold together is refused with its name, the key and why,
and the pack in force stays: a pack with a slip would put a county's records in the wrong.

`BASELINE` is the pack that comes with Linli. Beside it lie the statistics office's lists of
divisions for a few counties, so that a trial needs no download; `division_list` names their files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from node.care.codes import CodeList
from node.care.pack import (
    CaseRules,
    CatalogueItem,
    Lists,
    Pack,
    Stage,
    StopKind,
    VisitRules,
    WorkerRules,
)
from node.division import LEVELS
from node.errors import UsageError

STAGES = 13
"""How many stages the rules of a case know; a pack names them and says who enters each."""

PACK_BYTES_MAX = 1_048_576

_HERE = Path(__file__).parent
_CODE_CHARACTERS_MAX = 20
_NAME_CHARACTERS_MAX = 100


class _Reader:
    """Takes values out of one parsed file and names the file and the key of whatever is wrong."""

    def __init__(self, source: str) -> None:
        self.source = source

    def wrong(self, key: str, why: str) -> NoReturn:
        raise UsageError(
            f"The policy pack {self.source} cannot be used: {key} {why}.",
            hint="Correct it and load the pack again; until then the pack in force stays.",
        )

    def table(self, key: str, value: object, keys: Sequence[str]) -> Mapping[str, Any]:
        """A table with exactly these keys."""
        if not isinstance(value, dict):
            self.wrong(key, "is not a table")
        for name in value:
            if name not in keys:
                self.wrong(f"{key}.{name}", f"is no key that is known; known are {', '.join(keys)}")
        for name in keys:
            if name not in value:
                self.wrong(f"{key}.{name}", "is missing")
        return value

    def array(self, key: str, value: object) -> list[Any]:
        """An array that is not empty."""
        if not isinstance(value, list) or not value:
            self.wrong(key, "is not a list, or is empty")
        return value

    def text(self, key: str, value: object, characters_max: int = _NAME_CHARACTERS_MAX) -> str:
        """Text that is neither blank nor long, without blanks around it."""
        if not isinstance(value, str) or not value.strip() or value != value.strip():
            self.wrong(key, f"is {value!r}, which is not text without blanks around it")
        if len(value) > characters_max or not value.isprintable():
            self.wrong(key, f"is longer than {characters_max} characters or cannot be printed")
        return value

    def code(self, key: str, value: object) -> str:
        """A code: ASCII letters, digits, and signs that no list or status uses to part words."""
        code = self.text(key, value, _CODE_CHARACTERS_MAX)
        if not (code.isascii() and code.replace("_", "").replace("-", "").isalnum()):
            self.wrong(key, f"is {code!r}; a code has ASCII letters, digits, '-' and '_' only")
        return code

    def number(self, key: str, value: object, low: int, high: int) -> int:
        """A whole number within bounds."""
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.wrong(key, f"is {value!r}, and a whole number from {low} to {high} is needed")
        return value

    def tier(self, key: str, value: object) -> str:
        """The name of a tier."""
        if value not in LEVELS:
            self.wrong(key, f"is {value!r}, and a tier is one of {', '.join(LEVELS)}")
        return str(value)

    def tiers(self, key: str, value: object) -> frozenset[str]:
        """Some tiers, at least one, each once."""
        names = [self.tier(key, name) for name in self.array(key, value)]
        if len(set(names)) != len(names):
            self.wrong(key, "names a tier twice")
        return frozenset(names)


def load(path: Path) -> Pack:
    """Reads a policy pack from a TOML file.

    Raises:
        UsageError: The file cannot be read, is no TOML, has an unknown or missing key, or an
            impossible value.
    """
    reader = _Reader(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(PACK_BYTES_MAX + 1)
    except OSError as trouble:
        reader.wrong("the file", f"cannot be read ({trouble.strerror})")
    if len(content) > PACK_BYTES_MAX:
        reader.wrong("the file", f"has more than {PACK_BYTES_MAX} bytes")
    return parse(content, str(path))


def parse(content: bytes, source: str) -> Pack:
    """Reads a policy pack from the bytes of a TOML file.

    Args:
        content: The file's bytes, UTF-8.
        source: What to call the file in messages.

    Raises:
        UsageError: As for `load`.
    """
    reader = _Reader(source)
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as trouble:
        reader.wrong("the file", f"is not TOML in UTF-8 ({trouble})")
    return _pack(reader, document)


def _pack(reader: _Reader, document: object) -> Pack:
    top = reader.table("the file", document, [field.name for field in fields(Pack)])
    return Pack(
        version=reader.code("version", top["version"]),
        lists=_lists(reader, top["lists"]),
        catalogue=_catalogue(reader, top["catalogue"]),
        case=_case(reader, top["case"]),
        visits=_visits(reader, top["visits"]),
        workers=_workers(reader, top["workers"]),
    )


def _lists(reader: _Reader, value: object) -> Lists:
    table = reader.table("lists", value, [field.name for field in fields(Lists)])
    return Lists(**{name: _list(reader, name, table[name]) for name in table})


def _list(reader: _Reader, name: str, value: object) -> CodeList:
    key = f"lists.{name}"
    if not isinstance(value, dict) or not value:
        reader.wrong(key, "is not a table of codes, or is empty")
    words: dict[str, str] = {}
    for code, title in value.items():
        reader.code(f"{key}.{code}", code)
        reader.text(f"{key}.{code}", title)
        for word in {code.casefold(), *title.casefold().split("/")}:
            if words.setdefault(word, code) != code:
                reader.wrong(f"{key}.{code}", f"uses the word {word!r} of {words[word]}")
    return CodeList(name, dict(value))


def _catalogue(reader: _Reader, value: object) -> Mapping[int, CatalogueItem]:
    catalogue: dict[int, CatalogueItem] = {}
    for place, part in enumerate(reader.array("catalogue", value)):
        key = f"catalogue[{place}]"
        table = reader.table(key, part, ("group", "items"))
        group = reader.text(f"{key}.group", table["group"])
        for item in reader.array(f"{key}.items", table["items"]):
            row = reader.table(f"{key}.items", item, ("number", "name", "class"))
            number = reader.number(f"{key}.items.number", row["number"], 1, 999)
            if number in catalogue:
                reader.wrong(f"{key}.items.number", f"is {number}, which another item has")
            name = reader.text(f"{key}.items.name", row["name"])
            if row["class"] not in ("基础", "可选"):
                reader.wrong(f"{key}.items.class", f"is {row['class']!r}, not 基础 or 可选")
            catalogue[number] = CatalogueItem(number, group, name, row["class"] == "基础")
    return catalogue


def _case(reader: _Reader, value: object) -> CaseRules:
    table = reader.table(
        "case", value, ("stages", "settled_stage", "stops", "stop_tiers", "reject", "reopen_tiers")
    )
    stages = tuple(
        _stage(reader, place, row)
        for place, row in enumerate(reader.array("case.stages", table["stages"]), start=1)
    )
    if len(stages) != STAGES:
        reader.wrong("case.stages", f"has {len(stages)} stages, and the rules know {STAGES}")
    tiers = reader.tiers("case.stop_tiers", table["stop_tiers"])
    stops: dict[str, StopKind] = {}
    for row in reader.array("case.stops", table["stops"]):
        stop = reader.table("case.stops", row, ("code", "name"))
        code = reader.code("case.stops.code", stop["code"])
        if code in stops:
            reader.wrong("case.stops.code", f"is {code!r}, which another stop has")
        stops[code] = StopKind(code, reader.text("case.stops.name", stop["name"]), tiers)
    reject = reader.table("case.reject", table["reject"], ("code", "name", "tiers"))
    code = reader.code("case.reject.code", reject["code"])
    if code in stops:
        reader.wrong("case.reject.code", f"is {code!r}, which a stop has")
    name = reader.text("case.reject.name", reject["name"])
    return CaseRules(
        stages=stages,
        settled_stage=reader.number("case.settled_stage", table["settled_stage"], 1, STAGES),
        stops=stops,
        reject=StopKind(code, name, reader.tiers("case.reject.tiers", reject["tiers"])),
        reopen_tiers=reader.tiers("case.reopen_tiers", table["reopen_tiers"]),
    )


def _stage(reader: _Reader, place: int, value: object) -> Stage:
    key = f"case.stages[{place}]"
    row = reader.table(key, value, ("number", "name", "tier"))
    if reader.number(f"{key}.number", row["number"], 1, STAGES) != place:
        reader.wrong(f"{key}.number", f"is {row['number']}, and stages stand in order from 1")
    tier = reader.tier(f"{key}.tier", row["tier"])
    return Stage(place, reader.text(f"{key}.name", row["name"]), tier)


def _visits(reader: _Reader, value: object) -> VisitRules:
    table = reader.table("visits", value, [field.name for field in fields(VisitRules)])
    return VisitRules(
        minutes_max=reader.number("visits.minutes_max", table["minutes_max"], 1, 1_440),
        fee_fen_max=reader.number("visits.fee_fen_max", table["fee_fen_max"], 0, 100_000_000),
        rating_max=reader.number("visits.rating_max", table["rating_max"], 1, 100),
        late_after_hours=reader.number(
            "visits.late_after_hours", table["late_after_hours"], 1, 8_760
        ),
    )


def _workers(reader: _Reader, value: object) -> WorkerRules:
    key = "clients_per_day_max"
    table = reader.table("workers", value, (key,))
    return WorkerRules(reader.number(f"workers.{key}", table[key], 1, 100))


BASELINE = load(_HERE / "packs" / "baseline.toml")
"""The pack that comes with Linli, in force until a county publishes its own."""


def division_lists() -> Mapping[str, Path]:
    """The lists of divisions that come with Linli, by the county's statistical code."""
    return {path.stem: path for path in sorted((_HERE / "divisions").glob("*.csv"))}


def division_list(county_code: str) -> Path:
    """The file with the divisions of a county, to be read with `node.division.read_list`.

    Raises:
        UsageError: No list of that county comes with Linli.
    """
    lists = division_lists()
    path = lists.get(county_code)
    if path is None:
        raise UsageError(
            f"No list of divisions for the county {county_code!r} comes with Linli.",
            hint=f"Known are {', '.join(lists)}; for others give a CSV file.",
        )
    return path
