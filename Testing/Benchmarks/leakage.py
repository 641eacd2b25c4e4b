"""What splitting by vertebra pretends: python Testing/Benchmarks/leakage.py [--repeats N] [FEATURES.csv]

Without signal: 145 women (96 with, 49 without OVCF) with 329 bodies and 107 features that tell women apart but not the
groups. Each line is the mean test AUC of N random 7:3 splits, trained the same way but for the split: by vertebra with
scaling before it, as Yu et al. 2025, or by patient with scaling on the training rows. The correlation of two bodies of
one woman is varied, because the leak lives on it. With a feature table, the outcome of that table is shuffled among its
women instead.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from OVCFRiskLib.radiomics.names import ALL_FEATURES
from OVCFRiskLib.training.feature_table import FeatureTable, read_feature_table
from OVCFRiskLib.training.leakage import SPLITS_COMPARED, RepeatedSplits, repeated_splits
from OVCFRiskLib.training.options import PAPER_LAMBDA, TrainingOptions

OVCF_WOMEN, NF_WOMEN, BODIES = 96, 49, 329
LEVELS = ("L1", "L2", "L3", "L4")
WITHIN_WOMAN_CORRELATIONS = (0.0, 0.5, 0.8, 0.9, 0.95)


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", metavar="FEATURES.csv", type=Path)
    parser.add_argument("--repeats", type=int, default=40)
    arguments = parser.parse_args()
    print(
        "| bodies of one woman | LASSO | split by vertebra, scaled before | split by patient, scaled on training rows |"
    )
    print("| --- | --- | --- | --- |")
    if arguments.table is not None:
        report(
            read_feature_table(arguments.table), f"{arguments.table.name}, outcome shuffled", arguments.repeats, True
        )
        return
    for correlation in WITHIN_WOMAN_CORRELATIONS:
        report(table_without_signal(correlation), f"correlation {correlation:g}", arguments.repeats, True)


def report(table: FeatureTable, name: str, repeats: int, shuffle_outcome: bool) -> None:
    """One line per way to choose lambda."""
    for rule, lasso_lambda in ((f"lambda {PAPER_LAMBDA}", PAPER_LAMBDA), ("1-SE rule", None)):
        cells = []
        for changes in SPLITS_COMPARED.values():
            options = TrainingOptions(family="gaussian", positive_class="NF", lasso_lambda=lasso_lambda, **changes)
            cells.append(cell(repeated_splits(table, options, repeats, shuffle_outcome)))
        print(f"| {name} | {rule} | {' | '.join(cells)} |", flush=True)


def cell(found: RepeatedSplits) -> str:
    """Mean with its standard error, and how often there was no model (AUC 0.5)."""
    error = found.aucs.std(ddof=1) / np.sqrt(len(found.aucs))
    empty = f", no model in {found.without_model} of {len(found.aucs)}" if found.without_model else ""
    return f"{found.mean:.3f} ± {error:.3f}{empty}"


def table_without_signal(correlation: float, seed: int = 20250601) -> FeatureTable:
    """A cohort of the paper's size whose features know the woman but not her group.

    Features share 12 hidden factors, as radiomics features do; ``correlation`` is that of a feature between two bodies
    of one woman.
    """
    rng = np.random.default_rng(seed)
    women = OVCF_WOMEN + NF_WOMEN
    counts = np.full(women, BODIES // women)
    counts[rng.permutation(women)[: BODIES % women]] += 1
    owner = np.repeat(np.arange(women), counts)
    groups = np.where(np.arange(women) < OVCF_WOMEN, "OVCF", "NF")
    loadings = rng.normal(size=(12, len(ALL_FEATURES)))

    def draw(rows: int) -> np.ndarray:
        return (
            rng.normal(size=(rows, 12)) @ loadings / np.sqrt(24) + rng.normal(size=(rows, len(ALL_FEATURES))) / 2**0.5
        )

    values = np.sqrt(correlation) * draw(women)[owner] + np.sqrt(1 - correlation) * draw(BODIES)
    return FeatureTable(
        name="without signal",
        sha256="",
        features=ALL_FEATURES,
        values=values,
        patients=np.array([f"P{number:03d}" for number in owner]),
        levels=np.array([LEVELS[i] for count in counts for i in range(count)]),
        groups=groups[owner],
        t_scores=None,
        ages=None,
        sets=None,
        lines=tuple(range(2, BODIES + 2)),
    )


if __name__ == "__main__":
    main()
