"""One replica, whole by itself.

The ground (errors, divisions, time, configuration, identity), the ledger, the exchange with other
nodes, and the care that is kept. Each room knows only the ones below it; `pyproject.toml` holds
their order.
"""
