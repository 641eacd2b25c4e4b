"""What of a surface is in doubt: bodies painted on a grid, with surfaces that are right and surfaces that are not."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.local_volume import LocalGrid, resample_local
from OVCFRiskLib.segmentation.marrow import OwnLevels
from OVCFRiskLib.segmentation.surface_doubt import Part, surface_parts

MARROW_HU, CORTEX_HU, SOFT_HU, DISC_HU = 70.0, 400.0, 40.0, 85.0
OWN = OwnLevels(MARROW_HU, DISC_HU)
# Half width, half depth and half height of the body that is painted, mm.
HALF = np.array([22.0, 16.0, 13.0])
PLATES = {Part.UPPER_PLATE, Part.LOWER_PLATE}


def depth_of(half, x, y, z):
    """Depth below the surface of a cylinder with an elliptic section, mm, near the surface."""
    wall = (1 - np.hypot(x / half[0], y / half[1])) * half[1]
    return np.minimum(wall, half[2] - np.abs(z))


def painted(step=(0.8, 0.8, 1.0), half=HALF, soft=SOFT_HU):
    """A CT of one body with a cortex of 1.6 mm, its middle at the origin; and its x, y, z."""
    size = [int(100 / s) for s in step]
    axes = [(np.arange(n) - n // 2) * s for n, s in zip(size, step, strict=True)]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij")
    depth = depth_of(half, x, y, z)
    values = np.where(depth > 1.6, MARROW_HU, np.where(depth > 0, CORTEX_HU, soft)).astype(np.float32)
    return values, (x, y, z), step, tuple(float(axis[0]) for axis in axes)


def image_of(values, step, origin):
    """As an image."""
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(step)
    image.SetOrigin(origin)
    return image


def parts_of(ct, half=HALF, middle=(0.0, 0.0, 0.0), own=OWN):
    """The parts of a surface that was drawn as a cylinder."""
    template = BodyTemplate(BodyFrame(np.array(middle), np.eye(3)), np.array(half), 1.0)
    grid = LocalGrid(template.frame, np.ceil(template.half + 9.0), 0.8)
    side, back, up = np.broadcast_arrays(*grid.coordinates())
    depth = depth_of(half, side, back, up).astype(np.float32)
    return surface_parts(ct, grid, depth, resample_local(ct, grid), template, own)


def doubtful(parts):
    """Which parts are in doubt."""
    return {part for part, each in parts.items() if each.is_doubtful}


def test_a_right_surface_is_not_in_doubt():
    values, _, step, origin = painted()
    parts = parts_of(image_of(values, step, origin))
    assert set(parts) == set(Part)
    assert doubtful(parts) == set()
    assert min(part.sharpness for part in parts.values()) > 0.7


@pytest.mark.parametrize(("lowest", "is_named"), [(-12.5, True), (0.0, False)])
def test_a_wall_without_an_edge_is_in_doubt(lowest, is_named):
    """Bone goes on to the left of the wall, or of its upper half, which the lower half holds."""
    values, (x, y, z), step, origin = painted()
    values[(x > 10) & (np.abs(y) < 16) & (z > lowest) & (z < 12.5)] = CORTEX_HU
    found = doubtful(parts_of(image_of(values, step, origin)))
    assert found == ({Part.LEFT_WALL} if is_named else set())


@pytest.mark.parametrize(("slice_mm", "is_named"), [(1.0, False), (5.0, True)])
def test_half_a_plate_without_an_edge_is_in_doubt_on_thick_slices(slice_mm, is_named):
    values, (x, _, z), step, origin = painted((0.8, 0.8, slice_mm))
    beyond = (np.abs(z) > HALF[2] - 2) & (x < 0)
    values[beyond] = CORTEX_HU
    assert ((PLATES & doubtful(parts_of(image_of(values, step, origin)))) == PLATES) is is_named


def test_a_wall_that_follows_the_muscle_on_the_bone_is_in_doubt():
    """The surface lies 3.5 mm outside, where a layer of muscle meets fat: a sharp edge of something else."""
    values, (x, y, z), step, origin = painted(soft=-90.0)
    outside = values == -90.0
    layer = np.hypot(x / (HALF[0] + 3.5), y / (HALF[1] + 3.5)) < 1
    values[outside & layer & (np.abs(z) < HALF[2])] = 100.0
    parts = parts_of(image_of(values, step, origin), HALF + np.array([3.5, 3.5, 0.0]))
    walls = set(Part) - PLATES
    assert min(parts[part].sharpness for part in walls) > 0.3
    assert walls <= doubtful(parts)


def swallowed(disc_hu):
    """A body crushed to 12 mm, a disc of 8 mm on it, and the next body's plate: the surface ends there."""
    values, (x, y, z), step, origin = painted()
    inside = depth_of(HALF, x, y, 0 * z) > 1.6
    values[inside & (z > 0) & (z < HALF[2] - 1.6)] = disc_hu
    values[inside & (np.abs(z + 0.6) < 1.2)] = CORTEX_HU
    return image_of(values, step, origin)


def test_an_endplate_within_the_body_puts_what_lies_beyond_it_in_doubt():
    parts = parts_of(swallowed(DISC_HU), own=OwnLevels(40.0, DISC_HU))
    assert doubtful(parts) == set(Part) - {Part.LOWER_PLATE}
    assert parts[Part.UPPER_PLATE].is_marked.all()
    wall = parts[Part.RIGHT_WALL]
    assert wall.places[wall.is_marked, 2].min() > -4.0
    assert wall.is_marked[wall.places[:, 2] > 3.0].all()


def test_where_hu_do_not_tell_the_disc_the_whole_body_is_in_doubt():
    assert doubtful(parts_of(swallowed(MARROW_HU))) == set(Part)


def test_what_the_field_of_view_cuts_is_in_doubt():
    values, (_, _, z), step, origin = painted()
    first = int(np.argmax(z[:, 0, 0] > -6.0))
    cut = image_of(values[first:], step, (*origin[:2], float(z[first, 0, 0])))
    found = doubtful(parts_of(cut))
    assert Part.LOWER_PLATE in found
    assert Part.UPPER_PLATE not in found
