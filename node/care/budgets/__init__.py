"""Budgets: the lines of a year's money, what was moved, committed and spent, and what is left.

The county alone writes here. A line holds what was planned for it and what was moved to it, and
nothing is spent beyond that: whoever wants more moves money first. Closed sheets of pay are spent
without an entry, as far as their line goes; the rest the county owes, and nothing else leaves the
line before it is covered. Where a merge of two copies of the county's box took more than a line
had, the line is shown as over and stays so until money is moved to it. The rooms, each importing
only those before it:

    tables    a budget and its entries
    balance   what entries amount to, line by line
    forecast  what the visits of each month will cost, and have cost
    looking   reading them from the ledger
    opening   a budget whose lines are its total
    entering  entries that leave no line over
"""
