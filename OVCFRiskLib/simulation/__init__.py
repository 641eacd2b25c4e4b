"""Simulated CTs and cohorts with known truth.

References marked with a dagger (†) are cited from memory: they could not be looked up when this was written, and what
stands beside them is an assumption until somebody has. All others were looked up.
"""
