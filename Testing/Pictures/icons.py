"""The icons, drawn anew: `python Testing/Pictures/icons.py`.

Resources/OVCFRisk.png and OVCFRisk/Resources/Icons/OVCFRisk.png (128 x 128): three bodies in the colours of the risk
map. OVCFRisk/Resources/Icons/OVCFRiskSample.png: the sample phantom for the Sample Data module.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon

from OVCFRiskLib.report.colors import hex_color, risk_color
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

REPOSITORY = Path(__file__).resolve().parents[2]
ICON_PX, SAMPLE_PX = 128, 200
# middle, tilt in degrees and risk of each body, from the head down
BODIES = (((0.46, 0.79), 9.0, 0.12), ((0.52, 0.5), 0.0, 0.5), ((0.5, 0.21), -9.0, 0.9))
WIDTH, HEIGHT, WAIST = 0.46, 0.21, 0.86
WINDOW_HU = (-200.0, 500.0)


def main() -> None:
    """Write all icons."""
    icons = REPOSITORY / "OVCFRisk" / "Resources" / "Icons"
    icons.mkdir(parents=True, exist_ok=True)
    figure = draw_icon()
    for path in (REPOSITORY / "Resources" / "OVCFRisk.png", icons / "OVCFRisk.png"):
        figure.savefig(path, dpi=ICON_PX, transparent=True)
    draw_sample().savefig(icons / "OVCFRiskSample.png", dpi=SAMPLE_PX)


def empty_figure() -> tuple[Figure, object]:
    """A square of one inch without margins."""
    figure = Figure(figsize=(1, 1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def draw_icon() -> Figure:
    """Three bodies on a dark tile."""
    figure, axes = empty_figure()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    tile = FancyBboxPatch(
        (0.12, 0.12), 0.76, 0.76, "round,pad=0.1,rounding_size=0.16", facecolor="#1d2b45", linewidth=0
    )
    axes.add_patch(tile)
    for middle, tilt, risk in BODIES:
        axes.add_patch(
            Polygon(outline(middle, tilt), facecolor=hex_color(risk_color(risk)), edgecolor="white", linewidth=0.9)
        )
    return figure


def outline(middle: tuple[float, float], tilt: float) -> np.ndarray:
    """A body from the side: hollow endplates and a waist."""
    t = np.linspace(-1, 1, 40)
    plate = np.stack([t, 1 - 0.22 * (1 - t**2)], axis=1)
    side = np.stack([WAIST + (1 - WAIST) * t**2, -t], axis=1)
    shape = np.concatenate([plate, side, -plate, -side]) * (WIDTH / 2, HEIGHT / 2)
    c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    return shape @ np.array([[c, s], [-s, c]]) + middle


def draw_sample() -> Figure:
    """The phantom's middle sagittal slice."""
    phantom = make_phantom(PhantomSettings())
    hu, labels = (sitk.GetArrayFromImage(image) for image in (phantom.ct, phantom.labels))
    middle = np.argwhere(labels).mean(axis=0).astype(int)
    x, _, z = phantom.ct.GetSpacing()
    figure, axes = empty_figure()
    low, high = WINDOW_HU
    axes.imshow(hu[:, :, middle[2]], cmap="gray", vmin=low, vmax=high, origin="lower", aspect=z / x)
    half_mm = 80.0
    axes.set_xlim(middle[1] - half_mm / x, middle[1] + half_mm / x)
    axes.set_ylim(middle[0] - half_mm / z, middle[0] + half_mm / z)
    return figure


if __name__ == "__main__":
    main()
