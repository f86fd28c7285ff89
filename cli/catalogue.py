"""Keeps the catalogues in step with the code: `python -m cli.catalogue`, or `make catalogue`.

It gathers every sentence from the code and the pages, merges them into the `.po` file, where a new
one stands without a translation until somebody writes it, and compiles the `.mo` file that the
program reads. Both are committed. What is no longer said leaves the catalogue.

`--lacking` lists what has no translation yet.
"""

from __future__ import annotations

import ast
import dataclasses
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from cli import catalogue_en
from cli.extraction import PLACE, Function, Module, Reader, filled, own_words, read, settled, walk
from node.care.benefits.facts import BENEFITS
from node.care.facts import KINDS
from node.care.policy import BASELINE
from node.care.sheets.headings import PLACES
from node.care.sheets.registers import FACILITIES, PEOPLE, WORKERS
from node.division import LEVELS
from node.language import CHINESE, DOMAIN, FOLDER
from node.schema import Channel

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("node", "hub", "cli")
PO = FOLDER / CHINESE / "LC_MESSAGES" / f"{DOMAIN}.po"
MO = PO.with_suffix(".mo")

TOLD: dict[str, tuple[int | str, ...]] = {
    "say": (0,), "saved": (1,), "said": (0,), "Finding": (0, 1, 2), "sentences": (0,), "Noun": (1,),
    "Option": ("help",), "Argument": ("help",), "fail": (0,), "Alert": (2, "text"),
    "_limit": (1,), "whole_number": (2,), "Refusal": (0,),
    "Due": (2,), "Denied": (1,), "Line": (5,), "Gap": (5,), "Flag": (1,),
    "Told": (5,), "Record": (5,), "Owed": (2,), "Sale": (4,), "Subsidy": (4,),
}  # fmt: skip
"""Who is told sentences besides errors, and in which arguments: a position or a name."""

PHRASES = ("cause", "named")
"""Functions whose texts others put into a sentence."""

BY_OTHERS = (
    # typer's frame of a help page
    "Usage", "Example", "Examples", "Arguments", "Options", "Commands", "[OPTIONS]",
    "COMMAND [ARGS]...", "Show this message and exit.", "default: {default}", "required",
    "env var: {var}",
    # typer's words about what was typed
    "Error", "Missing command.",
    "No such command {name!r}.", "No such command {name!r}. Did you mean {suggestions}?",
    "No such option: {option_name}",
    "No such option: {option_name} (Possible options: {possibility_str})",
    "Missing argument {param_hint}.", "Missing option {param_hint}.",
    "Missing argument {param_hint}. Choose from:\n\t{choices_str}",
    "Missing option {param_hint}. Choose from:\n\t{choices_str}",
    "Got unexpected extra argument(s) ({extra_args})",
    "Option {option_name!r} requires an argument.",
    "Option {opt!r} does not take a value.", "Invalid value: {message}",
    "Invalid value for {hint}: {message}", "Aborted!",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be a valid boolean, unable to interpret input",
    "Input should be greater than or equal to {ge}", "Input should be less than or equal to {le}",
    "Value error, {value!r} is not one of {choices_str}.",
    # the system about files and lines
    "No such file or directory", "Permission denied", "Is a directory", "Not a directory",
    "File exists", "Directory not empty", "No space left on device", "Read-only file system",
    "Input/output error", "Connection refused", "Address already in use", "not text",
    # the database and the readers of files
    "database disk image is malformed", "file is not a database", "database is locked",
    "database or disk is full", "disk I/O error", "unexpected end of data",
    "File is not a zip file",
)  # fmt: skip
"""What the tools under Linli say, which no reading of our code finds."""

UNTOLD = ("cli.demo.", "cli.simulation.", "cli.catalogue", "cli.extraction")
"""The trial tells its story in both languages itself; the tools of development speak English."""

_SENTENCE = re.compile(
    r"(?:[A-Z0-9{\x01].*[a-z]{2} .*[.]|[A-Z].* [{\x01].*[}\x02]|\{\w+\}(?: [a-z]{2,}){2}.*)",
    re.DOTALL,
)
RECORDED = ("node.care", "node.members", "node.division")
"""Where tables are declared whose columns people see."""

UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
"""A compiled catalogue bears a date, and equal content is to be equal bytes."""

Found = dict[str, list[str]]


def names() -> Iterator[tuple[str, str]]:
    """Words that the code keeps as data: tiers, channels, kinds."""
    yield from ((level, "node/division.py") for level in LEVELS)
    yield from ((channel.name.lower(), "node/schema.py") for channel in Channel)
    words = ("people", "workers", "facilities")
    yield from ((word, "node/care/sheets/registers.py") for word in words)
    yield from ((kind, "node/replica/reading.py") for kind in ("conflict", "proposal"))
    yield from ((word, "node/members/divisions.py") for word in ("abolished", "yes", "no"))
    for kind in KINDS:
        yield from ((said, "node/care/facts") for said in (kind.does, kind.about))
        yield from ((each.help, "node/care/facts") for each in kind.fields)
    for one in dataclasses.fields(BASELINE.lists):
        yield one.name, "node/care/policy.py"
        words = getattr(BASELINE.lists, one.name).names.items()
        yield from (
            (f"{code} {name}", "node/care/policy.py") for code, name in words if code.islower()
        )
    holds = ("ID numbers", "phone numbers")
    yield from ((words, "node/care/sheets/headings.py") for words in holds)
    alike = (one.alike for one in (PEOPLE, WORKERS, FACILITIES))
    yield from ((words, "node/care/sheets/registers.py") for words in alike)
    yield from ((one, "node/care/sheets/headings.py") for one in PLACES)
    yield from ((word, "node/care/benefits/facts.py") for word in BENEFITS.names.values())


def messages(root: Path = ROOT) -> Found:
    """Every message of the code and the pages, with the files that hold it."""
    found: Found = {}
    modules = read(root, ROOMS)
    reader = Reader(modules)
    alike: dict[str, dict[str, list[str]]] = {}
    others = [(one, "typer") for one in BY_OTHERS]
    ours = [*_told(modules, reader), *_named(modules, reader), *_handed_on(modules, reader)]
    ours += [*reader.nouns, *names()]
    for text, path in [*others, *ours]:
        msgid = settled(text).strip()
        if own_words(msgid) and "  " not in msgid:  # two spaces: a form with a part left out
            shape = PLACE.sub("{}", msgid).replace("'{}'", "{}")
            paths = alike.setdefault(shape, {}).setdefault(msgid, [])
            if path not in paths:
                paths.append(path)
    for forms in alike.values():
        # Of texts that differ in the names of their places only, one stands for all.
        best = min(forms, key=lambda form: (-form.count("!r}"), len(form), form))
        found[best] = sorted({path for paths in forms.values() for path in paths})
    for msgid, path in _pages(root):
        found.setdefault(msgid, []).append(path)
    return found


def _pages(root: Path) -> Iterator[tuple[str, str]]:
    """What the templates of the pages say."""
    for room in ROOMS:
        rows: Any = extract_from_dir(
            root / room,
            method_map=[("**.html", "jinja2.ext:babel_extract")],
            options_map={"**.html": {"trimmed": "true", "silent": "false"}},
        )
        for name, _, message, _, _ in rows:
            for one in (message,) if isinstance(message, str) else message:
                yield one, f"{room}/{name}"


# --- what the code says --------------------------------------------------------------------------


def _told(modules: dict[str, Module], reader: Reader) -> Iterator[tuple[str, str]]:
    """What errors, and all who are told sentences, are told.

    A function that hands a parameter on is told sentences itself: its calls are read in the next
    round, until a round finds no new one.
    """
    errors = _errors(modules)
    everything = [(m, node, around) for m in modules.values() for node, around in walk(m)]
    calls = [(m, n, around) for m, n, around in everything if isinstance(n, ast.Call)]
    due: list[tuple[Function, str]] = []
    for module, call, around in calls:
        if module.name.startswith(UNTOLD):
            continue
        for value in _sentences(call, around, errors):
            for form in reader.forms(value, module, around):
                yield form, module.path
                if around is not None and "\x01" in form and around.node.name not in TOLD:
                    due.append((around, form))
    callers: dict[int, list[tuple[Module, ast.Call, Function | None]]] = {}
    for module, call, around in calls:
        for one in {id(one): one for one in reader.called(call.func, module)}.values():
            callers.setdefault(id(one), []).append((module, call, around))
    seen: set[tuple[int, str]] = set()
    while due:
        function, form = due.pop()
        if (id(function), form) in seen:
            continue
        seen.add((id(function), form))
        for module, call, around in callers.get(id(function), ()):
            bound = reader.bound(call, function, module, around, 0)
            for text in filled(form, bound):
                if own_words(text) > own_words(form):
                    yield text, module.path
                if around is not None and "\x01" in text:
                    due.append((around, text))


def _errors(modules: dict[str, Module]) -> set[str]:
    """The names of all classes of expected trouble."""
    known = {"LinliError"}
    classes = [n for m in modules.values() for n in ast.walk(m.tree) if isinstance(n, ast.ClassDef)]
    while True:
        more = {one.name for one in classes if any(_last(base) in known for base in one.bases)}
        if more <= known:
            return known
        known |= more


def _last(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def _sentences(call: ast.Call, around: Function | None, errors: set[str]) -> Iterator[ast.expr]:
    """The arguments of a call that are sentences."""
    name = _last(call.func)
    keywords = {one.arg: one.value for one in call.keywords}
    if name in errors:
        yield from call.args[:1]
        yield from (keywords[one] for one in ("message", "hint") if one in keywords)
    elif name == "counted" and isinstance(call.args[-1], ast.Constant):
        noun = str(call.args[-1].value)
        for form in (f"{{number:d}} {noun}", f"{{number:d}} {noun}s"):
            yield ast.copy_location(ast.Constant(form), call)
    elif name in TOLD:
        for place in TOLD[name]:
            if isinstance(place, int) and len(call.args) > place:
                yield call.args[place]
            elif isinstance(place, str) and place in keywords:
                yield keywords[place]


def _named(modules: dict[str, Module], reader: Reader) -> Iterator[tuple[str, str]]:
    """Single words: columns, tables, heads, tiers; and the sentence that each verb opens with."""
    for module in modules.values():
        if module.name.startswith(UNTOLD):
            continue
        for node, around in walk(module):
            if isinstance(node, ast.FunctionDef) and any(map(_declares, node.decorator_list)):
                yield (
                    " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split()),
                    module.path,
                )
            words: Iterator[ast.expr] = iter(())
            if isinstance(node, ast.Call):
                words = _words(node, module.name.startswith(RECORDED))
            elif isinstance(node, ast.List) and module.name.startswith("cli."):
                words = _pairs(node)
            elif isinstance(node, ast.Assign) and _last(node.targets[0]) == "heads":
                words = iter(node.value.elts if isinstance(node.value, ast.List) else ())
            for value in words:
                for form in reader.forms(value, module, around):
                    yield form.removeprefix("#"), module.path


def _handed_on(modules: dict[str, Module], reader: Reader) -> Iterator[tuple[str, str]]:
    """Sentences that a function returns or keeps for whoever asks, and parts of sentences."""
    for module in modules.values():
        if module.name.startswith(UNTOLD):
            continue
        for node, around in walk(module):
            phrase = around is not None and around.node.name in PHRASES
            for value in _kept(node, phrase):
                for form in reader.forms(value, module, around):
                    if phrase or _SENTENCE.fullmatch(form):
                        yield form, module.path


def _kept(node: ast.AST, phrase: bool) -> Iterator[ast.expr]:
    match node:
        case ast.Return(value=ast.expr() as value):
            yield value
        case ast.Assign(targets=[ast.Subscript()], value=value):
            yield value
        case ast.Call(func=ast.Attribute(attr="setdefault" | "append"), args=[*_, value]):
            yield value
        case ast.Assign(value=ast.List(elts=values)):
            yield from values
        case ast.Dict(values=values) if phrase:
            yield from values


def _declares(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and _last(decorator.func) in ("verb", "callback")


def _words(call: ast.Call, recorded: bool) -> Iterator[ast.expr]:
    name = _last(call.func)
    keywords = {one.arg: one.value for one in call.keywords}
    first = call.args[0] if call.args else keywords.get("heads") or keywords.get("name")
    if name in ("Column", "Table") and isinstance(first, ast.Constant) and recorded:
        yield first
    elif name in ("table", "fields") and isinstance(first, ast.List):
        for one in first.elts:
            yield one.elts[0] if isinstance(one, ast.Tuple) else one
    elif name == "Listing" and len(call.args) > 1 and isinstance(call.args[1], ast.List):
        yield from call.args[1].elts
    elif name in ("append", "insert") and call.args and isinstance(call.args[-1], ast.Tuple):
        yield from call.args[-1].elts[:1]


def _pairs(value: ast.List) -> Iterator[ast.expr]:
    """The names in a list of lines: a name and a value each."""
    for one in value.elts:
        if isinstance(one, ast.Tuple) and len(one.elts) == 2:
            yield one.elts[0]


# --- the files -----------------------------------------------------------------------------------


def current() -> Catalog:
    """The catalogue as it is committed."""
    return catalogue_en.committed(PO, CHINESE)


def updated(found: Found) -> Catalog:
    """The catalogue with what the code says now and the translations that it had."""
    before = current()
    after = Catalog(
        locale=CHINESE, domain=DOMAIN, project="Linli", fuzzy=False,
        header_comment="# Chinese of Linli. Written by hand; kept in step by: make catalogue",
    )  # fmt: skip
    for msgid in sorted(found):
        known = before.get(msgid)
        after.add(
            msgid, known.string if known else "", locations=[(p, 0) for p in sorted(found[msgid])]
        )
        after[msgid].flags.clear()
    return after


def as_po(catalogue: Catalog) -> bytes:
    """The catalogue as people edit it; without dates, so that equal content is equal text."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, include_lineno=False, sort_output=True)
    dated = r'^"(?:POT?-[\w-]+|Last-Translator|Language-Team|Generated-By|Report-\S+): .*\\n"\n'
    return re.sub(dated.encode(), b"", out.getvalue(), flags=re.MULTILINE)


def as_mo(catalogue: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    out = io.BytesIO()
    catalogue.creation_date = catalogue.revision_date = UNDATED
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Writes the files, and says what still lacks a translation."""
    catalogue = updated(messages())
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(as_po(catalogue))
    MO.write_bytes(as_mo(current()))
    catalogue_en.PO.write_bytes(as_po(catalogue_en.updated()))
    catalogue_en.MO.write_bytes(as_mo(catalogue_en.current()))
    lacking = [str(one.id) for one in catalogue if one.id and not one.string]
    lacking += catalogue_en.lacking()
    print(f"{len(catalogue)} messages, {len(lacking)} lack a translation in {PO.name}")
    if "--lacking" in sys.argv:
        print("\n".join(lacking))


if __name__ == "__main__":
    main()
