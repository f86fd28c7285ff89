"""Linli's link before any test imports gRPC itself: gRPC reads its ciphers only once."""

import node.link  # noqa: F401
