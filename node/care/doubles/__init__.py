"""People who stand twice in the register: who may be meant, who decides, and what follows.

Two villages that are cut off from each other register one person twice, and nothing stops them.
What may be a pair is worked out from the register whenever somebody looks, so it is as new as the
last session. A person decides: the two are the same and one record is kept, or they are two people
and are not proposed again. Nothing is ever merged by itself, no record is changed by a decision,
and each can be undone.

The rooms, each importing only those before it:

    sounds      how a name sounds, without tones and as an accent may have it
    scanning    which records may be one person's: a pure function over the register
    links       what was said of pairs, and what follows: a pure function over facts
    reading     reads what was said from a replica, and who had a right to say it
    listing     what waits for somebody, and what was decided
    deciding    says it: merges, undoes, and keeps apart
"""
