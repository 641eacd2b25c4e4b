"""Is a CT image what the scanner measured, or was it computed: projections, single energies, differences, materials?

Image types: PS3.3, C.8.2.1.1.1 (CT) and C.8.15.3.2 (enhanced and multi-energy CT). Vendors also write the kind into the
series description only, which is read for these words and never shown.
"""

from __future__ import annotations

import re

from OVCFRiskLib.reading.dicom_header import SliceHeader

HOUNSFIELD_UNIT = "HU"  # RescaleType of an ordinary CT, also taken where none is written
# What the pattern of a kind finds in the image type or the series description, words apart.
KINDS = {
    r"min[ _]?ip|minimum": "minimum intensity projection",
    r"max[ _]?ip|mip|maximum": "maximum intensity projection",
    r"vmi|mono(?:e|energetic|chromatic|plus)?|energy prop wt|\d{2,3} ?kev": "virtual monoenergetic",
    r"sub|subtract(?:ion|ed)": "subtraction",
    r"vnc|vue|virtual (?:non|un) ?(?:contrast|enhanced)": "virtual non-contrast",
    r"mat (?:specific|removed|fractional|modified|value based)|iodine(?: map)?|iodine no water": "material map",
    r"eff atomic num|z ?eff(?:ective)?": "effective atomic number",
    r"electron density": "electron density",
    r"perfusion|cbf|cbv|mtt|tmax|ttp": "perfusion map",
    r"vrt|volume rendering|3d rendering": "rendered picture",
}
ENERGY = re.compile(r"\b(\d{2,3}) ?kev\b")


def is_derived(header: SliceHeader) -> bool:
    """True when the image type says that the image was computed from others."""
    return (header.text("ImageType") or "").upper().split("\\")[0] == "DERIVED"


def special_kinds(header: SliceHeader) -> tuple[str, ...]:
    """Why the values of an image are not the HU that the scanner measured; empty for a plain CT.

    Parameters
    ----------
    header : SliceHeader

    Returns
    -------
    tuple of str
        In words, e.g. ``("virtual monoenergetic, 40 keV",)``.
    """
    # the first two values say original or derived, primary or secondary
    types = (header.text("ImageType") or "").split("\\")[2:]
    text = " | ".join((*types, header.text("SeriesDescription") or "")).lower()
    words = re.sub(r"[^a-z0-9|]+", " ", text)
    kinds = [name for pattern, name in KINDS.items() if re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])", words)]
    energy = ENERGY.search(words)
    if energy:
        kinds = [f"{kind}, {energy[1]} keV" if kind == "virtual monoenergetic" else kind for kind in kinds]
    rescale_type = (header.text("RescaleType") or HOUNSFIELD_UNIT).upper()
    if rescale_type != HOUNSFIELD_UNIT:
        kinds.append(f"rescale type {rescale_type}")
    return tuple(kinds)
