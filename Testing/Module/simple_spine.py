"""A small CT with four cylinders as vertebral bodies, and quick stand-ins for the library's two long steps."""

import numpy as np
import SimpleITK as sitk
import slicer

from OVCFRiskLib.levels import LumbarLevel

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
