"""The root of every sentence: `linli`.

It knows the nouns by name and one line, and imports a noun's file only when its noun is typed, so
that `linli --help` costs neither a database nor a network library. It is also the one place where
trouble becomes words on standard error and an exit code:

    0 done, 1 failed, 2 usage, 3 parent unreachable and nothing lost, 4 refused, 5 local store
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command

from cli.grammar import Chosen, named, sentences
from cli.help import slip, worded
from cli.output import fault, result, say
from node.errors import LinliError, StoreFault
from node.language import CHINESE, LANGUAGES, preferred, speaking, spoken

HOME_VARIABLE = "LINLI_HOME"
COMPLETE = "_LINLI_COMPLETE"
"""What a shell sets when it asks what may follow; see `docs/commands.md`."""
HOME_DEFAULT = "~/.linli"
ANYWHERE = ("--home", "--as", "--lang")
"""The root's options that may stand anywhere in a sentence."""
INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C has ended."""


class Noun(NamedTuple):
    """Where a noun is, and its line in the list; `app` in its file is the whole of it."""

    module: str
    about: str


NOUNS = {
    "init": Noun("cli.county", "Makes the node of a county, from which all others are invited."),
    "member": Noun("cli.member", "The nodes of the county: invites, revokes, lists, proves forks."),
    "join": Noun("cli.join", "Makes this box a node by the token of an invitation."),
    "serve": Noun("cli.serve", "Runs the node: serves its children and stays in touch above."),
    "backup": Noun("cli.backup", "Writes all that this node holds into a file, without keys."),
    "restore": Noun("cli.restore", "Makes the lost database of this node anew."),
    "drill": Noun("cli.drill", "Tries a backup out and compares it with this node."),
    "bundle": Noun("cli.bundle", "Carries on a stick what no network carries."),
    "division": Noun("cli.division", "The divisions of the county and their codes."),
    "sync": Noun("cli.sync", "Holds one session with a parent now."),
    "account": Noun("cli.account", "Who may sign in on this box, and who looked at what."),
    "status": Noun("cli.status", "Shows what waits here, since when, and who has the rest."),
    "digest": Noun("cli.digest", "Shows the figures by which two nodes are compared."),
    "health": Noun("cli.health", "Asks the node that runs on this box whether it is well."),
    "doctor": Noun("cli.doctor", "Checks the node's files, its database and its ledger."),
    "import": Noun("cli.importing", "Takes in lists from files."),
    "export": Noun("cli.export", "Writes registers as CSV or XLSX."),
    "person": Noun("cli.person", "People who are cared for."),
    "household": Noun("cli.household", "Households, and who belongs to each."),
    "worker": Noun("cli.worker", "Workers who care for them."),
    "facility": Noun("cli.facility", "Canteens, day-care stations and mutual-aid points."),
    "association": Noun("cli.association", "Associations of the disabled, and other groups."),
    "campaign": Noun("cli.campaign", "Censuses, home visits, festival gifts and questionnaires."),
    "notice": Noun("cli.notice", "Notices to divisions, and who has confirmed them."),
    "visit": Noun("cli.visit", "Visits of workers to people."),
    "order": Noun("cli.order", "What people ask for, who is sent, and what became of it."),
    "complaint": Noun("cli.complaint", "Complaints, and each stage until they are closed."),
    "plan": Noun("cli.plan", "Care plans and the roster: who is to be seen when, by whom."),
    "case": Noun("cli.case", "Home modifications and how far they have come."),
    "photo": Noun(
        "cli.photo", "Photos and signed papers of records, such as of a home before and after."
    ),
    "programme": Noun("cli.programme", "Programmes: for whom, who has a place, who waits."),
    "meal": Noun("cli.meal", "Meals at canteens, and the quota that pays for them."),
    "need": Noun("cli.need", "What people need, and what was done about it."),
    "provider": Noun("cli.provider", "Who serves by contract, and what a month of it comes to."),
    "fund": Noun("cli.fund", "Budgets, donations, and what came back of advances."),
    "benefit": Noun("cli.benefit", "Benefits: who should have which, and what a month pays."),
    "policy": Noun("cli.policy", "The numbers by which the county cares and pays."),
    "report": Noun("cli.reports", "Who was not seen, who lacks what, and the figures of a month."),
    "settle": Noun("cli.settle", "What visits are paid, and why others are not."),
    "conflict": Noun("cli.conflict", "What was written in two ways while links were down."),
    "demo": Noun("cli.demo", "Runs a small county on this machine, cuts it apart and heals it."),
    "sim": Noun("cli.simulation", "Rehearses a county's bad weeks in one process."),
}


class _Unopened(TyperGroup):
    """A noun whose file is not imported yet: enough of it for a list."""

    def __init__(self, name: str, noun: Noun) -> None:
        super().__init__(name=name, help=noun.about, rich_markup_mode=None)
        self.noun = noun

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        return opened(self.noun).make_context(info_name, args, parent, **extra)


def opened(noun: Noun) -> Any:
    """The command of a noun; imports its file."""
    return worded(get_command(importlib.import_module(noun.module).app))


class Root(TyperGroup):
    """Finds the noun, and turns trouble into words and an exit code."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, noun in NOUNS.items():
            self.add_command(_Unopened(name, noun), name)

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Runs a sentence in the language that it, or else the environment, asks for."""
        words = sys.argv[1:] if args is None else args
        with speaking(asked(words) or preferred(os.environ)):
            worded(self)
            return super().main(args, *more, **extra)

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Reads the words before the noun."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except typer.TyperException as error:
            _say_in_chinese(error)
            raise

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Lets `--home`, `--as` and `--lang` stand anywhere in the sentence."""
        for word in args:
            if any("\ud800" <= character <= "\udfff" for character in word):
                ctx.fail(f"{word!r} is not UTF-8 text.")
        return super().parse_args(ctx, hoisted(args))

    def invoke(self, ctx: Any) -> Any:
        """Runs the sentence."""
        try:
            return super().invoke(ctx)
        except LinliError as error:
            fault(error)
            raise typer.Exit(error.exit_code) from None
        except typer.TyperException as error:
            _say_in_chinese(error)
            raise
        except KeyboardInterrupt:
            say("\nStopped by Ctrl-C. What was acknowledged is saved.")
            raise typer.Exit(INTERRUPTED) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever read the results has enough; typer ends in silence
            trouble = StoreFault(
                f"Cannot use {error.filename or 'the disk'}: {error.strerror or error}.",
                hint="Check that the file or the disk is there and belongs to you.",
            )
            fault(trouble)
            raise typer.Exit(trouble.exit_code) from error


def hoisted(words: Sequence[str]) -> list[str]:
    """The words with the root's options first, wherever they stood before a `--`."""
    end = words.index("--") if "--" in words else len(words)
    first: list[str] = []
    rest: list[str] = []
    position = 0
    while position < end:
        word = words[position]
        if word in ANYWHERE:
            first += words[position : min(position + 2, end)]
            position += 2
            continue
        anywhere = word.startswith(tuple(f"{option}=" for option in ANYWHERE))
        (first if anywhere else rest).append(word)
        position += 1
    return [*first, *rest, *words[end:]]


def asked(words: Sequence[str]) -> str:
    """The language that the words ask for; empty where they ask for none that is known."""
    first = hoisted(words)
    first = first[: first.index("--")] if "--" in first else first
    told = ["", *(word.removeprefix("--lang=") for word in first if word.startswith("--lang="))]
    told += [first[place + 1] for place, word in enumerate(first[:-1]) if word == "--lang"]
    return told[-1] if told[-1] in LANGUAGES else ""


def _say_in_chinese(error: typer.TyperException) -> None:
    """Ends a slip with words of ours; in English typer has its own."""
    if spoken() == CHINESE:
        slip(error)
        raise typer.Exit(error.exit_code) from None


app = sentences(
    "Keeps the care registers of a county, on nodes that work with no cable plugged in."
)


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata  # half of the time that `linli --help` takes

        result(f"linli {metadata.version('linli')}")
        raise typer.Exit


@app.callback(cls=Root, epilog="\b\nExample:\n  linli --home ~/nangou person list")
def root(
    context: typer.Context,
    home: Annotated[
        str,
        typer.Option(
            metavar="DIR",
            envvar=HOME_VARIABLE,
            help="Folder of the node; may stand anywhere in the sentence.",
        ),
    ] = HOME_DEFAULT,
    user: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="NAME",
            show_default=False,
            help="Who acts [default: the name given at init or join]; recorded, not trusted.",
        ),
    ] = "",
    lang: Annotated[
        Literal["zh", "en"] | None,
        typer.Option(
            metavar="zh|en",
            show_default=False,
            help="Language to read [default: LINLI_LANG, else the system's; Chinese first].",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Show the version."),
    ] = False,
) -> None:
    """Notes what stands before the noun."""
    context.obj = Chosen(Path(home).expanduser(), named(user, "--as"))


def main() -> None:
    """Runs one sentence: what the command `linli` calls."""
    os.umask(0o077)  # whatever a node writes is its owner's alone
    if COMPLETE in os.environ:  # a shell asks what may follow
        from typer._completion_classes import completion_init

        completion_init()
    app(prog_name="linli")
    sys.exit()
