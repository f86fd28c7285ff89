"""`python -m cli` is `linli`."""

from cli.main import main

main()
