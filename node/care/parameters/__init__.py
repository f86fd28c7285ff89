"""The numbers of the care: each is a parameter with the days on which it holds, and none is code.

A county sets them in its policy pack. The rooms, each importing only those before it:

    dated       a value with the days and the divisions for which it holds
    counted     what the figures of a county mean
    serving     what a pack sets for orders and what is done about complaints
    groups      what a pack may set: visits, pay, programmes, allowances, tariffs, meals …
    reading     takes them out of a file, or says what is wrong with it
    telling     what a pack says, line by line, and what another says otherwise
    publishing  how a pack comes to every node of the county, and which holds here

Whoever decides something by a number asks for it as of a day, and keeps the version of the pack
beside the decision, so that it can be explained and computed again years later.
"""
