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
    amendments  what stands beside a fact: its correction or its void
    rows        finding a row and changing its fields
    closing     what a closing with a dated reason needs, whatever is closed
    households  households, and who belongs to one
    people      people and workers
    employment  the personal side of a worker, which the employer keeps
    redrawing   what a yearly list says otherwise about divisions, and what was decided
    doubles     people who stand twice, and what was decided about them
    verdict     what the reviews of a visit amount to
    visits      visits, their corrections and voids
    periods     the month, its three 旬, its weeks
    seeing      which visits say that somebody was seen
    rosters     who sees whom in which 旬, as the plans say it
    plans       care plans: which services, how often, by whom
    reviews     the township's reviews of visits
    facilities  canteens, stations and points
    causal      events that name what they build on
    status      how far a case has come
    stages      which stage events of a case are valid, and the status that follows
    cases       home modifications and what is done to them
    facts       every other kind of fact, each declared once
    parameters  the numbers of a county, each with its days
    money       whole fen, shares, and how an amount reads
    rights      what a village may reserve, and how the county settles it
    complaining what rules complain of, and which complaints wait
    orders      what people ask for, who is sent, and what became of it
    benefits    who should have which benefit, and what became of it
    granting    benefits in the ledger: their acts, and the sheets of a month
    meals       what a meal costs whom, and the quota of a year
    programmes  for whom a programme is, who is chosen and who waits
    budgets     the lines of a year's money, and what is left of each
    subsidies   what facilities get for running and for being built
    associations  associations of the disabled, and the other groups of a village
    notices     a notice goes down, and each division confirms it
    campaigns   whom a campaign asks, and who was asked
    canteen     the till of a canteen, rights granted to it, and the months of its meals
    points      the points of a volunteer
    findings    who is due, and who is without what they should have
    watching    asks the findings about everybody here
    advances    money that was advanced, and what came back
    figures     what a county counts: shares, places, workers, the report of a month
    listings    what the columns of listings are called in Chinese
    headings    what the columns of records are called in Chinese
    titles      what codes are called in Chinese
    records     all tables together: the schema that a replica is given

What arrives from other nodes is not checked here again: the ledger stores it, and these rooms only
read it with care.
"""
