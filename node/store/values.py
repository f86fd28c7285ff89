"""The node's own few values: numbers and bytes by name, which travel nowhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from node.store.prepared import given, prepared, replacing
from node.store.tables import Tables


class Values:
    """What a node keeps for itself.

    Attributes:
        connection: The one connection of the store.
        tables: Its tables.
    """

    connection: Connection
    tables: Tables

    def integer(self, name: str) -> int:
        """A number that the node keeps for itself; 0 where it has none."""
        return int(self.connection.execute(self._integer, {"name": name}).scalar() or 0)

    def put_integer(self, name: str, value: int) -> None:
        """Keeps a number."""
        self.connection.execute(self._put_value, {"name": name, "integer": value, "content": None})

    def content(self, name: str) -> bytes:
        """Bytes that the node keeps for itself; empty where it has none."""
        value: bytes | None = self.connection.execute(self._content, {"name": name}).scalar()
        return value or b""

    def put_content(self, name: str, value: bytes) -> None:
        """Keeps bytes."""
        self.connection.execute(self._put_value, {"name": name, "integer": None, "content": value})

    @prepared
    def _integer(self) -> Any:
        return select(self.tables.node.c.integer).where(given(self.tables.node, "name"))

    @prepared
    def _content(self) -> Any:
        return select(self.tables.node.c.content).where(given(self.tables.node, "name"))

    @prepared
    def _put_value(self) -> Any:
        return replacing(self.tables.node, "name")

    def text(self, name: str) -> str:
        """Text that the node keeps for itself."""
        return self.content(name).decode()
