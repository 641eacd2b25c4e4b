"""The example of the documentation runs, on a small cohort."""

import importlib.util
import json
from pathlib import Path

import pytest

from OVCFRiskLib.scoring import load_model

EXAMPLE = Path(__file__).parents[3] / "Docs" / "examples" / "own_model.py"


@pytest.mark.filterwarnings("ignore")
def test_the_example_runs(feature_rows, tmp_path, capsys):
    (tmp_path / "features.csv").write_text(feature_rows.table_text(feature_rows.simulate_rows(40)))
    (tmp_path / "features_observer2.csv").write_text(
        feature_rows.table_text(feature_rows.simulate_rows(40, observer_noise=0.3))
    )
    (tmp_path / "description.json").write_text(json.dumps(feature_rows.DESCRIPTION))
    specification = importlib.util.spec_from_file_location("own_model", EXAMPLE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module.main(tmp_path)
    printed = capsys.readouterr().out
    assert "R-score        AUC 0." in printed
    assert "R-score - T-score:" in printed
    assert load_model(tmp_path / "own-model.json").title == "My R-score"
    assert (tmp_path / "own_model.png").stat().st_size > 10_000
