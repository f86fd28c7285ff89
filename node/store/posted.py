"""Forms that were posted, so that a form sent twice writes once.

A browser may send a form again: a double tap, the back button, a line that broke after the write
and before the answer. What a form made is kept under the form's own random name and what the form
said, in the same transaction as the write, and only here: it is no record and travels nowhere. The
name alone would not do: a browser that goes back shows the form as it was, with its old name, and
what is then typed over it is another form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from node.store.tables import Tables

KEPT_MAX = 10_000
"""How many forms are remembered: months of a busy box."""


class Posted:
    """What forms have made.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.table = tables.posted

    def answer(self, form: str) -> str:
        """What a form has made; empty where it was not posted yet."""
        query = select(self.table.c.answer).where(self.table.c.form == form)
        return self.connection.execute(query).scalar() or ""

    def put(self, form: str, answer: str) -> None:
        """Remembers what a form has made, and forgets the oldest forms."""
        last: int = self.connection.execute(select(func.max(self.table.c.made))).scalar() or 0
        self.connection.execute(insert(self.table).values(form=form, answer=answer, made=last + 1))
        self.connection.execute(delete(self.table).where(self.table.c.made <= last + 1 - KEPT_MAX))


def form_key(name: str, content: Sequence[str]) -> str:
    """What a form is remembered by: its name, and a digest of what it said.

    Args:
        name: The form's own random name.
        content: Its fields, in an order that is always the same.
    """
    said = "".join(f"{len(part)}:{part}" for part in content)
    return f"{name}-{hashlib.sha256(said.encode()).hexdigest()}"
