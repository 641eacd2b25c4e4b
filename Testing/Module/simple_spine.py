"""A small CT with four cylinders as vertebral bodies, and quick stand-ins for the library's two long steps."""

import dataclasses

import numpy as np
import SimpleITK as sitk
import slicer

from OVCFRiskLib.assessment import (
    Category,
    Contribution,
    LevelAssessment,
    Provenance,
    Score,
    SpineAssessment,
    Status,
    TrabecularDensity,
)
from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.progress import report_progress
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.segmentation import ImportedLabels, SegmentedBodies

SPACING_MM = (1.0, 1.0, 1.5)
SHAPE_KJI = (100, 80, 80)
CENTERS_KJI = {
    LumbarLevel.L1: (80, 40, 40),
    LumbarLevel.L2: (60, 40, 40),
    LumbarLevel.L3: (40, 40, 40),
    LumbarLevel.L4: (20, 40, 40),
}


def bodyMask(level):
    """Boolean [k, j, i] mask of a body: a cylinder of radius 14 mm, 22.5 mm high."""
    k, j, i = np.ogrid[: SHAPE_KJI[0], : SHAPE_KJI[1], : SHAPE_KJI[2]]
    kc, jc, ic = CENTERS_KJI[level]
    return ((i - ic) ** 2 + (j - jc) ** 2 < 14**2) & (abs(k - kc) <= 7)


def labelArray(levels=tuple(LumbarLevel)):
    """Label values 20..23 of some bodies."""
    array = np.zeros(SHAPE_KJI, np.uint8)
    for level in levels:
        array[bodyMask(level)] = level
    return array


def addSpine(name="CT", ijkToRas=None):
    """Volume node in HU; i runs from right to left, j from front to back, k upwards."""
    hu = np.where(labelArray() > 0, 250, -100) + np.random.default_rng(0).normal(0, 10, SHAPE_KJI)
    if ijkToRas is None:
        ijkToRas = np.diag([-SPACING_MM[0], -SPACING_MM[1], SPACING_MM[2], 1.0])
        ijkToRas[:3, 3] = (40, 40, -75)
    return slicer.util.addVolumeFromArray(hu.astype(np.int16), ijkToRAS=ijkToRas, name=name)


def centerRas(volume, level):
    """World position of a body's centre."""
    from OVCFRiskScene.volumes import ijkToRas

    k, j, i = CENTERS_KJI[level]
    return tuple((ijkToRas(volume) @ (i, j, k, 1))[:3])


def labelsOn(ct, levels=tuple(LumbarLevel)):
    """The bodies as a label image on the grid of a SimpleITK image of `addSpine`."""
    labels = sitk.GetImageFromArray(labelArray(levels))
    labels.CopyInformation(ct)
    return labels


def quickBodies(ct, points, progress=None):
    """What `segment_bodies_and_fields` would give on the small CT, without its work."""
    for step in range(4):
        report_progress(progress, step / 4, "segmenting")
    return SegmentedBodies(labelsOn(ct, tuple(points)), {})


def importOf(*levels, notes=()):
    """A stand-in of `import_labels_and_notes` that finds these levels."""
    return lambda labels, ct, *_: ImportedLabels(labelsOn(ct, levels), tuple(notes))


def quickAssessment(
    ct, labels, model=None, progress=None, acquisition=None, mask_findings=None, checked=None, origins=None
):
    """What `assess` would give, with made-up numbers that differ between levels."""
    report_progress(progress, 0.5, "scoring")
    there = sitk.GetArrayViewFromImage(labels)
    known = mask_findings or {}
    checked = check_masks(ct, cut_out_levels(labels, ct), known) if checked is None else checked.with_known(known)
    rows = []
    for level in LumbarLevel:
        row = _quickLevel(level) if (there == level).any() else _missing(level)
        rows.append(dataclasses.replace(row, findings=checked.findings[level]))
    provenance = Provenance("0", model.id, model.sha256, model.status, {}, "c" * 64, "d" * 64, {})
    return SpineAssessment(tuple(rows), (), 0.5, provenance)


def _quickLevel(level):
    """A scored level."""
    risk = {LumbarLevel.L1: 0.15, LumbarLevel.L2: 0.45, LumbarLevel.L3: 0.7, LumbarLevel.L4: 0.95}[level]
    names = ("original_firstorder_Median", "original_glcm_Imc2", "original_gldm_DependenceNonUniformity")
    shares = ((risk - 0.5) * 2, 0.1, -0.2)
    parts = tuple(Contribution(n, 1.0, 0.5, -s, s, f"{n} moves it.") for n, s in zip(names, shares, strict=True))
    category = Category.HIGHER_RISK if risk > 0.6 else Category.LOWER_RISK if risk < 0.4 else Category.INDETERMINATE
    score = Score(1 - risk, risk, risk - 0.05, risk + 0.04, 0.9 - risk, 1.1 - risk, category, 0.02, parts, 0.01)
    density = TrabecularDensity(120.0, 20.0, 5.0)
    return LevelAssessment(level, Status.SCORED, score=score, volume_ml=13.7, trabecular=density)


def _missing(level):
    """A level without a mask."""
    return LevelAssessment(level, Status.NOT_SCORED, f"{level.name} was not marked")
