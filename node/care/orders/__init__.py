"""Orders (点单): what a person asked for, who was sent, and what became of it.

An order is a fact in the `orders` lane of the client's own village. What happens to it is a growing
set of steps and claims, each written by whoever was there, cut off or not; where it stands follows
from them and is the same at every node that holds them.

The rooms, each importing only those before it:

    judging     which steps count, and where the order stands by them
    titles      what columns and codes are called
    tables      orders, steps and claims as the ledger keeps them
    claims      what became of each claim, and whether a worker may have an order
    waiting     who waits since when, what is overdue, and in which order lists are read
    gathering   an order with all that it rests on, and what a worker has on that day
    ratings     what clients say of a service afterwards
    keeping     writes orders, steps and claims through a replica
"""
