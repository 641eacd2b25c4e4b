"""Spines that have one vertebra more or less, or ribs where most people have none: what is counted in their CTs."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.naming import judge_names
from OVCFRiskLib.segmentation.landmarks import S1, T12, find_landmarks
from OVCFRiskLib.simulation.canvas import capsule_distance
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

L1, L2, L3, L4 = LumbarLevel
# A straight spine from T11 to the sacrum: a slab of slices can be taken out or repeated.
STRAIGHT = PhantomSettings(
    seed=12,
    trabecular_hu=30.0,
    cortex_mm=0.3,
    lordosis_degrees=0.0,
    spacing_mm=(1.0, 1.0, 2.0),
    field_mm=(150.0, 130.0, 330.0),
    shift_mm=(0.0, 15.0, 0.0),
)
BODIES = {name: vertebra.body_center for name, vertebra in stack_vertebrae(STRAIGHT).items()}
RIB_HU = 260.0


@pytest.fixture(scope="module")
def straight() -> sitk.Image:
    """The field of five lumbar bodies."""
    return make_phantom(STRAIGHT).ct


def slices_of_l3(ct: sitk.Image) -> tuple[int, int]:
    """From the disc below L3 to the disc above it."""
    low, high = ((BODIES[Vertebra.L3][2] + BODIES[other][2]) / 2 for other in (Vertebra.L4, Vertebra.L2))
    first, last = (round((z - ct.GetOrigin()[2]) / ct.GetSpacing()[2]) for z in (low, high))
    return first, last


def with_slabs(ct: sitk.Image, times: int) -> tuple[sitk.Image, float]:
    """The CT with L3 so many times, its upper part where it was; and by how many mm one L3 moves what is below."""
    first, last = slices_of_l3(ct)
    values = sitk.GetArrayFromImage(ct)
    out = np.concatenate([values[:first], *[values[first:last]] * times, values[last:]])
    image = sitk.GetImageFromArray(out)
    image.SetSpacing(ct.GetSpacing())
    height = (last - first) * ct.GetSpacing()[2]
    x, y, z = ct.GetOrigin()
    image.SetOrigin((x, y, z - (times - 1) * height))
    return image, height


def with_ribs(ct: sitk.Image, vertebra: Vertebra, signs: tuple[int, ...]) -> sitk.Image:
    """The CT with ribs at a vertebra: rods from its pedicles' height to the sides, backwards and down."""
    values = sitk.GetArrayFromImage(ct).astype(np.float32)
    z, y, x = (
        np.float32(origin) + np.arange(size, dtype=np.float32) * np.float32(step)
        for origin, size, step in zip(ct.GetOrigin()[::-1], ct.GetSize()[::-1], ct.GetSpacing()[::-1], strict=True)
    )
    points = x[None, None, :], y[None, :, None], z[:, None, None]
    for sign in signs:
        start, end = (BODIES[vertebra] + np.array(off) for off in ((sign * 20, 16, 8), (sign * 72, 26, -10)))
        values[capsule_distance(points, start, end, (4.0, 4.0)) < 0] = RIB_HU
    return image_like(values, ct)


def test_six_lumbar_bodies_named_from_the_sacrum(straight):
    ct, height = with_slabs(straight, 2)
    down = np.array([0.0, 0.0, -height])
    named = {L1: BODIES[Vertebra.L2], L2: BODIES[Vertebra.L3], L3: BODIES[Vertebra.L3] + down}
    named[L4] = BODIES[Vertebra.L4] + down
    seen = find_landmarks(ct, named)
    assert (seen.lowest_rib, seen.first_sacral) == (T12 - 1, S1)
    doubt = judge_names(seen)
    assert doubt is not None
    assert "6 bodies instead of 5" in doubt.finding("").message


def test_six_lumbar_bodies_named_from_the_ribs(straight):
    ct, height = with_slabs(straight, 2)
    named = {L1: BODIES[Vertebra.L1], L2: BODIES[Vertebra.L2], L3: BODIES[Vertebra.L3]}
    named[L4] = BODIES[Vertebra.L3] - np.array([0.0, 0.0, height])
    seen = find_landmarks(ct, named)
    assert (seen.lowest_rib, seen.first_sacral) == (T12, S1 + 1)
    doubt = judge_names(seen)
    assert doubt is not None
    assert "6 bodies instead of 5" in doubt.finding("").message


def test_four_lumbar_bodies(straight):
    ct, height = with_slabs(straight, 0)
    up = np.array([0.0, 0.0, height])
    named = {
        L1: BODIES[Vertebra.L1],
        L2: BODIES[Vertebra.L2],
        L3: BODIES[Vertebra.L4] + up,
        L4: BODIES[Vertebra.L5] + up,
    }
    seen = find_landmarks(ct, named)
    assert (seen.lowest_rib, seen.first_sacral) == (T12, S1 - 1)
    doubt = judge_names(seen)
    assert doubt is not None
    assert "4 bodies instead of 5" in doubt.finding("").message


@pytest.mark.parametrize("signs", [(-1, 1), (1,)])
def test_ribs_at_the_first_lumbar_body(straight, signs):
    """Lumbar ribs, or a 13th thoracic vertebra: the CT cannot tell them apart, the finding names both."""
    seen = find_landmarks(with_ribs(straight, Vertebra.L1, signs), {level: BODIES[level] for level in LumbarLevel})
    assert (seen.lowest_rib, seen.rib_sides) == (T12 + 1, len(signs))
    doubt = judge_names(seen)
    assert doubt is not None
    assert "lumbar ribs, T13" in doubt.finding("").message


@pytest.mark.parametrize(("level", "loss", "slice_mm"), [(L1, 0.7, 5.0), (L3, 0.5, 2.0)])
@pytest.mark.parametrize("named", [tuple(LumbarLevel), (L1, L2), (L3, L4)])
def test_a_crushed_body_does_not_shift_the_count(level, loss, slice_mm, named):
    """Beside a body crushed flat, its transverse process meets the rib above: it was taken for a rib of its own."""
    settings = replace(STRAIGHT, seed=219, lordosis_degrees=45.0, fractures={level: ("crush", loss)})
    settings = replace(settings, spacing_mm=(1.0, 1.0, slice_mm))
    bodies = {int(name): vertebra.body_center for name, vertebra in stack_vertebrae(settings).items()}
    ct = make_phantom(settings).ct
    for shift in (-1, 0, 1):
        seen = find_landmarks(ct, {each: bodies[each - shift] for each in named if each - shift in bodies})
        assert seen.lowest_rib in (T12 + shift, None)
        assert seen.first_sacral in (S1 + shift, None)
