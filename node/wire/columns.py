"""A list of values of one type in wire bytes.

Dictionaries for texts that repeat, differences for numbers that grow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import sub
from typing import Any

from linli.v1 import ledger_pb2
from node.errors import RefusedBytes

_COLUMN = ledger_pb2.Column
_DICTIONARY_ROWS_MIN = 4


def malformed(what: str) -> RefusedBytes:
    """The refusal of bytes that are not what they claim to be."""
    return RefusedBytes(
        f"Malformed bytes: {what}.",
        reason="MALFORMED",
        hint="Nothing of them was applied; report it to whoever runs the node that sent them.",
    )


def need(claim: bool, what: str) -> None:
    """Raises `malformed` unless the claim holds."""
    if not claim:
        raise malformed(what)


def put_column(column: ledger_pb2.Column, values: Sequence[Any], type_: type) -> None:
    """Fills a column message with values of one type, None for null."""
    present = [value for value in values if value is not None]
    if not present:
        return
    if len(present) < len(values):
        bits = bytearray((len(values) + 7) // 8)
        for position, value in enumerate(values):
            if value is None:
                bits[position >> 3] |= 1 << (position & 7)
        column.nulls = bytes(bits)
    if type_ is str:
        _put_texts(column, ["" if value is None else value for value in values])
    else:
        filled: list[Any] = list(
            accumulate(values, lambda last, value: last if value is None else value)
        )
        _put_integers(column, [0 if value is None else value for value in filled])


def _put_texts(column: ledger_pb2.Column, texts: list[str]) -> None:
    words = dict.fromkeys(texts)
    if len(words) == 1 or (len(texts) >= _DICTIONARY_ROWS_MIN and len(words) * 2 <= len(texts)):
        column.encoding = _COLUMN.ENCODING_DICTIONARY
        column.texts.extend(words)
        if len(words) > 1:
            places = {word: place for place, word in enumerate(words)}
            column.words.extend(map(places.__getitem__, texts))
    else:
        column.encoding = _COLUMN.ENCODING_TEXT
        column.texts.extend(texts)


def _put_integers(column: ledger_pb2.Column, integers: list[int]) -> None:
    steps = [integers[0], *map(sub, integers[1:], integers)]
    fits = -(1 << 63) <= min(steps) and max(steps) < 1 << 63
    if fits and sum(map(abs, steps)) < sum(map(abs, integers)):
        column.encoding = _COLUMN.ENCODING_DELTA
        column.integers.extend(steps)
    else:
        column.encoding = _COLUMN.ENCODING_INTEGER
        column.integers.extend(integers)


def get_column(column: ledger_pb2.Column, count: int) -> list[Any]:
    """Reads a column of `count` values."""
    values = _get_values(column, count)
    need(len(values) == count, f"column {column.name!r} has {len(values)} values for {count} rows")
    nulls = column.nulls
    if nulls:
        need(len(nulls) == (count + 7) // 8, f"column {column.name!r} has a torn null list")
        for position in range(count):
            if nulls[position >> 3] >> (position & 7) & 1:
                values[position] = None
    return values


def _get_values(column: ledger_pb2.Column, count: int) -> list[Any]:
    encoding = column.encoding
    if encoding == _COLUMN.ENCODING_UNSPECIFIED:
        return [None] * count
    if encoding == _COLUMN.ENCODING_TEXT:
        return [*column.texts]
    if encoding == _COLUMN.ENCODING_DICTIONARY:
        return _get_dictionary(column, count)
    if encoding == _COLUMN.ENCODING_INTEGER:
        return [*column.integers]
    if encoding == _COLUMN.ENCODING_DELTA:
        values = [*accumulate(column.integers)]
        fits = not values or (-(1 << 63) <= min(values) and max(values) < 1 << 63)
        need(fits, f"column {column.name!r} leaves 64 bits")
        return values
    raise malformed(f"column {column.name!r} has encoding {encoding}")


def _get_dictionary(column: ledger_pb2.Column, count: int) -> list[str]:
    texts = list(column.texts)
    if not column.words:
        need(len(texts) == 1, f"column {column.name!r} has a dictionary without words")
        return texts * count
    need(max(column.words) < len(texts), f"column {column.name!r} names a missing word")
    return list(map(texts.__getitem__, column.words))


def value_type(values: Iterable[Any]) -> type:
    """The type of a column: text if any value is."""
    return str if any(isinstance(value, str) for value in values) else int
