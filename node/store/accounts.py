"""Who may sign in on this box: names, roles, and what a PIN is checked against.

It is no record and travels nowhere: a verifier is kept only where its owner signs in, in the
encrypted database and in no backup.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from node.store.tables import Tables


class Account(NamedTuple):
    """An account.

    Attributes:
        user: The name that stands with whatever its owner writes.
        role: The code of the role.
        verifier: What a PIN is checked against, as a PHC string; it tells nothing of the PIN.
        failures: How many wrong PINs came since the last right one.
    """

    user: str
    role: str
    verifier: str
    failures: int


class Accounts:
    """The accounts of a box.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.table = tables.account

    def __len__(self) -> int:
        found: int = self.connection.execute(
            select(func.count()).select_from(self.table)
        ).scalar_one()
        return found

    def listed(self) -> list[Account]:
        """Every account, by name."""
        query = select(self.table).order_by(self.table.c.user)
        return [Account(*row) for row in self.connection.execute(query)]

    def get(self, user: str) -> Account | None:
        """The account of a name; None where there is none."""
        row = self.connection.execute(select(self.table).where(self.table.c.user == user)).first()
        return Account(*row) if row else None

    def put(self, account: Account) -> None:
        """Adds an account, or writes it anew."""
        values = account._asdict()
        self.connection.execute(
            insert(self.table).values(**values).on_conflict_do_update(["user"], set_=values)
        )

    def tried(self, user: str) -> None:
        """Counts a try before it is judged: whoever cuts the power gains none."""
        counted = update(self.table).where(self.table.c.user == user)
        self.connection.execute(counted.values(failures=self.table.c.failures + 1))

    def remove(self, user: str) -> None:
        """Takes an account away."""
        self.connection.execute(delete(self.table).where(self.table.c.user == user))
