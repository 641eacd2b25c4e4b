"""What lies beside a table of features: extraction and ranges, widened by each table, one grid per folder."""

import json

import pytest
import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.radiomics.feature_description import describe_table, scan_facts, widened
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.report.data.label_file import write_labels
from OVCFRiskLib.scoring import load_model


def ct_of(spacing, direction=None):
    image = sitk.Image(4, 5, 6, sitk.sitkInt16)
    image.SetSpacing(spacing)
    if direction is not None:
        image.SetDirection(direction)
    return image


def test_facts_are_those_of_the_patients_axes_whatever_the_order_of_storage():
    plain = scan_facts(ct_of((0.5, 0.6, 1.25)), Acquisition("nifti"))
    assert plain == {"slice_mm": 1.25, "pixel_mm": [0.5, 0.6], "kvp": None, "has_contrast": None}
    # slices stored along x: the first axis points to the head
    sagittal = scan_facts(ct_of((1.25, 0.5, 0.6), (0, 1, 0, 0, 0, 1, 1, 0, 0)), Acquisition("nifti"))
    assert (sagittal["slice_mm"], sagittal["pixel_mm"]) == (1.25, [0.5, 0.6])
    thick = scan_facts(
        ct_of((0.5, 0.5, 1.0)), Acquisition("dicom", slice_thickness_mm=3.0, kvp=100.0, contrast_agent="I")
    )
    assert (thick["slice_mm"], thick["kvp"], thick["has_contrast"]) == (3.0, 100.0, True)


def test_ranges_cover_all_cts_and_unknown_stays_unknown():
    scans = [
        {"slice_mm": 1.0, "pixel_mm": [0.4, 0.5], "kvp": 120.0, "has_contrast": None},
        {"slice_mm": 0.6, "pixel_mm": [0.7, 0.7], "kvp": 100.0, "has_contrast": None},
    ]
    described = describe_table(scans, ExtractionSettings())
    assert described == {
        "extraction": ExtractionSettings().to_dict(),
        "slice_thickness_range_mm": [0.6, 1.0],
        "pixel_spacing_range_mm": [0.4, 0.7],
        "kvp_range": [100.0, 120.0],
    }
    unknown = describe_table([*scans, scans[0] | {"kvp": None, "has_contrast": True}], ExtractionSettings())
    assert (unknown["kvp_range"], unknown["contrast"]) == (None, True)
    assert describe_table([], ExtractionSettings()) == {"extraction": ExtractionSettings().to_dict()}


def test_a_folder_holds_tables_of_one_grid():
    settings = ExtractionSettings(resampled_spacing=(1, 1, 1))
    one = describe_table([{"slice_mm": 1.0, "pixel_mm": [0.4, 0.5], "kvp": 120.0, "has_contrast": None}], settings)
    other = describe_table([{"slice_mm": 3.0, "pixel_mm": [0.9, 0.9], "kvp": None, "has_contrast": None}], settings)
    assert widened(one, other, "f") == {
        "extraction": settings.to_dict(),
        "slice_thickness_range_mm": [1.0, 3.0],
        "pixel_spacing_range_mm": [0.4, 0.9],
        "kvp_range": None,
    }
    with pytest.raises(OVCFRiskError, match=r"'f' holds features extracted with .* write them into another folder"):
        widened(one, describe_table([], ExtractionSettings()) | {}, "f")


def test_kernels_are_kinds_of_those_that_cts_name_and_never_their_text():
    scans = [
        scan_facts(ct_of((0.5, 0.5, 1.0)), Acquisition("dicom", kernel=kernel)) for kernel in ("B31f", None, "B70f")
    ]
    sharp, unknown = describe_table(scans[2:], ExtractionSettings()), describe_table(scans[1:2], ExtractionSettings())
    assert describe_table(scans, ExtractionSettings())["kernels"] == ["sharp", "standard"]
    assert "kernels" not in unknown
    standard = describe_table(scans[:1], ExtractionSettings())
    assert widened(sharp, standard, "f")["kernels"] == ["sharp", "standard"]
    assert widened(unknown, standard, "f")["kernels"] == ["standard"]


def test_origins_of_masks_are_stated_only_where_all_are_known():
    ct, header = ct_of((0.5, 0.5, 1.0)), Acquisition("nifti")
    own, edited, unknown = (
        scan_facts(ct, header, (MaskOrigin.SOFTWARE, *more))
        for more in ((), (MaskOrigin.EDITED, None), (MaskOrigin.UNKNOWN,))
    )
    earlier, settings = scan_facts(ct, header), ExtractionSettings()  # records of earlier versions have none
    described = describe_table([own, edited], settings)
    assert described["mask_origins"] == ["edited", "software"]
    assert "mask_origins" not in describe_table([own, unknown], settings)
    assert "mask_origins" not in describe_table([own, earlier], settings)
    assert widened(described, describe_table([own], settings), "f")["mask_origins"] == ["edited", "software"]
    assert "mask_origins" not in widened(described, describe_table([earlier], settings), "f")


def test_the_features_command_describes_its_table_and_refuses_a_mixture(phantom, tmp_path, capsys):
    for name, image in (("ct.nii.gz", phantom.ct), ("labels.nii.gz", phantom.labels)):
        sitk.WriteImage(image, str(tmp_path / name))
    arguments = ["features", str(tmp_path / "ct.nii.gz"), str(tmp_path / "labels.nii.gz")]
    out = tmp_path / "tables"
    assert main([*arguments, "--out", str(out / "one.csv")]) == 0
    described = json.loads((out / "description.json").read_text())
    assert described["extraction"] == load_model().settings.to_dict()
    assert described["slice_thickness_range_mm"] == [1.25, 1.25]
    assert main([*arguments, "--native", "--out", str(out / "two.csv")]) == 2
    assert "write them into another folder" in capsys.readouterr().err
    assert not (out / "two.csv").exists()


def test_a_mask_that_is_left_out_is_no_origin_of_the_table(phantom, tmp_path):
    *own, scattered = LumbarLevel
    array = sitk.GetArrayFromImage(phantom.labels)
    array[::2][array[::2] == scattered] = 0
    labels = sitk.GetImageFromArray(array)
    labels.CopyInformation(phantom.labels)
    sitk.WriteImage(phantom.ct, str(tmp_path / "ct.nii.gz"))
    write_labels(labels, tmp_path / "labels.nii.gz", own=own)
    arguments = ["features", str(tmp_path / "ct.nii.gz"), str(tmp_path / "labels.nii.gz")]
    assert main([*arguments, "--out", str(tmp_path / "f.csv")]) == 1
    assert json.loads((tmp_path / "description.json").read_text())["mask_origins"] == ["software"]
