"""A simulated cohort: who is in it, and the tables of her bodies."""
