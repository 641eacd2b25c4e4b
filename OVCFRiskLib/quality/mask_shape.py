"""Size, islands and holes of a mask."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding, Severity

# Lumbar bodies of women: means of 25 (L1) to 35 ml (L4), about +-20 % between people; the limits leave three SD
# (Limthongkul et al. 2010, Spine J 10:153; Caula et al. 2016, Surg Radiol Anat 38:303).
VOLUME_ML = (15.0, 60.0)
VOLUME_SOURCE = "Limthongkul et al. 2010, Spine J 10:153; Caula et al. 2016, Surg Radiol Anat 38:303"
# Width, depth and height of lumbar bodies: means of 41-50, 30-35 and 27-29 mm (Zhou et al. 2000, Eur Spine J 9:242);
# a mask is larger by osteophytes, a fractured body lower.
EXTENTS_MM = {"width": (30.0, 65.0), "depth": (22.0, 46.0), "height": (12.0, 42.0)}
EXTENT_SOURCE = "Zhou et al. 2000, Eur Spine J 9:242"
# Islands and holes below this part of the mask hardly change a feature: told as a note.
MINOR_PART = 0.005
# Extents are read between these percentiles, so that a spur of single voxels does not count.
EXTENT_PERCENTILES = (0.2, 99.8)


def check_shape(body: LevelCutOut) -> list[Finding]:
    """Find a mask of implausible size, in several pieces, or with holes."""
    return [*_check_volume(body), *_check_extents(body), *_check_islands(body), *_check_holes(body)]


def _check_volume(body: LevelCutOut) -> list[Finding]:
    """Volume against what women's bodies have."""
    volume = body.volume_ml
    if VOLUME_ML[0] <= volume <= VOLUME_ML[1]:
        return []
    what = "less" if volume < VOLUME_ML[0] else "more"
    message = f"{body.level.name}: {volume:.1f} ml is {what} than a woman's lumbar body; check what the mask covers."
    limit = f"{VOLUME_ML[0]:g} to {VOLUME_ML[1]:g}"
    return [Finding("volume", Severity.WARNING, message, volume, limit, "ml", VOLUME_SOURCE)]


def _check_extents(body: LevelCutOut) -> list[Finding]:
    """Width, depth and height in the body's own axes."""
    low, high = np.percentile(body.frame.local(body.points_lps), EXTENT_PERCENTILES, axis=0)
    findings = []
    for (name, limits), extent in zip(EXTENTS_MM.items(), (float(x) for x in high - low), strict=True):
        if limits[0] <= extent <= limits[1]:
            continue
        hint = "; does it hold the arch" if name == "depth" and extent > limits[1] else ""
        message = f"{body.level.name}: a {name} of {extent:.0f} mm is not that of a lumbar body; check the mask{hint}."
        limit = f"{limits[0]:g} to {limits[1]:g}"
        findings.append(Finding(name, Severity.WARNING, message, extent, limit, "mm", EXTENT_SOURCE))
    return findings


def _check_islands(body: LevelCutOut) -> list[Finding]:
    """Pieces that are not connected, corners included."""
    pieces, count = ndimage.label(body.mask, np.ones((3, 3, 3)))
    if count <= 1:
        return []
    sizes = np.bincount(pieces.ravel())[1:]
    apart = 1 - sizes.max() / sizes.sum()
    message = (
        f"{body.level.name}: the mask has {count} pieces, {apart:.1%} of it apart from the largest; "
        "remove the islands if they are not bone of this body."
    )
    return [_by_part("islands", message, apart)]


def _check_holes(body: LevelCutOut) -> list[Finding]:
    """Voxels enclosed by the mask that do not belong to it."""
    holes = np.count_nonzero(body.filled) - body.voxels
    if holes == 0:
        return []
    part = holes / body.voxels
    message = f"{body.level.name}: the mask has holes of {holes} voxels ({part:.1%}); fill them, as the method does."
    return [_by_part("holes", message, part)]


def _by_part(name: str, message: str, part: float) -> Finding:
    """A finding that is a warning above the minor part of the mask and a note below."""
    severity = Severity.WARNING if part > MINOR_PART else Severity.NOTE
    return Finding(
        name, severity, message, float(part), MINOR_PART, "part of the mask", "the method takes whole bodies"
    )
