"""Statistics that know nothing of vertebrae: ROC, DeLong, calibration, decision curves, bootstrap, ICC."""
