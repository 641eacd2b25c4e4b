"""Levels side by side: order, errors, one thread, and results that do not depend on the number of threads."""

import gc
import threading
import time

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.assess import assess
from OVCFRiskLib.report.data.json_document import assessment_text
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.threads import beside, side_by_side


@pytest.fixture
def threads():
    """Set SimpleITK's number of threads; it is put back."""
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    yield sitk.ProcessObject.SetGlobalDefaultNumberOfThreads
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def is_collected_again():
    """Items that nobody waits for end by themselves, and then collection goes on."""
    for _ in range(100):
        if gc.isenabled():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("count", [1, 3])
def test_results_come_in_order(threads, count):
    threads(count)
    assert list(side_by_side(lambda n: n * n, range(20))) == [n * n for n in range(20)]


def test_one_thread_means_this_thread(threads):
    threads(1)
    assert set(side_by_side(lambda n: threading.get_ident(), range(5))) == {threading.get_ident()}
    threads(2)
    assert threading.get_ident() not in set(side_by_side(lambda n: threading.get_ident(), range(5)))


def test_no_garbage_is_collected_in_threads(threads):
    """Objects of Qt and VTK must not be deleted in a thread that is not theirs."""
    threads(2)
    assert gc.isenabled()
    assert set(side_by_side(lambda n: gc.isenabled(), range(5))) == {False}
    assert gc.isenabled()


def test_garbage_is_collected_again_although_an_error_keeps_the_results(threads):
    """As where a step of the panel is cancelled and its error is kept."""
    threads(2)
    results = side_by_side(lambda n: n, range(5))
    assert next(results) == 0
    assert is_collected_again()
    assert list(results) == [1, 2, 3, 4]
    assert gc.isenabled()


def test_two_users_at_once_leave_collection_as_it_was(threads):
    """The first to begin need not be the first to end."""
    threads(2)
    go_on = threading.Event()
    waiting = side_by_side(lambda n: go_on.wait(5) and n, range(2))
    first = threading.Thread(target=lambda: list(waiting))
    first.start()
    assert list(side_by_side(lambda n: n, range(3))) == [0, 1, 2]
    go_on.set()
    first.join()
    assert gc.isenabled()


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_is_raised_in_its_place(threads, count):
    threads(count)
    results = side_by_side(lambda n: 1 // (n - 2), range(5))
    assert [next(results), next(results)] == [-1, -1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_bodies_and_scores_do_not_depend_on_threads(threads, phantom):
    found = []
    for count in (1, 4):
        threads(count)
        labels = segment_bodies(phantom.ct, phantom.points)
        found.append((sitk.GetArrayFromImage(labels), assessment_text(assess(phantom.ct, labels))))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_computed_beside_gives_its_result_or_error(threads, count):
    threads(count)
    assert beside(divmod, 7, 2).result() == (3, 1)
    failed = beside(divmod, 7, 0)
    with pytest.raises(ZeroDivisionError):
        failed.result()


def test_beside_means_another_thread_where_there_may_be_two(threads):
    threads(1)
    assert beside(threading.get_ident).result() == threading.get_ident()
    threads(2)
    assert beside(threading.get_ident).result() != threading.get_ident()
    go_on = threading.Event()
    waiting = beside(go_on.wait, 10)
    assert not gc.isenabled()
    go_on.set()
    assert waiting.result()
    assert is_collected_again()


def test_without_a_further_thread_it_is_computed_here(threads, monkeypatch):
    def fail(_thread):
        raise RuntimeError("can't start new thread")

    threads(2)
    monkeypatch.setattr(threading.Thread, "start", fail)
    assert beside(lambda: threading.current_thread()).result() is threading.current_thread()
    assert gc.isenabled()
