"""Masks made elsewhere, brought onto the CT's grid as vertebral bodies."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.own_masks import note_of, origins_by_note
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import (
    array_view,
    image_like,
    require_images,
)
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.reading.dicom_header import looks_like_dicom
from OVCFRiskLib.reading.volume_file import read_volume_file
from OVCFRiskLib.segmentation.arch import cut_arch
from OVCFRiskLib.segmentation.dicom_labels import masks_of_dicom
from OVCFRiskLib.segmentation.imported_masks import ImportedMasks, mask_part, onto_grid, require_apart
from OVCFRiskLib.segmentation.label_values import scalar_labels, whole_numbers
from OVCFRiskLib.segmentation.mask_folder import masks_of_folder, no_level
from OVCFRiskLib.segmentation.named_masks import NamedMask, choose_levels, listed
from OVCFRiskLib.segmentation.numbering import NUMBERINGS, OPTION, VERSE, Numbering, numbering_named
from OVCFRiskLib.segmentation.segment_header import segments_of
from OVCFRiskLib.segmentation.value_reading import describe_places, find_places, read_values
from OVCFRiskLib.volume_part import Grid, Part

Masks = dict[LumbarLevel, Part]


@dataclass(frozen=True, slots=True)
class ImportedLabels:
    """Bodies from elsewhere.

    Attributes
    ----------
    labels : SimpleITK.Image
        uint8, 20 (L1) .. 23 (L4) on the CT's grid.
    notes : tuple of str
        How values were read, and what was left out.
    """

    labels: sitk.Image
    notes: tuple[str, ...]


def import_labels(
    path_or_image: str | Path | sitk.Image, ct: sitk.Image, numbering: str | None = None, series_uid: str | None = None
) -> sitk.Image:
    """Import vertebra masks as label image of bodies.

    Examples
    --------
    ::

        labels = import_labels("totalsegmentator.nii.gz", ct)
        labels = import_labels("spine.seg.nrrd", ct)
        labels = import_labels("one_vertebra.nii.gz", ct, numbering="totalsegmentator")

    Parameters
    ----------
    path_or_image : str, Path or SimpleITK.Image
        A label map in one of the public `NUMBERINGS` (VerSe, SPINEPS, TotalSegmentator 1 and 2, VISTA3D,
        TotalSpineSeg, CADS), a NIfTI or ``.seg.nrrd`` file with names of its labels (``vertebrae_L1``, ``L1``, SNOMED
        CT codes), a DICOM SEG or RTSTRUCT, a folder with one mask per level named so, or one such mask.
        Whole vertebrae or bodies; other labels are ignored.
    ct : SimpleITK.Image
        The CT; masks on another grid are resampled by nearest neighbour.
    numbering : str, optional
        What label values mean, a key of `NUMBERINGS`; without it the values themselves and their order along the
        body decide. One value alone has no order: of a file it is refused unless the file says what it means, of an
        image in memory 20 to 23 are what `assess` takes them for, with a note on what else they could be.
    series_uid : str, optional
        SeriesInstanceUID of the CT, which DICOM masks must refer to.

    Returns
    -------
    SimpleITK.Image
        uint8, bodies as 20 (L1) .. 23 (L4) on the CT's grid. The arch of whole vertebrae is cut off; a mask that is a
        body already stays as it is.

    Raises
    ------
    OVCFRiskError
        If nothing there is named or valued as L1-L4, values can be read in several ways, a value is not a whole
        number, two masks claim one level or the same voxels, or a mask does not lie in the CT.
    """
    return import_labels_and_notes(path_or_image, ct, numbering, series_uid).labels


def import_labels_and_notes(
    path_or_image: str | Path | sitk.Image, ct: sitk.Image, numbering: str | None = None, series_uid: str | None = None
) -> ImportedLabels:
    """As `import_labels`, with notes about what was read how and what was left out.

    Raises
    ------
    OVCFRiskError
        As `import_labels`.
    """
    require_images(ct=ct)
    imported = import_masks(path_or_image, Grid.of(ct), numbering, series_uid)
    return ImportedLabels(imported.labels(Part.of(ct)).image, imported.notes)


def import_masks(
    path_or_image: str | Path | sitk.Image,
    grid: Grid,
    numbering: str | None = None,
    series_uid: str | None = None,
) -> ImportedMasks:
    """As `import_labels_and_notes`, before the CT is read.

    Raises
    ------
    OVCFRiskError
        As `import_labels`.
    """
    if not isinstance(path_or_image, (str, Path, sitk.Image)):
        raise OVCFRiskError(
            f"labels: expected a path or a SimpleITK image, got {type(path_or_image).__name__}; "
            "put an array onto the CT with SimpleITK.GetImageFromArray and CopyInformation"
        )
    if numbering is not None and numbering not in NUMBERINGS:
        raise OVCFRiskError(f"numbering: expected one of {', '.join(NUMBERINGS)}, got '{numbering}'")
    found, notes, of_itself = _level_masks(path_or_image, numbering, series_uid)
    unnamed = MaskOrigin.UNKNOWN if isinstance(path_or_image, sitk.Image) else MaskOrigin.IMPORTED
    origins = dict.fromkeys(found, unnamed) | origins_by_note(of_itself, found)
    masks = {level: onto_grid(_body_of(mask), grid, level) for level, mask in sorted(found.items())}
    for (level, mask), (other, other_mask) in itertools.combinations(masks.items(), 2):
        require_apart(level, mask, other, other_mask)
    return ImportedMasks(masks, notes, origins)


def _level_masks(
    source: str | Path | sitk.Image, numbering: str | None, series_uid: str | None
) -> tuple[Masks, tuple[str, ...], str]:
    """Masks by level, each on its own grid, none empty; notes on reading them, and what the file notes of itself."""
    if isinstance(source, sitk.Image):
        return *_of_image(source, {}, "labels", numbering, None), note_of(source)
    path = Path(source)
    name = f"'{path.name}'"
    if path.is_dir():
        named = masks_of_folder(path)
        chosen, notes = choose_levels(named, f"folder '{path}'")
        if not chosen:
            raise no_level(path, [mask.name for mask in named])
        return _loaded(chosen, name), notes, ""
    if path.is_file() and looks_like_dicom(path):
        return *_of_names(masks_of_dicom(path, series_uid), name), ""
    image, header = read_volume_file(path, is_labels=True)
    return *_of_image(image, header.label_names, name, numbering), note_of(image)


def _of_image(
    image: sitk.Image, names: Mapping[int, str], name: str, numbering: str | None, option: str | None = OPTION
) -> tuple[Masks, tuple[str, ...]]:
    """Masks of a label map, by the names of its segments or values, else by its values."""
    # values in memory are the documented ones; a caller who means others has an argument for that
    said = numbering_named(f"{name} {note_of(image)}") if option else VERSE
    segments = segments_of(image)
    if segments:
        return _of_names(segments, name)
    image = scalar_labels(image, name)
    array = whole_numbers(image, name)
    if names and numbering is None:
        return _of_names([NamedMask(text, _Value(image, array, value)) for value, text in names.items()], name)
    if _is_single_mask(array) and numbering is None:
        chosen, notes = choose_levels([NamedMask(name.strip("'"), lambda: image)], name)
        if chosen:
            return _loaded(chosen, name), notes
    return _of_values(image, array, name, numbering, option, said)


def _of_values(
    image: sitk.Image, array: np.ndarray, name: str, numbering: str | None, option: str | None, said: Numbering | None
) -> tuple[Masks, tuple[str, ...]]:
    """Masks of a label map without names; ``option`` as in `read_values`, ``said`` what the file says of itself."""
    places = find_places(array, image)
    reading = read_values(places, name, numbering, option, said)
    if not reading.levels:
        got = f"got {describe_places(places)}" if places else "all are 0"
        raise OVCFRiskError(
            "no voxels of L1-L4; expected VerSe values 20 (L1) to 23 (L4), names such as vertebrae_L1 or L1, or the "
            f"values of {', '.join(NUMBERINGS)}{f' ({option})' if option else ''}; {got} in {name}"
        )
    notes = []
    if reading.numbering is not VERSE:
        otherwise = f"{option} says it differently" if option else "if that is wrong, name them L1 to L4"
        notes.append(f"label values read as those of {reading.describe()}; {otherwise} ({name})")
    elif numbering is None and len(reading.vertebrae) == 1:
        ((value, vertebra),) = reading.vertebrae.items()
        why = "as the file says of itself" if option else _other_meanings(value)
        notes.append(f"the only label value {value} read as {vertebra} of {reading.numbering.title}; {why} ({name})")
    if reading.unknown:
        notes.append(f"label values without a meaning left out: {', '.join(map(str, reading.unknown))} ({name})")
    masks = {level: mask_part(array == value, Grid.of(image)) for value, level in reading.levels.items()}
    return masks, tuple(notes)


def _other_meanings(value: int) -> str:
    """What else a value may mean that has no neighbour to tell its numbering."""
    others = [
        f"{other.vertebrae[value]} of {other.title}"
        for other in NUMBERINGS.values()
        if other is not VERSE and value in other.vertebrae
    ]
    return f"alone it could also be {' or '.join(others)}: a name such as L1 says which"


def _of_names(named: list[NamedMask], name: str) -> tuple[Masks, tuple[str, ...]]:
    """Masks of named segments."""
    chosen, notes = choose_levels(named, name)
    masks = _loaded(chosen, name)
    if not masks:
        raise OVCFRiskError(
            "no voxels of L1-L4; expected VerSe values 20 (L1) to 23 (L4), or names such as vertebrae_L1 or L1; rename "
            f"the segments of {name}; got the names {listed(mask.name for mask in named)}"
        )
    return masks, notes


def _loaded(chosen: Mapping[LumbarLevel, NamedMask], name: str) -> Masks:
    """The chosen masks that hold a voxel."""
    masks: Masks = {}
    for level, mask in chosen.items():
        image = mask.load()
        inside = array_view(image) != 0
        if inside.any():
            masks[level] = mask_part(inside, Grid.of(image))
    return masks


@dataclass(frozen=True, slots=True)
class _Value:
    """The mask of one value of a label map."""

    image: sitk.Image
    array: np.ndarray
    value: int

    def __call__(self) -> sitk.Image:
        return image_like((self.array == self.value).astype(np.uint8), self.image)


def _is_single_mask(array: np.ndarray) -> bool:
    """Whether a label map holds nothing but ones."""
    low, high = int(array.min()), int(array.max())
    return low == 0 and high == 1


def _body_of(vertebra: Part) -> Part:
    """The body of a vertebra's mask."""
    return Part(cut_arch(vertebra.image), vertebra.start, vertebra.whole)
