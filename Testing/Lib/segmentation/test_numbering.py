"""Label maps in the public numberings, whole and cut; what two readings are possible for is refused."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.label_import import _of_image, import_labels_and_notes
from OVCFRiskLib.segmentation.numbering import (
    NUMBERINGS,
    TOTAL_SEGMENTATOR,
    TOTAL_SEGMENTATOR_1,
    VERSE,
    VERTEBRAE,
    numbering_named,
)
from OVCFRiskLib.segmentation.value_reading import describe_places, find_places, read_values

_SPECIFICATION = importlib.util.spec_from_file_location("numbered_spine", Path(__file__).with_name("numbered_spine.py"))
_MODULE = importlib.util.module_from_spec(_SPECIFICATION)
_SPECIFICATION.loader.exec_module(_MODULE)
numbered_spine = _MODULE.numbered_spine

WITHOUT_VARIANTS = [name for name in VERTEBRAE if name not in ("T13", "L6", "S1", "sacrum")]


def part(first, last):
    """Names of the vertebrae from one to another."""
    names = WITHOUT_VARIANTS
    return names[names.index(first) : names.index(last) + 1]


def map_of(numbering, names, others=None, size=1.0):
    """A label map of these vertebrae in a numbering."""
    return numbered_spine({name: numbering.value_of(name) for name in names}, others, size)


def read(image, numbering=None):
    array = sitk.GetArrayFromImage(image)
    return read_values(find_places(array, image), "'map'", numbering)


def levels_of(reading):
    return {level.name: value for value, level in reading.levels.items()}


def expected_levels(numbering, names):
    return {name: numbering.value_of(name) for name in names if name in LumbarLevel.__members__}


@pytest.mark.parametrize("size", [0.85, 1.0, 1.12])
@pytest.mark.parametrize("span", [("T9", "L5"), ("T11", "L4"), ("L1", "L5"), ("L1", "L4"), ("T12", "L3"), ("C1", "L5")])
@pytest.mark.parametrize("name", sorted(NUMBERINGS))
def test_vertebrae_alone_tell_their_numbering(name, span, size):
    numbering, names = NUMBERINGS[name], part(*span)
    image = map_of(numbering, names, size=size)
    try:
        reading = read(image)
    except OVCFRiskError:  # few vertebrae of a small person, or VerSe's very values: refused rather than guessed
        assert size < 1 or set(map(numbering.value_of, names)) == set(LumbarLevel)
        reading = read(image, name)
    assert reading.numbering is numbering
    assert levels_of(reading) == expected_levels(numbering, names)


ORGANS = {  # a liver, a kidney, a lung's base, the aorta: x, y, z, radius in mm
    "totalsegmentator": {5: (-70, -30, 40, 45), 2: (-60, 10, 0, 28), 3: (60, 10, 5, 28), 20: (0, -70, -60, 40)},
    "totalsegmentator-v1": {5: (-70, -30, 40, 45), 2: (-60, 10, 0, 28), 44: (20, -70, 90, 40), 57: (0, -70, -60, 40)},
    "vista3d": {1: (-70, -30, 40, 45), 5: (-60, 10, 0, 28), 29: (80, -10, 95, 40), 32: (-80, -10, 95, 40)},
    "totalspineseg": {2: (0, 40, 0, 8), 91: (0, 0, 300, 10)},
    "verse": {},
    "from-below": {100: (0, 40, 0, 8)},
}


@pytest.mark.parametrize("span", [("T10", "L5"), ("L1", "L5"), ("T12", "L2"), ("T4", "L5")])
@pytest.mark.parametrize("name", sorted(ORGANS))
def test_organs_beside_the_vertebrae_do_not_disturb(name, span):
    numbering, names = NUMBERINGS[name], part(*span)
    assert levels_of(read(map_of(numbering, names, ORGANS[name]))) == expected_levels(numbering, names)


def test_sacrum_and_s1_of_version_2_are_no_chest_of_version_1():
    names = [*part("T8", "L5"), "S1", "sacrum"]
    assert levels_of(read(map_of(TOTAL_SEGMENTATOR, names))) == {"L1": 31, "L2": 30, "L3": 29, "L4": 28}


def test_lungs_are_never_lumbar_levels():
    lungs = {28: (70, 0, 60, 60), 29: (70, 0, -60, 60), 30: (-70, 0, 80, 50), 31: (-70, 0, 0, 40)}
    image = numbered_spine({"T4": 0, "T5": 0, "T6": 0, "T7": 0, "T8": 0, "T9": 0, "T10": 0}, lungs)
    with pytest.raises(OVCFRiskError, match="not clear what the label values mean"):
        read(image)


def test_a_thirteenth_thoracic_vertebra_is_not_l4():
    names = [*part("T10", "T12"), "T13", *part("L1", "L5")]
    assert levels_of(read(map_of(VERSE, names))) == {"L1": 20, "L2": 21, "L3": 22, "L4": 23}


def test_an_ignore_value_discs_and_endplates_leave_verse_as_it_is():
    image = map_of(VERSE, part("T11", "L5"), {255: (-90, 0, 0, 20), 120: (90, 0, 30, 6), 220: (90, 0, 60, 6)})
    assert levels_of(read(image)) == {"L1": 20, "L2": 21, "L3": 22, "L4": 23}


def test_unknown_values_are_named():
    reading = read(map_of(VERSE, part("T11", "L5"), {77: (-90, 0, 0, 20)}))
    assert levels_of(reading) == {"L1": 20, "L2": 21, "L3": 22, "L4": 23}
    assert reading.unknown == (77,)


@pytest.mark.parametrize("value", [20, 21, 22, 23])
def test_one_value_alone_is_refused_unless_something_says_what_it_means(value):
    image = numbered_spine({"L1": value})
    with pytest.raises(OVCFRiskError, match=rf"VerSe, SPINEPS \({value} = L.*TotalSegmentator 1 \({value} = "):
        read(image)
    assert read(image, "verse").levels == {value: LumbarLevel(value)}
    array = sitk.GetArrayFromImage(image)
    named = read_values(find_places(array, image), "'map'", named=VERSE)
    assert named.levels == {value: LumbarLevel(value)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sub-verse004_seg-vert_msk.nii.gz", "verse"),
        ("OVCFRisk: VerSe values, 20 = L1 to 23 = L4", "verse"),
        ("patient_SPINEPS.nii.gz", "verse"),
        ("totalspineseg_step2.nii.gz", "totalspineseg"),
        ("vista3d-out.nii.gz", "vista3d"),
        ("totalsegmentator.nii.gz", None),
        ("labels.nii.gz", None),
        ("converse.nii.gz", None),
        ("verse_against_vista3d.nii.gz", None),
    ],
)
def test_files_say_their_numbering_by_words(text, name):
    found = numbering_named(text)
    assert (found and found.name) == name


def test_what_a_file_says_never_wins_over_what_its_values_show():
    image = map_of(TOTAL_SEGMENTATOR, part("T9", "L5"))
    array = sitk.GetArrayFromImage(image)
    assert read_values(find_places(array, image), "'map'", named=VERSE).numbering is TOTAL_SEGMENTATOR


def test_one_vertebra_of_unknown_numbering_is_refused_with_its_place():
    with pytest.raises(
        OVCFRiskError, match=r"30 = T5.*Found: 30 at R -?\d+, A -?\d+, S -?\d+ mm .*--numbering"
    ) as info:
        read(numbered_spine({"L2": 30}))
    assert "TotalSegmentator 2 (30 = L2)" in str(info.value)
    assert levels_of(read(numbered_spine({"L2": 30}), "totalsegmentator")) == {"L2": 30}


def test_an_image_in_memory_has_no_option_and_its_messages_name_none():
    """In the application nobody types options: what can be done there is naming the segments."""
    refused, lone = numbered_spine({"L2": 30}), numbered_spine({"L1": 20})
    read_so = map_of(TOTAL_SEGMENTATOR, part("T1", "L5"))
    ct = sitk.Image(lone.GetSize(), sitk.sitkInt16)
    ct.CopyInformation(lone)
    with pytest.raises(OVCFRiskError, match=r"Name the segments") as info:
        import_labels_and_notes(refused, ct)
    said = [str(info.value)]
    empty = sitk.Image(lone.GetSize(), sitk.sitkUInt8)
    empty.CopyInformation(lone)
    with pytest.raises(OVCFRiskError, match="no voxels of L1-L4") as info:
        import_labels_and_notes(empty, ct)
    said.append(str(info.value))
    for image in (lone, read_so):
        notes = _of_image(image, {}, "labels", None, None)[1]
        assert notes
        said += notes
    assert not [text for text in said if "--" in text]
    with pytest.raises(OVCFRiskError, match="--numbering"):
        _of_image(lone, {}, "'map'", None)


def test_distances_between_chest_and_loins_decide_nothing():
    # T7 to T11 of a tall or L1 to L5 of a short person
    image = numbered_spine({"L1": 37, "L2": 36, "L3": 35, "L4": 34, "L5": 33}, size=0.82)
    with pytest.raises(OVCFRiskError, match=r"VISTA3D \(37 = L1.*|TotalSegmentator 2 \(37 = T7"):
        read(image)


def test_the_documented_values_upside_down_are_refused():
    upside_down = numbered_spine({"L1": 23, "L2": 22, "L3": 21, "L4": 20})
    with pytest.raises(OVCFRiskError, match=r"TotalSegmentator 1 .*VerSe"):
        read(upside_down)


def test_the_documented_values_in_a_mixed_order_are_left_to_the_check_of_masks():
    mixed = numbered_spine({"L1": 20, "L2": 22, "L3": 21, "L4": 23})
    assert levels_of(read(mixed)) == {"L1": 20, "L2": 21, "L3": 22, "L4": 23}


def test_order_is_that_of_the_body_not_of_the_slices():
    image = map_of(TOTAL_SEGMENTATOR_1, part("T11", "L5"))
    flipped = sitk.Flip(image, (False, False, True))  # keeps the place of every voxel
    permuted = sitk.PermuteAxes(image, (2, 0, 1))
    for other in (flipped, permuted):
        assert read(other).numbering is TOTAL_SEGMENTATOR_1


def test_numberings_give_every_vertebra_one_value():
    for numbering in NUMBERINGS.values():
        assert len(set(numbering.vertebrae.values())) == len(numbering.vertebrae)
        assert not set(numbering.vertebrae) & numbering.others
        assert set(numbering.vertebrae.values()) <= set(VERTEBRAE)


def test_an_unknown_numbering_is_refused():
    with pytest.raises(OVCFRiskError, match="expected one of verse, totalsegmentator"):
        read(numbered_spine({"L1": 20}), "totalseg")


def test_places_are_centres_in_millimetres():
    array = np.zeros((4, 5, 6), np.uint8)
    array[1:3, 2, 4] = 7
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((2.0, 1.0, 5.0))
    image.SetOrigin((10.0, 20.0, -30.0))
    place = find_places(array, image)[7]
    assert place.center_lps == pytest.approx((18.0, 22.0, -22.5))
    assert place.volume_ml == pytest.approx(0.02)
    odd = find_places(np.where(array == 7, -3, 0).astype(np.int64) + (array == 0) * 70000, image)
    assert odd[-3] == place
    assert set(odd) == {-3, 70000}
    assert find_places(array * 0, image) == {}
    assert describe_places({7: place}) == "7 at R -18, A -22, S -22 mm (0.0 ml)"
