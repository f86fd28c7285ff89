"""Benefits: who should have one, what became of it, and who was overlooked or is paid too long.

All of it is pure. The facts of a person and the numbers of the county are handed in, and each
answer comes with one sentence that says why. A change counts from the month after it, and nothing
is paid up for the month in which it came (次月起按新档计发，不补差).

    months       months and ages by arithmetic
    facts        what is known of a person, each with its days
    entitlement  which benefits a person should have in a month, and why the others not
    life         one benefit from a hint to its end, as a set of dated acts
    steps       which of its acts count, each by what it builds on
    sheet       the sheet of a month: what is paid, added, stopped and claimed back
    reports      what is due in a month, who is new in it, who was stopped, who comes of age
    finding      who should have one and has none, and who has one and should not
"""
