"""Local workers: one thread each, whatever this machine has, and memory kept from case to case."""

import os
import subprocess
import sys

import pytest
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


ARRAYS = """
import resource
import sys
import numpy as np
from OVCFRiskLib.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    arrays = [np.ones(2**20, np.uint8) for _ in range(10)]
    del arrays
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told to")
def test_a_worker_keeps_the_memory_that_arrays_free():
    def faults(how):
        done = subprocess.run([sys.executable, "-c", ARRAYS, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert faults("keep") < faults("as it is") / 5
