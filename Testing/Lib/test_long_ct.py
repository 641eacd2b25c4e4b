"""The result of a long CT, of which the part around the spine is read, is that of the whole CT, to the byte."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib import assess, spine_region
from OVCFRiskLib.ct import open_ct, read_ct, read_ct_and_acquisition
from OVCFRiskLib.findings.model_codes import MASK_ORIGIN
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.report.data.json_document import assessment_text
from OVCFRiskLib.report.data.label_file import write_labels
from OVCFRiskLib.robustness.moved_points import repeat_clicks
from OVCFRiskLib.scored_ct import BodySource, score_ct, score_file
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.volume_part import image_sha256

L1, L2, L3, L4 = LumbarLevel
SLICES = 400


@pytest.fixture(scope="module")
def lengthened():
    """The function of `long_ct.py`."""
    specification = importlib.util.spec_from_file_location("long_ct", Path(__file__).with_name("long_ct.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.lengthened


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(PhantomSettings(spacing_mm=(1.4, 1.4, 2.5), field_mm=(120.0, 125.0, 190.0)))


@pytest.fixture(autouse=True)
def few_masks(monkeypatch):
    monkeypatch.setattr(assess, "PERTURBATION_REPEATS", 4)


def written(scored, folder):
    """Files of a result, and its document."""
    scored.write(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_same(path, source, tmp_path, with_files=False):
    """Read whole or around the spine, the result is the same."""
    ct, acquisition = read_ct_and_acquisition(path)
    expected = score_ct(ct, source, acquisition=acquisition)
    found = score_file(path, None, source)
    assert not found.ct.is_whole
    assert assessment_text(found.assessment) == assessment_text(expected.assessment)
    assert found.assessment.provenance.ct_sha256 == image_sha256(ct)
    labels = found.labels.filled()
    assert image_sha256(labels) == image_sha256(expected.labels.filled())
    assert found.assessment.provenance.labels_sha256 == image_sha256(labels)
    assert found.notes == expected.notes
    if with_files:
        assert written(found, tmp_path / "part") == written(expected, tmp_path / "whole")
    return found


def test_points(phantom, lengthened, tmp_path):
    sitk.WriteImage(lengthened(phantom.ct, SLICES), str(tmp_path / "ct.nii.gz"))
    found = assert_same(tmp_path / "ct.nii.gz", BodySource(phantom.points), tmp_path, with_files=True)
    assert found.assessment.is_complete


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mha"])
def test_text_headers(phantom, lengthened, tmp_path, name):
    sitk.WriteImage(lengthened(phantom.ct, SLICES), str(tmp_path / name), name.endswith("nrrd"))
    assert_same(tmp_path / name, BodySource(phantom.points), tmp_path)


@pytest.mark.parametrize("name", ["ct.nhdr", "ct.mhd"])
def test_voxels_in_another_file(phantom, lengthened, tmp_path, name):
    sitk.WriteImage(lengthened(phantom.ct, SLICES), str(tmp_path / name), name.endswith("nhdr"))
    assert_same(tmp_path / name, BodySource(phantom.points), tmp_path)


@pytest.mark.parametrize("kind", ["fractions", "beyond 16 bits", "a scale of fractions"])
def test_hu_that_are_no_whole_numbers_of_16_bits(phantom, lengthened, tmp_path, kind):
    ct, path = lengthened(phantom.ct, SLICES), tmp_path / "ct.nii"
    if kind == "fractions":
        ct = sitk.Cast(ct, sitk.sitkFloat32) + 0.375
    elif kind == "beyond 16 bits":
        ct = sitk.Cast(ct, sitk.sitkInt32)
        ct[3, 3, SLICES - 2] = 50_000
    sitk.WriteImage(ct, str(path))
    if kind == "a scale of fractions":
        data = bytearray(path.read_bytes())
        data[112:120] = np.array([0.9, -3.3], "<f4").tobytes()
        path.write_bytes(data)
    assert_same(path, BodySource(phantom.points), tmp_path)


def test_frames_of_one_file(phantom, lengthened, tmp_path, dicom_factory):
    path = dicom_factory.write_multi_frame(tmp_path / "ct.dcm", lengthened(phantom.ct, 200))
    assert_same(path, BodySource({L4: phantom.points[L4]}), tmp_path)


@pytest.mark.parametrize("axes", ["SAR"])
def test_axes(phantom, lengthened, tmp_path, axes):
    sitk.WriteImage(sitk.DICOMOrient(lengthened(phantom.ct, SLICES), axes), str(tmp_path / "ct.nii"))
    assert_same(tmp_path / "ct.nii", BodySource(phantom.points), tmp_path)


def test_tilted_slices(phantom, lengthened, tmp_path):
    turn = sitk.Euler3DTransform((0.0, 0.0, 0.0), np.radians(20), 0.0, 0.0)
    ct = lengthened(phantom.ct, SLICES)
    ct.SetDirection(np.array(turn.GetMatrix()))
    ct.SetOrigin(turn.TransformPoint(ct.GetOrigin()))
    points = {level: turn.TransformPoint(point) for level, point in phantom.points.items()}
    sitk.WriteImage(ct, str(tmp_path / "ct.nii.gz"))
    assert_same(tmp_path / "ct.nii.gz", BodySource(points), tmp_path)


def test_dicom(phantom, lengthened, tmp_path, dicom_factory):
    dicom_factory.write_series(tmp_path / "dicom", lengthened(phantom.ct, 200))
    assert_same(tmp_path / "dicom", BodySource({L4: phantom.points[L4]}), tmp_path)


def test_the_end_of_the_field(phantom, lengthened, tmp_path):
    # half of the phantom's lower margin is left: L4 is whole, L5 is not seen
    sitk.WriteImage(lengthened(phantom.ct, SLICES, shift=(SLICES - 76) // 2)[:, :, 8:], str(tmp_path / "ct.nii.gz"))
    assert_same(tmp_path / "ct.nii.gz", BodySource(phantom.points), tmp_path)


@pytest.mark.parametrize("level", [L3])
def test_one_point_and_the_others_found(phantom, lengthened, tmp_path, level):
    sitk.WriteImage(lengthened(phantom.ct, SLICES), str(tmp_path / "ct.nii.gz"))
    source = BodySource({level: phantom.points[level]}, complete=True)
    found = assert_same(tmp_path / "ct.nii.gz", source, tmp_path)
    assert found.assessment.level(L4).score is not None


def test_labels_and_the_labels_that_points_gave(phantom, lengthened, tmp_path):
    ct = lengthened(phantom.ct, SLICES)
    sitk.WriteImage(ct, str(tmp_path / "ct.nii.gz"))
    by_points = score_file(tmp_path / "ct.nii.gz", None, BodySource(phantom.points))
    labels = tmp_path / "labels.nii.gz"
    write_labels(by_points.labels, labels, own=tuple(phantom.points))
    found = assert_same(tmp_path / "ct.nii.gz", BodySource(labels=labels), tmp_path)
    assert assessment_text(found.assessment) == assessment_text(by_points.assessment)
    write_labels(by_points.labels, labels)
    imported = score_file(tmp_path / "ct.nii.gz", None, BodySource(labels=labels)).assessment
    assert {row.mask_origin for row in imported.levels} == {MaskOrigin.IMPORTED}
    assert text_without_origin(imported) == text_without_origin(by_points.assessment)


def text_without_origin(assessment):
    """A document without where the masks come from."""
    rows = tuple(dataclasses.replace(row, mask_origin=None) for row in assessment.levels)
    findings = tuple(finding for finding in assessment.findings if finding.code != MASK_ORIGIN.code)
    return assessment_text(dataclasses.replace(assessment, levels=rows, findings=findings))


def test_nothing_depends_on_where_the_region_ends(phantom, lengthened, tmp_path, monkeypatch):
    ct = lengthened(phantom.ct, SLICES)
    part = score_ct(ct, BodySource(phantom.points))
    monkeypatch.setattr(spine_region, "_margin", lambda _grid, _axis: float(SLICES))
    whole = score_ct(ct, BodySource(phantom.points))
    assert whole.ct.is_whole
    assert not part.ct.is_whole
    assert assessment_text(part.assessment) == assessment_text(whole.assessment)
    files = [written(scored, tmp_path / name) for scored, name in ((part, "part"), (whole, "whole"))]
    assert files[0] == files[1]


def test_moved_points(phantom, lengthened, tmp_path):
    path = tmp_path / "ct.nii.gz"
    sitk.WriteImage(lengthened(phantom.ct, SLICES), str(path))
    opened = open_ct(path)
    part, _ = opened.read(spine_region.region_of_points(opened.grid, phantom.points, moved_mm=4.0))
    assert not part.is_whole
    points = {level: phantom.points[level] for level in (L1, L4)}
    of_part, of_whole = (
        repeat_clicks(ct, points, load_model(), repeats=2, jitter_mm=4.0) for ct in (part, read_ct(path))
    )
    assert assessment_text(of_part.reference) == assessment_text(of_whole.reference)
    assert len(of_part.levels) == 2
    for one, other in zip(of_part.levels, of_whole.levels, strict=True):
        for name in ("dice", "volume_ml", "r_score", "risk_index"):
            assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert of_part.reliability == of_whole.reliability
