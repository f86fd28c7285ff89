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
"""
