"""An invitation as text that fits on a slip of paper and survives being typed.

The text is base32 in groups of five, with a checksum, so that a wrong character is found where it
was typed and not by a parent that says no. It is a secret for as long as it holds.
"""

from __future__ import annotations

import base64
import hashlib

from google.protobuf.message import DecodeError

from linli.v1.enrol_pb2 import Token
from node.errors import UsageError
from node.identity.keys import AUTHOR_BYTES

TOKEN_VERSION = 1
"""The version of an invitation that is written and read here."""

SECRET_BYTES = 16
"""Length of an invitation's secret."""

_CHECKSUM_BYTES = 4
_GROUP_CHARACTERS = 5


def make_token(token: Token) -> str:
    """Writes an invitation as text: base32 of its bytes and a checksum, in groups of five."""
    assert _complete(token), "an invitation states everything before it is printed"
    content = token.SerializeToString(deterministic=True)
    text = _encoded(content + _checksum(content))
    groups = range(0, len(text), _GROUP_CHARACTERS)
    return "-".join(text[start : start + _GROUP_CHARACTERS] for start in groups)


def read_token(text: str) -> Token:
    """Reads an invitation that a person typed or pasted; case, blanks and dashes do not matter.

    Raises:
        UsageError: It was mistyped, is incomplete, or comes from a newer Linli.
    """
    plain = "".join(text.split()).replace("-", "").upper()
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError:
        raw = b""
    content, checksum = raw[:-_CHECKSUM_BYTES], raw[-_CHECKSUM_BYTES:]
    token = Token()
    try:
        # The last character has bits to spare: only the text that would be printed counts.
        typed_well = content and checksum == _checksum(content) and _encoded(raw) == plain
        if typed_well:
            token.ParseFromString(content)
    except DecodeError:
        typed_well = False
    if not typed_well:
        raise UsageError(
            "The token was mistyped: its checksum does not fit.",
            hint="Compare it group by group, or take the file that `linli member invite` wrote.",
        )
    if not _complete(token):
        raise UsageError(
            f"The token is of version {token.version}; this Linli reads version {TOKEN_VERSION}.",
            hint="Upgrade Linli on this box, or ask for another token.",
        )
    return token


def _encoded(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=")


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(b"linli.v1.token\0" + content).digest()[:_CHECKSUM_BYTES]


def _complete(token: Token) -> bool:
    """Whether an invitation states what version 1 states."""
    return (
        token.version == TOKEN_VERSION
        and len(token.issuer) == len(token.root) == AUTHOR_BYTES
        and len(token.secret) == SECRET_BYTES
        and bool(token.address and token.division)
    )
