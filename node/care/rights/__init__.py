"""Rights to spend: how a village reserves money offline and the county alone pays it, once.

The textbook way gives each village its part of a budget and lets it spend that. It overspends as
soon as a box is restored from a backup or copied, because the proof needs boxes that never forget
and never double. Ours do both. So a village only *reserves* against rights that were granted to it,
and a person is told "reserved, not paid". The county *settles*, under one condition for each
lineage:

    settled + returned + x <= granted            and, over all: granted - returned <= budget

Nothing else writes the three, so the sum of what is settled stays within the budget, whatever the
boxes, the clocks and the lines do, and whoever lies below. All that is needed is that the county's
own book is one durable history; a county that was restored from a backup therefore neither grants
nor settles until its book was rebuilt from what it wrote to others and from what was paid.

A *lineage* is an author and a boot number: two copies of a box, or a box before and after it was
restored, are two lineages, and a new one has no rights until the county grants it some. Where a
copy goes on under the same lineage, the condition above caps both together.

Every function here takes a state and gives the next one, or a `Refusal` with a sentence. A refusal
leaves the state as it was. What the county decided is a set of acts with ids: the state is the same
in whatever order they are read, and an act that is read twice counts once. Whether a claim is
authentic, in scope and based on valid records is the caller's to know.

    claims      the values: acts of the county, claims of a box, accounts, refusals
    box         what a box does offline
    county      what the county does
    rebuilding  the book as a set of acts, and after a backup
"""

from node.care.rights.box import learn, request_return, reserve
from node.care.rights.claims import (
    DONE,
    GIVEN_BACK,
    GRANT,
    NO,
    REBUILT,
    RESERVED,
    RESTORED,
    RETURN,
    RUNNING,
    SEAL,
    SETTLEMENT,
    WAITS,
    Account,
    Act,
    Book,
    Booked,
    Box,
    Claim,
    County,
    Lineage,
    Refusal,
)
from node.care.rights.county import accept_return, grant, seal, settle
from node.care.rights.rebuilding import assembled, rebuilt, restored, resumed

__all__ = [
    "DONE",
    "GIVEN_BACK",
    "GRANT",
    "NO",
    "REBUILT",
    "RESERVED",
    "RESTORED",
    "RETURN",
    "RUNNING",
    "SEAL",
    "SETTLEMENT",
    "WAITS",
    "Account",
    "Act",
    "Book",
    "Booked",
    "Box",
    "Claim",
    "County",
    "Lineage",
    "Refusal",
    "accept_return",
    "assembled",
    "grant",
    "learn",
    "rebuilt",
    "request_return",
    "reserve",
    "restored",
    "resumed",
    "seal",
    "settle",
]
