"""What visits are worth: plausibility, pay, and the reason for every difference.

Everything here is a pure function of facts and dated parameters. Nothing reads a replica, a file or
a clock, so a village, its township and the county get the same sheet, to the byte, from the same
facts. The rooms, each importing only those before it:

    flag     a doubt about a visit, and its sentence
    facts    what the rules read, as a set that can be joined
    reading  how facts are taken from rows
    single   doubts that one visit raises by itself
    several  doubts that visits raise together
    flags    both, split into what a village finds itself and what an ancestor must tell it
    worth    what each visit and month is worth by all that is known
    sheet    who is paid what, and why not; what arrives late becomes an adjustment
    budget   what a programme planned, has paid and will have paid
    explain  the story of a visit and of a worker's month
"""
