"""DICOM files that are wrong in one thing: read as they were meant, or refused; never other voxels or places."""

import pydicom
import pytest


@pytest.fixture(scope="module")
def ct(damaged_ct):
    return damaged_ct.sound_ct()


def one(keyword, value):
    """What changes one slice of a series."""
    return lambda k, dataset: setattr(dataset, keyword, value) if k == 17 else None


def every(**values):
    def change(_k, dataset):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def pixels(change):
    return lambda k, dataset: setattr(dataset, "PixelData", change(dataset.PixelData)) if k == 17 else None


UNREADABLE = "damaged file|cannot be read"
BRIGHT = r"expected gray values \(MONOCHROME2\) and a rescale slope above 0"
DICOM_FAULTS = {
    "nothing": (None, "same"),
    "slope of 0": (every(RescaleSlope="0"), BRIGHT),
    "slope below 0": (every(RescaleSlope="-1"), BRIGHT),
    "one slope below 0": (one("RescaleSlope", "-1"), BRIGHT),
    "a slope of 1e30": (every(RescaleSlope="1e30"), "denser than bone"),
    "one picture is inverted": (one("PhotometricInterpretation", "MONOCHROME1"), BRIGHT),
    "all are inverted": (every(PhotometricInterpretation="MONOCHROME1"), BRIGHT),
    "colours": (every(PhotometricInterpretation="RGB", SamplesPerPixel=3), UNREADABLE),
    "pixels of 0 mm": (every(PixelSpacing=[0, 0.7]), "expected voxels of"),
    "pixels below 0 mm": (every(PixelSpacing=[-0.8, 0.7]), "expected voxels of|shifted sideways|gantry"),
    "a row less": (every(Rows=25), UNREADABLE),
    "a row more": (every(Rows=27), UNREADABLE),
    "one has a row less": (one("Rows", 25), UNREADABLE),
    "no rows": (every(Rows=0), UNREADABLE),
    "four bytes": (every(BitsAllocated=32, BitsStored=32, HighBit=31), UNREADABLE),
    "one byte": (every(BitsAllocated=8, BitsStored=8, HighBit=7), UNREADABLE),
    "pixels are missing": (pixels(lambda data: data[:-100]), UNREADABLE),
    "no pixels": (pixels(lambda data: b""), UNREADABLE),
    "frames of a single slice": (every(NumberOfFrames=1), "same"),
    "no number of frames": (every(NumberOfFrames=0), "same"),
    "zeros behind": (pixels(lambda data: data + bytes(100)), "same"),
    "pixels behind": (pixels(lambda data: data * 2), UNREADABLE),
    "one without a slope": (lambda k, dataset: dataset.pop("RescaleSlope") if k == 17 else None, "lacks RescaleSlope"),
    "one without an intercept": (
        lambda k, dataset: dataset.pop("RescaleIntercept") if k == 17 else None,
        "lacks RescaleIntercept, which 39 other slices",
    ),
    "far away": (
        lambda k, dataset: setattr(dataset, "ImagePositionPatient", [1e7, 0, -900 + 1.25 * k]),
        "within 100 m",
    ),
}


@pytest.mark.parametrize("name", DICOM_FAULTS)
def test_dicom_series(ct, tmp_path, dicom_factory, name, damaged_ct):
    change, expected = DICOM_FAULTS[name]
    dicom_factory.write_series(tmp_path, ct, per_slice=change)
    damaged_ct.assert_outcome(tmp_path, expected)


@pytest.mark.parametrize("change", [{"RescaleSlope": None, "RescaleIntercept": None}, {"RescaleSlope": "0"}])
def test_the_scale_of_a_scout_that_is_left_out_is_not_asked_for(ct, tmp_path, dicom_factory, damaged_ct, change):
    # it lies across the stack, and its image type does not say what it is
    across = {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1], "ImagePositionPatient": [0, 0, 100]}
    paths = dicom_factory.write_series(tmp_path, ct)
    series = pydicom.dcmread(paths[0]).SeriesInstanceUID
    dicom_factory.write_series(
        tmp_path,
        ct,
        SeriesInstanceUID=series,
        name="scout{:04d}.dcm".format,
        per_slice=lambda k, dataset: dataset.update(across) if k < 2 else dataset.clear(),
        **change,
    )
    damaged_ct.assert_outcome(tmp_path, "same")


@pytest.mark.parametrize("more", [b"\x01", b"\x01\x02\x03", b"\x18\xfc\x18\xfc\x18\xfc\x18\xfc\x18\xfc"])
def test_bytes_among_the_pixels_are_an_error(ct, tmp_path, dicom_factory, damaged_ct, more):
    path = dicom_factory.write_series(tmp_path, ct)[17]
    data = path.read_bytes()
    path.write_bytes(data[:-700] + more + data[-700:])
    damaged_ct.assert_outcome(tmp_path, UNREADABLE)


FRAME_FAULTS = {
    "no scale": (
        lambda dataset: delattr(dataset.PerFrameFunctionalGroupsSequence[5], "PixelValueTransformationSequence"),
        "lacks RescaleSlope, which 39 other slices",
    ),
    "a row less": (lambda dataset: setattr(dataset, "Rows", 25), UNREADABLE),
    "a row more": (lambda dataset: setattr(dataset, "Rows", 27), UNREADABLE),
    "a frame more": (lambda dataset: setattr(dataset, "NumberOfFrames", 41), UNREADABLE),
    "a frame less": (lambda dataset: setattr(dataset, "NumberOfFrames", 39), UNREADABLE),
    "inverted": (lambda dataset: setattr(dataset, "PhotometricInterpretation", "MONOCHROME1"), BRIGHT),
    "a description less": (lambda dataset: dataset.PerFrameFunctionalGroupsSequence.pop(), "expected a description"),
    "no place": (
        lambda dataset: delattr(dataset.PerFrameFunctionalGroupsSequence[5], "PlanePositionSequence"),
        "ImagePositionPatient",
    ),
    "a slope of 0": (
        lambda dataset: setattr(
            dataset.PerFrameFunctionalGroupsSequence[5].PixelValueTransformationSequence[0], "RescaleSlope", "0"
        ),
        BRIGHT,
    ),
}


@pytest.mark.parametrize("name", FRAME_FAULTS)
def test_frames_of_one_file(ct, tmp_path, dicom_factory, name, damaged_ct):
    change, expected = FRAME_FAULTS[name]
    path = dicom_factory.write_multi_frame(tmp_path / "ct.dcm", ct)
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)
    damaged_ct.assert_outcome(path, expected)
