"""Draw what the phantom can have: python Testing/Pictures/phantom.py PNG

Four spines in the sagittal mid-plane, true bodies outlined in red, what experts dispute in yellow.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation import lesions
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.simulation.tissue import OLD_WOMAN

mpl.use("Agg")
import matplotlib.pyplot as plt

L1, L2, L3, L4 = LumbarLevel
SPINES = {
    "default": {},
    "fractures: wedge, biconcave, crush": {
        "fractures": {L1: ("wedge", 0.35), L2: ("biconcave", 0.4), L4: ("crush", 0.5)}
    },
    "nodes, sclerosis, island and vein, haemangioma": {
        "lesions": {
            L1: (lesions.SchmorlNode(), lesions.SchmorlNode(plate="lower")),
            L2: (lesions.ScleroticEndplate(), lesions.ScleroticEndplate(plate="lower")),
            L3: (lesions.BoneIsland(left=0.0), lesions.WideVein()),
            L4: (lesions.Haemangioma(left=0.0),),
        }
    },
    "osteophytes, bridge, gas, calcium; 35 HU, cortex 0.3 mm": {
        "trabecular_hu": 35.0,
        "cortex_mm": 0.3,
        "subcortical_hu": 80.0,
        "tissue": OLD_WOMAN,
        "lesions": {
            L1: (lesions.Osteophytes(), lesions.Osteophytes(plate="lower")),
            L2: (lesions.Osteophytes(plate="lower"), lesions.Bridge(side="front"), lesions.NarrowDisc()),
            L3: (lesions.VacuumDisc(),),
            L4: (lesions.CalcifiedDisc(),),
        },
    },
}


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("png", metavar="PNG", type=Path)
    path = parser.parse_args().png
    figure, axes = plt.subplots(1, len(SPINES), figsize=(3.6 * len(SPINES), 5.6), layout="constrained")
    for axis, (title, settings) in zip(axes, SPINES.items(), strict=True):
        phantom = make_phantom(
            PhantomSettings(spacing_mm=(0.7, 0.7, 0.8), field_mm=(80.0, 115.0, 170.0), cobb_degrees=0.0, **settings)
        )
        ct, labels, disputed = (
            sitk.GetArrayFromImage(image)[::-1, :, phantom.ct.GetWidth() // 2]
            for image in (phantom.ct, phantom.labels, phantom.disputed)
        )
        axis.imshow(ct, cmap="gray", vmin=-150, vmax=500, aspect=0.8 / 0.7)
        axis.contour(labels > 0, [0.5], colors="red", linewidths=0.6)
        if disputed.any():
            axis.contour(disputed, [0.5], colors="yellow", linewidths=0.6)
        axis.set_title(title, fontsize=8)
        axis.axis("off")
    figure.savefig(path, dpi=64)


if __name__ == "__main__":
    main()
