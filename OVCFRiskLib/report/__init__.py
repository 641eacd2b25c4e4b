"""What leaves the program: tables, JSON, HTML, pictures, DICOM objects."""

from OVCFRiskLib.report.outputs import write_all

__all__ = ["write_all"]
