"""Features of a body: the eight of the frozen score by own code, the others through pyradiomics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, array_view, mask_of, require_images, require_same_grid, whole_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.radiomics.cooccurrence import cooccurrence_features
from OVCFRiskLib.radiomics.dependence import dependence_features
from OVCFRiskLib.radiomics.diameter import diameter_features
from OVCFRiskLib.radiomics.first_order import first_order_features
from OVCFRiskLib.radiomics.full_set import pyradiomics_features
from OVCFRiskLib.radiomics.gray_levels import GrayLevels, to_gray_levels
from OVCFRiskLib.radiomics.grid import ExtractionGrid, prepare_grid, require_mask_box
from OVCFRiskLib.radiomics.grid_placement import Placement, placement
from OVCFRiskLib.radiomics.mask_stack import MaskStack, stacks_of
from OVCFRiskLib.radiomics.names import ALL_FEATURES, FROZEN_FEATURES
from OVCFRiskLib.radiomics.neighbourhood import neighbourhood_features
from OVCFRiskLib.radiomics.orientation import is_oblique
from OVCFRiskLib.radiomics.region import BodyRegion, body_region
from OVCFRiskLib.radiomics.settings import ExtractionSettings, as_settings
from OVCFRiskLib.radiomics.stacked_body import StackedBody, stacked_body
from OVCFRiskLib.volume_part import Part, as_part

# what our own code computes, by pyradiomics' feature class
_OF_REGION: dict[str, Callable[[BodyRegion], dict[str, float]]] = {
    "firstorder": first_order_features,
    "shape": diameter_features,
}
_OF_LEVELS: dict[str, Callable[[GrayLevels], dict[str, float]]] = {
    "gldm": dependence_features,
    "ngtdm": neighbourhood_features,
    "glcm": cooccurrence_features,
}


def extract_features(
    ct: sitk.Image | Part,
    mask: sitk.Image,
    names: Sequence[str] = FROZEN_FEATURES,
    settings: ExtractionSettings | None = None,
) -> dict[str, float]:
    """Measure one body.

    Examples
    --------
    ::

        extract_features(ct, labels == 20)                                     # L1 on the demonstration card's grid
        extract_features(ct, labels == 20, settings=ExtractionSettings())      # on the CT's own grid
        extract_features(ct, labels == 20, ALL_FEATURES, load_model().settings)

    Parameters
    ----------
    ct : SimpleITK.Image or Part
        3D, HU. Give the whole CT, or a `Part` that knows it, rather than a cut-out when the settings resample: the
        extraction grid is aligned to the CT's first voxel. Only the surroundings of the mask are computed on; of them a
        part must hold `BSPLINE_REACH_VOXELS` on every side.
    mask : SimpleITK.Image
        On the grid of the CT or of its part; non-zero inside the body, one value only.
    names : sequence of str
        pyradiomics' full names, any of `ALL_FEATURES`.
    settings : ExtractionSettings, optional
        Default: `STANDARD_EXTRACTION`, the demonstration card's 1 mm grid; ``ExtractionSettings()`` is the CT's own.

    Returns
    -------
    dict
        A finite value per name, in the order of ``names``.

    Raises
    ------
    OVCFRiskError
        If a name is unknown, CT and mask do not fit each other, the mask holds several values, or it cannot be measured
        (empty, a line of voxels, no finite HU).
    MissingDependencyError
        If a feature beyond the eight is asked for without pyradiomics.

    Notes
    -----
    The eight of the frozen score equal those of pyradiomics 3.0.1 to 3.1 on the CT in axial order: its axes are first
    permuted and flipped to left-posterior-superior, which changes no voxel, so that a CT stored with other axes gives
    the same values. Slices tilted by more than 10 degrees are resampled to axial ones.
    """
    settings = as_settings(settings)
    require_images(ct=ct.image if isinstance(ct, Part) else ct, mask=mask)
    require_same_grid(as_part(ct).image, mask)
    grid = prepare_grid(ct, require_mask_box(mask), settings)
    region = body_region(grid, _placed(grid, mask), settings.resegment_range)
    return _measure(region, _known(names), settings)


def extract_level_features(
    ct: sitk.Image | Part,
    labels: sitk.Image,
    names: Sequence[str] = FROZEN_FEATURES,
    settings: ExtractionSettings | None = None,
) -> dict[LumbarLevel, dict[str, float]]:
    """Measure each of the bodies L1-L4 in a label image.

    Parameters
    ----------
    ct : SimpleITK.Image or Part
        3D, HU.
    labels : SimpleITK.Image
        20 (L1) .. 23 (L4) on the grid of the CT or of its part; other values are left out.
    names, settings
        As `extract_features`.

    Returns
    -------
    dict of LumbarLevel to dict
        From L1 downwards, of the levels that have a voxel; what `extract_features` gives for each alone.

    Raises
    ------
    OVCFRiskError
        As `extract_features`.
    """
    require_images(ct=ct.image if isinstance(ct, Part) else ct, labels=labels)
    array = array_view(labels)
    present = [level for level in LumbarLevel if (array == level).any()]
    return {level: extract_features(ct, mask_of(labels, level), names, settings) for level in present}


def extract_many(
    ct: sitk.Image | Part,
    masks: Iterable[np.ndarray],
    names: Sequence[str] = FROZEN_FEATURES,
    settings: ExtractionSettings | None = None,
    box: Box | None = None,
    margin_mm: float = 0.0,
) -> Iterator[dict[str, float]]:
    """Measure a body under several masks, one after the other.

    Parameters
    ----------
    ct : SimpleITK.Image or Part
        3D, HU.
    masks : iterable of numpy.ndarray of bool, [k, j, i]
        Of ``add_margin(box, margin_mm, ct)``, or of the part's image.
    names, settings
        As `extract_features`.
    box : Box, optional
        [k, j, i] part of the CT, or of its part, which is brought onto the extraction grid once; default: all. With the
        box of the body's own mask the grid is the one `extract_features` measures it on.
    margin_mm : float
        Masks reach so far beyond the box.

    Yields
    ------
    dict
        For each mask what `extract_features` gives; where HU are resampled, up to the rounding of HU midway between
        two whole ones.

    Raises
    ------
    OVCFRiskError
        As `extract_features`, when the mask's turn comes.
    """
    settings = as_settings(settings)
    grid = prepare_grid(ct, whole_box(as_part(ct).image) if box is None else box, settings, margin_mm)
    place = placement(grid)
    for stack in stacks_of(masks, place.taken.shape):
        yield from measure_stack(grid, place, stack, names, settings)


def measure_stack(
    grid: ExtractionGrid, place: Placement, stack: MaskStack, names: Sequence[str], settings: ExtractionSettings
) -> Iterator[dict[str, float]]:
    """Measure a body under masks laid on each other.

    Parameters
    ----------
    grid : ExtractionGrid
        Of the box that the masks were cut out of.
    place : Placement
        Onto this grid.
    stack : MaskStack
        [k, j, i] of the box; only the voxels that are ``place.taken`` matter.
    names, settings
        As `extract_features`.

    Yields
    ------
    dict
        For each mask what it gives alone.

    Raises
    ------
    OVCFRiskError
        As `extract_features`, when the mask's turn comes.
    """
    placed = MaskStack(place(stack.words), stack.count)
    try:
        body = stacked_body(grid, placed, settings)
    except OVCFRiskError:  # of all masks together; the ones at fault say so themselves
        for number in range(placed.count):
            region = body_region(grid, placed.mask(number), settings.resegment_range)
            yield _measure(region, _known(names), settings)
        return
    for number in range(placed.count):
        yield _measure_shared(body, number, _known(names))


def _placed(grid: ExtractionGrid, mask: sitk.Image) -> np.ndarray:
    """The mask on the grid: the same voxels whether whole CT or part are given."""
    if grid.ct.is_whole or grid.resampler is None or is_oblique(grid.ct.whole):
        return grid.place(mask)
    return placement(grid)(array_view(mask)[grid.box] != 0)


def _known(names: Sequence[str]) -> Sequence[str]:
    """The names, if there are features of these names."""
    if isinstance(names, str):
        raise OVCFRiskError(f"names: expected a sequence of feature names, got the text '{names}'; give ['{names}']")
    unknown = [name for name in names if name not in ALL_FEATURES]
    if unknown:
        raise OVCFRiskError(
            f"unknown feature '{unknown[0]}'; expected pyradiomics' full names such as {', '.join(FROZEN_FEATURES[:2])}"
        )
    return names


def _measure(region: BodyRegion, names: Sequence[str], settings: ExtractionSettings) -> dict[str, float]:
    """Features of one mask."""
    own = {name.split("_")[1] for name in names if name in FROZEN_FEATURES}
    values = {}
    for feature_class in own & set(_OF_REGION):
        values.update(_full_names(feature_class, _OF_REGION[feature_class](region)))
    of_levels = own & set(_OF_LEVELS)
    if of_levels:
        levels = to_gray_levels(region, settings.bin_width)
        for feature_class in of_levels:
            values.update(_full_names(feature_class, _OF_LEVELS[feature_class](levels)))
    others = [name for name in names if name not in values]
    if others:
        values.update(pyradiomics_features(region, others, settings))
    return {name: values[name] for name in names}


def _measure_shared(body: StackedBody, number: int, names: Sequence[str]) -> dict[str, float]:
    """Features of one of several masks of a body."""
    body.require_measurable(number)
    own = {name.split("_")[1] for name in names if name in FROZEN_FEATURES}
    values = {}
    for feature_class, of_class in (body.shared_values(number, own) if own else {}).items():
        values.update(_full_names(feature_class, of_class))
    others = [name for name in names if name not in values]
    if others:
        values.update(_measure(body.region(number), others, body.settings))
    return {name: values[name] for name in names}


def _full_names(feature_class: str, values: dict[str, float]) -> dict[str, float]:
    """Values under pyradiomics' full names."""
    return {f"original_{feature_class}_{name}": value for name, value in values.items()}
