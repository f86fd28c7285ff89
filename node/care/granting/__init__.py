"""Benefits in the ledger: what is kept of them, who may write what, and the sheets of a month.

What entitles whom, which steps count and what they amount to is told by `benefits`, which is pure;
here its facts are read from the ledger and its acts are written.

    tables      the benefits, their acts, and the closed sheets
    gathering   what is known of people, and what became of their benefits
    acting      proposing, applying, deciding, stopping and claiming back
    closing     the sheet of a month, and its closing by the county
"""
