"""Prints docs/commands.md from the commands themselves: `python -m cli.reference`.

What a person reads there is what `--help` says, word for word, so that neither can grow old
without the other; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from cli.main import HOME_DEFAULT, HOME_VARIABLE, NOUNS, app, opened

WIDTH = 80

_OPENING = f"""# The commands

Printed by `python -m cli.reference > docs/commands.md`; a test compares the two.

A command is a sentence: `linli`, a noun, a verb. `--home DIR` (or `{HOME_VARIABLE}`, else
`{HOME_DEFAULT}`) names the node's folder and `--as NAME` who acts; both may stand anywhere in the
sentence. So may `--lang zh|en`: what people read is Chinese unless `--lang`, else `LINLI_LANG`,
else the locale begins with `en`. Results go to standard output and talk to standard error. With
`--json` the result is JSON whose keys stay; in it a division is its code, a code stays a code,
moments are milliseconds UTC and money is fen. Commands, JSON and CSV are the same in each language.

A record may be named by its id, by six or more characters of the beginning or the end of its id (a
table shows the last eight), and people, workers and facilities by their name. A division may be
named by its code, its name or its id.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed: a fault of Linli itself |
| 2 | usage: what was typed does not fit |
| 3 | no parent answered; nothing is lost |
| 4 | refused, by the other side or by a rule kept here |
| 5 | the disk or the database of this node |
| 130 | stopped by Ctrl-C |
"""


def sentences() -> Iterator[tuple[str, typer.Context]]:
    """Every sentence and every noun, in the order of the list: its words and its context."""
    root = typer.Context(get_command(app), info_name="linli", terminal_width=WIDTH)
    yield "linli", root
    for name, noun in NOUNS.items():
        yield from _walk(opened(noun), name, root)


def _walk(command: Any, name: str, parent: typer.Context) -> Iterator[tuple[str, typer.Context]]:
    context = typer.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
    yield context.command_path, context
    if isinstance(command, TyperGroup):
        for inner in command.list_commands(context):
            yield from _walk(command.get_command(context, inner), inner, context)


def reference() -> str:
    """The whole page."""
    parts = [_OPENING]
    for words, context in sentences():
        help_text = context.command.get_help(context)
        parts.append(f"## {words}\n\n```text\n{_tidy(help_text)}\n```\n")
    return "\n".join(parts)


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


if __name__ == "__main__":
    print(reference(), end="")
