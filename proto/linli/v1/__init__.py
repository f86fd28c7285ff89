"""Version 1 of the wire: generated code, committed so that nobody needs a compiler to run Linli.

Change the `.proto` files and run `make proto`; `make check` fails when the two differ.
"""
