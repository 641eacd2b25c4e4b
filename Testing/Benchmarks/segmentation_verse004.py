"""A real L2 of thin bone in the surroundings of a phantom.

The file holds one osteoporotic vertebra of VerSe (subject 004), cut out and calibrated to density. A phantom whose own
L2 is left out gives it neighbours, discs, canal, muscle and vessels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import image_like, index_to_lps, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point
from OVCFRiskLib.segmentation.arch import cut_arch
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.simulation.spine import Vertebra

# HU of one mg/cm3 of potassium phosphate at 120 kV; calibration phantoms give 1.1 to 1.3.
HU_PER_DENSITY = 1.2
# Labels of its bone: the core and the shells to cortex and arch (5 and 6 are plates for loading).
BONE = (1, 2, 3, 4)
# Its axes run to the right and to the front although the header says left and back.
DIRECTION = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)
# A phantom as large as it is (47 by 30 mm), with its own density, and the tissue of an old woman.
SETTINGS = {"seed": 34, "trabecular_hu": 75.0, "cortex_mm": 0.35, "body_scale": 1.07, "spacing_mm": (0.8, 0.8, 1.0)}


def place_verse004(
    folder: Path, field: dict[str, tuple[float, ...]], density: float = 1.0
) -> tuple[sitk.Image, np.ndarray, dict[LumbarLevel, Point]]:
    """CT, labels of the known bodies and their middles.

    Parameters
    ----------
    folder : Path
        Holds ``..._im.nii.gz`` and ``..._seg.nii.gz``.
    field : dict
        Field of view of the phantom.
    density : float
        Factor on all its bone.
    """
    hu, bone, body = _read(folder, density)
    phantom = make_phantom(PhantomSettings(**{**field, **SETTINGS}), absent=(Vertebra.L2,))
    there = phantom.spine[Vertebra.L2]
    frame = cut_out_levels(body)[LumbarLevel.L2].frame
    ct = sitk.GetArrayFromImage(phantom.ct).astype(np.float32)
    index = np.stack(np.indices(ct.shape), axis=-1).reshape(-1, 3)
    local = (index_to_lps(phantom.ct, index) - there.body_center) @ there.frame.axes.T
    at = lps_to_index(body, frame.lps(local)).T

    def sampled(array: np.ndarray) -> np.ndarray:
        return ndimage.map_coordinates(array.astype(np.float32), at, order=1).reshape(ct.shape)

    share = sampled(bone)
    # voxels at its border have the scanner's own blur: their HU are kept, and its outermost half voxel is mixed
    ct += share * (sampled(hu) / np.maximum(share, 1e-3) - ct)
    known = sitk.GetArrayFromImage(phantom.labels)
    known[sampled(sitk.GetArrayFromImage(body) > 0) > 0.5] = LumbarLevel.L2
    return image_like(ct, phantom.ct), known, phantom.points


def _read(folder: Path, density: float) -> tuple[np.ndarray, np.ndarray, sitk.Image]:
    """HU (0 outside), bone, and the labels of the body."""
    image, labels = (
        sitk.ReadImage(str(folder / f"sub-verse004_0000_vertebra_21_{kind}.nii.gz")) for kind in ("im", "seg")
    )
    labels.SetDirection(DIRECTION)
    bone = np.isin(sitk.GetArrayFromImage(labels), BONE)
    body = sitk.GetArrayFromImage(cut_arch(image_like(bone.astype(np.uint8), labels)))
    hu = np.where(bone, sitk.GetArrayFromImage(image) * HU_PER_DENSITY * density, 0.0)
    return hu, bone, image_like(np.where(body > 0, np.uint8(LumbarLevel.L2), np.uint8(0)), labels)
