"""Linli's wire as Python sees it: one package for each version of the protocol.

The folder is called `proto/linli` and the package `linli`; pyproject.toml says so. All beside the
`__init__.py` files is generated from the `.proto` files by `make proto`.
"""
