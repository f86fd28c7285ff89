"""Accounts: who may sign in on this box, with which role, and how a PIN is tried.

A box has one access key that lets a browser in, and may have accounts beside it: then whoever has
the key also says who they are. The rooms, each importing only those before it:

    roles    what each role may do, one table
    pins     Argon2id, and which PINs are refused
    keeping  adding, changing and removing accounts; each change is audited
    trying   one try at a time, with a wait that grows
"""
