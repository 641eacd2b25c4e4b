"""Simulated CTs and cohorts with known truth."""
