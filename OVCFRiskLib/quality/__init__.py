"""Checks of acquisition and masks, body heights, trabecular density, distance from the training data."""
