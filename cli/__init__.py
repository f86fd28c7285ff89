"""The commands that a person types: `linli`, and one file for each noun.

A command is a sentence. Its help is one sentence and an example to paste; its results go to
standard output and its talk to standard error; what went wrong ends it with a code that says whose
turn it is. The commands add nothing to what a node can do: each reads what was typed, calls the
node, and says what changed and what to do next.

    main      the root: finds a noun, and turns trouble into words and an exit code
    grammar   how a sentence is declared, and the options that all share
    output    results, talk, JSON
    table     columns that stay aligned under Chinese text
    home      opens the node that was named
    records   finds a record by what a person types, and shows it
    reference prints docs/commands.md

Every other file is a noun. It is imported when its noun is typed and not before, so that
`linli --help` answers at once on a small box.
"""
