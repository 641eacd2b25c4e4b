"""Vertebral bodies from level points.

The spine is placed as one (`placement`: canal, posterior walls, pedicles, endplates), then each body is fitted, its
surface found and grown from seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.own_masks import NOTE_KEY, labels_note
from OVCFRiskLib.geometry import Box, array_view, box_within, lps_to_index, require_images, run_filter, union_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.point_mapping import as_points
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.segmentation.body_field import OUTSIDE_DEPTH_MM, BodyField, find_field
from OVCFRiskLib.segmentation.joint_fit import fit_together
from OVCFRiskLib.segmentation.placement import place_levels
from OVCFRiskLib.segmentation.spine_axis import check_points, level_frames
from OVCFRiskLib.segmentation.template_fit import click_prior, fit_template
from OVCFRiskLib.spine_region import region_of_points
from OVCFRiskLib.threads import side_by_side
from OVCFRiskLib.volume_part import Part, part_of_array


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedBodies:
    """Vertebral bodies, drawn and as surfaces.

    Attributes
    ----------
    labels : SimpleITK.Image
        uint8, 20 (L1) .. 23 (L4) on the CT's grid.
    fields : dict of LumbarLevel to BodyField
        L1 first; says which parts of a surface are in doubt.
    """

    labels: sitk.Image
    fields: dict[LumbarLevel, BodyField]


def segment_bodies(
    ct: sitk.Image,
    points: Mapping[LumbarLevel, tuple[float, float, float]],
    progress: Progress | None = None,
) -> sitk.Image:
    """Segment vertebral bodies, the arch excluded.

    Examples
    --------
    ::

        labels = segment_bodies(ct, read_points("points.mrk.json"))
        labels = segment_bodies(ct, {"L1": (5.2, -30.1, -402.0), "L2": (4.8, -28.6, -437.5)})  # LPS mm

    Parameters
    ----------
    ct : SimpleITK.Image
        3D, HU, any spacing and direction; not modified.
    points : mapping of LumbarLevel to (x, y, z)
        LPS mm, about the middle of each body; any of L1-L4, in any order.
    progress : callable, optional
        See `OVCFRiskLib.progress`.

    Returns
    -------
    SimpleITK.Image
        uint8 on the CT's grid: 20-23 in the bodies of L1-L4, else 0. A body the field of view cuts is labelled as
        far as it is seen.

    Raises
    ------
    OVCFRiskError
        If the CT is not an image or the points are not points, if they lie outside the CT, are swapped, or lie in one
        vertebra.
    MissingDependencyError
        Where Slicer's grow-cut filter is absent.
    CancelledError
        If ``progress`` said so.
    """
    return segment_bodies_and_fields(ct, points, progress).labels


def segment_bodies_and_fields(
    ct: sitk.Image,
    points: Mapping[LumbarLevel, tuple[float, float, float]],
    progress: Progress | None = None,
) -> SegmentedBodies:
    """As `segment_bodies`, with the surfaces that were drawn and what of them is in doubt.

    Raises
    ------
    OVCFRiskError
        As `segment_bodies`.
    """
    require_images(ct=ct)
    labels, fields = segment_part(Part.of(ct), points, progress)
    image = labels.filled()
    image.SetMetaData(NOTE_KEY, labels_note(labels, tuple(LumbarLevel)))
    return SegmentedBodies(image, fields)


def segment_part(
    ct: Part,
    points: Mapping[LumbarLevel, tuple[float, float, float]],
    progress: Progress | None = None,
) -> tuple[Part, dict[LumbarLevel, BodyField]]:
    """As `segment_bodies_and_fields`, of a part of a CT that holds the `region_of_points`; the labels in their box.

    Raises
    ------
    OVCFRiskError
        As `segment_bodies`.
    """
    fields = _find_bodies(ct, points, progress)
    region = ct.narrowed(region_of_points(ct.whole, as_points(points)))
    bodies = [(level, *_on_grid(region, field)) for level, field in fields.items()]
    around = union_box([box for _, box, _ in bodies])
    labels = np.zeros([axis.stop - axis.start for axis in around], np.uint8)
    _draw(labels, [(level, box_within(box, around), depth) for level, box, depth in bodies])
    report_progress(progress, 1.0, "bodies segmented")
    return part_of_array(labels, region.shifted(around), region.whole), fields


def find_bodies(
    ct: sitk.Image,
    points: Mapping[LumbarLevel, tuple[float, float, float]],
    progress: Progress | None = None,
) -> dict[LumbarLevel, BodyField]:
    """Find vertebral bodies as smooth surfaces: what `segment_bodies` draws, before it is cut into voxels.

    Parameters and errors are those of `segment_bodies`.

    Returns
    -------
    dict of LumbarLevel to BodyField
        L1 first; where two bodies meet, each runs on as if alone.
    """
    require_images(ct=ct)
    return _find_bodies(Part.of(ct), points, progress)


def _find_bodies(
    whole: Part, points: Mapping[LumbarLevel, tuple[float, float, float]], progress: Progress | None
) -> dict[LumbarLevel, BodyField]:
    """As `find_bodies`, of a part of a CT that holds the `region_of_points`."""
    points = as_points(points)
    check_points(whole.whole, points)
    ct = whole.narrowed(region_of_points(whole.whole, points)).image
    frames = level_frames(ct, points)
    report_progress(progress, 0.0, "segmenting")
    placed = place_levels(ct, {level: frame.center for level, frame in frames.items()})
    fitted = fit_together(ct, placed)

    def find(level: LumbarLevel) -> BodyField:
        if level in placed:
            return find_field(ct, fitted[level], placed[level].own)
        return find_field(ct, fit_template(ct, click_prior(frames[level])))

    found = {}
    for n, (level, field) in enumerate(zip(frames, side_by_side(find, list(frames)), strict=True), start=1):
        found[level] = field
        report_progress(progress, n / (len(frames) + 1), f"{level.name} segmented")
    return found


def _on_grid(ct: Part, field: BodyField) -> tuple[Box, np.ndarray]:
    """The box of the part around a body, and the body's depth there."""
    corners = np.array(np.meshgrid(*[(-h, h) for h in field.grid.half], indexing="ij")).reshape(3, -1).T
    index = lps_to_index(ct.image, field.grid.frame.lps(corners))
    size = ct.image.GetSize()[::-1]
    start = np.clip(np.floor(index.min(axis=0)).astype(int), 0, size)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, start, size)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    box = (k, j, i)
    around = ct.narrowed(ct.shifted(box)).image
    there = run_filter(sitk.Resample, field.image(), around, sitk.Transform(), sitk.sitkLinear, OUTSIDE_DEPTH_MM)
    return box, array_view(there)


def _draw(labels: np.ndarray, bodies: Sequence[tuple[LumbarLevel, Box, np.ndarray]]) -> None:
    """Write bodies into the labels of the CT; where two meet, the deeper one has the voxel."""
    whole = union_box([box for _, box, _ in bodies])
    around = labels[whole]
    taken = np.zeros(around.shape, np.float32)
    for level, box, depth in bodies:
        inner = box_within(box, whole)
        is_body = depth > taken[inner]
        around[inner][is_body] = level
        taken[inner][is_body] = depth[is_body]
