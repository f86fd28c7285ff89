"""Evidence of a fork: what convinces somebody who has neither this node nor its county.

Whoever signs two different headers for one number of one feed has been restored, copied, or lies.
The two headers with their signatures and the author's public key show it by themselves, and name
nobody who is cared for: `docs/verify_fork.py` reads them without anything of Linli. A header states
which trust feeds its author had newly seen, so the two smallest that show the fork are taken.
"""

from __future__ import annotations

import base64
import json
from itertools import combinations

from node import identity
from node.errors import UsageError
from node.replica.core import Core


def forked_author(core: Core, beginning: str) -> str:
    """The author of a feed that branches here, by the beginning of its id.

    Raises:
        UsageError: No such author's feed branches here, or those of several do.
    """
    known = sorted({feed.author for feed, _ in core.store.ledger.forked()})
    found = [author for author in known if author.startswith(beginning.lower())]
    if len(found) > 1:
        raise UsageError(
            f"{beginning!r} begins the ids of {len(found)} authors whose feeds branch here.",
            hint="Give more of its characters; linli doctor lists them.",
        )
    if not found:
        raise UsageError(
            f"No feed of an author {beginning!r} branches here, so there is nothing to prove.",
            hint="The authors whose feeds branch are listed by: linli doctor",
        )
    return found[0]


def evidence(core: Core, author: str) -> bytes:
    """The evidence of an author's fork as a small file: JSON in ASCII.

    Raises:
        UsageError: No two of its headers differ: one was signed twice, which shows no fork.
    """
    pairs = [
        pair
        for signed in core.store.ledger.doubled(author).values()
        for pair in combinations(sorted(signed), 2)
        if pair[0][0] != pair[1][0]
    ]
    if not pairs:
        raise UsageError(f"No two different segments of {author} bear one number here.")
    chosen = min(pairs, key=lambda pair: (sum(len(header) for header, _ in pair), pair))
    content = {
        "public_key": _text(identity.public_der(core.view().public_key(author))),
        "segments": [{"header": _text(one), "signature": _text(by)} for one, by in chosen],
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
