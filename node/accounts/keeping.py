"""Adding, changing and removing the accounts of a box; each change is kept in the audit."""

from __future__ import annotations

from node.accounts import pins
from node.accounts.roles import ROLES
from node.care import audited
from node.errors import UsageError
from node.replica import Replica
from node.store.accounts import Account, Accounts


def accounts_of(replica: Replica) -> Accounts:
    """The accounts of this box."""
    store = replica.core.store
    return Accounts(store.connection, store.tables)


def add(replica: Replica, name: str, role: str, pin: str, *, user: str) -> Account:
    """Makes an account.

    Args:
        replica: This node.
        name: The name by which its owner signs in and under which they write.
        role: A role, by code or name.
        pin: The first PIN.
        user: Who makes it.

    Raises:
        UsageError: There is one of that name, no such role, or the PIN is refused.
    """
    if accounts_of(replica).get(name):
        raise UsageError(
            f"There is an account of {name} already.", hint="See them with: linli account list"
        )
    made = Account(name, ROLES.code("role", role), pins.verifier(pin), 0)
    return _kept(replica, made, f"{name} {made.role}", user)


def set_pin(replica: Replica, name: str, pin: str, *, user: str) -> Account:
    """Gives an account a new PIN and ends its wait.

    Raises:
        UsageError: There is no such account, or the PIN is refused.
    """
    known = needed(replica, name)
    made = known._replace(verifier=pins.verifier(pin), failures=0)
    return _kept(replica, made, f"{name} PIN", user)


def set_role(replica: Replica, name: str, role: str, *, user: str) -> Account:
    """Gives an account another role.

    Raises:
        UsageError: There is no such account or role.
    """
    made = needed(replica, name)._replace(role=ROLES.code("role", role))
    return _kept(replica, made, f"{name} {made.role}", user)


def remove(replica: Replica, name: str, *, user: str) -> None:
    """Takes an account away; what its owner wrote stays under the name.

    Raises:
        UsageError: There is no such account.
    """
    needed(replica, name)
    with replica.store.transaction():
        accounts_of(replica).remove(name)
        audited.note(replica, audited.ACCOUNT, user=user, about=f"{name} -")


def needed(replica: Replica, name: str) -> Account:
    """The account of a name.

    Raises:
        UsageError: There is none.
    """
    found = accounts_of(replica).get(name)
    if found is None:
        raise UsageError(
            f"There is no account of {name} on this box.",
            hint="See them with: linli account list",
        )
    return found


def _kept(replica: Replica, account: Account, about: str, user: str) -> Account:
    with replica.store.transaction():
        accounts_of(replica).put(account)
        audited.note(replica, audited.ACCOUNT, user=user, role=account.role, about=about)
    return account
