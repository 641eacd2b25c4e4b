"""How much a score depends on where the points were placed."""
