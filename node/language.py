"""Says in Chinese what the rooms below say in English.

A sentence is written once, in English, where it arises. It travels so: into logs, over the wire,
from one node to another. Only where a person reads it, on a command's output or on a page, is it
looked up here. Hence a refusal that a county's node gave in English reaches the aide in Chinese.

What holds no values is looked up as it is. What holds values is recognised: the catalogue knows
`No {table} {wanted!r} is on this node.`, and of all such templates that fit a text the one with the
most text of its own wins. A captured value that the catalogue knows too, such as `12 changes` or
`township`, is said in Chinese as well. What is not in the catalogue is shown as it stands, so a
missing translation never hides a message.

Places in a msgid: `{name}` stands for anything, `{name!r}` for a value in quotes, `{name:d}` for a
number. In a msgstr `{name}` is said in Chinese where that is known, and `{name!s}` stays as it is:
names of commands and fields that somebody may type.

Nothing is read from disk while English is spoken, but for the English names of the policy pack,
whose own are Chinese, where a page in English shows one. Texts come from other nodes too, so a text
is matched in a bounded number of steps and not by a pattern that could be made to run for ever.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import MappingProxyType

ENGLISH = "en"
CHINESE = "zh"
LANGUAGES = (CHINESE, ENGLISH)
VARIABLE = "LINLI_LANG"
_VARIABLES = (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG")

FOLDER = Path(__file__).parent / "languages"
DOMAIN = "linli"

_TEXT_CHARACTERS_MAX = 4_000
_SENTENCES_MAX = 12
_STEPS_MAX = 400
_DEPTH_MAX = 4
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)(![rs]|:d)?\}")
_WORD = re.compile(r"[A-Za-z]+")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_UNQUOTED = re.compile(
    r"-?[0-9][0-9.]*|None|True|False|[\[({'\"].*|b['\"].*|[a-z.]+\(.*", re.DOTALL
)
_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\S)")
_BOUNDARY = re.compile(r"[.!?;] (?=\S)")
_ABOUT_A_FILE = re.compile(r"(\S*[/.]\S*): (.+)", re.DOTALL)
_JOINTS = ((", ", "、"), (" or ", "或"), ("; ", "；"))
_MO_MAGIC = 0x950412DE

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)
_own: ContextVar[Mapping[str, str]] = ContextVar("own", default=MappingProxyType({}))


# --- which language ------------------------------------------------------------------------------


def preferred(environment: Mapping[str, str]) -> str:
    """The language that the environment asks for; Chinese unless it says English."""
    wanted = next(filter(None, (environment.get(name) for name in _VARIABLES)), "")
    return ENGLISH if wanted.lower().startswith(ENGLISH) else CHINESE


def spoken() -> str:
    """The language in which people are spoken to here; English until an edge chose."""
    return _spoken.get()


def speak(language: str) -> None:
    """Chooses the language for the rest of what runs in this context."""
    assert language in LANGUAGES
    _spoken.set(language)


def call(words: Mapping[str, str]) -> None:
    """Gives single words another Chinese than the catalogue's, for the rest of what is spoken.

    A register calls its fields in its own way: `name` is 姓名 of people and 名称 of facilities.
    """
    _own.set(words)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Chooses the language for a while."""
    tokens = _spoken.set(language), _own.set(MappingProxyType({}))
    try:
        yield
    finally:
        _spoken.reset(tokens[0])
        _own.reset(tokens[1])


def said(text: str, language: str | None = None) -> str:
    """A text of ours in the language of the reader.

    Args:
        text: What was written in English, with its values.
        language: Another language than the one that is spoken.
    """
    if (language or _spoken.get()) == ENGLISH:
        return text
    return catalogue(CHINESE).say(text)


def joined(words: Sequence[str], language: str) -> str:
    """Several words, one after the other."""
    return (", " if language == ENGLISH else "、").join(words)


def named(name: str, where: str, language: str) -> str:
    """A Chinese name of the policy pack in the language of the reader.

    Args:
        name: The name, as the pack has it.
        where: The list in which it stands: one word may mean two things.
        language: Which language; a name that has none in it stays Chinese.
    """
    if language == CHINESE:
        return name
    return catalogue(language).messages.get(f"{where}\x04{name}", name)


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language; read once."""
    path = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    return Catalogue(read_mo(path.read_bytes()))


def read_mo(data: bytes) -> dict[str, str]:
    """The messages of a compiled catalogue, without its header."""
    magic, _, count, ids_at, texts_at = struct.unpack_from("<5I", data)
    assert magic == _MO_MAGIC, "make catalogue writes it so on every machine"
    messages = {}
    for index in range(count):
        pair = []
        for table_at in (ids_at, texts_at):
            length, start = struct.unpack_from("<2I", data, table_at + 8 * index)
            pair.append(data[start : start + length].decode())
        messages[pair[0]] = pair[1]
    messages.pop("", None)
    return messages


# --- recognising ---------------------------------------------------------------------------------


class Template:
    """A msgid with places, and what it becomes.

    Args:
        msgid: The English, with its places.
        msgstr: The Chinese, with the same places.

    Attributes:
        msgid: As given.
        weight: How many letters of its own it has, and characters; of two that fit, the heavier
            is meant.
    """

    def __init__(self, msgid: str, msgstr: str) -> None:
        self.msgid = msgid
        self._msgstr = msgstr
        parts = _PLACE.split(msgid)
        self._literals = parts[0::3]
        self._names = parts[1::3]
        self._kinds = parts[2::3]
        own = "".join(self._literals)
        self.weight = (sum(map(str.isalpha, own)), len(own))

    def words(self) -> list[str]:
        """The words that stand in every text made of it, whole and beside no place."""
        found = []
        last = len(self._literals) - 1
        for index, literal in enumerate(self._literals):
            for word in _WORD.finditer(literal):
                glued = (index > 0 and word.start() == 0) or (
                    index < last and word.end() == len(literal)
                )
                if not glued:
                    found.append(word[0])
        return found

    def match(self, text: str) -> list[str] | None:
        """The values of its places in a text that it fits."""
        first, last = self._literals[0], self._literals[-1]
        if not (text.startswith(first) and text.endswith(last)):
            return None
        if len(text) < len(first) + len(last) or not self._holds_all(text, len(first)):
            return None
        values: list[str] = []
        return values if self._fill(text, 0, len(first), values, [_STEPS_MAX]) else None

    def _holds_all(self, text: str, at: int) -> bool:
        """Whether its literals follow one another in the text: cheap, and mostly says no."""
        for literal in self._literals[1:-1]:
            found = text.find(literal, at)
            if found < 0:
                return False
            at = found + len(literal)
        return True

    def _fill(self, text: str, index: int, at: int, values: list[str], steps: list[int]) -> bool:
        if index == len(self._names):
            return at == len(text)
        literal = self._literals[index + 1]
        for end in self._ends(text, index, at, literal):
            steps[0] -= 1
            if steps[0] < 0:
                return False
            values.append(text[at:end])
            if self._fill(text, index + 1, end + len(literal), values, steps):
                return True
            values.pop()
        return False

    def _ends(self, text: str, index: int, at: int, literal: str) -> Iterator[int]:
        """Where the value that begins at a position may end, so that the next literal follows."""
        kind = self._kinds[index]
        shape = _NUMBER if kind == ":d" else _QUOTED if kind == "!r" else None
        found = shape.match(text, at) if shape else None
        if found and text.startswith(literal, found.end()):
            yield found.end()
        unquoted = kind != "!r" or _UNQUOTED.match(text, at)
        if kind == ":d" or found or not unquoted:
            return
        if index == len(self._names) - 1:
            if text.endswith(literal) and at <= len(text) - len(literal):
                yield len(text) - len(literal)
            return
        end = text.find(literal, at)
        while end >= 0:
            yield end
            end = text.find(literal, end + 1) if end < len(text) else -1

    def fill(self, values: list[str], say: Mapping[str, str]) -> str:
        """The Chinese with values in its places.

        Args:
            values: What `match` gave.
            say: How a value is said, where it is said otherwise.
        """
        by_name = dict(zip(self._names, values, strict=True))

        def put(place: re.Match[str]) -> str:
            value = by_name[place[1]]
            return value if place[2] == "!s" else say.get(value, value)

        return _PLACE.sub(put, self._msgstr)


class Catalogue:
    """The messages of one language.

    Args:
        messages: English and what it becomes.
    """

    def __init__(self, messages: Mapping[str, str]) -> None:
        self.messages = messages
        self._by_word: dict[str, list[Template]] | None = None

    def gettext(self, text: str) -> str:
        """A text that holds no values, as the templates of pages ask for it."""
        return self.messages.get(text, text)

    def say(self, text: str) -> str:
        """A text with its values; as it stands where the catalogue does not know it."""
        return self._say(text, _DEPTH_MAX)

    def _known(self, text: str) -> str | None:
        return _own.get().get(text) or self.messages.get(text)

    def _say(self, text: str, depth: int) -> str:
        known = self._known(text)
        if known is not None:
            return known
        body = text.strip()
        if not body or not depth or len(body) > _TEXT_CHARACTERS_MAX or body.isnumeric():
            return text
        before, _, after = text.partition(body)
        return before + (self._whole(body, depth) or self._by_sentence(body, depth)) + after

    def _whole(self, text: str, depth: int) -> str | None:
        """A text that is one message; None where it is none, or may be several."""
        known = self._known(text)
        if known is not None:
            return known
        about = _ABOUT_A_FILE.fullmatch(text)
        told = self._whole(about[2], depth - 1) if about and depth else None
        if about and told:
            return f"{about[1]}：{told}"
        template, values = self.recognise(text) or (None, [])
        if template is None or any(map(_BOUNDARY.search, values)):
            return self._list(text, depth)
        return self._filled(template, values, depth)

    def _filled(self, template: Template, values: list[str], depth: int) -> str:
        return template.fill(values, {value: self._value(value, depth - 1) for value in values})

    def _value(self, value: str, depth: int) -> str:
        quoted = _QUOTED.fullmatch(value)
        return f"“{value[1:-1]}”" if quoted else self._say(value, depth)

    def _list(self, text: str, depth: int) -> str | None:
        """Several things that the catalogue knows, one after the other."""
        body = text.removesuffix(".")
        for joint, chinese in _JOINTS if depth else ():
            items = body.split(joint)
            if 1 < len(items) <= _SENTENCES_MAX:
                told = [self._whole(item, depth - 1) for item in items]
                if all(told):
                    return chinese.join(map(str, told)) + ("。" if body != text else "")
        return None

    def _by_sentence(self, text: str, depth: int) -> str:
        """Several sentences in one text, as a message and its hint travel together.

        Where that does not explain all of it, a value may hold sentences that are nobody's.
        """
        starts = [0, *(end.end() for end in _SENTENCE_END.finditer(text))]
        if len(starts) > _SENTENCES_MAX:
            return text
        shown, at, explained = "", 0, True
        while at < len(starts):
            for end in range(len(starts), at, -1):
                stop = starts[end] - 1 if end < len(starts) else len(text)
                part = text[starts[at] : stop]
                known = None if part == text else self._whole(part, depth)
                if known is not None or end == at + 1:
                    break
            explained = explained and known is not None
            gap = " " if shown and (known is None or shown[-1].isascii()) else ""
            shown += gap + (part if known is None else known)
            at = end
        recognised = None if explained else self.recognise(text)
        return self._filled(*recognised, depth) if recognised else shown

    def recognise(self, text: str) -> tuple[Template, list[str]] | None:
        """The template that a text was made of, and its values."""
        if self._by_word is None:
            self._by_word = _indexed(self.messages)
        best: tuple[Template, list[str]] | None = None
        rank = (False, (0, 0))
        for word in {"", *_WORD.findall(text)}:
            for template in self._by_word.get(word, ()):
                if (True, template.weight) > rank and (values := template.match(text)) is not None:
                    # A value that runs over the end of a sentence was rather not one value.
                    found = (not any(map(_BOUNDARY.search, values)), template.weight)
                    if found > rank:
                        rank, best = found, (template, values)
        return best


def _indexed(messages: Mapping[str, str]) -> dict[str, list[Template]]:
    """The templates, each under that one of its words which the fewest others have."""
    templates = [Template(*pair) for pair in messages.items() if _PLACE.search(pair[0])]
    words = [template.words() for template in templates]
    common = Counter(word for found in words for word in set(found))
    index: dict[str, list[Template]] = {}
    for template, found in zip(templates, words, strict=True):
        rarest = min(found, key=lambda word: (common[word], -len(word)), default="")
        index.setdefault(rarest, []).append(template)
    return index
