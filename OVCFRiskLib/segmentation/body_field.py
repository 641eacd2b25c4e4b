"""The smooth surface of a body as a field of depths, finer than the voxels of the CT, and which parts are in doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.mask_voxels import without_holes
from OVCFRiskLib.geometry import mask_box
from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.bone_depth import bone_depth
from OVCFRiskLib.segmentation.bone_surface import find_surface
from OVCFRiskLib.segmentation.grow_cut import grow_from_seeds
from OVCFRiskLib.segmentation.local_volume import LocalGrid, resample_local
from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels
from OVCFRiskLib.segmentation.surface_doubt import Part, SurfacePart, surface_parts
from OVCFRiskLib.segmentation.template_fit import EDGE_CEILING_HU, EDGE_FLOOR_HU

# Seeds grow on a grid of this spacing, as fine as the pixels of a spine reconstruction.
GROW_SPACING_MM = 0.8
# Seeds keep this far from the surface found.
SEED_DEPTH_MM = 1.5
# Nothing grows further than this from the surface found.
BAND_MM = 3.0
# Labels of the seeds in the body and around it.
BODY_SEED = 1
OTHER_SEED = 2
# Margin of the grid around a template, mm: what the surface may depart from it, the band, and the smoothing.
GRID_MARGIN_MM = 9.0
# Depth of all that is not near a body.
OUTSIDE_DEPTH_MM = -10.0
# The sign of the depth depends on voxels so near: four for the smoothing, one each for normal and interpolation.
DEPTH_MARGIN_VOXELS = 6


@dataclass(frozen=True, slots=True, eq=False)
class BodyField:
    """A body as the depth below its surface.

    Attributes
    ----------
    grid : LocalGrid
        In the body's own axes.
    depth : numpy.ndarray, float32 [up, back, left]
        mm on the grid, positive inside; true near the surface, at most as long as the way to it elsewhere.
    parts : dict of Part to SurfacePart
        Places of each part of the surface, without the pedicles, how sharp it is, and where it is in doubt.
    """

    grid: LocalGrid
    depth: np.ndarray
    parts: dict[Part, SurfacePart]

    @property
    def doubtful(self) -> tuple[Part, ...]:
        """Parts in doubt, where a reviewer looks first; the one with most to look at comes first."""
        found = {part: np.count_nonzero(each.is_marked) for part, each in self.parts.items() if each.is_doubtful}
        return tuple(sorted(found, key=found.__getitem__, reverse=True))

    @property
    def marks(self) -> np.ndarray:
        """(n, 3) LPS mm: the places in doubt, the grid's spacing apart."""
        return np.concatenate([np.zeros((0, 3)), *(part.places[part.is_marked] for part in self.parts.values())])

    @property
    def volume_ml(self) -> float:
        """Volume within the surface, voxels at the surface counted by what lies inside."""
        inside = np.clip(self.depth / self.grid.spacing + 0.5, 0.0, 1.0)
        return float(inside.sum()) * self.grid.spacing**3 / 1000

    def depth_at(self, points: np.ndarray) -> np.ndarray:
        """Depth below the surface at LPS points (..., 3), mm; negative outside."""
        index = self.grid.index(self.grid.frame.local(points)).reshape(3, -1)
        values = ndimage.map_coordinates(self.depth, index, order=1, cval=OUTSIDE_DEPTH_MM)
        return values.reshape(np.shape(points)[:-1])

    def image(self) -> sitk.Image:
        """The field as an image, to be resampled or contoured at 0."""
        image = sitk.GetImageFromArray(self.depth)
        image.CopyInformation(self.grid.reference())
        return image


def find_field(ct: sitk.Image, template: BodyTemplate, own: OwnLevels = UNKNOWN_LEVELS) -> BodyField:
    """The surface of a body near its fitted template, grown from seeds and made smooth.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    template : BodyTemplate
    own : OwnLevels
        HU of its marrow and of the discs.
    """
    surface = find_surface(ct, template, own)
    grid = LocalGrid(template.frame, np.ceil(template.half + GRID_MARGIN_MM), GROW_SPACING_MM)
    depth = surface.depth(*grid.coordinates())
    hu = resample_local(ct, grid)
    is_pedicle = surface.is_pedicle(*grid.coordinates())
    without = np.where(is_pedicle, EDGE_FLOOR_HU, hu)
    body = _largest_piece(_grown(without, depth))
    box = mask_box(body, DEPTH_MARGIN_VOXELS)
    assert box is not None, "a body holds its own seeds"
    field = np.full(body.shape, OUTSIDE_DEPTH_MM, np.float32)
    field[box] = bone_depth(ct, grid, box, body[box], without, template.half)
    return BodyField(grid, field, surface_parts(ct, grid, field, hu, template, own))


def _grown(hu: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Voxels that are reached from within the surface found, bool; ``depth`` below it in mm."""
    inside = depth > BAND_MM
    # the filter looks at no neighbours of its outermost voxels
    band = mask_box(np.abs(depth) <= BAND_MM, 1)
    if band is None:
        return inside
    near = depth[band]
    seeds = np.zeros(near.shape, np.uint8)
    seeds[near > SEED_DEPTH_MM] = BODY_SEED
    seeds[near < -SEED_DEPTH_MM] = OTHER_SEED
    edges = np.clip(hu[band], EDGE_FLOOR_HU, EDGE_CEILING_HU)
    inside[band] |= grow_from_seeds(edges, seeds, np.abs(near) > BAND_MM, GROW_SPACING_MM) == BODY_SEED
    return inside


def _largest_piece(inside: np.ndarray) -> np.ndarray:
    """The largest of the pieces, with its holes."""
    body = np.zeros(inside.shape, bool)
    box = mask_box(inside)
    if box is None:
        return body
    pieces, _ = ndimage.label(inside[box])
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    body[box] = without_holes(pieces == sizes.argmax())
    return body
