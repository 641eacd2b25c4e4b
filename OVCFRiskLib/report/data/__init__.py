"""Machine-readable results: CSV, JSON, label images."""
