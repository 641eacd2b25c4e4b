"""A published model becomes a frozen card only when nothing is missing."""

import csv
import json

import pytest

from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.scoring.published import import_published


@pytest.fixture
def published():
    """Numbers as a paper could print them; two features, a low score means risk."""
    return {
        "id": "centre-2030",
        "title": "R-score of a centre",
        "reference": "A paper",
        "features": [
            {"name": "original_firstorder_Median", "mean": 150.0, "sd": 40.0, "coefficient": 0.12},
            {"name": "original_glcm_Imc2", "mean": 0.8, "sd": 0.05, "coefficient": -0.03},
        ],
        "intercept": 0.48,
        "link": "identity",
        "cutoff": 0.5,
        "positive_class": "NF",
        "higher_is_risk": False,
        "risk_index_scale": 0.14,
        "extraction": {
            "bin_width": 25.0,
            "resampled_spacing": [1.0, 1.0, 1.0],
            "interpolator": "linear",
            "resegment_range": None,
        },
        "training": {
            "population": "200 women",
            "procedure": "LASSO",
            "patients": 200,
            "vertebrae": {"OVCF": 250, "NF": 240},
            "mean_r_score": {"OVCF": 0.4, "NF": 0.6},
            "auc": 0.85,
            "slice_thickness_range_mm": [1.0, 1.25],
            "pixel_spacing_range_mm": [0.3, 0.8],
            "kvp_range": [120.0, 120.0],
            "contrast": False,
            "z_covariance": [[1.0, 0.2], [0.2, 1.0]],
        },
    }


@pytest.fixture
def write(tmp_path):
    """Write a published model as JSON and give its path."""

    def run(published):
        path = tmp_path / "published.json"
        path.write_text(json.dumps(published))
        return path

    return run


def write_csv(published, path):
    """The same numbers as a spreadsheet holds them."""

    def lines(part, prefix=""):
        for key, value in part.items():
            if isinstance(value, dict):
                yield from lines(value, f"{prefix}{key}.")
            elif key != "features":
                yield [prefix + key, value if isinstance(value, str) else json.dumps(value).upper(), "", "", ""]

    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["field", "value", "mean", "sd", "coefficient"])
        writer.writerows(["feature", *term.values()] for term in published["features"])
        writer.writerows(lines(published))
    return path


def test_an_imported_model_scores_as_published(published, write):
    model_file = write(published)
    card = import_published(model_file)
    assert card["status"] == "research"
    assert set(card["training"]["input_sha256"]) == {model_file.name}
    out = model_file.with_name("card.json")
    assert main(["models", "--import", str(model_file), "--out", str(out)]) == 0
    model = load_model(out)
    features = {"original_firstorder_Median": 110.0, "original_glcm_Imc2": 0.85}
    assert model.r_score(features) == pytest.approx(0.48 + 0.12 * -1 - 0.03 * 1, abs=1e-12)
    assert model.risk_index(0.4) > 0.5 > model.risk_index(0.6)
    assert main(["models", "--verify", str(out)]) == 0


def test_a_paper_may_say_how_its_masks_were_drawn(published, write):
    published["mask_origins"] = ["by hand"]
    out = write(published).with_name("card.json")
    assert main(["models", "--import", str(write(published)), "--out", str(out)]) == 0
    assert load_model(out).mask_origins == (MaskOrigin.BY_HAND,)
    with pytest.raises(OVCFRiskError, match="mask_origins"):
        import_published(write(published | {"mask_origins": ["by magic"]}))


def test_a_spreadsheet_gives_the_same_card(published, write, tmp_path):
    wanted = import_published(write(published))
    found = import_published(write_csv(published, tmp_path / "published.csv"))
    differing = {key for key in wanted if wanted[key] != found[key]}
    assert differing == {"training", "sha256"}
    assert {k: v for k, v in found["training"].items() if k != "input_sha256"} == {
        k: v for k, v in wanted["training"].items() if k != "input_sha256"
    }


def paths_of(part, prefix=()):
    """Every key of nested objects and of the first feature."""
    for key, value in part.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from paths_of(value, (*prefix, key))
    if not prefix:
        yield from (("features", 0, key) for key in part["features"][0])


def test_whatever_is_left_out_is_named_and_nothing_is_written(published, write, tmp_path, capsys):
    for path in list(paths_of(published)):
        spoilt = json.loads(json.dumps(published))
        place = spoilt
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        file = write(spoilt)
        with pytest.raises(OVCFRiskError) as error:
            import_published(file)
        named = str(path[-1]) if path[-1] not in ("OVCF", "NF") else path[-2]  # a class inside a field
        assert named in str(error.value), path
        assert main(["models", "--import", str(file), "--out", str(tmp_path / "card.json")]) == 2
    assert not (tmp_path / "card.json").exists()
    assert "nothing is assumed" in capsys.readouterr().err


def test_independence_of_features_must_be_said_and_is_recorded(published, write):
    published["training"]["z_covariance"] = "independent"
    card = import_published(write(published))
    assert card["training"]["z_covariance"] == [[1.0, 0.0], [0.0, 1.0]]
    assert "independent" in card["training"]["procedure"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"higher_is_risk": True}, "'higher_is_risk' is True but 'positive_class' is NF"),
        ({"positive_class": "OVCF", "higher_is_risk": True}, "the direction is wrong"),
        ({"cutoff": "0,5"}, "field 'cutoff' must be a number"),
        ({"cut_off": 0.5}, "unknown field 'cut_off'"),
        ({"features": []}, "lacks features"),
        ({"features": [{"name": "a", "mean": 1.0, "sd": 0.0, "coefficient": 1.0}]}, r"features\[0\].sd' must be"),
    ],
)
def test_what_contradicts_itself_is_refused(published, write, change, message):
    with pytest.raises(OVCFRiskError, match=message):
        import_published(write(published | change))


def test_unreadable_files_are_told(tmp_path):
    with pytest.raises(OVCFRiskError, match="cannot be read"):
        import_published(tmp_path / "absent.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(OVCFRiskError, match="not valid JSON"):
        import_published(broken)
    comma = tmp_path / "comma.csv"
    comma.write_text('field,value,mean,sd,coefficient\nfeature,a,"1,5",1,1\n')
    with pytest.raises(
        OVCFRiskError, match=r"line 2, column 'mean': expected a number, got '1,5' with a decimal comma; write 1\.5"
    ):
        import_published(comma)
