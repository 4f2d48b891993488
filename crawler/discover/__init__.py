"""A first site file for an unknown site, learned from a look at it."""
