"""Reads policy packs: files in which a county sets its lists, the stages of a case, and its limits.

A county publishes one pack, a TOML file with a version, and each record can name the version under
which it was decided. A file that does not hold together is refused with its name, the key and why,
and the pack in force stays: a pack with a slip would put a county's records in the wrong.

`BASELINE` is the pack that comes with Linli. Beside it lie the statistics office's lists of
divisions for a few counties, so that a trial needs no download; `division_list` names their files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from node.care.codes import CodeList
from node.care.pack import (
    CaseRules,
    CatalogueItem,
    Lists,
    OrderRules,
    Pack,
    Stage,
    StopKind,
    VisitRules,
    WorkerRules,
)
from node.care.toml import Reader, content_of, document
from node.errors import UsageError

STAGES = 13
"""How many stages the rules of a case know; a pack names them and says who enters each."""

ORDER_STEPS = (
    "offer", "dispatch", "award", "reassign", "accept", "start", "finish", "confirm", "cancel",
    "void",
)  # fmt: skip
"""The steps of an order that the rules know; a pack names them and says who may take each."""

_HERE = Path(__file__).parent


def load(path: Path) -> Pack:
    """Reads a policy pack from a TOML file.

    Raises:
        UsageError: The file cannot be read, is no TOML, has an unknown or missing key, or an
            impossible value.
    """
    return parse(content_of(path), str(path))


def parse(content: bytes, source: str) -> Pack:
    """Reads a policy pack from the bytes of a TOML file.

    Args:
        content: The file's bytes, UTF-8.
        source: What to call the file in messages.

    Raises:
        UsageError: As for `load`.
    """
    reader = Reader(source)
    return _pack(reader, document(reader, content))


def _pack(reader: Reader, top_level: object) -> Pack:
    top = reader.table("the file", top_level, [field.name for field in fields(Pack)])
    return Pack(
        version=reader.code("version", top["version"]),
        lists=_lists(reader, top["lists"]),
        catalogue=_catalogue(reader, top["catalogue"]),
        case=_case(reader, top["case"]),
        order=_order(reader, top["order"]),
        visits=_visits(reader, top["visits"]),
        workers=_workers(reader, top["workers"]),
    )


def _lists(reader: Reader, value: object) -> Lists:
    table = reader.table("lists", value, [field.name for field in fields(Lists)])
    return Lists(**{name: _list(reader, name, table[name]) for name in table})


def _list(reader: Reader, name: str, value: object) -> CodeList:
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


def _catalogue(reader: Reader, value: object) -> Mapping[int, CatalogueItem]:
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


def _case(reader: Reader, value: object) -> CaseRules:
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


def _stage(reader: Reader, place: int, value: object) -> Stage:
    key = f"case.stages[{place}]"
    row = reader.table(key, value, ("number", "name", "tier"))
    if reader.number(f"{key}.number", row["number"], 1, STAGES) != place:
        reader.wrong(f"{key}.number", f"is {row['number']}, and stages stand in order from 1")
    tier = reader.tier(f"{key}.tier", row["tier"])
    return Stage(place, reader.text(f"{key}.name", row["name"]), tier)


def _order(reader: Reader, value: object) -> OrderRules:
    table = reader.table("order", value, ("steps",))
    steps: dict[str, StopKind] = {}
    for place, one in enumerate(reader.array("order.steps", table["steps"])):
        key = f"order.steps[{place}]"
        row = reader.table(key, one, ("code", "name", "tiers"))
        code = reader.code(f"{key}.code", row["code"])
        if code not in ORDER_STEPS or code in steps:
            reader.wrong(
                f"{key}.code", f"is {code!r}; each of {', '.join(ORDER_STEPS)} stands once"
            )
        name = reader.text(f"{key}.name", row["name"])
        steps[code] = StopKind(code, name, reader.tiers(f"{key}.tiers", row["tiers"]))
    if len(steps) != len(ORDER_STEPS):
        reader.wrong("order.steps", f"lacks one of {', '.join(ORDER_STEPS)}")
    return OrderRules(steps)


def _visits(reader: Reader, value: object) -> VisitRules:
    table = reader.table("visits", value, [field.name for field in fields(VisitRules)])
    return VisitRules(
        minutes_max=reader.number("visits.minutes_max", table["minutes_max"], 1, 1_440),
        fee_fen_max=reader.number("visits.fee_fen_max", table["fee_fen_max"], 0, 100_000_000),
        rating_max=reader.number("visits.rating_max", table["rating_max"], 1, 100),
        late_after_hours=reader.number(
            "visits.late_after_hours", table["late_after_hours"], 1, 8_760
        ),
    )


def _workers(reader: Reader, value: object) -> WorkerRules:
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
