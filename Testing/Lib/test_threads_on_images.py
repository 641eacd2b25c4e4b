"""No SimpleITK image is worked on by two threads at once, whatever runs: found by watching every call with an image."""

import threading
import time

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.assess import assess
from OVCFRiskLib.cli import main
from OVCFRiskLib.geometry import array_view, image_like, run_filter
from OVCFRiskLib.points import write_points
from OVCFRiskLib.segmentation import segment_bodies


@pytest.fixture
def four_threads():
    """SimpleITK may use four threads; it is put back."""
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(4)
    yield
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


@pytest.fixture
def turned(phantom):
    """The phantom with its axes in another order, so that cut-outs are turned: a step that plain CTs do without."""
    return run_filter(sitk.DICOMOrient, phantom.ct, "SRA")


@pytest.mark.usefixtures("four_threads")
@pytest.mark.parametrize("kind", ["plain", "turned", "fractions"])
def test_every_filter_and_view_of_segmenting_and_assessing_is_locked(phantom, turned, watching, kind):
    ct = {"plain": phantom.ct, "turned": turned}.get(kind)
    if ct is None:
        ct = image_like(array_view(phantom.ct).astype(np.float32) + np.float32(0.25), phantom.ct)
    with watching() as watch:
        assess(ct, segment_bodies(ct, phantom.points))
    assert watch.faults() == set()
    assert watch.shared() > 1
    assert len(watch.calls) > 100


@pytest.mark.usefixtures("four_threads")
@pytest.mark.parametrize("command", ["score", "labels", "segment", "features", "robustness"])
def test_every_filter_and_view_of_a_command_is_locked(tmp_path, phantom, watching, command):
    ct, points, labels = (str(tmp_path / name) for name in ("ct.nii", "points.mrk.json", "labels.nrrd"))
    sitk.WriteImage(phantom.ct, ct)
    sitk.WriteImage(phantom.labels, labels)
    write_points(phantom.points, points)
    arguments = {
        "score": ["score", ct, "--points", points, "--out", str(tmp_path / "out"), "--complete"],
        "labels": ["score", ct, "--labels", labels, "--out", str(tmp_path / "out")],
        "segment": ["segment", ct, "--points", points, "--out", str(tmp_path / "new.nrrd")],
        "features": ["features", ct, labels, "--out", str(tmp_path / "features.csv")],
        "robustness": ["robustness", ct, "--points", points, "--repeats", "2", "--out", str(tmp_path / "out")],
    }[command]
    with watching() as watch:
        assert main(arguments) in (0, 1)
    assert watch.faults() == set()
    assert len(watch.calls) > 20


@pytest.mark.usefixtures("four_threads")
def test_what_is_not_locked_is_found(watching):
    image = sitk.Image(8, 8, 8, sitk.sitkInt16)
    both = threading.Barrier(2, timeout=20)

    def look():
        both.wait()  # no thread does the work of both
        sitk.GetArrayFromImage(image + 1)
        both.wait()

    with watching() as watch:
        threads = [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert any("without the lock" in fault for fault in watch.faults())
        assert watch.shared() == 1
        image.SetOrigin((1, 2, 3))
        assert "Image_SetOrigin on a shared image" in watch.faults()


def test_voxels_stay_in_their_memory_while_a_filter_of_another_thread_works_on_them():
    # SimpleITK's own view would give the image new memory, and what others look at would be freed: seen as crashes
    image = sitk.Image(300, 300, 100, sitk.sitkFloat32)
    begun = threading.Event()

    def blur(image):
        begun.set()
        return sitk.SmoothingRecursiveGaussian(image, 8)

    before = array_view(image).ctypes.data
    thread = threading.Thread(target=run_filter, args=(blur, image))
    thread.start()
    begun.wait()
    time.sleep(0.05)  # the filter holds the image by now
    after = array_view(image).ctypes.data
    thread.join()
    assert after == before


def test_filters_on_images_of_their_own_do_not_wait():
    both = threading.Barrier(2, timeout=20)

    def meet(image):
        both.wait()
        return image

    images = [sitk.Image(2, 2, 2, sitk.sitkUInt8) for _ in range(2)]
    threads = [threading.Thread(target=run_filter, args=(meet, image)) for image in images]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not both.broken


def test_two_filters_on_the_same_two_images_never_wait_for_each_other_for_ever():
    first, second = sitk.Image(4, 4, 4, sitk.sitkUInt8), sitk.Image(4, 4, 4, sitk.sitkUInt8)
    pairs = [(first, second), (second, first)] * 200
    threads = [
        threading.Thread(target=lambda n=n: [run_filter(sitk.Add, *pair) for pair in pairs[n:]], daemon=True)
        for n in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def test_voxels_live_as_long_as_they_are_looked_at():
    voxels = array_view(image_like(np.full((40, 50, 60), 7, np.int16), sitk.Image(60, 50, 40, sitk.sitkInt16)))
    more = [sitk.Image(60, 50, 40, sitk.sitkInt16) for _ in range(20)]  # would be given the memory, and empty it
    assert more
    assert (voxels == 7).all()
    assert not voxels.flags.writeable
