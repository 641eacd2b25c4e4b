"""`--complete`: one point in, four bodies out, every proposed point marked wherever the result is read."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.scored_ct import BodySource
from OVCFRiskLib.simulation.phantom import Phantom, PhantomSettings, make_phantom

pytestmark = pytest.mark.xdist_group("complete")


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> tuple[str, str, Phantom]:
    """A CT of thin bone as a file, and one point as text."""
    phantom = make_phantom(
        PhantomSettings(
            seed=3,
            trabecular_hu=60.0,
            cortex_mm=0.3,
            field_mm=(110.0, 130.0, 190.0),
            shift_mm=(0.0, 15.0, 0.0),
            spacing_mm=(0.9, 0.9, 1.25),
        )
    )
    path = tmp_path_factory.mktemp("complete") / "ct.nii.gz"
    sitk.WriteImage(phantom.ct, str(path))
    x, y, z = phantom.points[LumbarLevel.L3]
    return str(path), f"L3={-x + 2:.1f},{-y - 3:.1f},{z + 3:.1f}", phantom


def test_segment_finds_all_four(case, tmp_path, capsys):
    ct, point, phantom = case
    out = tmp_path / "labels.nii.gz"
    assert main(["segment", ct, "--points", point, "--complete", "--out", str(out)]) == 0
    found, known = sitk.GetArrayFromImage(sitk.ReadImage(str(out))), sitk.GetArrayFromImage(phantom.labels)
    for level in LumbarLevel:
        both = np.count_nonzero((found == level) & (known == level))
        assert 2 * both / (np.count_nonzero(found == level) + np.count_nonzero(known == level)) > 0.95
    assert "proposed points, not clicked: L1" in capsys.readouterr().err


def test_score_marks_what_was_proposed(case, tmp_path):
    ct, point, _ = case
    main(["score", ct, "--points", point, "--complete", "--out", str(tmp_path / "out")])
    document = json.loads((tmp_path / "out" / "assessment.json").read_text())
    text = json.dumps(document)
    assert text.count("proposed_point") >= 3
    assert "was proposed" in (tmp_path / "out" / "report.html").read_text()


def test_labels_have_no_points_to_complete():
    with pytest.raises(OVCFRiskError, match="--complete"):
        BodySource(labels="labels.nii.gz", complete=True)


def test_segment_says_that_a_name_is_wrong(tmp_path, capsys):
    """The ribs that T12 carries are in the field: L1 and L2 clicked as L2 and L3."""
    phantom = make_phantom(PhantomSettings(spacing_mm=(1.2, 1.2, 2.0), field_mm=(150.0, 140.0, 225.0)))
    sitk.WriteImage(phantom.ct, str(tmp_path / "ct.nii.gz"))
    clicks = {LumbarLevel(level + 1): phantom.points[level] for level in (LumbarLevel.L1, LumbarLevel.L2)}
    text = ";".join(f"{level.name}={-x:.1f},{-y:.1f},{z:.1f}" for level, (x, y, z) in clicks.items())
    assert main(["segment", str(tmp_path / "ct.nii.gz"), "--points", text, "--out", str(tmp_path / "l.nii.gz")]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "The names of the levels are in doubt: ribs leave the body counted as L1 on both sides" in said
