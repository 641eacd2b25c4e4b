"""What checks find, as data: the finding, and one registry of all checks that can fire."""

from OVCFRiskLib.findings.finding import About, Check, Finding, Severity, above_note, outside_model

__all__ = ["About", "Check", "Finding", "Severity", "above_note", "outside_model"]
