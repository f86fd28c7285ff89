"""What 公安, 人社, 残联, 殡葬 and 医保 report of people: matched, and decided by a person.

A list comes in as one batch, known by the digest of its file. Each of its rows ends in one of three
ways: it is one person's by the ID number and the name; it may be somebody's, and a person says
whose; or it is nobody's here, with the reason. Nothing is changed by a list: what a row reports is
taken over by a person who did not bring it in, by the act that anybody would write who heard of it
(the record is closed, a cremation or a certificate recorded), or kept apart with a word why. So no
benefit stops by itself, and none goes on unseen.

A row that is somebody's stands in that person's village and says nothing of the person but what was
reported; the others stand where they were brought in, with what tells them apart.

The rooms, each importing only those before it:

    tables      what is kept: batches, their rows, and what was decided
    matching    whose a row is: a pure function over the people who may be meant
    bringing    keeps a batch, each row in the village of whose it is
    deciding    what became of each row; takes over what it reports, or keeps the register
"""
