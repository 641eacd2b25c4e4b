"""What a worker is given: it travels between processes, is a key of caches, and reaches the case unchanged."""

import dataclasses
import pickle
from pathlib import Path

import pytest

from OVCFRiskLib import __version__
from OVCFRiskLib.batch.case import OutputError, _model
from OVCFRiskLib.batch.case_settings import CaseSettings
from OVCFRiskLib.scoring import load_model


@pytest.fixture
def settings(tmp_path) -> CaseSettings:
    return CaseSettings(tmp_path / "out", tmp_path, None, load_model(None).sha256, __version__, complete=True)


def test_settings_survive_the_way_to_a_worker_and_are_a_key(settings):
    there = pickle.loads(pickle.dumps(settings))
    assert there == settings
    assert hash(there) == hash(settings)
    assert there.complete is True
    assert isinstance(there.out, Path)


def test_settings_cannot_be_changed_under_a_running_batch(settings):
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.complete = False


def test_points_are_completed_and_second_observers_measured_only_when_asked_for(tmp_path):
    plain = CaseSettings(tmp_path, tmp_path, None, "0" * 64, "1")
    assert (plain.complete, plain.observers, plain.with_reports, plain.feature_set) == (False, 1, False, None)


def test_a_worker_with_the_batchs_model_and_version_takes_it(settings):
    assert _model(settings).sha256 == settings.model_sha256


@pytest.mark.parametrize("other", [{"model_sha256": "0" * 64}, {"software_version": "0.0.1"}])
def test_a_worker_with_another_model_or_version_refuses(settings, other):
    with pytest.raises(OutputError, match="install the same on every node"):
        _model(dataclasses.replace(settings, **other))
