"""Scored cohorts with patient effects and a known direction."""

import numpy as np
import pytest

from OVCFRiskLib.evaluation.score_meaning import ScoreMeaning

COLUMNS = ("patient_id", "level", "group", "split", "r_score", "t_score", "age", "model_id", "status", "reason")


def simulate_scores(patients=60, seed=0, higher_is_risk=True):
    """Rows of a score table: two of three women have a fracture, every third woman is in the test set."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(patients):
        is_fracture = number % 3 != 0
        own = rng.normal() + (1.2 if is_fracture else -1.2)
        for level in ("L1", "L2", "L3", "L4")[: rng.integers(1, 5)]:
            risk = 0.8 * own + 0.5 * rng.normal()
            rows.append(
                {
                    "patient_id": f"P{number:03d}",
                    "level": level,
                    "group": "OVCF" if is_fracture else "NF",
                    "split": "test" if number % 10 > 6 else "train",
                    "r_score": round(float(risk if higher_is_risk else -risk), 6),
                    "t_score": round(float(-1.5 - 0.6 * own + rng.normal()), 1),
                    "age": int(55 + rng.integers(0, 30)),
                }
            )
    return rows


def write_table(rows, path):
    """Rows as CSV."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(columns), *(",".join(str(row.get(column, "")) for column in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def score_rows():
    """Function that simulates rows."""
    return simulate_scores


@pytest.fixture
def write_scores(tmp_path):
    """Write rows as a CSV file and give its path."""
    return lambda rows, name="scores.csv": write_table(rows, tmp_path / name)


@pytest.fixture
def meaning():
    """A binomial score, higher = more risk."""
    return ScoreMeaning("R-score", 0.25, True, "logit", 2 / 3)
