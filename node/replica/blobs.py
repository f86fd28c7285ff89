"""Keeping contents that rows name: one's own at once, those of others a piece at a time.

Nothing is kept that no row here names, that is larger than this node allows, or that would fill its
disk in the name of one author. What comes to its end and is not what its hash says is dropped, and
asked for anew.
"""

from __future__ import annotations

import hashlib

from node.errors import Refused, UsageError
from node.replica.core import Core
from node.store.blobs import Blob


def keep(core: Core, content: bytes) -> str:
    """Keeps a content of this node's own, in the transaction of the row that names it.

    Returns:
        SHA-256 of it, hexadecimal, which is what the row holds.

    Raises:
        UsageError: It is empty, or larger than any node takes.
    """
    limit = core.limits.blob_bytes_max
    if not 0 < len(content) <= limit:
        raise UsageError(
            f"The content has {len(content)} bytes; from 1 to {limit} are kept (blob_bytes_max).",
            hint="Take the photo smaller, or raise the limit at every node on the way up.",
        )
    blobs, hash_ = core.store.records.blobs, hashlib.sha256(content).hexdigest()
    with core.store.transaction():
        tier = core.view().tree.level(core.division)
        blobs.name([hash_], core.store.records.origin(core.author, core.boot, tier))
        known = blobs.blob(hash_)
        if known is not None and not known.whole:
            blobs.drop(hash_)
            blobs.add(hash_, content, len(content))
    return hash_


def take(core: Core, hash_: str, start: int, data: bytes, size: int) -> Blob | None:
    """Keeps a piece that a peer sent; durable on return.

    Args:
        core: This node's core.
        hash_: Which content, hexadecimal.
        start: Where the piece stands in it.
        data: The piece.
        size: The size of the whole.

    Returns:
        The content as it then stands; None where the piece is not the one that lacks.

    Raises:
        Refused: It is too large, its author has had enough, or it is not what its hash says.
    """
    blobs, limits = core.store.records.blobs, core.limits
    with core.store.transaction():
        known = blobs.blob(hash_)
        if known is None or known.whole or start != known.held or not data:
            return None
        if not 0 < size <= limits.blob_bytes_max or start + len(data) > size:
            raise Refused(
                f"A content of {size} bytes; this node keeps {limits.blob_bytes_max}"
                f" (blob_bytes_max).",
                reason="LIMIT",
                hint="Raise the limit here, or take smaller photos there.",
            )
        used = blobs.bytes_of(known.author)
        if known.author != core.author and used + len(data) > limits.author_blobs_bytes_max:
            raise Refused(
                f"Photos of {known.author} have {used} bytes here"
                f" (author_blobs_bytes_max: {limits.author_blobs_bytes_max}).",
                reason="LIMIT",
                hint="Ask that node what it sends; raise the limit if it is right.",
            )
        # Where two sizes were told, one of them is wrong, and the part may be too.
        after = blobs.add(hash_, data, size) if known.size in (0, size) else known
        wrong = after is known or (after.held == size and not after.whole)
        if wrong:
            blobs.drop(hash_)
    if wrong:
        raise Refused("A content is not what its hash says.", reason="HASH_MISMATCH")
    return after
