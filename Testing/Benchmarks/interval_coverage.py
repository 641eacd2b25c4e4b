"""How often the interval of a score holds what it is an interval of: `python Testing/Benchmarks/interval_coverage.py`.

Other simulated women than those of the demonstration card: each body is scored in the mask that is drawn from one
observer's clicks, with its interval, as `ovcfrisk score` does. Counted is how often that interval (95 %) holds the
score of the same body in another mask: drawn from a second observer's clicks, and the true one. Prints how far apart
these scores lie, too, and how wide the intervals are, on the scale of the risk index. Some minutes; what is measured is
kept in --cache, and a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from OVCFRiskLib.assess import PERTURBATION_REPEATS, PERTURBATION_SEED
from OVCFRiskLib.evaluation.report_text import markdown_table
from OVCFRiskLib.radiomics import FROZEN_FEATURES, extract_features
from OVCFRiskLib.scoring import RScoreModel, load_model
from OVCFRiskLib.scoring.interval import centred_interval
from OVCFRiskLib.scoring.uncertainty import perturbed_features
from OVCFRiskLib.simulation.cohort.cohort_model import CohortModel
from OVCFRiskLib.simulation.cohort.observers import EXTRACTION, draw_as_observer
from OVCFRiskLib.simulation.cohort.woman import Woman, draw_woman
from OVCFRiskLib.simulation.phantom import make_phantom

# Women, and the seed that makes them others than those of the card.
WOMEN = 24
SEED = 11
# What the interval of the first observer's mask is held against.
OTHERS = {"second observer's clicks": "second", "true mask": "true"}


def main() -> None:
    """Measure what is not yet kept, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--women", type=int, default=WOMEN)
    parser.add_argument("--cache", type=Path, default=Path("build/coverage"), help="folder of what is measured")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    bodies = []
    for number in range(arguments.women):
        kept = arguments.cache / f"{number}.json"
        if not kept.is_file():
            kept.write_text(json.dumps(measure(draw_woman(number, WOMEN, SEED, CohortModel()))))
        bodies += json.loads(kept.read_text())
    print(coverage_table(bodies, load_model()))


def measure(woman: Woman) -> list[dict]:
    """Features of each of her bodies in each mask, and in the redrawn ones of the first."""
    phantom = make_phantom(woman.phantom)
    drawn = {"first": draw_as_observer(woman, phantom, 0), "second": draw_as_observer(woman, phantom, 1)}
    drawn["true"] = phantom.labels
    measured = []
    for level in woman.trabecular_hu:
        masks = {name: labels == int(level) for name, labels in drawn.items()}
        body = {name: extract_features(phantom.ct, mask, FROZEN_FEATURES, EXTRACTION) for name, mask in masks.items()}
        redrawn = perturbed_features(
            phantom.ct, masks["first"], FROZEN_FEATURES, EXTRACTION, PERTURBATION_REPEATS, PERTURBATION_SEED
        )
        measured.append({"redrawn": list(redrawn), **body})
    return measured


def coverage_table(bodies: Sequence[dict], model: RScoreModel) -> str:
    """How often each other score lies within the interval, and how far away it lies."""
    rows = []
    intervals = [
        centred_interval(model.r_score(body["first"]), [model.r_score(row) for row in body["redrawn"]])
        for body in bodies
    ]
    ends = np.array([[model.risk_index(found.low), model.risk_index(found.high)] for found in intervals])
    low, high = ends.min(axis=1), ends.max(axis=1)
    own = risk(bodies, "first", model)
    for name, key in OTHERS.items():
        other = risk(bodies, key, model)
        held = int(((low <= other) & (other <= high)).sum())
        apart = other - own
        rows.append(
            (
                name,
                f"{held} of {len(bodies)}",
                f"{np.median(high - low):.3f}",
                f"{np.mean(apart):+.3f}",
                f"{np.std(apart, ddof=1):.3f}",
                f"{np.abs(apart).max():.3f}",
            )
        )
    return markdown_table(
        ("other mask", "within the interval", "median width", "mean difference", "SD", "largest"), rows
    )


def risk(bodies: Sequence[dict], key: str, model: RScoreModel) -> np.ndarray:
    """Risk indices of all bodies in one mask."""
    return np.array([model.risk_index(model.r_score(body[key])) for body in bodies])


if __name__ == "__main__":
    main()
