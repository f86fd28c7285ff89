"""A notice goes to divisions below, and each confirms that it has come.

What a node has received is known to it only by the ledger; a receipt here is a person's: somebody
at the place has read it. Only the place itself confirms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care.facts.notices import NOTICE, RECEIPT
from node.care.facts.writing import standing
from node.errors import Refused, UsageError
from node.replica import Insert, Replica


def send(
    replica: Replica, divisions: Sequence[str], values: Mapping[str, Any], *, user: str
) -> str:
    """Sends a notice to divisions below this node's, in one act.

    Returns:
        The number by which all copies are told as one.

    Raises:
        UsageError: No division is named, or a field does not fit.
        Refused: A division does not lie below this node's.
    """
    below = set(replica.tree.below(replica.division)) - {replica.division}
    if not divisions:
        raise UsageError(
            "The notice is for no division.", hint="Name some: --to DIVISION, or --villages."
        )
    for division in divisions:
        if division not in below:
            raise Refused(
                f"{replica.tree.called(division)} does not lie below this node's division.",
                hint="A notice goes down; what is to go up is a record or a request.",
            )
    now = replica.core.now_ms()
    letter = f"{now}-{replica.core.config.author[:8]}"
    whole = NOTICE.check(
        {**values, "letter": letter, "sent_at": now, "sent_from": replica.division}
    )
    places = dict.fromkeys(divisions)
    replica.act([(one, [Insert(NOTICE.name, whole)]) for one in places], user=user)
    return letter


def confirm(replica: Replica, notice: Mapping[str, Any], *, user: str, note: str = "") -> str:
    """Confirms a notice at the place that it is for; twice is once.

    Raises:
        Refused: The notice is for another place.
    """
    if notice["division#"] != replica.division:
        raise Refused(
            f"The notice is for {replica.tree.called(notice['division#'])}, which confirms it.",
            hint="Who has not is listed by: linli notice waiting",
        )
    done = list(standing(replica, RECEIPT, where={"notice": notice["id"]}))
    if done:
        return str(done[0]["id"])
    values = {
        "notice": notice["id"],
        "confirmed_at": replica.core.now_ms(),
        "confirmed_by": user or replica.core.config.user,
        "note": note,
    }
    insert = Insert(RECEIPT.name, RECEIPT.check(values))
    return replica.write(replica.division, [insert], user=user).ids[0]
