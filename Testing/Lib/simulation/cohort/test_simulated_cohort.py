"""A simulated cohort: who is in it, what is written, the same bytes however it was made."""

import csv
import json
from collections import Counter

import numpy as np
import pytest

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.field_of_view import touched_faces
from OVCFRiskLib.radiomics import FROZEN_FEATURES
from OVCFRiskLib.simulation.cohort import simulated_cohort
from OVCFRiskLib.simulation.cohort.cohort_model import STATEMENT, CohortModel
from OVCFRiskLib.simulation.cohort.simulated_cohort import simulate_cohort
from OVCFRiskLib.simulation.cohort.woman import draw_woman
from OVCFRiskLib.simulation.phantom import make_phantom

TABLES = ("features.csv", "features_observer2.csv", "cohort.csv", "description.json", "parameters.json")
PATIENTS, SEED = 4, 3
# Coarse voxels, for the time it takes.
COARSE = CohortModel(pixel_mm=(1.0, 1.2), slices_mm=(2.0,))


def women(patients=145, seed=20250601):
    return [draw_woman(number, patients, seed, CohortModel()) for number in range(patients)]


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small cohort, made in one go by one process."""
    return simulate_cohort(tmp_path_factory.mktemp("cohort") / "one", PATIENTS, SEED, model=COARSE)


def test_the_cohort_is_like_the_papers():
    drawn = women()
    groups = Counter(woman.group for woman in drawn)
    assert groups == {"OVCF": 96, "NF": 49}
    bodies = {g: sum(len(w.trabecular_hu) for w in drawn if w.group == g) for g in groups}
    assert bodies["OVCF"] == pytest.approx(173, abs=20)
    assert bodies["NF"] == pytest.approx(156, abs=20)
    assert min(len(woman.trabecular_hu) for woman in drawn) >= 1


def test_t_score_and_density_hang_together_and_separate_the_groups():
    drawn = women(400, 1)
    t = np.array([woman.t_score for woman in drawn])
    hu = np.array([np.mean(list(woman.trabecular_hu.values())) for woman in drawn])
    has_fracture = np.array([woman.group == "OVCF" for woman in drawn])
    assert 0.5 < np.corrcoef(t, hu)[0, 1] < 0.9
    pairs = t[has_fracture][:, None] < t[~has_fracture][None]
    # AUC of the T-score in the paper: 0.845 in training, 0.818 in the test set
    assert 0.78 < pairs.mean() < 0.90


def test_each_woman_has_a_stream_of_her_own():
    assert women(10, 4)[3] == draw_woman(3, 10, 4, CohortModel())
    assert women(10, 4)[3] != women(10, 5)[3]


def test_what_is_written(made):
    first, second, scans = (rows(made / name) for name in TABLES[:3])
    assert list(first[0]) == ["patient_id", "level", "group", "t_score", "age", *FROZEN_FEATURES]
    assert list(second[0]) == ["patient_id", "level", *FROZEN_FEATURES]
    assert [(r["patient_id"], r["level"]) for r in first] == [(r["patient_id"], r["level"]) for r in second]
    assert [scan["patient_id"] for scan in scans] == [f"S{n:04d}" for n in range(1, PATIENTS + 1)]
    assert sum(len(scan["levels"].split()) for scan in scans) == len(first)
    parameters = json.loads((made / "parameters.json").read_text(encoding="utf-8"))
    assert parameters["statement"] == STATEMENT
    assert "Simulated" in STATEMENT
    assert parameters["sources"]
    assert parameters["seed"] == SEED
    description = json.loads((made / "description.json").read_text(encoding="utf-8"))
    assert description["is_simulated"]
    assert STATEMENT in description["population"]


def test_the_observers_differ_a_little(made):
    first, second = (
        np.array([[float(row[name]) for name in FROZEN_FEATURES] for row in rows(made / table)]) for table in TABLES[:2]
    )
    assert (first != second).any(axis=1).all()
    assert np.median(np.abs(first - second) / first.std(axis=0)) < 0.5


def test_two_processes_give_the_same_bytes(made, tmp_path):
    folder = simulate_cohort(tmp_path / "two", PATIENTS, SEED, workers=2, model=COARSE)
    for name in TABLES:
        assert (folder / name).read_bytes() == (made / name).read_bytes(), name


def invented(woman, names):
    """In place of a measurement, for the time that takes: other numbers for every body and observer."""
    return [[dict.fromkeys(names, hu + observer) for observer in range(2)] for hu in woman.trabecular_hu.values()]


def test_a_broken_off_run_goes_on_and_repeats_nothing(tmp_path, monkeypatch):
    folder, whole, measured = tmp_path / "cohort", tmp_path / "whole", []
    monkeypatch.setattr(
        simulated_cohort, "measure_woman", lambda woman, names: measured.append(woman) or invented(woman, names)
    )
    with pytest.raises(CancelledError):
        simulate_cohort(folder, PATIENTS, SEED, progress=lambda fraction, message: fraction < 0.5)
    assert 0 < len(measured) < PATIENTS
    assert not (folder / "features.csv").exists()
    simulate_cohort(folder, PATIENTS, SEED)
    assert len(measured) == PATIENTS == len({woman.patient_id for woman in measured})
    simulate_cohort(whole, PATIENTS, SEED)
    for name in TABLES:
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name


def test_a_folder_of_another_simulation_is_refused(made):
    before = (made / "features.csv").read_bytes()
    with pytest.raises(OVCFRiskError, match="another simulation"):
        simulate_cohort(made, PATIENTS, SEED + 1, model=COARSE)
    assert (made / "features.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--patients", "1"), "--patients: expected 2, one with and one without a fracture, to 100000, got 1"),
        (("--seed", "-1"), "seed: expected 0 or a positive whole number, got -1"),
        (("--workers", "0"), "--workers: expected at least 1 process, got 0"),
    ],
)
def test_bad_arguments_are_told_and_nothing_is_written(tmp_path, capsys, arguments, message):
    assert main(["simulate", "--set", "frozen", "--out", str(tmp_path / "cohort"), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "cohort").exists()


def test_the_command_says_what_it_wrote_and_that_it_is_simulated(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(simulated_cohort, "measure_woman", invented)
    folder = tmp_path / "cohort"
    assert main(["simulate", "--set", "frozen", "--patients", "2", "--workers", "1", "--out", str(folder)]) == 0
    output = capsys.readouterr().out
    assert STATEMENT in output
    assert all(name in output and (folder / name).is_file() for name in TABLES)


def test_the_field_of_view_holds_the_bodies():
    phantom = make_phantom(draw_woman(0, PATIENTS, SEED, COARSE).phantom)
    bodies = cut_out_levels(phantom.labels)
    assert list(bodies) == list(LumbarLevel)
    assert not any(touched_faces(body) for body in bodies.values())


def test_a_body_whose_mask_an_observer_rejects_is_not_in_the_table(tmp_path, monkeypatch):
    """Not in that observer's table; and in none when it is the first one's, whose rows are learnt from."""
    rejected = iter([(True, False), (False, True)])

    def measured(woman, names):
        features = dict.fromkeys(names, 1.0)
        return [[None if no else features for no in next(rejected, (False, False))] for _ in woman.trabecular_hu]

    monkeypatch.setattr(simulated_cohort, "measure_woman", measured)
    folder = simulate_cohort(tmp_path / "cohort", PATIENTS, SEED, model=COARSE)
    bodies = sum(len(draw_woman(n, PATIENTS, SEED, COARSE).trabecular_hu) for n in range(PATIENTS))
    assert [len(rows(folder / name)) for name in TABLES[:2]] == [bodies - 1, bodies - 2]
