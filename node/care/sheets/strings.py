"""The shared strings of a workbook, packed.

Spreadsheets keep every text of a workbook in one table and number it in the cells. As Python
objects that table is the larger part of a big list in memory; here it is kept compressed by the
block, in the order in which the cells came into being, so that reading rows in order touches one
block after the other.
"""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict
from typing import IO, Any
from xml.etree.ElementTree import iterparse

from openpyxl.cell.text import Text
from openpyxl.xml.constants import SHEET_MAIN_NS

_ITEM = f"{{{SHEET_MAIN_NS}}}si"
_BLOCK_STRINGS = 1_024
_OPEN_BLOCKS_MAX = 16


class PackedStrings:
    """A list of texts that takes a few bytes for each.

    Args:
        source: The part of the workbook that holds them.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._blocks: list[bytes] = []
        self._open: OrderedDict[int, list[str]] = OrderedDict()
        self._count = 0
        waiting: list[str] = []
        events = iterparse(source, ("start", "end"))
        _, root = next(events)
        for event, element in events:
            if event == "start" or element.tag != _ITEM:
                continue
            tree: Any = element
            text: Any = Text.from_tree(tree)
            waiting.append(text.content)
            root.clear()  # not the element alone, of which the root would keep the shell
            if len(waiting) == _BLOCK_STRINGS:
                self._pack(waiting)
        self._pack(waiting)

    def _pack(self, waiting: list[str]) -> None:
        self._blocks.append(zlib.compress(json.dumps(waiting).encode(), 1))
        self._count += len(waiting)
        waiting.clear()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> str:
        """The text of that number; past the end an IndexError, as of a list."""
        block, place = divmod(number, _BLOCK_STRINGS)
        if not 0 <= number < self._count:
            raise IndexError(number)
        texts = self._open.get(block)
        if texts is None:
            texts = json.loads(zlib.decompress(self._blocks[block]))
            self._open[block] = texts
            if len(self._open) > _OPEN_BLOCKS_MAX:
                self._open.popitem(last=False)
        else:
            self._open.move_to_end(block)
        return texts[place]
