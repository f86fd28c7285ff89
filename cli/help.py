"""Help and words about slips, in the language that was chosen and aligned under wide characters.

The frame of a help page belongs to typer, which counts characters where a Chinese one is two
columns wide, and breaks lines at blanks, which Chinese does not have. So in Chinese the page is
laid out here. In English nothing is touched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from cli.output import talk
from node.language import CHINESE, said, spoken

_CLOSING = "，。；：、？！）］】》”’%"
_OPENING = "（［【《“‘"
_EXTRA = re.compile(r"(.*  |)\[([^\[\]]*)\]", re.DOTALL)
_UNBROKEN = re.compile(r"[!-~]+ ?|.", re.DOTALL)
_FIRST_COLUMNS_MAX = 30
_GAP = 2


# --- columns -------------------------------------------------------------------------------------


def columns(text: str) -> int:
    """How many columns of a terminal a text fills."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def folded(text: str, width: int) -> Iterator[str]:
    """A text in lines of a width: Chinese breaks anywhere but before a comma, words break never."""
    line = ""
    for part in _parts(text):
        if line and columns(line + part.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += part
    yield line.rstrip()


def _parts(text: str) -> Iterator[str]:
    """What must stay together: a word, or a character with the punctuation that clings to it."""
    part = ""
    for found in _UNBROKEN.findall(text):
        if part and not (found[0] in _CLOSING or part[-1] in _OPENING):
            yield part
            part = ""
        part += found
    yield part


_Frame: Any = typer.Context.formatter_class


class Wide(_Frame):  # type: ignore[misc]
    """Lays out a help page in columns, not characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Writes how the command is typed."""
        before = f"{said('Usage')}：{prog} "
        for piece in ("[OPTIONS]", "COMMAND [ARGS]..."):
            args = args.replace(piece, said(piece))
        first, *rest = folded(args, max(self.width - columns(before), 20))
        self.write(f"{before}{first}\n")
        for line in rest:
            self.write(f"{'':{columns(before)}}{line}\n")

    def write_heading(self, heading: str) -> None:
        """Writes the head of a section."""
        self.write(f"{'':{self.current_indent}}{said(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Writes a paragraph, or lines that stay as they are after the mark for that."""
        indent = " " * self.current_indent
        for paragraph in text.split("\n\n"):
            if paragraph.startswith("\b\n"):
                lines: Iterable[str] = map(_headed, paragraph.splitlines()[1:])
            else:
                lines = folded(said(" ".join(paragraph.split())), self.width - len(indent))
            self.write("".join(f"{indent}{line}\n" for line in lines))

    def write_dl(
        self,
        rows: Sequence[tuple[str, str]],
        col_max: int = _FIRST_COLUMNS_MAX,
        col_spacing: int = 2,
    ) -> None:
        """Writes what can be typed, and beside it what that means."""
        first_columns = min(max(columns(first) for first, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for first, second in rows:
            lines = list(folded(explained(second), max(self.width - first_columns - _GAP, 10)))
            if columns(first) > first_columns - col_spacing:
                self.write(f"{indent}{first}\n{indent}{'':{first_columns}}{lines[0]}\n")
            else:
                blank = " " * (first_columns - columns(first))
                self.write(f"{indent}{first}{blank}{lines[0]}".rstrip() + "\n")
            for line in lines[1:]:
                self.write(f"{indent}{'':{first_columns}}{line}\n")


def _headed(line: str) -> str:
    """`Example:` in Chinese; every other such line is there to be pasted."""
    return f"{said(line[:-1])}：" if line.endswith(":") else line


def explained(text: str) -> str:
    """The meaning of an option with typer's remarks in brackets after it."""
    found = _EXTRA.fullmatch(text)
    if found is None:
        return said(text)
    remarks = "；".join(said(one) for one in found[2].split("; "))
    return f"{said(found[1].strip())}［{remarks}］"


# --- commands ------------------------------------------------------------------------------------


def worded(command: Any) -> Any:
    """A command whose help speaks the chosen language."""
    if spoken() == CHINESE:
        command.context_class = _WideContext
        command.help = command.help and said(command.help)
        if isinstance(command, TyperGroup):
            for inner in command.commands.values():
                worded(inner)
    return command


class _WideContext(typer.Context):
    formatter_class = Wide


def slip(error: Any) -> None:
    """Says what typer found wrong with what was typed, in the chosen language."""
    context = getattr(error, "ctx", None)
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        talk(message)  # the page, which is in Chinese already
        return
    if context is not None:
        talk(context.get_usage())
        command = " ".join((context.command_path, context.help_option_names[0]))
        talk(said(f"Try '{command}' for help.") + "\n")
    talk(f"{said('Error')}：{said(message)}")
