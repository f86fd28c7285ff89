"""Writes down what was acknowledged, as it comes, outside the folders of the nodes.

What a node said it had saved stands here, on disk, before anything else is asked of that node. So
nothing that happens to a node afterwards can change what is looked for at the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


class Witness:
    """A file of acknowledgements that only grows.

    Args:
        path: The file.

    Attributes:
        count: How many acknowledgements stand in it.
    """

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._file = path.open("a", encoding="utf-8")

    def note(self, acknowledged: Iterable[dict[str, Any]]) -> None:
        """Writes acknowledgements; they are on disk on return."""
        lines = [json.dumps(one, ensure_ascii=False) for one in acknowledged]
        if not lines:
            return
        self.count += len(lines)
        self._write(lines)

    def expect_conflict(
        self, division: str, table: str, id_: str, column: str, values: Sequence[Any]
    ) -> None:
        """Notes that a cell was written in several places at once, so all its values must stand."""
        contest = {
            "contest": table,
            "division": division,
            "id": id_,
            "column": column,
            "values": list(values),
        }
        self._write([json.dumps(contest, ensure_ascii=False)])

    def _write(self, lines: Sequence[str]) -> None:
        self._file.write("\n".join(lines) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
