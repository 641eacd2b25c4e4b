"""Our codes as pydicom's and highdicom's, and what every object says about its maker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from OVCFRiskLib import __version__
from OVCFRiskLib.assessment import Provenance
from OVCFRiskLib.report.archive.measurements import PRIVATE, Code

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

# Who made the objects, as their equipment module names it.
MANUFACTURER = "OVCFRisk project"
PRODUCT = "OVCFRisk"
# Objects of software have no serial number; the attribute must be filled (type 1, enhanced equipment module).
SERIAL_NUMBER = "none"
# High numbers keep clear of the scanner's own series.
SEGMENTATION_SERIES_NUMBER = 9001
REPORT_SERIES_NUMBER = 9002


def algorithm_parameters(provenance: Provenance) -> tuple[str, ...]:
    """Model card, settings and inputs, so that the numbers can be made again (PS3.16, TID 4019)."""
    return (
        f"model id: {provenance.model_id}",
        f"model SHA-256: {provenance.model_sha256}",
        f"model status: {provenance.model_status}",
        f"settings: {json.dumps(provenance.settings, sort_keys=True)}",
        f"CT SHA-256: {provenance.ct_sha256}",
        f"labels SHA-256: {provenance.labels_sha256}",
    )


def concept(code: Code) -> CodedConcept:
    """A coded concept of highdicom."""
    from highdicom.sr import CodedConcept

    return CodedConcept(code.value, code.scheme, code.meaning)


def equipment() -> dict[str, Any]:
    """Arguments that name the software that made an object."""
    return {
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": PRODUCT,
        "software_versions": __version__,
        "device_serial_number": SERIAL_NUMBER,
    }


def private_scheme() -> Any:
    """The item that says who is behind our private codes."""
    from highdicom.coding_schemes import CodingSchemeIdentificationItem

    return CodingSchemeIdentificationItem(PRIVATE, name="OVCFRisk measurements", responsible_organization=MANUFACTURER)
