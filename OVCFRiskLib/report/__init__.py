"""What leaves the program: tables, JSON, HTML, pictures, DICOM objects."""

from OVCFRiskLib.report.result_files import OUTPUT_FILES, write_all

__all__ = ["OUTPUT_FILES", "write_all"]
