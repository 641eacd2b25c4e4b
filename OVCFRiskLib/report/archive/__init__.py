"""Results for the archive: DICOM segmentation object and structured report."""

from OVCFRiskLib.report.archive.dicom_export import require_exportable, require_highdicom, write_dicom

__all__ = ["require_exportable", "require_highdicom", "write_dicom"]
