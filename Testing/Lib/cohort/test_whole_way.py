"""A tree of phantoms in VerSe's layout takes the whole way: cohort, batch, train, evaluate, card."""

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.cli import main
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

PATIENTS = 8
# A split into training and test rows by patient, so that both hold both groups whatever the seed.
TEST_PATIENTS = {"sub-verse001", "sub-verse002"}


def is_case(number):
    """Odd numbers have a fracture in the table: of T12, of which only the lower part is in view."""
    return number % 2 == 1


def phantom_of(number):
    """Denser bone in controls, anatomy and noise by number; L3 of patient 5 is crushed."""
    rng = np.random.default_rng(number)
    hu = (95.0 if is_case(number) else 150.0) + 12.0 * rng.normal()
    return make_phantom(
        PhantomSettings(
            seed=number,
            spacing_mm=(1.2, 1.2, 1.5),
            field_mm=(170.0, 150.0, 200.0),
            trabecular_hu=float(hu),
            fractures={LumbarLevel.L3: ("wedge", 0.35)} if number == 5 else {},
        )
    )


@pytest.fixture(scope="module")
def verse_of_phantoms(tmp_path_factory, verse_factory):
    """Folder of the tree, grades and people."""
    folder = tmp_path_factory.mktemp("verse")
    root, grades, people = folder / "VerSe", [], []
    for number in range(1, PATIENTS + 1):
        phantom = phantom_of(number)
        name = f"sub-verse{number:03d}"
        for kind, end, image in (("rawdata", "ct", phantom.ct), ("derivatives", "seg-vert_msk", phantom.vertebrae)):
            path = root / kind / name / f"{name}_{end}.nii.gz"
            path.parent.mkdir(parents=True)
            sitk.WriteImage(image, str(path))
        levels = {"L1": 0, "L2": 0, "L3": 2 if number == 5 else 0, "L4": 0}
        if is_case(number):
            levels["T12"] = 1
        grades.append(verse_factory.grade_row(number, age=60.0 + number, resolution=1.5, **levels))
        people.append(verse_factory.person_row(number))
    description = {"population": "phantoms in VerSe's layout", "is_simulated": True}
    (root / "description.json").write_text(json.dumps(description))
    verse_factory.write_workbook(folder / "grades.xlsx", verse_factory.GRADE_COLUMNS, grades)
    verse_factory.write_people(folder / "people.csv", people)
    return folder


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.xdist_group("whole_way")
def test_phantoms_take_the_whole_way_from_tables_to_a_card(verse_of_phantoms, capsys):
    folder = verse_of_phantoms
    study, results, card = folder / "study", folder / "results", folder / "card" / "phantoms.json"
    tables = ["--grades", str(folder / "grades.xlsx"), "--people", str(folder / "people.csv")]
    assert main(["cohort", "verse", str(folder / "VerSe"), *tables, "--out", str(study)]) == 0
    cohort = rows_of(study / "cohort.csv")
    assert len(cohort) == 4 * PATIENTS - 1  # all bodies but the crushed one

    assert main(["batch", str(study / "manifest.csv"), "--features", "--out", str(results), "--quiet"]) in (0, 1)
    features = rows_of(results / "features.csv")
    description = json.loads((results / "description.json").read_text())
    assert description["extraction"] == load_model().settings.to_dict()
    assert description["slice_thickness_range_mm"] == [1.5, 1.5]
    assert description["kvp_range"] is None
    measured = {(row["case_id"], row["level"]) for row in features}
    assert len(measured) >= 0.8 * len(cohort), rows_of(results / "scores.csv")

    # patients are split in the cohort, as a centre with a test set of its own would
    lines = [",".join((*cohort[0], "split"))]
    lines += [",".join((*row.values(), "test" if row["patient_id"] in TEST_PATIENTS else "train")) for row in cohort]
    (study / "cohort.csv").write_text("\n".join(lines) + "\n")
    options = ["--features", "the-eight", "--lambda", "0.02", "--folds", "3"]
    arguments = ["--cohort", str(study / "cohort.csv"), "--out", str(card), *options]
    assert main(["train", str(results / "features.csv"), *arguments]) == 0
    model = load_model(card)
    assert (model.status, model.settings.to_dict()) == ("demonstration", description["extraction"])
    assert model.training["population"] == "phantoms in VerSe's layout"
    assert model.training["kvp_range"] is None
    assert main(["models", "--verify", str(card)]) == 0
    trained = rows_of(card.parent / "training_scores.csv")
    assert {(row["patient_id"], row["level"]) for row in trained} <= {(r["patient_id"], r["level"]) for r in cohort}
    assert ("sub-verse005", "L3") not in {(row["patient_id"], row["level"]) for row in trained}
    assert {row["patient_id"] for row in trained if row["split"] == "test"} == TEST_PATIENTS

    evaluation = folder / "evaluation"
    assert (
        main(["evaluate", str(card.parent / "training_scores.csv"), "--model", str(card), "--out", str(evaluation)])
        == 0
    )
    document = json.loads((evaluation / "evaluation.json").read_text())
    # 55 HU between the groups at 12 HU within: a score that misses it is broken
    assert document["sets"]["test"]["discriminations"][0]["auc"]["value"] > 0.9
    capsys.readouterr()
