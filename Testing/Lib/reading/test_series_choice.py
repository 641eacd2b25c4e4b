"""Folders with more than one CT: the scanner's own HU of one patient's one study are read, the choice is explained."""

import pytest

from OVCFRiskLib.ct import read_acquisition, read_ct
from OVCFRiskLib.errors import OVCFRiskError

ORIGINAL, DERIVED = ["ORIGINAL", "PRIMARY", "AXIAL"], ["DERIVED", "SECONDARY", "AXIAL"]


@pytest.fixture
def write(tmp_path, small_ct, dicom_factory):
    """``write(uid, slices, **header)``: a series in a folder of its own."""

    def write_one(uid, slices=12, **header):
        return dicom_factory.write_series(tmp_path / uid, small_ct[:, :, :slices], SeriesInstanceUID=uid, **header)

    return write_one


def the_choice(folder):
    acquisition = read_acquisition(folder)
    return acquisition.series_uid, " ".join(acquisition.notes)


@pytest.mark.parametrize("uids", [("1.1", "1.2"), ("1.2", "1.1")])
@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"ImageType": DERIVED}, "original, not derived"),
        ({"ImageType": [*ORIGINAL, "VMI"]}, "plain HU"),
        ({"ImageType": [*DERIVED, "MIP"]}, "plain HU"),
        ({"ImageType": DERIVED, "SeriesDescription": "Abdomen MonoE 40keV"}, "plain HU"),
        ({"SeriesDescription": "Subtraction art - nat"}, "plain HU"),
        ({"RescaleType": "HU_MOD"}, "plain HU"),
        ({"RescaleType": "MGML"}, "plain HU"),
        ({"SliceThickness": "5"}, "thinnest slices"),
    ],
)
def test_the_uid_does_not_decide_where_something_else_can(tmp_path, write, uids, header, why):
    write(uids[0])
    write(uids[1], **header)
    uid, notes = the_choice(tmp_path)
    assert uid == uids[0]
    assert why in notes
    assert f"left out: {uids[1]}" in notes


def test_original_comes_before_more_derived_slices(tmp_path, write):
    write("1.1", ImageType=DERIVED)
    write("1.2", slices=9)
    assert the_choice(tmp_path)[0] == "1.2"


def test_a_short_original_piece_does_not_come_before_the_whole_body(tmp_path, write):
    write("1.1", ImageType=DERIVED)
    write("1.2", slices=4)
    uid, notes = the_choice(tmp_path)
    assert uid == "1.1"
    assert "shows more of the body" in notes


def test_slices_at_one_place_are_no_volume(tmp_path, write):
    write("1.1", per_slice=lambda _k, dataset: dataset.update({"ImagePositionPatient": ["0", "0", "0"]}))
    write("1.2", slices=5)
    assert the_choice(tmp_path)[0] == "1.2"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ({"ImageType": [*DERIVED, "VMI"]}, "virtual monoenergetic"),
        ({"ImageType": [*DERIVED, "MONOENERGETIC"], "SeriesDescription": "40 keV"}, "virtual monoenergetic, 40 keV"),
        ({"SeriesDescription": "Spine_Mono+_70keV"}, "virtual monoenergetic, 70 keV"),
        ({"ImageType": [*DERIVED, "MAX_IP"]}, "maximum intensity projection"),
        ({"SeriesDescription": "THICK MIP cor"}, "maximum intensity projection"),
        ({"ImageType": [*DERIVED, "MINIP"]}, "minimum intensity projection"),
        ({"ImageType": [*DERIVED, "SUBTRACTION"]}, "subtraction"),
        ({"SeriesDescription": "DE_VNC"}, "virtual non-contrast"),
        ({"SeriesDescription": "Iodine map"}, "material map"),
        ({"ImageType": [*DERIVED, "EFF_ATOMIC_NUM"]}, "effective atomic number"),
        ({"RescaleType": "US"}, "rescale type US"),
        ({"RescaleType": "ED"}, "rescale type ED"),
    ],
)
def test_computed_images_are_named(tmp_path, write, header, kind):
    write("1.1", **header)
    acquisition = read_acquisition(tmp_path)
    assert kind in acquisition.image_kinds
    assert any(kind in note and "not the HU of a plain CT" in note for note in acquisition.notes)


@pytest.mark.parametrize(
    "header",
    [
        {"SeriesDescription": "Lumbar spine 1.0 Br40"},
        {"SeriesDescription": "Thorax-Abdomen 120 kV"},
        {"SeriesDescription": "Submandibular to pelvis"},
        {"SeriesDescription": "MPR ax"},
        {"ImageType": DERIVED},
        {"ImageType": ["DERIVED", "PRIMARY", "MPR"]},
        {"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]},
        {"RescaleType": None},
    ],
)
def test_plain_ct_is_left_in_peace(tmp_path, write, header):
    write("1.1", **header)
    acquisition = read_acquisition(tmp_path)
    assert acquisition.image_kinds == ()
    assert acquisition.notes == ()


def test_two_patients_in_a_folder_are_refused_without_their_names(tmp_path, write):
    write("1.1", PatientID="A-17", PatientName="Doe^Jane")
    write("1.2", PatientID="B-23", PatientName="Roe^Mary")
    with pytest.raises(
        OVCFRiskError, match=r"got 2 patients: patient 1, study 1: 1\.1.*patient 2, study 2: 1\.2"
    ) as error:
        read_ct(tmp_path)
    assert not any(word in str(error.value) for word in ("A-17", "B-23", "Doe", "Roe", "Jane", "Mary"))
    assert read_ct(tmp_path, series="1.2").GetSize()[2] == 12
    assert read_ct(tmp_path / "1.1").GetSize()[2] == 12


def test_two_patients_are_told_apart_by_name_where_they_have_no_id(tmp_path, write):
    write("1.1", PatientID="", PatientName="Doe^Jane")
    write("1.2", PatientID="", PatientName="Roe^Mary")
    with pytest.raises(OVCFRiskError, match="2 patients"):
        read_ct(tmp_path)


def test_patients_under_one_series_uid_are_refused(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path / "a", small_ct, SeriesInstanceUID="1.1", PatientID="A")
    dicom_factory.write_series(tmp_path / "b", small_ct, SeriesInstanceUID="1.1", PatientID="B")
    for series in (None, "1.1"):
        with pytest.raises(OVCFRiskError, match="2 patients"):
            read_ct(tmp_path, series=series)
    one_file = next((tmp_path / "a").iterdir())
    assert read_ct(one_file).GetSize()[2] == 12


def test_a_patient_s_stray_coronal_series_is_a_mix_up_too(tmp_path, write):
    write("1.1")
    write("1.2", slices=2, PatientID="B-23")
    with pytest.raises(OVCFRiskError, match="2 patients"):
        read_ct(tmp_path)


def test_two_studies_are_refused(tmp_path, write):
    write("1.1", StudyInstanceUID="2.1", StudyDate="20200101")
    write("1.2", StudyInstanceUID="2.2", StudyDate="20220101")
    with pytest.raises(OVCFRiskError, match=r"got 2 studies of one patient.*give the folder of one") as error:
        read_ct(tmp_path)
    assert "2020" not in str(error.value)


def test_a_study_without_a_volume_does_not_count(tmp_path, write):
    write("1.1", StudyInstanceUID="2.1")
    write("1.2", slices=2, StudyInstanceUID="2.2")
    uid, notes = the_choice(tmp_path)
    assert uid == "1.1"
    assert "the only axial volume" in notes


def test_nothing_tells_two_series_apart(tmp_path, write):
    write("1.2")
    write("1.1")
    uid, notes = the_choice(tmp_path)
    assert uid == "1.1"
    assert "nothing else tells them apart" in notes
