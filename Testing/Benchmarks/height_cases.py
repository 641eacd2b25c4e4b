"""Spines with known heights for the benchmark of heights: phantoms drawn with thin slices, real CTs, thicker slices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from segmentation_cases import Spine

import OVCFRiskLib
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
PLACES = ("anterior", "middle", "posterior")
FINE = {"spacing_mm": (0.8, 0.8, 0.5), "field_mm": (120.0, 130.0, 190.0), "noise_hu": 28.0}
THIN = {"cortex_mm": 0.2, "subcortical_hu": 80.0}
PHANTOMS = {
    "120 HU": {"seed": 0},
    "50 HU, cortex 0.25": {"seed": 3, "trabecular_hu": 50.0, "cortex_mm": 0.25},
    "30 HU, cortex 0.2": {"seed": 4, "trabecular_hu": 30.0, **THIN},
    "20 HU, cortex 0.2": {"seed": 21, "trabecular_hu": 20.0, **THIN},
    "200 HU": {"seed": 7, "trabecular_hu": 200.0},
    "90 HU, aorta 280, lordosis 65": {
        "seed": 22,
        "trabecular_hu": 90.0,
        "cortex_mm": 0.35,
        "contrast_hu": 280.0,
        "lordosis_degrees": 65.0,
    },
    "60 HU, Cobb 20": {"seed": 23, "trabecular_hu": 60.0, "cortex_mm": 0.3, "cobb_degrees": 20.0},
    "wedge of 34 %": {"seed": 5, "fractures": {L2: ("wedge", 0.34)}},
    "wedge of 25 %, 35 HU": {
        "seed": 11,
        "trabecular_hu": 35.0,
        "cortex_mm": 0.2,
        "fractures": {L3: ("wedge", 0.25)},
    },
    "wedge of 25 %, 20 HU": {"seed": 24, "trabecular_hu": 20.0, **THIN, "fractures": {L1: ("wedge", 0.25)}},
    "wedge of 25 %, 70 HU": {"seed": 6, "trabecular_hu": 70.0, "cortex_mm": 0.3, "fractures": {L1: ("wedge", 0.25)}},
    "wedge of 28 %, 45 HU": {"seed": 25, "trabecular_hu": 45.0, "cortex_mm": 0.25, "fractures": {L4: ("wedge", 0.28)}},
    "biconcave by 25 %": {"seed": 8, "trabecular_hu": 90.0, "cortex_mm": 0.35, "fractures": {L3: ("biconcave", 0.25)}},
    "biconcave by 30 %": {"seed": 12, "trabecular_hu": 60.0, "cortex_mm": 0.25, "fractures": {L2: ("biconcave", 0.3)}},
    "biconcave by 26 %, 30 HU": {
        "seed": 26,
        "trabecular_hu": 30.0,
        **THIN,
        "fractures": {L1: ("biconcave", 0.26)},
    },
    "crush of 25 %": {"seed": 9, "trabecular_hu": 100.0, "fractures": {L2: ("crush", 0.25)}},
    "crush of 30 %, 60 HU": {"seed": 10, "trabecular_hu": 60.0, "cortex_mm": 0.25, "fractures": {L4: ("crush", 0.3)}},
    "crush of 26 %, 25 HU": {"seed": 27, "trabecular_hu": 25.0, **THIN, "fractures": {L3: ("crush", 0.26)}},
}


@dataclass(frozen=True, slots=True)
class Known:
    """A spine with its heights: without voxels of a phantom, None of a real CT.

    Attributes
    ----------
    spine : Spine
    heights_mm : dict of LumbarLevel to tuple of 3 floats, optional
        Anterior, middle and posterior.
    fractures : dict of LumbarLevel to (shape, loss)
    """

    spine: Spine
    heights_mm: dict[LumbarLevel, tuple[float, float, float]] | None
    fractures: dict[LumbarLevel, tuple[str, float]]


def phantoms(only: str, cache: Path | None) -> Iterator[Known]:
    """Phantoms of slices of 0.5 mm whose names hold a text, as they are asked for."""
    for name, settings in PHANTOMS.items():
        if only in name:
            yield phantom(name, {**FINE, **settings}, cache)


def phantom(name: str, settings: dict[str, object], cache: Path | None) -> Known:
    """One phantom; drawing it takes as long as measuring a dozen CTs."""
    made: list[object] = []

    def part(kind: str) -> Callable[[], sitk.Image]:
        def draw() -> sitk.Image:
            made.extend([] if made else [make_phantom(PhantomSettings(**settings))])
            return getattr(made[0], kind)

        return draw

    key = key_of(repr(settings), "simulation")
    ct, labels = (kept(cache, f"{key}-{kind}", part(kind)) for kind in ("ct", "labels"))
    # the anatomy alone, without voxels, takes no time
    bare = make_phantom(PhantomSettings(**{**settings, "field_mm": (20.0, 20.0, 20.0)}))
    heights = {level: tuple(getattr(true, f"{place}_mm") for place in PLACES) for level, true in bare.heights.items()}
    return Known(
        Spine(name, ct, sitk.GetArrayFromImage(labels), bare.points), heights, dict(settings.get("fractures", {}))
    )


def key_of(what: str, *packages: str) -> str:
    """A name of what is made, which changes with the sources of the packages that make it."""
    digest = hashlib.sha256(what.encode())
    for package in packages:
        for source in sorted((Path(OVCFRiskLib.__file__).parent / package).rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def kept(cache: Path | None, name: str, make: Callable[[], sitk.Image]) -> sitk.Image:
    """An image from the cache, made and kept there where it is new."""
    if cache is None:
        return make()
    file = cache / f"{name}.nrrd"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial.nrrd")
        sitk.WriteImage(make(), str(partial), True)
        partial.rename(file)
    return sitk.ReadImage(str(file))


def upright(spine: Spine) -> Spine:
    """The spine with its slices along the patient's axis, however its CT is stored."""
    known = sitk.DICOMOrient(image_like(spine.known, spine.ct), "LPS")
    return Spine(spine.name, sitk.DICOMOrient(spine.ct, "LPS"), sitk.GetArrayFromImage(known), spine.points)


def thickened(
    spine: Spine, slice_mm: float, phases: int | None, every_mm: float | None = None
) -> Iterator[tuple[int, sitk.Image, sitk.Image]]:
    """Phase, CT and label map of thicker slices, in all phases or in so many of them, evenly spread.

    Parameters
    ----------
    spine : Spine
        Upright, with thin slices.
    slice_mm : float
        Thickness; the nearest number of whole slices is taken.
    phases : int, optional
    every_mm : float, optional
        Distance of slices that overlap, closer than they are thick; the thickness if None.
    """
    x, y, own = spine.ct.GetSpacing()
    many = max(1, round(slice_mm / own))
    apart = many if every_mm is None else max(1, round(every_mm / own))
    hu = sitk.GetArrayFromImage(spine.ct)
    some = min(apart, phases or apart)
    for phase in sorted({round(number * apart / some) for number in range(some)}):
        starts = np.arange(phase, len(hu) - many + 1, apart)
        thick = np.rint(_means(hu, starts, many)).astype(np.int16)
        middles = starts + (many - 1) / 2
        labels = np.zeros(thick.shape, np.uint8)
        for level in LumbarLevel:
            labels[_means(spine.known == level, starts + (many - apart) // 2, apart) > 0.5] = level
        origin = spine.ct.TransformContinuousIndexToPhysicalPoint((0.0, 0.0, float(middles[0])))
        images = []
        for array in (thick, labels):
            image = sitk.GetImageFromArray(array)
            image.SetSpacing((x, y, own * apart))
            image.SetDirection(spine.ct.GetDirection())
            image.SetOrigin(origin)
            images.append(image)
        yield phase, images[0], images[1]


def _means(values: np.ndarray, starts: np.ndarray, many: int) -> np.ndarray:
    """Means of so many slices from each start."""
    return np.stack([values[start : start + many].mean(axis=0, dtype=np.float32) for start in starts])


def add_record(file: Path | None, record: dict[str, object]) -> None:
    """Append one record to a file of lines of JSON."""
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record) + "\n")
