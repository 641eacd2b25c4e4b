"""Levels side by side: the four bodies of a spine have nothing to do with each other."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import SimpleITK as sitk

# An ITK image itself notes which part of it a filter asks for: two filters at once on one image could mix that up.
SHARED_IMAGE = threading.Lock()

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Results of a function in the order of the items, computed in threads.

    NumPy, SciPy and SimpleITK let other threads run while they compute. There are as many threads as SimpleITK may
    use, so that one setting (`SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads`) makes a process of a batch keep
    to one core. The results do not depend on their number.

    Parameters
    ----------
    function : callable
        Must not report progress. Filters on an image that other items read too run under `SHARED_IMAGE`.
    items : sequence

    Yields
    ------
    object
        ``function(item)``; an error is raised in its place, after the items at work have ended.
    """
    threads = min(len(items), sitk.ProcessObject.GetGlobalDefaultNumberOfThreads())
    if threads < 2:
        yield from map(function, items)
        return
    with _no_collection(), ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No cyclic garbage is collected meanwhile: a thread would delete Qt's and VTK's objects, which crashes Slicer."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
