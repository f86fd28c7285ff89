"""The words of the pages: in which language a browser is answered, and from which catalogue.

Templates hold English sentences, as everything of Linli does; the catalogue of `node.language` has
the Chinese. A sentence that it lacks is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from node.language import CHINESE, ENGLISH, LANGUAGES, catalogue

__all__ = ["COOKIE", "LANGUAGES", "Translate", "language_of", "translator"]

COOKIE = "linli_lang"

Translate = Callable[..., str]
"""Takes a sentence in English and the values of its places."""


def language_of(request: Request) -> str:
    """The language of an answer: asked for, remembered, or what the browser prefers."""
    for told in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if told in LANGUAGES:
            return str(told)
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> str:
    """The first language of ours in a header; browsers write the preferred one first."""
    for part in header.split(","):
        tag = part.partition(";")[0].strip().lower().partition("-")[0]
        if tag in LANGUAGES:
            return tag
    return CHINESE


def translator(language: str) -> Translate:
    """What templates call `_`."""

    def gettext(text: str, **values: object) -> str:
        known = text if language == ENGLISH else catalogue(language).gettext(text)
        return known.format(**values) if values else known

    return gettext
