"""Small simulated feature tables, with patient effects and a known direction."""

import json

import numpy as np
import pytest

from OVCFRiskLib.radiomics.names import ALL_FEATURES, FROZEN_FEATURES

FEATURES = (*FROZEN_FEATURES, *[name for name in ALL_FEATURES if name not in FROZEN_FEATURES][::5])
# Bone density acts on the eight as in the paper: low 10th percentile, median, ... in women with a fracture.
DENSITY_EFFECTS = np.array([1.0, 1.0, 0.8, 0.7, 0.5, 0.6, -0.6, -0.4])

# What lies beside the tables: of whom, how acquired, how extracted.
DESCRIPTION = {
    "population": "two centres, 2019 to 2024",
    "is_simulated": False,
    "extraction": {
        "bin_width": 25.0,
        "resampled_spacing": [1.0, 1.0, 1.0],
        "interpolator": "bspline",
        "resegment_range": None,
    },
    "slice_thickness_range_mm": [0.6, 1.25],
    "pixel_spacing_range_mm": [0.3, 0.9],
    "kvp_range": [120.0, 120.0],
    "contrast": False,
}


def simulate_rows(patients=60, seed=0, signal=1.0, observer_noise=0.0, observer_seed=99):
    """Rows of a feature table: dicts of column to value; one in three women has no fracture."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(patients):
        group = "NF" if number % 3 == 0 else "OVCF"
        density = rng.normal() + signal * (1.0 if group == "NF" else -1.0)
        own = rng.normal(size=len(FEATURES))
        for level in ("L1", "L2", "L3", "L4")[: rng.integers(1, 5)]:
            z = 0.7 * own + 0.5 * rng.normal(size=len(FEATURES))
            z[:8] += DENSITY_EFFECTS * density
            rows.append(
                {
                    "patient_id": f"P{number:03d}",
                    "level": level,
                    "group": group,
                    "t_score": round(density - 1.5 + rng.normal(), 1),
                    "age": int(60 + rng.integers(0, 25)),
                    **dict(zip(FEATURES, 100 + 10 ** np.linspace(-2, 4, len(FEATURES)) * z, strict=True)),
                }
            )
    if observer_noise:
        noise = np.random.default_rng(observer_seed)
        spread = 10 ** np.linspace(-2, 4, len(FEATURES))
        reliability = np.where(np.arange(len(FEATURES)) % 4 == 3, 8.0, 1.0)  # every fourth feature is unreliable
        for row in rows:
            for i, name in enumerate(FEATURES):
                row[name] += observer_noise * reliability[i] * spread[i] * noise.normal()
    return rows


def table_text(rows):
    """CSV text of rows."""
    lines = [",".join(rows[0])]
    lines += [",".join(repr(float(v)) if isinstance(v, float) else str(v) for v in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


@pytest.fixture
def write_rows(tmp_path):
    """Write rows as a CSV file and give its path."""

    def write(rows, name="features.csv"):
        path = tmp_path / name
        path.write_text(table_text(rows))
        (tmp_path / "description.json").write_text(json.dumps(DESCRIPTION))
        return path

    return write


@pytest.fixture
def cohort_rows():
    """Function that simulates rows."""
    return simulate_rows
