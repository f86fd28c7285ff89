"""The figures of a county: each has one meaning, and a share is shown with what it was made of.

Figures are pure functions of rows that a node holds, of a division and of days, so that a township
and the county say the same of one day where they hold the same. The rooms, each importing only
those before it:

    figure      what a figure is, how a share reads, and which small counts are hidden
    gathering   the rows of a division as of a day
    counting    what they amount to: people, workers, visits, places, money
    comparing   a stated figure against the one that follows from the records
    baselines   what was counted on a day, kept for ever, and compared with later
    monthly     the report of a month: its tables, in the order in which it is read
"""
