import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import crop
from OVCFRiskLib.level_names import level_of_name
from OVCFRiskLib.levels import SNOMED_CODES, LumbarLevel
from OVCFRiskLib.segmentation import import_labels
from OVCFRiskLib.segmentation.numbering import TOTAL_SEGMENTATOR

L1, L2, L3, L4 = LumbarLevel
TO_TOTAL = {level: TOTAL_SEGMENTATOR.value_of(level.name) for level in LumbarLevel}


def dice(a, b, level):
    a, b = (sitk.GetArrayViewFromImage(image) == level for image in (a, b))
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def same(a, b):
    return bool((sitk.GetArrayViewFromImage(a) == sitk.GetArrayViewFromImage(b)).all())


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("vertebrae_L1", L1),
        ("L2", L2),
        ("l3", L3),
        ("L4 vertebra", L4),
        ("Vertebra_L1_body", L1),
        ("L1-L2 disc", None),
        ("L1L2", None),
        ("L1_L2", None),
        ("vertebrae_L5", None),
        ("L10", None),
        ("L 1", L1),
        ("l1", L1),
        ("L1_body", L1),
        ("LWK1", L1),
        ("LWK 3", L3),
        ("vertebrae_L1 (1)", L1),
        ("case 12 vertebra L2", L2),
        ("Lumbar vertebra 4", L4),
        ("L01", L1),
        ("T12", None),
        ("Label 1", None),
        ("L1?", None),
        ("L1/2", None),
        ("S1", None),
        ("nerve root L1", None),
        ("liver", None),
    ],
)
def test_names_tell_the_level(name, level):
    assert level_of_name(name) is level


@pytest.mark.parametrize("level", LumbarLevel)
def test_a_code_counts_more_than_the_name(level):
    assert level_of_name("Segment_1", f"TerminologyEntry:x~SCT^{SNOMED_CODES[level]}^y~^^") is level


def test_bodies_stay_exactly_as_they_are(phantom):
    assert same(import_labels(phantom.labels, phantom.ct), phantom.labels)


def test_whole_vertebrae_lose_their_arch(phantom):
    imported = import_labels(phantom.vertebrae, phantom.ct)
    for level in LumbarLevel:
        assert dice(imported, phantom.labels, level) > 0.94
    assert set(np.unique(sitk.GetArrayViewFromImage(imported))) == {0, 20, 21, 22, 23}


def test_total_segmentator_s_values(phantom, tmp_path):
    array = sitk.GetArrayFromImage(phantom.labels)
    total = np.zeros_like(array)
    for level, value in TO_TOTAL.items():
        total[array == level] = value
    total[:2, :2, :2] = 5  # liver
    image = sitk.GetImageFromArray(total)
    image.CopyInformation(phantom.labels)
    sitk.WriteImage(image, str(tmp_path / "total.nii.gz"))
    assert same(import_labels(tmp_path / "total.nii.gz", phantom.ct), phantom.labels)


def test_names_in_the_header_of_a_nifti_file(phantom, tmp_path):
    sitk.WriteImage(sitk.ChangeLabel(phantom.labels, {20: 1, 21: 2, 22: 3, 23: 4}), str(tmp_path / "plain.nii.gz"))
    labels = "".join(f'<Label Key="{n}"><![CDATA[vertebrae_L{n}]]></Label>' for n in range(1, 5))
    table = f"<VolumeInformation><LabelTable>{labels}</LabelTable></VolumeInformation>"
    xml = f'<?xml version="1.0"?><CaretExtension>{table}</CaretExtension>'
    image = nibabel.load(tmp_path / "plain.nii.gz")
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, xml.encode()))
    nibabel.save(image, tmp_path / "named.nii.gz")
    assert same(import_labels(tmp_path / "named.nii.gz", phantom.ct), phantom.labels)


def test_a_folder_with_a_mask_per_level(phantom, tmp_path):
    for level in (L2, L3):
        sitk.WriteImage(phantom.labels == level, str(tmp_path / f"vertebrae_{level.name}.nii.gz"))
    sitk.WriteImage(phantom.labels == 99, str(tmp_path / "liver.nii.gz"))
    imported = import_labels(tmp_path, phantom.ct)
    assert set(np.unique(sitk.GetArrayViewFromImage(imported))) == {0, 21, 22}


def seg_nrrd(phantom, path, layers, names):
    """A .seg.nrrd as Slicer writes it: layers of label values, names in the header."""
    images = [sitk.ChangeLabel(phantom.labels, layer) for layer in layers]
    image = sitk.Compose(images) if len(images) > 1 else images[0]
    for number, (name, layer, value, tags) in enumerate(names):
        for field, text in (("Name", name), ("Layer", str(layer)), ("LabelValue", str(value)), ("Tags", tags)):
            image.SetMetaData(f"Segment{number}_{field}", text)
    sitk.WriteImage(image, str(path))


def test_a_seg_nrrd_with_names_and_codes_in_two_layers(phantom, tmp_path):
    seg_nrrd(
        phantom,
        tmp_path / "spine.seg.nrrd",
        [{20: 2, 21: 1, 22: 0, 23: 0}, {20: 0, 21: 0, 22: 1, 23: 7}],
        [
            ("L2", 0, 1, ""),
            ("vertebrae_L1", 0, 2, ""),
            ("Segment_3", 1, 1, f"TerminologyEntry:a~SCT^{SNOMED_CODES[L3]}^b|"),
            ("L4 vertebra", 1, 7, ""),
            ("L4-L5 disc", 1, 9, ""),
        ],
    )
    assert same(import_labels(tmp_path / "spine.seg.nrrd", phantom.ct), phantom.labels)


def test_another_grid_in_the_same_space(phantom):
    box = (slice(5, 150), slice(10, 140), slice(20, 150))
    fine = sitk.Resample(
        crop(phantom.labels, box),
        [2 * n for n in (130, 130, 145)],
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        crop(phantom.labels, box).GetOrigin(),
        (0.5, 0.5, 0.625),
    )
    imported = import_labels(fine, phantom.ct)
    for level in LumbarLevel:
        assert dice(imported, phantom.labels, level) > 0.97


def test_labels_of_another_patient_are_refused(phantom):
    elsewhere = sitk.Image(phantom.labels)
    elsewhere.SetOrigin([x + 60 for x in elsewhere.GetOrigin()])
    with pytest.raises(OVCFRiskError, match="ml of its mask lie in the CT"):
        import_labels(elsewhere, phantom.ct)


def test_probabilities_are_no_labels(phantom):
    with pytest.raises(OVCFRiskError, match="whole numbers"):
        import_labels(sitk.Cast(phantom.labels, sitk.sitkFloat32) * 0.37, phantom.ct)
    assert same(import_labels(sitk.Cast(phantom.labels, sitk.sitkFloat64), phantom.ct), phantom.labels)


def test_nothing_of_the_levels_is_an_error(phantom, tmp_path):
    with pytest.raises(OVCFRiskError, match=r"no voxels of L1-L4; expected VerSe values 20"):
        import_labels(phantom.labels * 0, phantom.ct)
    with pytest.raises(OVCFRiskError, match="expected masks named by level"):
        import_labels(tmp_path, phantom.ct)


def test_two_masks_of_one_level_and_shared_voxels_are_refused(phantom, tmp_path):
    sitk.WriteImage(phantom.labels == 20, str(tmp_path / "L1.nii.gz"))
    sitk.WriteImage(phantom.labels == 20, str(tmp_path / "L2.nii.gz"))
    with pytest.raises(OVCFRiskError, match="L1 and L2 share"):
        import_labels(tmp_path, phantom.ct)
    sitk.WriteImage(phantom.labels == 20, str(tmp_path / "vertebrae_L1.nii.gz"))
    with pytest.raises(OVCFRiskError, match="two masks named L1"):
        import_labels(tmp_path, phantom.ct)


def test_a_real_vertebra_with_permuted_axes_keeps_its_body(shared_data):
    folder = shared_data / "tptbox-l3"
    ct = sitk.ReadImage(str(folder / "sub-ct_label-22_ct.nii.gz"))
    vertebrae = sitk.ReadImage(str(folder / "sub-ct_seg-vert_label-22_msk.nii.gz"))
    parts = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "sub-ct_seg-subreg_label-22_msk.nii.gz")))
    array = sitk.GetArrayFromImage(vertebrae)
    only_l3 = sitk.GetImageFromArray(np.where(array == 22, 22, 0).astype(np.uint8))
    only_l3.CopyInformation(vertebrae)
    body = sitk.GetImageFromArray(np.where((array == 22) & np.isin(parts, (49, 50)), 22, 0).astype(np.uint8))
    body.CopyInformation(vertebrae)
    assert dice(import_labels(only_l3, ct), body, 22) > 0.93
