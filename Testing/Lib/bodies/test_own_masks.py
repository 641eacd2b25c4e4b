import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.own_masks import LABELS_NOTE, NOTE_KEY, labels_note, note_of, origins_by_note, origins_of_image
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.volume_part import Part

L1, L2, L3, L4 = LumbarLevel
# letters of a NIfTI description, the last byte ends it
NIFTI_NOTE = 79


@pytest.fixture
def labels():
    array = np.zeros((40, 20, 20), np.uint8)
    for number, level in enumerate((L1, L2, L3)):
        array[30 - 10 * number : 38 - 10 * number, 5:15, 5:15] = level
    return sitk.GetImageFromArray(array)


def noted(labels, note):
    labels = sitk.Image(labels)
    labels.SetMetaData(NOTE_KEY, note)
    return labels


def test_own_masks_are_recognised_and_fit_the_header(labels):
    note = labels_note(Part.of(labels), tuple(LumbarLevel))
    assert note.startswith(LABELS_NOTE)
    assert len(note) <= NIFTI_NOTE
    assert origins_of_image(noted(labels, note)) == dict.fromkeys((L1, L2, L3), MaskOrigin.SOFTWARE)


def test_the_sum_does_not_depend_on_how_much_of_the_whole_is_held(labels):
    part = Part.of(labels).narrowed((slice(5, 40), slice(2, 18), slice(0, 20)))
    assert labels_note(part, (L1, L2)) == labels_note(Part.of(labels), (L1, L2))


def test_one_voxel_more_or_less_is_an_edit_of_that_level_alone(labels):
    note = labels_note(Part.of(labels), tuple(LumbarLevel))
    array = sitk.GetArrayFromImage(labels)
    array[25, 10, 15] = L2
    changed = sitk.GetImageFromArray(array)
    assert origins_of_image(noted(changed, note)) == {
        L1: MaskOrigin.SOFTWARE,
        L2: MaskOrigin.EDITED,
        L3: MaskOrigin.SOFTWARE,
    }


def test_levels_that_are_not_own_and_levels_painted_in_later_are_imported(labels):
    note = labels_note(Part.of(labels), (L2, L4))
    array = sitk.GetArrayFromImage(labels)
    array[0:8, 5:15, 5:15] = L4
    found = origins_of_image(noted(sitk.GetImageFromArray(array), note))
    assert found == {
        L1: MaskOrigin.IMPORTED,
        L2: MaskOrigin.SOFTWARE,
        L3: MaskOrigin.IMPORTED,
        L4: MaskOrigin.IMPORTED,
    }


@pytest.mark.parametrize("note", ["", LABELS_NOTE, "FSL5.0", f"{LABELS_NOTE}; 1234567 - -"])
def test_without_sums_nothing_is_known(labels, note):
    assert origins_of_image(noted(labels, note)) == {}
    assert origins_by_note(note, {L1: Part.of(labels == int(L1))}) == {}
    assert origins_of_image(noted(sitk.Image(4, 4, 4, sitk.sitkUInt8), note)) == {}


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd", ".mha"])
def test_the_note_survives_files(labels, tmp_path, suffix):
    path = tmp_path / f"labels{suffix}"
    sitk.WriteImage(noted(labels, labels_note(Part.of(labels), (L1,))), str(path))
    read = sitk.ReadImage(str(path))
    assert note_of(read).startswith(LABELS_NOTE)
    assert origins_of_image(read)[L1] is MaskOrigin.SOFTWARE


@pytest.mark.parametrize("order", ["RPS", "LPI", "PLS", "ASL"])
def test_a_map_whose_axes_are_reordered_or_flipped_counts_as_edited(labels, order):
    array = sitk.GetArrayFromImage(labels)
    array[array != 0] *= np.indices(array.shape)[2][array != 0] < 12  # its left is not its right
    labels = sitk.GetImageFromArray(array)
    labels = noted(labels, labels_note(Part.of(labels), tuple(LumbarLevel)))
    turned = noted(sitk.DICOMOrient(labels, order), note_of(labels))
    assert set(origins_of_image(labels).values()) == {MaskOrigin.SOFTWARE}
    assert set(origins_of_image(turned).values()) == {MaskOrigin.EDITED}
