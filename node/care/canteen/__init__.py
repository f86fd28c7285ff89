"""The till of a canteen: meals that are sold, rights to a person's quota, and the county's months.

The rules are in `node.care.meals` and `node.care.rights`, which know nothing of a ledger; here they
are fed from it, and what they say is written. A canteen sells while it is cut off. A meal stands in
the partition of the village where the person lives, which the canteen need not be able to read; so
what it must know of a neighbour's elder, name, birth date and what it may spend, the county writes
into the partition of the canteen's village, and nothing else goes there.

A right is granted to one box: to an author, whichever process of it writes. Each sale starts a
process of its own, so rights that ended with one would be no rights; the cap of the county holds
for all starts and copies of an author together, and an author whose feed branched waits until the
county has looked. The rooms, each importing only those before it:

    tables     what is written: meals, cards, rights, asks, lines of a month
    reading    meals and rights as the ledger has them now
    till       a meal is sold, corrected, voided
    granting   who is entitled; rights that are asked for, granted and given back
    closing    the county settles a month, and the sheet of each canteen
"""
