"""What is cared for: people, their helpers, the visits, the places, and home modifications.

Every room here does two things and no more. It declares its tables, so that the ledger knows how
each column merges; and it offers plain functions, first the pure ones that check what a person
typed, then the thin ones that write it through a replica. The command line, the aide's pages and
the county's console call the same functions, so a value that one of them refuses no other lets in.

The rooms, each importing only those before it:

    fields      what a single value may look like: text, numbers, dates, phones, ID numbers
    codes       lists of codes with their Chinese names
    pack        what a policy pack is: the lists, the stages of a case, the limits of a county
    policy      reads a policy pack from a file, and the one that comes with Linli
    rows        finding a row and changing its fields
    closing     what a closing with a dated reason needs, whatever is closed
    households  households, and who belongs to one
    people      people and workers
    employment  the personal side of a worker, which the employer keeps
    verdict     what the reviews of a visit amount to
    visits      visits, their corrections and voids
    reviews     the township's reviews of visits
    facilities  canteens, stations and points
    status      how far a case has come
    stages      which stage events of a case are valid, and the status that follows
    cases       home modifications and what is done to them
    facts       every other kind of fact, each declared once
    parameters  the numbers of a county, each with its days
    money       whole fen, shares, and how an amount reads
    rights      what a village may reserve, and how the county settles it
    benefits    who should have which benefit, and what became of it
    meals       what a meal costs whom, and the quota of a year
    points      the points of a volunteer
    advances    money that was advanced, and what came back
    titles      what columns and codes are called in Chinese
    records     all tables together: the schema that a replica is given

What arrives from other nodes is not checked here again: the ledger stores it, and these rooms only
read it with care.
"""
