"""Figures of an evaluation: each file has one function that makes one matplotlib figure."""
