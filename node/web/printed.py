"""Pages to be printed: one file each, with all that it needs, in Chinese, on A4.

A county keeps its month reports on paper. A browser makes the PDF; nothing here needs the network,
a font of its own, or a script.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_WORDS = {
    "policy": "政策版本",
    "made": "制表日期",
    "places": "一二三四五六七八九十",
    "signed": ("制表人", "审核人", "负责人"),
}


def month_page(report: Any, made_on: str) -> str:
    """The report of a month as HTML.

    Args:
        report: As `node.care.figures.monthly` makes it.
        made_on: The day on which it is made, ISO.
    """
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template("month.html")
    return page.render(report=report, made_on=made_on, words=_WORDS)
