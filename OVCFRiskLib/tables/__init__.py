"""One reader and one writer of CSV tables, and the checks of their rows."""
