"""A whole county in one process, with faults: `linli sim`.

    plan      what happens when, drawn from a seed before anything runs
    boxes     one node: its folder, its clock, and what can befall them
    county    how the nodes of a plan come about
    line      a session between two nodes, as bad as it is asked to be
    work      what people write, and what was acknowledged
    world     runs a plan, heals everything, and has it judged
    judging   the invariants
    shrinking a smaller plan with the same fault

The store, the merge, the session and the care rooms are the product's own, on real files, with real
signatures; only time, chance and the network are made here. No fault point lives in the product.
What is equal and what is lost is judged by `cli.demo.reader`, which imports nothing of it.
"""
