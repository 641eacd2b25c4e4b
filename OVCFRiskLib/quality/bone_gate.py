"""Does a mask lie on a vertebral body? Decided by what the CT shows around it, the same for masks of any origin.

The rule and both of its error rates are documented in Docs/guards.md and measured by Testing/Benchmarks/guards.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.bone_codes import (
    EDGE_OFFSET,
    EDGE_STOP_MM,
    EDGE_TOLERANCE_MM,
    MIN_WALL_FRACTION,
    NO_BONE,
    PLATE_NOT_SEEN,
    POSTERIOR_WALL,
    POSTURE,
    WALL_TOLERANCE_MM,
)
from OVCFRiskLib.findings.mask_codes import in_words
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.bone_surroundings import BoneSurroundings, measure_surroundings

# A wall has cortex, which stands out against the marrow under it: in each band of heights by 50 HU and more on right
# masks, down to a cortex of 0.2 mm on marrow of 240 HU seen by a soft kernel. A mask over a disc has a band with 47 at
# most, or one of 66 beside one of 170: there annulus and fat make an edge, but no peak.
LEAST_CORTEX_HU = 35.0
UNEVEN_CORTEX_HU = 70.0
# Lowest by highest band is 0.57 and more on right masks, even with osteophytes; 0.39 at most over discs above 25 HU.
UNEVEN_CORTEX = 0.5
# Plates and cortex that both stand out by so much frame a body, wherever its pedicles seem to lie: on right masks whose
# pedicles lie elsewhere (narrow discs, a real L1 among ribs) by 89 and 128 HU at least; the cortex of masks over a disc
# by 70 at most.
FRAMED_PLATE_HU = 60.0
SURE_CORTEX_HU = 90.0
# In such a frame, with pedicles at their place, what is dense inside is an island of bone or cement, not the arch.
WHOLE_WALLS = 0.95
# Canal of fat, cerebrospinal fluid, cord and their mixture; brighter is bone or an organ, darker is gas or the outside.
CANAL_HU = (-150.0, 60.0)
# A mask whose posterior wall lies this far from the end of the bone misses a third of the body or holds the canal.
WALL_STOP_MM = 9.0
# Pedicles, cortex included, stand out from the canal by 250 HU and more, even those of thin bone on 5 mm slices.
PEDICLE_OVER_CANAL_HU = 120.0
# ... and have at least this themselves; muscle and vessels without contrast have 70.
PEDICLE_HU = 130.0
# Within a body the places averaged along its axis differ by up to 250 HU; canal and lamina by 360 and more.
INNER_SPREAD_HU = 320.0
# ... and 200 where not all of the walls have an edge either: right masks have edges everywhere.
INNER_SPREAD_WITH_GAPS_HU = 200.0
WALLS_WITH_GAPS = 0.8
# The darkest place of such a mask is the canal.
INNER_CANAL_HU = 60.0
# Both plates are seen when each stands out by this much against the bone under it: 82 HU and more on slices up to 2.5
# mm, 80 at most where a mask ends within bodies. On thick slices plates are not seen at all.
PLATE_HU = 90.0
# Voxels along the axis up to so many mm show plates: the weaker one must stand out by so much to be scored, and by so
# much not to be warned of, HU. Right masks have 82 and more up to 2.5 mm (50 where they are coarse), 62 on phantoms and
# 28 on a real CT of 3 mm; masks that end within a body or a disc 39 to 43 at 2.5 mm, on the sacrum 3 at 3 mm.
LEAST_PLATE_HU = ((2.6, 40.0, 60.0), (3.2, 10.0, 25.0))
# On thicker slices an end that is darker than the bone under it by this much lies beyond the plate; on right masks the
# weaker plate is at worst as bright as the bone.
NO_PLATE_HU = -30.0
# Without plates the walls must be surer.
WALL_FRACTION_WITHOUT_PLATES = 0.75
# The pedicles leave the upper half of a body: their middle lies 2 to 10 mm above that of a right mask (2 to 7 mm where
# its plates are not seen), 8 mm below it or 11 mm and more above it where the mask is half a body too high or too low.
PEDICLE_OFFSET_MM = (-0.5, 10.0)
# On a real CT of 3 mm voxels they lay 4 mm below it; that is allowed where no end of the mask is darker than the bone
# under it: of 1096 wrong masks the one with its pedicles between both limits has such an end.
PEDICLE_LOWEST_WITH_HINT_MM = -4.5
PLATE_HINT_HU = 0.0
# The gap between two spinous processes lies 3 mm and more above the middle of right masks (phantoms and four real CTs):
# where it lies below, and the pedicles too, the spine is upside down, or the mask lies half a vertebra off.
SPINOUS_GAP_MM = 0.0
# ... and where it lies lower than on any of them and the pedicles far above, a mask is tipped forwards by 30 degrees.
TIPPED_GAP_MM = 3.0
TIPPED_PEDICLES_MM = 15.0
# Pedicles that stand out less from what lies between them have no place of their own.
PEDICLE_OVER_FORAMEN_HU = 60.0


def check_bone(ct: sitk.Image, body: LevelCutOut) -> list[Finding]:
    """Find a mask that does not lie on a vertebral body.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    body : LevelCutOut
        Whole within the field of view.

    Returns
    -------
    list of Finding
        One that stops scoring, or what is said of surfaces that lie beside the end of the bone.
    """
    found = measure_surroundings(ct, body)
    slice_mm = body.voxel_along(body.frame.axes[2])
    variant = reason_against(found, slice_mm)
    if variant:
        return [NO_BONE.finding(body.level, variant=variant, **_measured(found, variant, slice_mm))]
    return [
        *_check_plates(body.level, found.plate_hu, slice_mm),
        *_check_edge(body.level, found.edge_offset_mm),
        *_check_posterior_wall(body.level, found.wall_offset_mm),
        *_check_posture(body.level, found),
    ]


def _check_plates(level: LumbarLevel, plate_hu: float, slice_mm: float) -> list[Finding]:
    """An end without a plate, where slices are thin enough to show one."""
    _, least = least_plate_hu(slice_mm)
    return [PLATE_NOT_SEEN.finding(level, value=plate_hu, limit=least)] if plate_hu < least else []


def _check_edge(level: LumbarLevel, offset_mm: float) -> list[Finding]:
    """Walls inside or outside of the edge of the bone all around."""
    if not abs(offset_mm) > EDGE_TOLERANCE_MM:  # also where no edge is seen
        return []
    side = "inside" if offset_mm > 0 else "outside"
    if abs(offset_mm) > EDGE_STOP_MM:
        return [EDGE_OFFSET.finding(level, Severity.STOPS_SCORING, side, value=abs(offset_mm), limit=EDGE_STOP_MM)]
    return [EDGE_OFFSET.finding(level, variant=side, value=abs(offset_mm))]


def _check_posterior_wall(level: LumbarLevel, offset_mm: float) -> list[Finding]:
    """A wall in front of the canal that lies beside the end of the bone."""
    if not abs(offset_mm) > WALL_TOLERANCE_MM:  # also where the field of view hides it
        return []
    return [POSTERIOR_WALL.finding(level, variant="short" if offset_mm > 0 else "beyond", value=abs(offset_mm))]


def _check_posture(level: LumbarLevel, found: BoneSurroundings) -> list[Finding]:
    """An arch that does not lie where that of an upright mask does."""
    gap = found.spinous_gap_mm
    is_tipped = gap < SPINOUS_GAP_MM or (gap < TIPPED_GAP_MM and found.pedicle_offset_mm > TIPPED_PEDICLES_MM)
    return [POSTURE.finding(level, value=gap)] if is_tipped else []


def _measured(found: BoneSurroundings, variant: str, slice_mm: float) -> dict[str, Any]:
    """What was measured for a part of the rule, its limit and their unit."""
    if variant == "walls":
        return {"value": found.wall_fraction, "limit": least_wall_fraction(found.plate_hu), "unit": "part of 1"}
    pedicle = max(PEDICLE_HU, np.nan_to_num(found.canal_hu) + PEDICLE_OVER_CANAL_HU)
    values = {
        "cortex": (found.cortex_hu[0], least_cortex_hu(found.cortex_hu[1]), "HU"),
        "canal": (found.canal_hu, in_words(CANAL_HU), "HU"),
        "wall": (found.wall_offset_mm, WALL_STOP_MM, "mm"),
        "pedicles": (found.pedicle_hu, pedicle, "HU"),
        "inside": (found.inner_high_hu - found.inner_low_hu, most_inner_spread_hu(found.wall_fraction), "HU"),
        "plates": (found.plate_hu, least_plate_hu(slice_mm)[0], "HU"),
        "height": (found.pedicle_offset_mm, in_words(pedicle_offsets_mm(found.plate_hu)), "mm"),
        "upside down": (found.spinous_gap_mm, SPINOUS_GAP_MM, "mm"),
    }
    value, limit, unit = values[variant]
    return {"value": value, "limit": limit, "unit": unit}


def reason_against(found: BoneSurroundings, slice_mm: float = np.inf) -> str:
    """Which part of the rule speaks against a body; empty when none does.

    What the field of view hides (NaN) speaks neither for nor against it. Plates are asked for on slices thin enough.
    """
    if found.wall_fraction < least_wall_fraction(found.plate_hu):
        return "walls"
    if found.cortex_hu[0] < least_cortex_hu(found.cortex_hu[1]):
        return "cortex"
    if behind := _reason_behind(found):
        return behind
    lowest, highest = pedicle_offsets_mm(found.plate_hu)
    is_placed = lowest <= found.pedicle_offset_mm <= highest
    # not where the field of view ends at a plate
    is_framed = found.plate_hu >= FRAMED_PLATE_HU and found.cortex_hu[0] >= SURE_CORTEX_HU
    if _holds_the_arch(found) and not (is_placed and is_framed and found.wall_fraction >= WHOLE_WALLS):
        return "inside"
    if found.plate_hu < least_plate_hu(slice_mm)[0]:
        return "plates"
    have_place = found.pedicle_hu - found.pedicle_foramen_hu >= PEDICLE_OVER_FORAMEN_HU
    if have_place and not is_placed and not is_framed:
        return "height"
    is_upside_down = have_place and found.pedicle_offset_mm < 0 and found.spinous_gap_mm < SPINOUS_GAP_MM
    return "upside down" if is_upside_down else ""


def lies_before_a_canal(found: BoneSurroundings) -> bool:
    """True where a mask has most of its walls, and canal and pedicles lie behind it as behind a body, not within it."""
    is_walled = found.wall_fraction >= MIN_WALL_FRACTION and not _holds_the_arch(found)
    return is_walled and np.isfinite(found.canal_hu) and not _reason_behind(found)


def _holds_the_arch(found: BoneSurroundings) -> bool:
    """True where places within a mask differ as canal and bone of the arch do."""
    spread = found.inner_high_hu - found.inner_low_hu
    return found.inner_low_hu < INNER_CANAL_HU and spread > most_inner_spread_hu(found.wall_fraction)


def _reason_behind(found: BoneSurroundings) -> str:
    """What of canal, posterior wall and pedicles speaks against a body."""
    no_bone_before_it = np.isfinite(found.canal_hu) and np.isnan(found.wall_offset_mm)
    if found.canal_hu < CANAL_HU[0] or found.canal_hu > CANAL_HU[1] or no_bone_before_it:
        return "canal"
    if abs(found.wall_offset_mm) >= WALL_STOP_MM:
        return "wall"
    is_faint = found.pedicle_hu < PEDICLE_HU or found.pedicle_hu - found.canal_hu < PEDICLE_OVER_CANAL_HU
    return "pedicles" if is_faint else ""


def least_wall_fraction(plate_hu: float) -> float:
    """Part of the walls that needs a bony edge, by how much the weaker plate stands out, HU."""
    return MIN_WALL_FRACTION if plate_hu >= PLATE_HU else WALL_FRACTION_WITHOUT_PLATES


def least_cortex_hu(highest: float) -> float:
    """How much every band of the walls must stand out against what lies under it, by the band that does most, HU."""
    return max(LEAST_CORTEX_HU, min(UNEVEN_CORTEX_HU, UNEVEN_CORTEX * highest))


def least_plate_hu(slice_mm: float) -> tuple[float, float]:
    """HU by which both plates must stand out to be scored, and to be scored without a warning."""
    limits = ((stop, warn) for thickest, stop, warn in LEAST_PLATE_HU if slice_mm <= thickest)
    return next(limits, (NO_PLATE_HU, NO_PLATE_HU))


def most_inner_spread_hu(wall_fraction: float) -> float:
    """By how much places within a body may differ, by the part of its walls that has an edge, HU."""
    return INNER_SPREAD_WITH_GAPS_HU if wall_fraction < WALLS_WITH_GAPS else INNER_SPREAD_HU


def pedicle_offsets_mm(plate_hu: float) -> tuple[float, float]:
    """How high pedicles may lie over the middle of a mask, by how much its weaker plate stands out."""
    lowest = PEDICLE_LOWEST_WITH_HINT_MM if plate_hu >= PLATE_HINT_HU else PEDICLE_OFFSET_MM[0]
    return lowest, PEDICLE_OFFSET_MM[1]
