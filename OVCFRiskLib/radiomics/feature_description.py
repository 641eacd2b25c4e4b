"""How the CTs behind a table of features were acquired, in the terms that a model card states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.reading.kernels import kernel_kind
from OVCFRiskLib.tables.table_writer import Row

# Micrometres: spacings carry rounding of 32-bit headers beyond.
SPACING_DIGITS = 3


def scan_facts(ct: sitk.Image, acquisition: Acquisition, origins: Collection[MaskOrigin | None] = ()) -> dict[str, Any]:
    """Slice thickness, pixel size, tube voltage, contrast (None where it does not say) and kind of kernel of one CT,
    and the origins of the masks that were measured.

    The kind and not the name of the kernel: a header's free text may name a patient, and tables do not.
    """
    through = int(np.argmax(np.abs(np.array(ct.GetDirection()).reshape(3, 3))[2]))
    spacing = ct.GetSpacing()
    pixels = [spacing[axis] for axis in range(3) if axis != through]
    return {
        "slice_mm": round(max(spacing[through], acquisition.slice_thickness_mm or 0.0), SPACING_DIGITS),
        "pixel_mm": [round(min(pixels), SPACING_DIGITS), round(max(pixels), SPACING_DIGITS)],
        "kvp": acquisition.kvp,
        # a header without an agent does not prove a scan without contrast
        "has_contrast": True if acquisition.contrast_agent else None,
        **({"kernel": kernel_kind(acquisition.kernel)} if acquisition.kernel else {}),
        **({"mask_origins": sorted({origin.value for origin in origins if origin})} if origins else {}),
    }


def describe_table(scans: Iterable[Row], settings: ExtractionSettings) -> dict[str, Any]:
    """What ``description.json`` beside a feature table says: the extraction, and the ranges over its CTs.

    Parameters
    ----------
    scans : iterable of mapping
        `scan_facts` of every CT with a row in the table.
    settings : ExtractionSettings

    Returns
    -------
    dict
        Keys of a data description; ``contrast`` only where some CT had it, ``kernels`` the kinds that CTs name,
        ``mask_origins`` only where all are known.
    """
    found = list(scans)
    described: dict[str, Any] = {"extraction": settings.to_dict()}
    if not found:
        return described
    voltages = [scan["kvp"] for scan in found]
    described["slice_thickness_range_mm"] = _range(scan["slice_mm"] for scan in found)
    described["pixel_spacing_range_mm"] = _range(value for scan in found for value in scan["pixel_mm"])
    described["kvp_range"] = None if None in voltages else _range(voltages)
    if any(scan["has_contrast"] for scan in found):
        described["contrast"] = True
    if kernels := {kernel for scan in found if (kernel := scan.get("kernel"))}:  # records of earlier versions have none
        described["kernels"] = sorted(kernels)
    origins = [origin for scan in found for origin in scan.get("mask_origins", (MaskOrigin.UNKNOWN.value,))]
    if origins and MaskOrigin.UNKNOWN.value not in origins:
        described["mask_origins"] = sorted(set(origins))
    return described


def widened(known: Mapping[str, Any], new: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Description of a folder that gets one more table.

    Parameters
    ----------
    known, new : mapping
        What is said of the tables there, and of the one that comes.
    where : str
        Name of the folder, for the message.

    Raises
    ------
    OVCFRiskError
        If the extraction differs: one folder holds tables of one grid.
    """
    if known.get("extraction", new["extraction"]) != new["extraction"]:
        raise OVCFRiskError(
            f"'{where}' holds features extracted with {known['extraction']}, these are extracted with "
            f"{new['extraction']}; write them into another folder, so that nobody trains on a mixture"
        )
    joined = {**known, **new}
    for key in ("slice_thickness_range_mm", "pixel_spacing_range_mm", "kvp_range"):
        ranges = [part[key] for part in (known, new) if key in part]
        joined[key] = None if None in ranges else _range(value for limits in ranges for value in limits)
    if kernels := {*known.get("kernels", ()), *new.get("kernels", ())}:
        joined["kernels"] = sorted(kernels)
    joined.pop("mask_origins", None)  # known of all tables, or of none
    if "mask_origins" in known and "mask_origins" in new:
        joined["mask_origins"] = sorted({*known["mask_origins"], *new["mask_origins"]})
    return joined


def _range(values: Iterable[float]) -> list[float]:
    found = list(values)
    return [min(found), max(found)]
