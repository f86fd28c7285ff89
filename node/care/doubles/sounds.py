"""How a name sounds: the syllables of its characters without tones.

Whoever writes a name from hearing picks another character with the same sound, and in many accents
zh is z and ang is an. Two names that sound alike so are near each other.

The syllables are those of the 6763 characters of GB 2312 and a few more, each with its
usual reading and that of a surname where it differs; they were taken from the data of pypinyin
0.55.0 (MIT). A character that is not among them sounds like itself.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import product

_READINGS_MAX = 8
_ACCENT = ((re.compile("^([zcs])h"), r"\1"), (re.compile("([aei]n)g$"), r"\1"))
_PLAIN = re.compile(r"[\s·•.]+")


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """By character its syllables, as they are spelled."""
    found: dict[str, tuple[str, ...]] = {}
    listed = resources.files("node.care").joinpath("pinyin/syllables.txt")
    for line in listed.read_text("utf-8").splitlines():
        syllable, _, characters = line.partition(" ")
        for character in characters:
            found[character] = tuple(sorted({*found.get(character, ()), syllable}))
    return found


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """By character its syllables, as they are heard in many accents."""
    return {
        character: tuple(sorted({_heard(one) for one in syllables}))
        for character, syllables in _spellings().items()
    }


def _heard(syllable: str) -> str:
    for pattern, heard in _ACCENT:
        syllable = pattern.sub(heard, syllable)
    return syllable


def plain(name: str | None) -> str:
    """A name as it is compared: without blanks and points, Latin letters small."""
    return _PLAIN.sub("", name or "").casefold()


def spelled(name: str, typed: str) -> bool:
    """Whether somebody who types Latin letters means this name: 张桂兰 by zgl or by zhanggui.

    Args:
        name: A name.
        typed: Small Latin letters: first letters of some of its characters in a row, or whole
            syllables of some in a row, of which the last may not be finished.
    """
    known = _spellings()
    ways = list(product(*(known.get(one, (one,)) for one in plain(name)[:8])))[:_READINGS_MAX]
    return any(
        typed in "".join(one[0] for one in way)
        or any("".join(way[start:]).startswith(typed) for start in range(len(way)))
        for way in ways
    )


@cache
def sounds(name: str) -> tuple[str, ...]:
    """The ways in which a name may be heard, at most eight; none for an empty name."""
    if not name:
        return ()
    known = _readings()
    ways = ["-".join(way) for way in product(*(known.get(one, (one,)) for one in name[:8]))]
    return tuple(sorted(ways)[:_READINGS_MAX])
