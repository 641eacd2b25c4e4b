"""What is written for the archive, as pydicom, highdicom and dciodvfy see it."""

import datetime
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from OVCFRiskLib.assessment import Category, LevelAssessment, Status
from OVCFRiskLib.ct import read_ct, series_files
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.findings.model_codes import FEATURE_OUTSIDE_TRAINING
from OVCFRiskLib.geometry import lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import read_points
from OVCFRiskLib.report.archive import require_exportable, write_dicom
from OVCFRiskLib.report.archive.measurements import level_measurements
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY

L1, L2, L3, L4 = LumbarLevel


def complaints(path):
    """Lines of dciodvfy that begin with Error."""
    program = Path(sys.executable).with_name("dciodvfy")
    done = subprocess.run([program, "-new", path], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    assert any(line in ("Segmentation", "Comprehensive3DSR") for line in lines), lines[:5]
    return [line for line in lines if line.startswith("Error")]


@pytest.fixture(scope="module")
def written(case, dicom_factory, tmp_path_factory):
    """The case as a series, and the segmentation and report of it; L4 has no mask."""
    folder = tmp_path_factory.mktemp("dicom")
    dicom_factory.write_series(folder / "ct", case.ct, PatientName="Ångström^Eva", SpecificCharacterSet="ISO_IR 100")
    labels = sitk.Cast(case.labels * (case.labels != int(L4)), sitk.sitkUInt8)
    absent = LevelAssessment(L4, Status.NOT_SCORED, "outside the field of view")
    assessment = replace(case.assessment, levels=(*case.assessment.levels[:3], absent))
    files = write_dicom(assessment, labels, folder / "ct", None, folder / "out")
    return SimpleNamespace(
        files=files,
        labels=sitk.GetArrayFromImage(labels),
        assessment=assessment,
        source=[pydicom.dcmread(path) for path in series_files(folder / "ct")],
        segmentation=highdicom.seg.segread(files[0]),
        report=highdicom.sr.srread(files[1]),
    )


def test_valid_for_the_standard(written):
    assert [path.name for path in written.files] == ["segmentation.dcm", "measurements.dcm"]
    for path in written.files:
        assert complaints(path) == []


def test_the_masks_come_back_voxel_by_voxel(written):
    sources = [dataset.SOPInstanceUID for dataset in written.source]
    for number, level in enumerate((L1, L2, L3), start=1):
        back = written.segmentation.get_pixels_by_source_instance(sources, segment_numbers=[number])
        np.testing.assert_array_equal(back[..., 0] > 0, written.labels == level)


def test_segments_are_coded_bodies_of_their_levels(written):
    assert written.segmentation.number_of_segments == 3
    for number, (level, code) in enumerate(((L1, "66794005"), (L2, "14293000"), (L3, "36470004")), start=1):
        description = written.segmentation.get_segment_description(number)
        assert description.segment_label == f"{level.name} vertebral body"
        assert description.segmented_property_category.value == "91723000"
        assert description.segmented_property_type.value == "51282000"
        (region,) = description.anatomic_regions
        assert (region.value, region.scheme_designator, region.meaning) == (code, "SCT", f"{level.name} vertebra")


def test_both_belong_to_the_patient_and_study_and_refer_to_every_slice(written):
    source = written.source[0]
    sops = {dataset.SOPInstanceUID for dataset in written.source}
    for dataset in (written.segmentation, written.report):
        for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "StudyDate"):
            assert dataset[keyword].value == source[keyword].value
        assert dataset.SeriesInstanceUID != source.SeriesInstanceUID
    assert written.segmentation.FrameOfReferenceUID == source.FrameOfReferenceUID
    (referenced,) = written.segmentation.ReferencedSeriesSequence
    assert referenced.SeriesInstanceUID == source.SeriesInstanceUID
    assert {item.ReferencedSOPInstanceUID for item in referenced.ReferencedInstanceSequence} == sops
    evidence = {row[-2] for row in written.report.get_evidence()}
    assert evidence == sops | {written.segmentation.SOPInstanceUID}


def groups(report):
    """Measurement groups of bodies by their tracking identifier's level."""
    found = report.content.get_volumetric_roi_measurement_groups()
    return {group.tracking_identifier[:2]: group for group in found}


def test_the_report_holds_every_number(written):
    by_level = groups(written.report)
    assert set(by_level) == {"L1", "L2", "L3"}
    for name, group in by_level.items():
        row = written.assessment.level(LumbarLevel[name])
        told = {item.name.value: (item.value, item.unit.value) for item in group.get_measurements()}
        assert told == {item.name.value: (item.value, item.unit.value) for item in level_measurements(row)}
        score = row.score
        assert told["r_score"] == (score.r_score, "1")
        assert (told["risk_low"], told["risk_high"]) == ((score.risk_low, "1"), (score.risk_high, "1"))
        assert told["trabecular_hu"] == (row.trabecular.mean_hu, "[hnsf'U]")
        assert told["anterior_mm"] == (row.heights.anterior_mm, "mm")
        assert told["118565006"] == (row.volume_ml, "mL")
        assert told["Y12H"] == (row.features["original_firstorder_Median"], "[hnsf'U]")
        assert told["1X9X"] == (row.features["original_ngtdm_Strength"], "1")
        assert group.finding_sites[0].topographical_modifier is None
        assert group.finding_sites[0].value.value == LumbarLevel[name].snomed_code


def test_groups_refer_to_their_segments(written):
    for name, group in groups(written.report).items():
        reference = group.referenced_segment
        assert reference.referenced_sop_instance_uid == written.segmentation.SOPInstanceUID
        number = reference.referenced_segment_numbers[0]
        description = written.segmentation.get_segment_description(number)
        assert description.segment_label.startswith(name)
        assert group.tracking_uid == description.tracking_uid


def texts(dataset):
    """All text values below a dataset."""
    return [element.value for element in dataset.iterall() if element.keyword == "TextValue"]


def test_the_report_says_model_purpose_warnings_and_reasons(written):
    said = texts(written.report)
    provenance = written.assessment.provenance
    assert RESEARCH_ONLY in said
    assert f"model id: {provenance.model_id}" in said
    assert f"model SHA-256: {provenance.model_sha256}" in said
    assert summarise(written.assessment) in said
    assert "Not scored, because: outside the field of view" in said
    for warning in (*written.assessment.levels[0].warnings, written.assessment.findings[0]):
        assert warning.message in said
    assert (written.report.VerificationFlag, written.report.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")


def test_writing_again_makes_new_instances(case, dicom_factory, tmp_path):
    ct, labels = case.ct[:, :, 40:50], case.labels[:, :, 40:50]
    dicom_factory.write_series(tmp_path / "ct", ct)
    uids = set()
    for out in ("one", "two"):
        for path in write_dicom(case.assessment, labels, tmp_path / "ct", None, tmp_path / out):
            uids.add(str(pydicom.dcmread(path).SOPInstanceUID))
    assert len(uids) == 4


def test_a_multi_frame_ct(case, dicom_factory, tmp_path):
    paths = dicom_factory.write_series(tmp_path / "ct", case.ct, LossyImageCompression="00")
    slices = [pydicom.dcmread(path) for path in reversed(paths)]
    enhanced = highdicom.legacy.LegacyConvertedEnhancedCTImage(
        slices, highdicom.UID(), 7, highdicom.UID(), 1, transfer_syntax_uid="1.2.840.10008.1.2.1"
    )
    (tmp_path / "enhanced").mkdir()
    enhanced.save_as(tmp_path / "enhanced" / "ct.dcm")
    files = write_dicom(case.assessment, case.labels, tmp_path / "enhanced", None, tmp_path / "out")
    assert [complaints(path) for path in files] == [[], []]
    volume = highdicom.seg.segread(files[0]).get_volume(segment_numbers=[2])
    index = np.argwhere(volume.array[..., 0] > 0).mean(axis=0)
    place = (volume.affine @ [*index, 1])[:3]
    expected = np.argwhere(sitk.GetArrayViewFromImage(case.labels) == L2).mean(axis=0)
    np.testing.assert_allclose(lps_to_index(case.labels, place[None])[0], expected, atol=0.01)


def test_a_real_ct(shared_data, case, tmp_path):
    source = shared_data / "crlm-ct-1006-dicom"
    labels = sitk.Image(read_ct(source).GetSize(), sitk.sitkUInt8)
    labels.CopyInformation(read_ct(source))
    for level, point in read_points(shared_data / "crlm-ct-1006-points.mrk.json").items():
        k, j, i = np.rint(lps_to_index(labels, np.array([point]))[0]).astype(int).tolist()
        labels[i - 20 : i + 20, j - 15 : j + 15, max(k - 2, 0) : k + 3] = int(level)
    files = write_dicom(case.assessment, labels, source, None, tmp_path)
    assert [complaints(path) for path in files] == [[], []]
    assert highdicom.seg.segread(files[0]).number_of_segments == 4


def text_values(dataset, name):
    """Values of all text items of a report with a concept's meaning, in order."""
    found = []
    for item in dataset.get("ContentSequence", []):
        if item.get("ValueType") == "TEXT" and item.ConceptNameCodeSequence[0].CodeMeaning == name:
            found.append(item.TextValue)
        found += text_values(item, name)
    return found


@pytest.fixture(scope="module")
def grave(case, dicom_factory, tmp_path_factory):
    """A suspected fracture at L1 and L2 outside the model, of a source with a time zone and de-identification."""
    folder = tmp_path_factory.mktemp("grave")
    marks = {"TimezoneOffsetFromUTC": "+0930", "PatientIdentityRemoved": "YES", "DeidentificationMethod": "by hand"}
    dicom_factory.write_series(folder / "ct", case.ct, **marks)
    first, second, *rest = case.assessment.levels
    fracture = HEIGHT_LOSS.finding(L1, variant="fracture", value=0.32, deformity="wedge", grade=2)
    outside = FEATURE_OUTSIDE_TRAINING.finding(L2, value=4.0, features="Imc2 (+4.0 SD)", model="m")
    score = replace(second.score, category=Category.OUTSIDE_MODEL)
    rows = (
        replace(first, status=Status.NOT_SCORED, reason=fracture.text, score=None, findings=(fracture,)),
        replace(second, score=score, findings=(outside,)),
        *rest,
    )
    assessment = replace(case.assessment, levels=rows)
    files = write_dicom(assessment, sitk.Cast(case.labels, sitk.sitkUInt8), folder / "ct", None, folder / "out")
    assert [complaints(path) for path in files] == [[], []]
    return SimpleNamespace(
        assessment=assessment,
        segmentation=highdicom.seg.segread(files[0]),
        report=highdicom.sr.srread(files[1]),
    )


def test_every_group_says_what_the_screen_says(grave):
    comments = text_values(grave.report, "Comment")
    assert "Suspected fracture: height loss of 32% (wedge, grade 2): look at this level." in comments
    assert "Outside the model: do not rely on this score (feature outside training)." in comments
    for notice in (DEMONSTRATION_NOTICE, RESEARCH_ONLY, LIMITS):
        assert comments.count(notice) == 5, "in each of the four groups and for the whole"
    codes = codes_of(grave.report)
    assert {("outside_model", "99OVCFRISK"), ("susp_fracture", "99OVCFRISK"), ("52101004", "SCT")} <= codes


def test_every_segment_says_it_too_and_has_no_risk_colour_outside_the_model(grave):
    descriptions = [item.SegmentDescription for item in grave.segmentation.SegmentSequence]
    assert descriptions[0].startswith("Suspected fracture: height loss of 32%")
    assert descriptions[1].startswith("Outside the model: do not rely on this score")
    assert all(DEMONSTRATION_NOTICE in text for text in descriptions)
    _, a, b = (
        value / 65535 * 255 - 128 for value in grave.segmentation.SegmentSequence[1].RecommendedDisplayCIELabValue
    )
    assert max(abs(a), abs(b)) < 3, "a grey"


def codes_of(dataset):
    """(value, scheme) of every code in a dataset."""
    found = set()
    for element in dataset.iterall():
        if element.VR == "SQ":
            for item in element.value:
                if "CodeValue" in item and "CodingSchemeDesignator" in item:
                    found.add((item.CodeValue, item.CodingSchemeDesignator))
    return found


def test_snomed_codes_are_those_of_the_dictionaries(grave):
    from pydicom.sr._concepts_dict import concepts

    known = {code for kinds in concepts["SCT"].values() for code in kinds}
    used = codes_of(grave.segmentation) | codes_of(grave.report)
    assert {value for value, scheme in used if scheme == "SCT"} <= known


def test_attributes_and_times_are_carried_in_the_zone_of_the_source(grave):
    for made in (grave.segmentation, grave.report):
        assert made.TimezoneOffsetFromUTC == "+0930"
        assert (made.PatientIdentityRemoved, made.DeidentificationMethod) == ("YES", "by hand")
        zone = datetime.timezone(datetime.timedelta(hours=9.5))
        written = datetime.datetime.strptime(made.ContentDate + made.ContentTime[:6], "%Y%m%d%H%M%S")
        assert abs(written.replace(tzinfo=zone) - datetime.datetime.now(zone)) < datetime.timedelta(hours=1)


IDENTITIES = [
    ("ISO_IR 100", "Müller-é", "Müller^Jörg"),
    ("ISO_IR 192", "王-7", "Wang^王"),
    (["", "ISO 2022 IR 87"], "山田-1", "Yamada^Tarou=山田^太郎"),
    (["", "ISO 2022 IR 149"], "1", "Hong^Gildong=洪^吉洞"),
    (["", "ISO 2022 IR 58"], "1", "Zhang^XiaoDong=张^小东"),
]


@pytest.mark.parametrize(("character_set", "patient_id", "name"), IDENTITIES)
def test_identities_that_are_not_ascii_are_carried(case, dicom_factory, tmp_path, character_set, patient_id, name):
    who = {"SpecificCharacterSet": character_set, "PatientID": patient_id, "PatientName": name}
    dicom_factory.write_series(tmp_path / "ct", case.ct, **who)
    labels = sitk.Cast(case.labels, sitk.sitkUInt8)
    for path in write_dicom(case.assessment, labels, tmp_path / "ct", None, tmp_path / "out"):
        made = pydicom.dcmread(path)
        assert (made.PatientID, str(made.PatientName)) == (patient_id, name)
        assert complaints(path) == []


@pytest.mark.filterwarnings("ignore")  # pydicom warns of the values that are too long on purpose
def test_values_that_are_too_long_are_not_copied(case, dicom_factory, tmp_path):
    long = {"AccessionNumber": "A" * 40, "StudyID": "S" * 30, "StudyDescription": "d" * 200, "PatientName": "N" * 200}
    dicom_factory.write_series(tmp_path / "ct", case.ct, **long)
    labels = sitk.Cast(case.labels, sitk.sitkUInt8)
    for path in write_dicom(case.assessment, labels, tmp_path / "ct", None, tmp_path / "out"):
        made = pydicom.dcmread(path)
        assert complaints(path) == []
        assert [made.AccessionNumber, made.StudyID, str(made.PatientName)] == ["", "", ""]
        assert "StudyDescription" not in made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"PatientID": "7" * 65}, "patient ID of at most 64 characters, got 65"),
        ({"PatientID": "Müller", "SpecificCharacterSet": "ISO_IR 100"}, "not in the character set"),
        ({"FrameOfReferenceUID": ""}, "FrameOfReferenceUID"),
    ],
)
def test_what_cannot_be_carried_is_refused_before_the_work(case, dicom_factory, tmp_path, header, message):
    dicom_factory.write_series(tmp_path, case.ct, **header)
    if "Müller" in header.values():
        for path in tmp_path.iterdir():
            path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"ISO_IR 192"))
    with pytest.raises(OVCFRiskError, match=message):
        require_exportable(tmp_path, None)
