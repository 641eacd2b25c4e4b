"""Labels in the files that other programs write: DICOM SEG and RTSTRUCT, old .seg.nrrd, folders of masks."""

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.uid import RTStructureSetStorage

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.data.label_file import write_labels
from OVCFRiskLib.segmentation import import_labels
from OVCFRiskLib.segmentation.dicom_contours import fill_polygon
from OVCFRiskLib.segmentation.label_import import import_labels_and_notes

L1, L2, L3, L4 = LumbarLevel
SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"


def dice(a, b, level):
    a, b = (sitk.GetArrayViewFromImage(image) == level for image in (a, b))
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def same(a, b):
    return bool((sitk.GetArrayViewFromImage(a) == sitk.GetArrayViewFromImage(b)).all())


def levels_in(labels):
    return {LumbarLevel(int(value)) for value in np.unique(sitk.GetArrayViewFromImage(labels)) if value}


def item(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def decimals(values):
    return [f"{value:.8g}" for value in values]


@pytest.fixture
def write_seg(phantom, dicom_factory, tmp_path):
    """``write_seg(names, series) -> path``: a DICOM SEG of the phantom's bodies, frames without bone left out."""

    def write(names, series="1.2.3", step=1, kind="BINARY"):
        labels = phantom.labels
        array = sitk.GetArrayViewFromImage(labels)
        dataset = dicom_factory.plain_object(SEGMENTATION_STORAGE, "SEG", SegmentationType=kind)
        dataset.ReferencedSeriesSequence = [item(SeriesInstanceUID=series)]
        dataset.SegmentSequence = [item(SegmentNumber=n, SegmentLabel=name) for n, name in enumerate(names, 1)]
        spacing = labels.GetSpacing()
        measures = item(PixelSpacing=decimals((spacing[1], spacing[0])), SliceThickness=decimals((spacing[2],))[0])
        axes = item(ImageOrientationPatient=decimals((1, 0, 0, 0, 1, 0)))
        dataset.SharedFunctionalGroupsSequence = [
            item(PixelMeasuresSequence=[measures], PlaneOrientationSequence=[axes])
        ]
        frames, groups = [], []
        for number, level in enumerate(LumbarLevel, 1):
            for k in np.flatnonzero((array == level).any(axis=(1, 2)))[::step][::-1]:  # feet first: any order is right
                position = labels.TransformIndexToPhysicalPoint((0, 0, int(k)))
                groups.append(
                    item(
                        PlanePositionSequence=[item(ImagePositionPatient=decimals(position))],
                        SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number)],
                    )
                )
                frames.append(array[k] == level)
        stack = np.array(frames, np.uint8)
        dataset.PerFrameFunctionalGroupsSequence = groups
        dataset.NumberOfFrames, dataset.Rows, dataset.Columns = stack.shape
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
        bits = 1 if kind == "BINARY" else 8
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
        if kind == "FRACTIONAL":
            dataset.MaximumFractionalValue = 200
        packed = np.packbits(stack.ravel(), bitorder="little") if bits == 1 else stack * 180
        data = packed.tobytes()
        dataset.PixelData = data + b"\0" * (len(data) % 2)
        return dicom_factory.write_object(tmp_path / "bodies.dcm", dataset)

    return write


NAMES = ("L1 vertebral body", "vertebrae_L2", "LWK 3", "L4")


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL"])
def test_a_dicom_seg_comes_back_voxel_by_voxel(phantom, write_seg, kind):
    assert same(import_labels(write_seg(NAMES, kind=kind), phantom.ct, series_uid="1.2.3"), phantom.labels)


def test_a_dicom_seg_of_another_series_is_refused(phantom, write_seg):
    path = write_seg(NAMES, series="1.2.4")
    with pytest.raises(OVCFRiskError, match=r"was made on series 1\.2\.4, the CT is series 1\.2\.3; give the CT"):
        import_labels(path, phantom.ct, series_uid="1.2.3")
    assert same(import_labels(path, phantom.ct), phantom.labels)  # a CT without a series: nothing to compare


def test_a_dicom_seg_without_levels_lists_its_names(phantom, write_seg):
    with pytest.raises(OVCFRiskError, match="got the names 'liver', 'spleen', 'Segment 3', 'x'"):
        import_labels(write_seg(("liver", "spleen", "Segment 3", "x")), phantom.ct)


def test_vertebrae_beside_the_four_are_noted_and_doubtful_ones_refused(phantom, write_seg):
    imported = import_labels_and_notes(write_seg(("L1", "L2", "L5", "T12")), phantom.ct)
    assert levels_in(imported.labels) == {L1, L2}
    assert "'L5', 'T12'" in imported.notes[0]
    with pytest.raises(OVCFRiskError, match=r"names several levels; rename it .* 'L3/4'"):
        import_labels(write_seg(("L1", "L2", "L3/4", "x")), phantom.ct)
    with pytest.raises(OVCFRiskError, match=r"is marked as unsure.*'L3\?'"):
        import_labels(write_seg(("L1", "L2", "L3?", "x")), phantom.ct)


def test_another_dicom_object_is_no_label(phantom, dicom_factory, tmp_path):
    report = dicom_factory.plain_object("1.2.840.10008.5.1.4.1.1.88.33", "SR")
    path = dicom_factory.write_object(tmp_path / "sr.dcm", report)
    with pytest.raises(OVCFRiskError, match="expected labels as DICOM SEG or RTSTRUCT, got an object of modality SR"):
        import_labels(path, phantom.ct)


def test_a_seg_that_lacks_its_frames_is_refused_in_a_sentence(phantom, dicom_factory, tmp_path):
    dataset = dicom_factory.plain_object(SEGMENTATION_STORAGE, "SEG", SegmentationType="BINARY")
    path = dicom_factory.write_object(tmp_path / "seg.dcm", dataset)
    with pytest.raises(OVCFRiskError, match="its SEG cannot be understood"):
        import_labels(path, phantom.ct)


@pytest.fixture
def write_contours(phantom, dicom_factory, tmp_path):
    """``write_contours(levels, every) -> path``: an RTSTRUCT of boxes around the bodies' middles."""

    def write(names, half=(12.0, 9.0, 8.0), every=2.5, tilt=0.0):
        dataset = dicom_factory.plain_object(RTStructureSetStorage, "RTSTRUCT")
        dataset.StructureSetROISequence = [item(ROINumber=n, ROIName=name) for n, name in enumerate(names, 1)]
        contours = []
        for number, level in enumerate(list(LumbarLevel)[: len(names)], 1):
            x, y, z = phantom.points[level]
            planes = []
            for height in np.arange(z - half[2], z + half[2] + 0.01, every):
                turns = ((-1, -1), (1, -1), (1, 1), (-1, 1))
                corners = [(x + right * half[0], y + back * half[1], height + tilt * right) for right, back in turns]
                data = decimals(np.ravel(corners))
                planes.append(item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=4, ContourData=data))
            contours.append(item(ReferencedROINumber=number, ContourSequence=planes))
        dataset.ROIContourSequence = contours
        return dicom_factory.write_object(tmp_path / "rtstruct.dcm", dataset)

    return write


def test_contours_become_masks_of_their_size(phantom, write_contours):
    labels = import_labels(write_contours(("L1", "L2")), phantom.ct)
    assert levels_in(labels) == {L1, L2}
    voxel_ml = np.prod(phantom.ct.GetSpacing()) / 1000
    for level in (L1, L2):
        volume = (sitk.GetArrayViewFromImage(labels) == level).sum() * voxel_ml
        assert volume == pytest.approx(24 * 18 * 18.5 / 1000, rel=0.08)


def test_contours_across_the_body_are_refused(phantom, write_contours):
    with pytest.raises(OVCFRiskError, match="expected contours in axial planes"):
        import_labels(write_contours(("L1",), tilt=4.0), phantom.ct)


def test_a_contour_within_another_is_a_hole():
    outer = np.array([(1.5, 1.5), (8.5, 1.5), (8.5, 8.5), (1.5, 8.5)])
    inner = np.array([(3.5, 3.5), (6.5, 3.5), (6.5, 6.5), (3.5, 6.5)])
    ring = fill_polygon(outer, (10, 10)) ^ fill_polygon(inner, (10, 10))
    assert ring.sum() == 49 - 9
    assert not ring[5, 5]


def test_a_disc_has_its_area():
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    disc = np.stack([50 + 30.2 * np.cos(angles), 40 + 30.2 * np.sin(angles)], axis=1)
    assert fill_polygon(disc, (90, 100)).sum() == pytest.approx(np.pi * 30.2**2, rel=0.01)


def test_a_seg_nrrd_of_slicer_4_10_has_a_component_per_segment(phantom, tmp_path):
    bodies = [sitk.Cast(phantom.labels == int(level), sitk.sitkUInt8) for level in (L2, L1, L3)]
    image = sitk.Compose(bodies)
    for number, name in enumerate(("L2", "L1 body", "disc L2-L3")):
        image.SetMetaData(f"Segment{number}_ID", f"Segment_{number}")
        image.SetMetaData(f"Segment{number}_Name", name)
    sitk.WriteImage(image, str(tmp_path / "old.seg.nrrd"))
    labels = import_labels(tmp_path / "old.seg.nrrd", phantom.ct)
    assert levels_in(labels) == {L1, L2}
    assert all(dice(labels, phantom.labels, level) == 1 for level in (L1, L2))


def test_segments_that_name_no_level_are_listed(phantom, tmp_path):
    image = sitk.Image(phantom.labels)
    for number, name in enumerate(("Bone", "Segment_2")):
        for field, text in (("Name", name), ("Layer", "0"), ("LabelValue", str(20 + number))):
            image.SetMetaData(f"Segment{number}_{field}", text)
    sitk.WriteImage(image, str(tmp_path / "x.seg.nrrd"))
    with pytest.raises(OVCFRiskError, match=r"rename the segments of .*; got the names 'Bone', 'Segment_2'"):
        import_labels(tmp_path / "x.seg.nrrd", phantom.ct)


@pytest.mark.parametrize(
    "name", ["case.7.vertebrae_{}.nii.gz", "VERTEBRAE_{}.NII.GZ", "{}.mhd", "LWK_{n}.mha", "vertebrae_{} (1).nrrd"]
)
def test_folders_of_masks_however_they_are_named(phantom, tmp_path, name):
    for level in (L2, L3):
        path = tmp_path / name.format(level.name, n=level.name[1])
        written = path.with_name(path.name.lower().replace(" (1)", ""))
        sitk.WriteImage(phantom.labels == int(level), str(written))
        written.rename(path)
    sitk.WriteImage(phantom.labels == 99, str(tmp_path / "liver.nii.gz"))
    assert levels_in(import_labels(tmp_path, phantom.ct)) == {L2, L3}


def test_a_single_mask_named_by_its_level(phantom, tmp_path):
    sitk.WriteImage(phantom.labels == 20, str(tmp_path / "vertebrae_L1.nii.gz"))
    labels = import_labels(tmp_path / "vertebrae_L1.nii.gz", phantom.ct)
    assert levels_in(labels) == {L1}
    assert dice(labels, phantom.labels, L1) == 1


def test_one_component_stored_as_a_vector_is_a_label_map(phantom):
    assert same(import_labels(sitk.Compose([phantom.labels]), phantom.ct), phantom.labels)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_a_file_with_a_lone_value_needs_to_say_what_it_means(phantom, tmp_path, suffix):
    lone = sitk.Cast(sitk.Threshold(phantom.labels, 22, 22, 0), sitk.sitkUInt8)
    plain, ours, named = (tmp_path / f"{name}{suffix}" for name in ("mask", "ours", "sub-verse004_seg"))
    sitk.WriteImage(lone, str(plain))
    sitk.WriteImage(lone, str(named))
    write_labels(lone, ours)
    with pytest.raises(OVCFRiskError, match=r"22 = L3.*22 = L1.*--numbering"):
        import_labels_and_notes(plain, phantom.ct)
    assert levels_in(import_labels_and_notes(plain, phantom.ct, "verse").labels) == {L3}
    for path in (ours, named):
        imported = import_labels_and_notes(path, phantom.ct)
        assert levels_in(imported.labels) == {L3}
        assert "22 read as L3 of VerSe, SPINEPS; as the file says of itself" in imported.notes[0]


def test_a_lone_value_says_what_else_it_could_be(phantom):
    imported = import_labels_and_notes(sitk.Threshold(phantom.labels, 22, 22, 0), phantom.ct)
    assert levels_in(imported.labels) == {L3}
    assert "read as L3 of VerSe, SPINEPS; alone it could also be L1 of TotalSegmentator 1" in imported.notes[0]
    assert import_labels_and_notes(phantom.labels, phantom.ct).notes == ()
    assert import_labels_and_notes(sitk.Threshold(phantom.labels, 22, 22, 0), phantom.ct, "verse").notes == ()
