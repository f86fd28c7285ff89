"""`linli account`: who may sign in on this box, and who looked at what.

A PIN is made here and shown once, or read from a file; it is never a word of the command, which
other programs on the box can read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import table
from cli.card import moment
from cli.grammar import Csv, Json, Limit, Within, named, sentences, verb
from cli.home import acting, name_of, open_node, within
from cli.output import as_json, result, say
from cli.records import listed
from node.accounts import keeping, pins
from node.accounts.roles import ACTIONS, ROLES, may
from node.care.audited import AUDIT, DEEDS
from node.care.headings import heading
from node.clock import stamp_ms
from node.errors import UsageError
from node.language import spoken
from node.replica import Replica

_PIN_FILE_BYTES_MAX = 1_000

app = sentences("Who may sign in on this box, and who looked at what.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Under which its owner writes.")]
Role = Annotated[
    str, typer.Option(metavar="ROLE", help="Name or code, such as aide; see `account roles`.")
]
PinFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", show_default=False, help="Take the PIN from a file's first line."),
]


@verb(app, "add", "linli account add 王芳 --role 村级助老员", "linli account add 王芳 --role aide")
def add(context: typer.Context, name: Name, role: Role, pin_file: PinFile = None) -> None:
    """Makes an account and prints its first PIN; from the first one on, pages ask who is there."""
    pin = _pin(pin_file)
    with open_node(context) as replica:
        made = keeping.add(replica, _name(name), role, pin, user=acting(context))
        _told(pin, pin_file)
        say(f"{made.user} signs in on the pages of this box as {ROLES.title(made.role, spoken())}.")


@verb(app, "pin", "linli account pin 王芳", "linli account pin 王芳 --pin-file pin.txt")
def pin_(context: typer.Context, name: Name, pin_file: PinFile = None) -> None:
    """Prints a new PIN for an account and ends the wait after wrong ones."""
    pin = _pin(pin_file)
    with open_node(context) as replica:
        keeping.set_pin(replica, name.strip(), pin, user=acting(context))
        _told(pin, pin_file)
        say(f"{name.strip()} has a new PIN.")


@verb(app, "role", "linli account role 王芳 食堂管理员")
def role_(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Name or code.")],
) -> None:
    """Gives an account another role, at once."""
    with open_node(context) as replica:
        made = keeping.set_role(replica, name.strip(), role, user=acting(context))
        say(f"{made.user} signs in on the pages of this box as {ROLES.title(made.role, spoken())}.")


@verb(app, "remove", "linli account remove 王芳")
def remove(context: typer.Context, name: Name) -> None:
    """Takes an account away, at once; what its owner wrote stays under the name."""
    with open_node(context) as replica:
        keeping.remove(replica, name.strip(), user=acting(context))
        say(f"{name.strip()} signs in here no more.")
        if not len(keeping.accounts_of(replica)):
            say("It was the last account: whoever has the access key sees the pages again.")


@verb(app, "list", "linli account list")
def list_(context: typer.Context, json: Json = False, csv: Csv = False) -> None:
    """Lists the accounts of this box, with how often a wrong PIN came last."""
    with open_node(context) as replica:
        found = keeping.accounts_of(replica).listed()
        if json:
            as_json([
                {"user": one.user, "role": one.role, "failures": one.failures} for one in found
            ])  # fmt: skip
            return
        rows = [(one.user, ROLES.title(one.role, spoken()), one.failures) for one in found]
        if csv:
            table.as_csv([heading("account", name) for name in ("user", "role", "failures")], rows)
            return
        table.table(["user", "role", "#wrong"], rows, folded=["user"])
        if not rows:
            say("Nobody signs in here: whoever has the access key sees the pages.")


@verb(app, "roles", "linli account roles")
def roles(json: Json = False) -> None:
    """Shows what each role may do on the pages; what is not shown is denied."""
    granted = {role: [one for one in ACTIONS if may(role, one)] for role in ROLES}
    if json:
        as_json(granted)
        return
    rows = [(role, ROLES.title(role, spoken()), " ".join(found)) for role, found in granted.items()]
    table.table(["role", "name", "may"], rows, folded=["may"])


@verb(
    app,
    "audit",
    "linli account audit --since 2026-11-01",
    "linli account audit --user 王芳 --at 赤城镇 --csv",
)
def audit(
    context: typer.Context,
    at: Within = "",
    user: Annotated[str, typer.Option(metavar="NAME", help="Only what this account did.")] = "",
    since: Annotated[str, typer.Option(metavar="DATE", help="Only from this day on.")] = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists who signed in, looked at what, or was denied it: here, and on every node below."""
    with open_node(context) as replica:
        rows = [
            row
            for row in sorted(replica.rows(AUDIT.name, within(replica, at)), key=_when)
            if (not user or row["actor"] == user) and moment(stamp_ms(row["time"])) >= since
        ]
        told = listed([_deed(replica, row) for row in rows], limit, json or csv)
        if json:
            as_json(list(told))
            return
        if csv:
            names = ("time", "division_name", "actor", "role", "deed", "about")
            cells = ([one[name] for name in names] for one in map(_worded, told))
            table.as_csv([heading(AUDIT.name, name) for name in names], cells)
            return
        shown = [
            (one["time"], one["division_name"], one["actor"], one["deed"], one["about"])
            for one in map(_worded, told)
        ]
        table.table(["time", "place", "user", "deed", "about"], shown, folded=["about"])


def _when(row: dict[str, Any]) -> tuple[int, str]:
    return row["time"], row["id"]


def _deed(replica: Replica, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "time": moment(stamp_ms(row["time"])),
        "division_name": name_of(replica, row["division#"]),
        "actor": row["actor"],
        "role": row["role"] or "",
        "deed": row["deed"],
        "about": row["about"] or "",
        "author": row["author#"],
    }


def _worded(one: dict[str, Any]) -> dict[str, Any]:
    words = spoken()
    role = ROLES.title(one["role"], words) if one["role"] else ""
    return {**one, "role": role, "deed": DEEDS.title(one["deed"], words)}


def _name(typed: str) -> str:
    found = named(typed, "The name of the account")
    if not found:
        raise UsageError(
            "An account has a name.", hint="Such as: linli account add 王芳 --role aide"
        )
    return found


def _pin(file: Path | None) -> str:
    """The PIN of a file, or a new one."""
    if file is None:
        return pins.drawn()
    if file.stat().st_size > _PIN_FILE_BYTES_MAX:
        raise UsageError(f"{file} is too long for a PIN.", hint="Its first line is the PIN.")
    try:
        return (file.read_text("utf-8").splitlines() or [""])[0].strip()
    except UnicodeDecodeError:
        raise UsageError(
            f"No PIN can be read from {file}.", hint="Its first line is the PIN."
        ) from None


def _told(pin: str, file: Path | None) -> None:
    if file is None:
        result(pin)
        say("This is the PIN. It is shown once; its owner learns it by heart.")
