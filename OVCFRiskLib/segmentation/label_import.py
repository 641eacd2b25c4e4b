"""Masks made elsewhere, brought onto the CT's grid as vertebral bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import describe_grid, image_like, same_grid
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.reading.volume_file import read_volume_file
from OVCFRiskLib.segmentation.arch import cut_arch
from OVCFRiskLib.segmentation.level_names import level_of_name, levels_of_values

# Formats of masks that tools write one file a level in.
MASK_FILES = ("*.nii.gz", "*.nii", "*.nrrd", "*.mha")
# Key of a segment in the header of a .seg.nrrd.
SEGMENT_KEY = re.compile(r"Segment(\d+)_Name")
# A mask that loses more than this fraction when it is brought onto the CT's grid does not belong to the CT.
LARGEST_LOSS = 0.05
# Two masks may touch; more common voxels than this fraction of the smaller one are a fault.
LARGEST_OVERLAP = 0.01


def import_labels(path_or_image: str | Path | sitk.Image, ct: sitk.Image) -> sitk.Image:
    """Import vertebra masks as label image of bodies.

    Parameters
    ----------
    path_or_image : str, Path or SimpleITK.Image
        A label map with VerSe's or TotalSegmentator's values, a NIfTI or ``.seg.nrrd`` file with names of its labels
        (``vertebrae_L1``, ``L1``, SNOMED CT codes), or a folder with one mask per level named so.
        Whole vertebrae or bodies; other labels are ignored.
    ct : SimpleITK.Image
        The CT; masks on another grid are resampled by nearest neighbour.

    Returns
    -------
    SimpleITK.Image
        uint8, bodies as 20 (L1) .. 23 (L4) on the CT's grid. The arch of whole vertebrae is cut off; a mask that is a
        body already stays as it is.

    Raises
    ------
    OVCFRiskError
        If nothing there is named or valued as L1-L4, a value is no whole number, two masks claim one level or the
        same voxels, or a mask does not lie in the CT.
    """
    masks: dict[LumbarLevel, np.ndarray] = {}
    for level, mask in _level_masks(path_or_image):
        if level in masks:
            raise OVCFRiskError(f"labels hold two masks named {level.name}; expected one per level: rename or merge")
        masks[level] = sitk.GetArrayFromImage(_onto_grid(cut_arch(mask), ct, level)) != 0
    if not masks:
        raise OVCFRiskError(
            f"{_name(path_or_image)}: no voxels of L1-L4; expected VerSe values 20 (L1) to 23 (L4), or names such as "
            "'vertebrae_L1' or 'L1'"
        )
    labels = np.zeros(ct.GetSize()[::-1], np.uint8)
    for level in sorted(masks):
        _check_overlap(level, masks)
        labels[masks[level] & (labels == 0)] = level
    return image_like(labels, ct)


def _level_masks(source: str | Path | sitk.Image) -> Iterator[tuple[LumbarLevel, sitk.Image]]:
    """Masks by level, each on its own grid, empty ones left out."""
    if isinstance(source, sitk.Image):
        yield from _masks_of_image(source, {}, "labels")
        return
    path = Path(source)
    if path.is_dir():
        yield from _masks_of_folder(path)
        return
    image, facts = read_volume_file(path)
    yield from _masks_of_image(image, facts.label_names, f"'{path.name}'")


def _masks_of_folder(folder: Path) -> Iterator[tuple[LumbarLevel, sitk.Image]]:
    """One file per level."""
    files = sorted({file for pattern in MASK_FILES for file in folder.glob(pattern)})
    named = {file: level_of_name(file.name.split(".")[0]) for file in files}
    if not any(named.values()):
        raise OVCFRiskError(
            f"folder '{folder}': expected masks named by level such as 'vertebrae_L1.nii.gz', got "
            f"{', '.join(file.name for file in files[:3]) or 'no image'}"
        )
    for file, level in named.items():
        if level is not None:
            image = _scalar(read_volume_file(file)[0], f"'{file.name}'")
            array = _whole_numbers(image, f"'{file.name}'")
            if array.any():
                yield level, image_like((array != 0).astype(np.uint8), image)


def _masks_of_image(image: sitk.Image, names: dict[int, str], name: str) -> Iterator[tuple[LumbarLevel, sitk.Image]]:
    """Masks of a label map, or of the layers of a .seg.nrrd."""
    segments = _segments(image)
    if segments:
        for level, layer, value in segments:
            part = sitk.VectorIndexSelectionCast(image, layer) if image.GetNumberOfComponentsPerPixel() > 1 else image
            array = _whole_numbers(part, name) == value
            if array.any():
                yield level, image_like(array.astype(np.uint8), part)
        return
    array = _whole_numbers(_scalar(image, name), name)
    values = {int(value) for value in np.unique(array)} - {0}
    for value, level in levels_of_values(values, names).items():
        yield level, image_like((array == value).astype(np.uint8), image)


def _segments(image: sitk.Image) -> list[tuple[LumbarLevel, int, int]]:
    """(level, layer, label value) of the vertebrae named in a .seg.nrrd's header."""
    found = []
    for key in image.GetMetaDataKeys():
        match = SEGMENT_KEY.fullmatch(key)
        if match:
            facts = {
                field: image.GetMetaData(f"Segment{match[1]}_{field}")
                for field in ("Name", "Tags", "Layer", "LabelValue")
                if image.HasMetaDataKey(f"Segment{match[1]}_{field}")
            }
            level = level_of_name(facts["Name"], facts.get("Tags", ""))
            numbers = (facts.get("Layer", "0"), facts.get("LabelValue", "1"))
            if level is not None:
                if not all(number.strip().isdigit() for number in numbers):
                    raise OVCFRiskError(f"segment '{facts['Name']}': layer and label value are no numbers: {numbers}")
                layer, value = map(int, numbers)
                found.append((level, layer, value))
    return found


def _whole_numbers(image: sitk.Image, name: str) -> np.ndarray:
    """Voxels as integers."""
    array = sitk.GetArrayFromImage(image)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or (array != np.rint(array)).any():
            raise OVCFRiskError(f"{name}: expected whole numbers as labels, got fractions or NaN; give a label map")
        array = array.astype(np.int64)
    return array


def _scalar(image: sitk.Image, name: str) -> sitk.Image:
    """The image, if it is a 3D label map."""
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise OVCFRiskError(
            f"{name}: expected a 3D label map, got {image.GetDimension()}D with "
            f"{image.GetNumberOfComponentsPerPixel()} values per voxel"
        )
    return image


def _onto_grid(mask: sitk.Image, ct: sitk.Image, level: LumbarLevel) -> sitk.Image:
    """The mask on the CT's grid, if it lies in the CT."""
    if same_grid(ct, mask):
        return mask
    moved = sitk.Resample(mask, ct, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    before, after = (
        float((sitk.GetArrayViewFromImage(image) != 0).sum() * np.prod(image.GetSpacing())) for image in (mask, moved)
    )
    if after < (1 - LARGEST_LOSS) * before:
        raise OVCFRiskError(
            f"{level.name}: only {after / 1000:.1f} of {before / 1000:.1f} ml of its mask lie in the CT; the CT has "
            f"{describe_grid(ct)}, the labels have {describe_grid(mask)}; give the labels of this CT"
        )
    return moved


def _check_overlap(level: LumbarLevel, masks: dict[LumbarLevel, np.ndarray]) -> None:
    """Raise when a level shares voxels with the next."""
    for other, mask in masks.items():
        if other > level:
            common = int((masks[level] & mask).sum())
            if common > LARGEST_OVERLAP * min(masks[level].sum(), mask.sum()):
                raise OVCFRiskError(
                    f"the masks of {level.name} and {other.name} share {common} voxels; expected bodies apart: "
                    "correct the segmentation"
                )


def _name(source: str | Path | sitk.Image) -> str:
    return "labels" if isinstance(source, sitk.Image) else f"'{Path(source).name}'"
