"""The spine straightened: the CT resampled at right angles to a smooth curve.

Twice: coarsely along one low-order curve through the clicks, wide enough for clicks 10 mm off, in which the canal is
found; then finely along the canal, which clicks no longer move. In the straightened CT the canal is a tube along the
first axis, the posterior walls lie at about one depth, and whatever comes once per vertebra (pedicles, endplates) is a
sequence along the first axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.geometry import array_view, is_within, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.spine_curve import SpineCurve


@dataclass(frozen=True, slots=True)
class Extent:
    """What of the CT around a curve is resampled, mm.

    Attributes
    ----------
    step : float
        Along all axes.
    sideways, forwards, backwards : float
        To both sides of the curve, in front of it and behind it.
    beside : float
        Nearer to the curve's sagittal plane nothing is read: HU are 0 there.
    """

    step: float
    sideways: float
    forwards: float
    backwards: float
    beside: float = 0.0


# Around a curve through clicks: half a body, canal and arch, with the curve 10 mm off; a canal is ten steps wide.
ALONG_CLICKS = Extent(step=2.0, sideways=36.0, forwards=4.0, backwards=60.0)
# Around the canal's middle: the body in front, its pedicles at the sides, the arch's front behind.
ALONG_CANAL = Extent(step=1.0, sideways=24.0, forwards=48.0, backwards=16.0)
# Around its front half alone: posterior walls, and the pedicles behind them.
IN_FRONT_OF_CANAL = Extent(step=1.0, sideways=19.0, forwards=24.0, backwards=4.0)
# Around it as far as ribs differ from transverse processes, and bone in front of and behind the wings of the sacrum;
# both are looked for from 26 mm on, smoothed over 4 mm.
BESIDE_CANAL = Extent(step=2.0, sideways=70.0, forwards=40.0, backwards=40.0, beside=20.0)
# Step of `ALONG_CANAL`, mm: what the profiles along the canal are counted in.
CANAL_STEP_MM = ALONG_CANAL.step


@dataclass(frozen=True, slots=True, eq=False)
class StraightSpine:
    """A CT along the spine.

    Attributes
    ----------
    frames : tuple of BodyFrame
        One for every plane, from feet to head; the origin lies on the curve.
    extent : Extent
    hu : numpy.ndarray, float32 [plane, back, side]
        The planes at right angles to the curve; outside of the CT the nearest voxel's.
    is_seen : numpy.ndarray of bool [plane, back, side]
        Does the place lie in the CT?
    clicks : dict of LumbarLevel to float
        Plane (with a fraction) that each click lies in.
    """

    frames: tuple[BodyFrame, ...]
    extent: Extent
    hu: np.ndarray
    is_seen: np.ndarray
    clicks: dict[LumbarLevel, float]

    @property
    def back(self) -> np.ndarray:
        """Backward coordinates of the second axis, mm from the curve."""
        return np.arange(self.hu.shape[1]) * self.extent.step - self.extent.forwards

    @property
    def side(self) -> np.ndarray:
        """Coordinates of the third axis, mm to the left of the curve."""
        return np.arange(self.hu.shape[2]) * self.extent.step - self.extent.sideways

    def column(self, side: float) -> int:
        """Index along the third axis of the sagittal plane so many mm to the left of the curve."""
        return round((side - float(self.side[0])) / self.extent.step)

    def frame_at(self, plane: float, back: float, side: float) -> BodyFrame:
        """The axes at a plane (with a fraction), their origin moved backwards and sideways by mm."""
        nearest = int(np.clip(round(plane), 0, len(self.frames) - 1))
        frame = self.frames[nearest]
        return BodyFrame(frame.lps(np.array([side, back, (plane - nearest) * self.extent.step])), frame.axes)


def straighten(
    ct: sitk.Image, clicks: Mapping[LumbarLevel, np.ndarray], curve: SpineCurve, extent: Extent
) -> StraightSpine:
    """Resample a CT at right angles to a curve.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU; not modified.
    clicks : mapping of LumbarLevel to (3,)
        LPS mm, whose planes are wanted.
    curve : SpineCurve
    extent : Extent
    """
    frames = curve.frames(extent.step)
    back = np.arange(-extent.forwards, extent.backwards + extent.step / 2, extent.step)
    side = np.arange(-extent.sideways, extent.sideways + extent.step / 2, extent.step)
    index = _plane_indices(ct, frames, back, side)
    is_seen = _is_seen(index, ct.GetSize()[::-1])
    array = array_view(ct)
    hu = np.zeros(is_seen.shape, np.float32)
    for part in (slice(None),) if extent.beside == 0 else (side <= -extent.beside, side >= extent.beside):
        where = index[..., part]
        hu[..., part] = ndimage.map_coordinates(
            array, where.reshape(3, -1), np.float32, order=1, mode="nearest", prefilter=False
        ).reshape(where.shape[1:])
    planes = {level: _plane_of(frames, point, extent.step) for level, point in clicks.items()}
    return StraightSpine(frames, extent, hu, is_seen, planes)


def _is_seen(index: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which places of planes (planes, back, side) lie in the CT: all, where the corners of all planes do."""
    at = np.moveaxis(index, 0, -1)
    if is_within(at[:, [0, 0, -1, -1], [0, -1, 0, -1]], shape).all():
        return np.ones(index.shape[1:], bool)
    return is_within(at, shape)


def _plane_of(frames: tuple[BodyFrame, ...], point: np.ndarray, step: float) -> float:
    """Plane (with a fraction) that a point lies in."""
    offsets = point - np.array([frame.center for frame in frames])
    # products of all frames at once, to the bit those of `BodyFrame.local`
    above = (offsets[:, None] @ np.array([frame.axes.T for frame in frames]))[:, 0, 2]
    nearest = int(np.abs(above).argmin())
    return nearest + float(above[nearest]) / step


def _plane_indices(ct: sitk.Image, frames: tuple[BodyFrame, ...], back: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Continuous [k, j, i] indices (3, planes, back, side), float32."""
    centers = lps_to_index(ct, np.array([frame.center for frame in frames]))
    ends = lps_to_index(ct, np.array([frame.center + axis for frame in frames for axis in frame.axes[:2]]))
    steps = ends.reshape(len(frames), 2, 3) - centers[:, None]
    index = np.empty((3, len(frames), len(back), len(side)), np.float32)
    for axis, places in enumerate(index):
        rows = centers[:, axis, None] + back * steps[:, 1, axis, None]
        columns = side * steps[:, 0, axis, None]
        np.add(rows[:, :, None], columns[:, None], out=places, casting="same_kind")
    return index
