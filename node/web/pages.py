"""What serves a node's pages, as the node's server sees it: nothing here weighs anything.

The server is handed a maker of pages and imports neither of the two sites, since a county's console
stands above it and a box that serves no pages has no memory to spare for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from node.link import Exchange


class Pages(Protocol):
    """What serves a node's pages, as the server sees it.

    Attributes:
        listen: Host and port with the number that was taken.
        address: Where a browser finds the pages.
        opening: The same with the access key, for people only.
        fingerprint: Of the certificate; empty on loopback, where there is none.
    """

    listen: str
    address: str
    fingerprint: str

    @property
    def opening(self) -> str:
        """What a person opens once."""

    async def start(self) -> None:
        """Opens the port and begins to answer."""

    async def stop(self) -> None:
        """Answers what is being asked, and closes the port."""


PagesAt = Callable[[Exchange, str], Pages]
"""Makes what serves the pages of a node at an address."""
