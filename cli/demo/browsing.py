"""A person at a browser: opens a node's pages with the key, reads them, and posts a form.

Plain HTTP by the standard library, as far from the product as a browser is: it knows addresses,
the cookie that it was given, and the fields that it finds in a form.
"""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path

from node.config import PAGES_KEY, Config
from node.errors import LinliError

ANSWER_S_MAX = 20.0
_PAGE_BYTES_MAX = 1 << 20
_FIELD = re.compile(r'<input[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"')


class Browser:
    """A browser at one node.

    Args:
        home: The node's folder, in which the address and the key stand.

    Attributes:
        address: Where the pages are, without the key.
        opening: What a person opens once: the address with the key.
    """

    def __init__(self, home: Path) -> None:
        self.address = f"http://{Config.load(home).pages_listen}"
        self.opening = f"{self.address}/?key={(home / PAGES_KEY).read_text('ascii').strip()}"
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(CookieJar()),
        )

    async def enter(self) -> str:
        """Opens the address with the key; returns the first page."""
        page, _ = await asyncio.to_thread(self._ask, self.opening, None)
        return page

    async def read(self, path: str) -> str:
        """The content of a page."""
        page, _ = await asyncio.to_thread(self._ask, self.address + path, None)
        return page

    async def post(self, path: str, fields: Mapping[str, str]) -> tuple[str, str]:
        """Sends a form; returns the page that follows, and its path."""
        body = urllib.parse.urlencode(fields).encode("ascii")
        page, address = await asyncio.to_thread(self._ask, self.address + path, body)
        return page, urllib.parse.urlsplit(address).path

    def _ask(self, address: str, body: bytes | None) -> tuple[str, str]:
        request = urllib.request.Request(address, body, {"Origin": self.address})
        try:
            with self._opener.open(request, timeout=ANSWER_S_MAX) as answer:
                return answer.read(_PAGE_BYTES_MAX).decode(), answer.url
        except (urllib.error.URLError, TimeoutError) as trouble:
            raise LinliError(f"The page {_shown(address)} did not open: {trouble}.") from trouble


def fields_of(page: str) -> dict[str, str]:
    """The fields that a form was filled in with."""
    return {unescape(name): unescape(value) for name, value in _FIELD.findall(page)}


def _shown(address: str) -> str:
    """An address without what may be a key."""
    return address.partition("?")[0]
