"""Reviews that were typed in a burst: who stuffs reviews gains nothing by it, and loses nothing.

A box that writes many reviews of one worker within minutes did not ask so many clients. None of
such a burst counts for the bonus; a review that does not count is like one that was never given.
"""

from __future__ import annotations

from collections.abc import Iterable


def stuffed(typed: Iterable[tuple[str, str, int]], most: int, minutes: int) -> set[str]:
    """Reviews of one worker that were typed at one box in a burst, by id (CC-26).

    Args:
        typed: Of each review its id, the box, and when it was written there, milliseconds.
        most: How many a box may write within `minutes`; 0: any.
        minutes: See there.
    """
    if not most:
        return set()
    by_box: dict[str, list[tuple[int, str]]] = {}
    for id_, box, at in typed:
        by_box.setdefault(box, []).append((at, id_))
    found: set[str] = set()
    for written in by_box.values():
        written.sort()
        first = 0
        for last, (at, _) in enumerate(written):
            while at - written[first][0] > minutes * 60_000:
                first += 1
            if last - first >= most:
                found.update(id_ for _, id_ in written[first : last + 1])
    return found
