"""Progress is reported in one scale, and cancelling ends the step that asks."""

from __future__ import annotations

import pytest

from OVCFRiskLib.errors import CancelledError, MissingDependencyError, OVCFRiskError
from OVCFRiskLib.progress import part_of, report_progress


def test_without_a_callback_nothing_happens():
    report_progress(None, 0.5, "segment")
    assert part_of(None, 0.2, 0.6) is None


def test_a_step_inside_a_job_fills_its_share():
    heard = []
    step = part_of(lambda fraction, message: heard.append((fraction, message)) or True, 0.2, 0.6)
    for fraction in (0.0, 0.5, 1.0):
        report_progress(step, fraction, "L1")
    assert [message for _, message in heard] == ["L1"] * 3
    assert [fraction for fraction, _ in heard] == pytest.approx([0.2, 0.4, 0.6])


def test_steps_within_steps_stay_inside():
    heard = []
    outer = part_of(lambda fraction, _: heard.append(fraction) or True, 0.5, 1.0)
    report_progress(part_of(outer, 0.5, 1.0), 0.5, "x")
    assert heard == pytest.approx([0.875])


def test_false_cancels_and_names_the_step():
    with pytest.raises(CancelledError, match="fit the template"):
        report_progress(lambda *_: False, 0.3, "fit the template")


def test_a_callback_that_answers_nothing_does_not_cancel():
    report_progress(lambda *_: None, 0.3, "x")


def test_a_missing_package_is_named_with_its_installation():
    error = MissingDependencyError("highdicom", "DICOM export")
    assert isinstance(error, OVCFRiskError)
    assert isinstance(error, ValueError)
    assert str(error) == (
        "DICOM export needs the Python package 'highdicom', which is not installed here; "
        "install it with: pip install highdicom"
    )
    assert "pip install ovcfrisk[dicom]" in str(MissingDependencyError("x", "y", "pip install ovcfrisk[dicom]"))
