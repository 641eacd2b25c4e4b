"""What leaves the program: tables, JSON, HTML, pictures, DICOM objects."""

from OVCFRiskLib.report.result_files import (
    DICOM_FILES,
    FHIR_FILE,
    RESULT_SET,
    SCENE_FILE,
    Writer,
    write_all,
)

__all__ = ["DICOM_FILES", "FHIR_FILE", "RESULT_SET", "SCENE_FILE", "Writer", "write_all"]
