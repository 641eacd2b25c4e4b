"""All other features, through pyradiomics where it is installed."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.radiomics.region import BodyRegion
from OVCFRiskLib.radiomics.settings import ExtractionSettings

# For the error where pyradiomics is missing: which package and way of building works depends on Python's version.
INSTALL = (
    "pip install pyradiomics-bhklab (Python 3.10-3.12, with a C compiler), or on Python <= 3.11: "
    "pip install numpy setuptools wheel && pip install --no-build-isolation pyradiomics==3.0.1"
)


def pyradiomics_features(region: BodyRegion, names: Sequence[str], settings: ExtractionSettings) -> dict[str, float]:
    """Features by pyradiomics, of a body that is on the extraction grid already.

    Parameters
    ----------
    region : BodyRegion
    names : sequence of str
        pyradiomics' full names, ``original_<class>_<feature>``.
    settings : ExtractionSettings
        Its bin width and ``resegment_range`` are used.

    Raises
    ------
    MissingDependencyError
        Naming the features, if pyradiomics is not installed.
    OVCFRiskError
        If pyradiomics refuses the mask, or a feature has no finite value.
    """
    try:
        import radiomics
        from radiomics.featureextractor import RadiomicsFeatureExtractor
    except ImportError as error:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        raise MissingDependencyError("pyradiomics", f"computing {shown}", INSTALL) from error
    radiomics.logger.setLevel(logging.ERROR)
    arguments = settings.as_pyradiomics() | {"resampledPixelSpacing": None}
    extractor = RadiomicsFeatureExtractor(**arguments)
    extractor.disableAllFeatures()
    by_class: dict[str, list[str]] = {}
    for name in names:
        _, feature_class, feature = name.split("_")
        by_class.setdefault(feature_class, []).append(feature)
    extractor.enableFeaturesByName(**by_class)
    ct, mask = (sitk.GetImageFromArray(array) for array in (region.hu, region.outline.astype(np.uint8)))
    for image in (ct, mask):
        image.SetSpacing(region.spacing_mm[::-1])
    try:
        values = extractor.execute(ct, mask)
    except (ValueError, AssertionError) as error:
        raise OVCFRiskError(f"pyradiomics cannot measure this mask: {error}; correct the segment") from error
    # NumPy >= 2.5 makes shape features of some builds complex with no imaginary part
    found = {name: float(np.real(values[name])) for name in names}
    undefined = [name for name, value in found.items() if not math.isfinite(value)]
    if undefined:
        raise OVCFRiskError(f"{', '.join(undefined)}: no finite value for this mask; correct the segment")
    return found
