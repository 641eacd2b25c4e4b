"""Results for the archive: DICOM segmentation object and structured report."""

from OVCFRiskLib.report.dicom.export import write_dicom

__all__ = ["write_dicom"]
