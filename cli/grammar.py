"""How a sentence is declared: its one sentence of help, its example, and the options all share.

Light on purpose: the root imports it before it knows which noun was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cli.narrowing import narrowed
from node.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., None])

NAME_CHARACTERS_MAX = 100
ROWS_MAX = 200
"""How many rows a table shows where nobody asked for more."""


@dataclass(frozen=True)
class Chosen:
    """What stands before the noun.

    Attributes:
        home: The node's folder.
        user: Who acts; empty for the name given when the node was made.
    """

    home: Path
    user: str


def _one_form(context: typer.Context, value: bool) -> bool:
    """Refuses two forms at once, whichever was typed first."""
    if value and (context.params.get("json") or context.params.get("csv")):
        raise UsageError(
            "--json and --csv cannot be printed at once.",
            hint="Give one of them: JSON for a program, CSV for a spreadsheet.",
        )
    return value


Json = Annotated[
    bool, typer.Option("--json", callback=_one_form, help="Print JSON instead of text.")
]
Csv = Annotated[
    bool,
    typer.Option(
        "--csv", callback=_one_form, help="Print CSV for a spreadsheet, with Chinese headings."
    ),
]
All = Annotated[bool, typer.Option("--all", help="Those that are closed as well.")]
Place = Annotated[
    str, typer.Option("--at", metavar="DIVISION", help="Code or name of the division.")
]
Within = Annotated[
    str,
    typer.Option("--at", metavar="DIVISION", help="Only this division and what lies below it."),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        show_default=False,
        help=f"Newest rows to show, 0 for all [default: {ROWS_MAX}, all with --json or --csv].",
    ),
]
On = Annotated[
    str, typer.Option("--on", metavar="DATE", help="Such as 2026-11-01 [default: today].")
]
Pairs = Annotated[
    list[str], typer.Argument(metavar="FIELD VALUE", help="A field and its value, and so on.")
]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Free text, kept with the record.")]


def sentences(about: str = "") -> typer.Typer:
    """A noun, or with no words about it a sentence that has no noun.

    Args:
        about: What the noun is for, one sentence.
    """
    return typer.Typer(
        help=about or None,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def verb(
    noun: typer.Typer, name: str, *examples: str, day: str = "", states: Any = None
) -> Callable[[Command], Command]:
    """Declares a sentence; the docstring of the function below it is its help.

    Args:
        noun: Where it belongs.
        name: The word to type.
        examples: Lines to paste, at least one.
        day: Of a list: the column by which `--since` and `--until` narrow it.
        states: Of a list: the codes by which `--state` narrows it; see `cli.narrowing`.
    """
    assert examples, "a sentence without an example does not explain itself"
    shown = "\n".join(("\b", "Example:", *(f"  {example}" for example in examples)))

    def declared(command: Command) -> Command:
        noun.command(name, epilog=shown)(narrowed(command, day, states))
        return command

    return declared


def named(name: str, what: str) -> str:
    """A name that goes into the ledger as it was typed.

    Args:
        name: The name.
        what: What bears it, for the message.

    Raises:
        UsageError: It is too long or holds characters that cannot be seen.
    """
    tidy = name.strip()
    if len(tidy) > NAME_CHARACTERS_MAX or not tidy.isprintable():
        raise UsageError(
            f"{what} {tidy[:NAME_CHARACTERS_MAX]!r} is not a name.",
            hint=f"A name has up to {NAME_CHARACTERS_MAX} characters that can be seen.",
        )
    return tidy


def chosen(context: typer.Context) -> Chosen:
    """What stood before the noun."""
    found = context.find_object(Chosen)
    assert found is not None, "the root has set it"
    return found
