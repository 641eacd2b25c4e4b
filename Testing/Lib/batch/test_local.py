"""Local workers: one thread each, whatever this machine has."""

import os

import SimpleITK as sitk

from OVCFRiskLib.batch.guard import ONE_THREAD
from OVCFRiskLib.batch.local import _one_process, _one_thread


def test_a_worker_keeps_to_one_core_and_this_process_keeps_its_own():
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    with _one_thread():
        worker = _one_process()
        try:
            threads = worker.submit(sitk.ProcessObject.GetGlobalDefaultNumberOfThreads).result(timeout=60)
            variables = [worker.submit(os.getenv, name).result(timeout=60) for name in ONE_THREAD]
        finally:
            worker.shutdown(wait=True)
    assert threads == 1
    assert variables == ["1"] * len(ONE_THREAD)
    assert {name: os.environ.get(name) for name in ONE_THREAD} == before
