"""Your own model beside a random forest and the T-score: features in a DataFrame, scikit-learn around it.

Run it with ``python Docs/examples/own_model.py FOLDER``; FOLDER gets a simulated cohort, unless it holds a feature
table of your own already (patient_id, level, group, pyradiomics' feature names, t_score), and the figures and the card.
Needs ``pip install ovcfrisk[training]``.
"""

import os
import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from OVCFRiskLib.estimators import ICCSelector, RScoreClassifier, read_features
from OVCFRiskLib.figures.style import BLUE, GREEN, VERMILLION, draw, new_figure, panel_title
from OVCFRiskLib.scoring.freezing import write_card
from OVCFRiskLib.simulation.cohort.simulated_cohort import simulate_cohort
from OVCFRiskLib.statistics.decision_curve import net_benefit, net_benefit_of_treating_all
from OVCFRiskLib.statistics.delong import delong_test, roc_auc
from OVCFRiskLib.statistics.roc import roc_curve
from OVCFRiskLib.training.description import gather_description

PATIENTS = 60  # enough to see something; simulating them takes minutes, goes on where it was broken off
COLORS = {"R-score": VERMILLION, "random forest": BLUE, "T-score": GREEN}


def out_of_fold(model, x, y, patients):
    """Probability of a fracture for every body, from a model that has not seen its patient."""
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=1)
    return cross_val_predict(model, x, y, groups=patients, cv=folds, method="predict_proba")[:, 1]


def main(folder):
    folder = Path(folder)
    if not (folder / "features.csv").is_file():
        simulate_cohort(folder, patients=PATIENTS, workers=os.cpu_count() or 1)
    x, outcomes = read_features(folder / "features.csv")
    second = folder / "features_observer2.csv"
    observer = read_features(second, list(x.columns), has_outcome=False)[0] if second.is_file() else None
    y = (outcomes["group"] == "OVCF").astype(int)
    patients = x.index.get_level_values("patient_id")

    # 1. three markers on the same bodies; models are judged on patients they have not seen
    ours = make_pipeline(ICCSelector(observer).set_output(transform="pandas"), RScoreClassifier())
    forest = RandomForestClassifier(200, min_samples_leaf=3, random_state=1)
    risk = {
        "R-score": out_of_fold(ours, x, y, patients),
        "random forest": out_of_fold(forest, x, y, patients),
        "T-score": -outcomes["t_score"].to_numpy(),
    }
    for name, values in risk.items():
        area = roc_auc(y, values, positive=1, higher_is_positive=True)
        print(f"{name:14} AUC {area.value:.3f} (DeLong {area.lower:.3f}-{area.upper:.3f})")
    for name in ("random forest", "T-score"):
        test = delong_test(y, risk["R-score"], risk[name], positive=1, higher_is_positive=True)
        print(f"R-score - {name}: {test.difference:+.3f}, p = {test.p_value:.3f} (DeLong, bodies taken as independent)")

    # 2. figures
    for suffix, content in draw(lambda: figure(y.to_numpy(), risk)).items():
        (folder / f"own_model{suffix}").write_bytes(content)

    # 3. freeze: trained on all patients, described, written as a card that `ovcfrisk score --model` takes
    ours.fit(x, y, rscoreclassifier__groups=patients)
    card = ours[-1].to_card(gather_description(folder / "features.csv"), model_id="own-model", title="My R-score")
    write_card(card, folder / "own-model.json")
    again = RScoreClassifier.from_card(folder / "own-model.json")
    assert np.array_equal(again.r_score(x), ours[-1].r_score(ours[:-1].transform(x)))
    print(f"wrote own-model.json with {len(card['features'])} features and the figures to {folder}")


def figure(y, risk):
    """ROC curves, and the net benefit of the two models that give probabilities."""
    made, (left, right) = new_figure(7.2, 3.4, 2)
    for name, values in risk.items():
        curve = roc_curve(y, values, positive=1, higher_is_positive=True)
        left.plot(1 - curve.specificity, curve.sensitivity, color=COLORS[name], label=name)
    left.set(xlabel="1 − specificity", ylabel="Sensitivity", aspect="equal")
    left.legend(loc="lower right")
    panel_title(left, 0, "Patients not seen in training")
    thresholds = np.arange(0.05, 0.95, 0.01)
    for name in ("R-score", "random forest"):
        right.plot(thresholds, net_benefit(y, risk[name], thresholds), color=COLORS[name], label=name)
    right.plot(
        thresholds, net_benefit_of_treating_all(thresholds, y.mean()), color="0.5", linestyle=":", label="act on all"
    )
    right.axhline(0, color="0.2", linewidth=0.8)
    right.set(ylim=(-0.1, None), xlabel="Threshold probability", ylabel="Net benefit")
    right.legend(loc="lower left")
    panel_title(right, 1, "Decision curves")
    return made


if __name__ == "__main__":
    main(sys.argv[1])
