"""Measurements as ratios in one run against a yardstick: `make bench`."""
