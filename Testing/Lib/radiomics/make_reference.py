"""Write data/pyradiomics_reference.json: pyradiomics' values of bodies that a formula makes, and of a real one.

Run it with pyradiomics installed, from the repository: python Testing/Lib/radiomics/make_reference.py [TPTBOX_FOLDER]
The folder holds the real CT of the test data; without it, its values stay as they are.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import distributions
from pathlib import Path

from conftest import make_body, pyradiomics_frozen, read_tptbox_body

from OVCFRiskLib.radiomics import ExtractionSettings
from OVCFRiskLib.radiomics.orientation import to_axial_order

PATH = Path(__file__).parent / "data" / "pyradiomics_reference.json"
SETTINGS = (
    ExtractionSettings(),
    ExtractionSettings(bin_width=10, resegment_range=(0, 450)),
    # no new voxel midway between two old ones: how such ties round differs between versions of ITK
    ExtractionSettings(resampled_spacing=(1.03, 0.97, 1.01)),
)
BODIES = (
    {"seed": 1, "shape": [14, 22, 24], "dtype": "int16", "low_hu": -150, "high_hu": 600},
    {"seed": 2, "shape": [20, 17, 29], "dtype": "int16", "low_hu": 20, "high_hu": 1900},
    {"seed": 3, "shape": [9, 31, 12], "dtype": "float64", "low_hu": -400, "high_hu": 300},
)


def main() -> None:
    """Compute and write."""
    before = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    version = next(f"{d.name} {d.version}" for d in distributions() if d.name.lower().startswith("pyradiomics"))
    cases = [
        {"body": body, "settings": s.to_dict(), "values": pyradiomics_frozen(*make_body(**body), s)}
        for body in BODIES
        for s in SETTINGS
    ]
    real = before.get("tptbox_l3")
    if len(sys.argv) > 1:
        ct, mask = (to_axial_order(image) for image in read_tptbox_body(Path(sys.argv[1])))
        real = [{"settings": s.to_dict(), "values": pyradiomics_frozen(ct, mask, s)} for s in SETTINGS]
    PATH.write_text(json.dumps({"made_with": version, "bodies": cases, "tptbox_l3": real}, indent=1) + "\n")


if __name__ == "__main__":
    main()
