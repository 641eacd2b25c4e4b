"""Moved to `OVCFRiskLib.findings`; import it from there."""

from OVCFRiskLib.findings import Finding, Severity

__all__ = ["Finding", "Severity"]
