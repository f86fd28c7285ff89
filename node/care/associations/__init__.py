"""Associations of the disabled (残协) and other groups: what they owe and are owed.

The rooms, each importing only those before it:

    register   associations, mutual-aid groups and teams of volunteers, in the registry lane
    reading    who holds which office, how far a task has come, who belongs
    lacking    what an association, a township or the county lacks of what it must have
    handover   an office goes to a successor, with its open tasks and needs
    liaisons   how a liaison's year is appraised, and what a month's work is worth
    gathering  reads what the rules need, and writes what a township finds and signs

The facts themselves (offices, tasks, reports, grants and so on) are declared in
`node.care.facts.associations` and `node.care.facts.offices`.
"""
