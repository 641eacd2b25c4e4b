"""Validating a frozen model: ROC, decision curves, calibration."""
