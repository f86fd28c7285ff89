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
def _readings() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    listed = resources.files("node.care").joinpath("pinyin/syllables.txt")
    for line in listed.read_text("utf-8").splitlines():
        syllable, _, characters = line.partition(" ")
        for pattern, plain in _ACCENT:
            syllable = pattern.sub(plain, syllable)
        for character in characters:
            known = found.get(character, ())
            found[character] = tuple(sorted({*known, syllable}))
    return found


def plain(name: str | None) -> str:
    """A name as it is compared: without blanks and points, Latin letters small."""
    return _PLAIN.sub("", name or "").casefold()


@cache
def sounds(name: str) -> tuple[str, ...]:
    """The ways in which a name may be heard, at most eight; none for an empty name."""
    if not name:
        return ()
    known = _readings()
    ways = ["-".join(way) for way in product(*(known.get(one, (one,)) for one in name[:8]))]
    return tuple(sorted(ways)[:_READINGS_MAX])
