"""Bodies that a formula makes, and pyradiomics' values to compare with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.radiomics import FROZEN_FEATURES, ExtractionSettings

SPACING_MM = (0.7, 0.8, 1.25)
ORIGIN_LPS = (-12.3, 4.56, 7.1)


def as_image(array: np.ndarray, spacing=SPACING_MM, origin=ORIGIN_LPS) -> sitk.Image:
    """Image of a [k, j, i] array."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


def make_body(seed: int, shape=(14, 22, 24), dtype="int16", low_hu=-150, high_hu=600) -> tuple[sitk.Image, sitk.Image]:
    """CT of uneven texture and the mask of a dented ellipsoid in it; the same for the same seed, everywhere.

    The noise is a linear congruential generator's (Numerical Recipes' constants): numpy's stream may change.
    """
    state, draws = seed, []
    for _ in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        draws.append(state / 2**32)
    noise = np.array(draws).reshape(shape)
    noise = (noise + sum(np.roll(noise, step, axis) for step in (-1, 1) for axis in range(3))) / 7
    hu = low_hu + (high_hu - low_hu) * (noise - noise.min()) / (noise.max() - noise.min())
    k, j, i = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in shape)]
    mask = (k**2 + j**2 + i**2 + 0.6 * (noise - 0.5) < 0.9) & ~((j > 0.4) & (abs(i) < 0.3))
    if np.issubdtype(np.dtype(dtype), np.integer):
        hu = np.rint(hu)
    return as_image(hu.astype(dtype)), as_image(mask.astype(np.uint8))


def read_tptbox_body(folder: Path) -> tuple[sitk.Image, sitk.Image]:
    """Real CT with permuted axes and the body of L3: labels 49 and 50 (corpus) within vertebra 22."""
    ct, vertebrae, parts = (
        sitk.ReadImage(str(folder / f"sub-ct_{name}.nii.gz"))
        for name in ("label-22_ct", "seg-vert_label-22_msk", "seg-subreg_label-22_msk")
    )
    return ct, (vertebrae == 22) & ((parts == 49) | (parts == 50))


def pyradiomics_frozen(ct: sitk.Image, mask: sitk.Image, settings: ExtractionSettings) -> dict[str, float]:
    """The eight features by pyradiomics itself."""
    import radiomics
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    radiomics.logger.setLevel(logging.CRITICAL)
    extractor = RadiomicsFeatureExtractor(**settings.as_pyradiomics())
    extractor.disableAllFeatures()
    by_class = {}
    for name in FROZEN_FEATURES:
        by_class.setdefault(name.split("_")[1], []).append(name.split("_")[2])
    extractor.enableFeaturesByName(**by_class)
    values = extractor.execute(ct, mask)
    return {name: float(values[name]) for name in FROZEN_FEATURES}


@pytest.fixture(scope="session")
def body() -> Callable[..., tuple[sitk.Image, sitk.Image]]:
    """The function that makes a body."""
    return make_body


@pytest.fixture(scope="session")
def image_of() -> Callable[..., sitk.Image]:
    """The function that makes an image of an array."""
    return as_image


@pytest.fixture(scope="session")
def tptbox_body(shared_data) -> tuple[sitk.Image, sitk.Image]:
    """A real CT and the mask of L3's body."""
    return read_tptbox_body(shared_data / "tptbox-l3")


@pytest.fixture(scope="session")
def reference() -> Callable[..., dict[str, float]]:
    """The eight features by pyradiomics, on images in axial order."""
    pytest.importorskip("radiomics", reason="pyradiomics is not installed: no live comparison, stored values only")
    return pyradiomics_frozen
