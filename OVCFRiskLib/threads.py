"""Levels side by side: the four bodies of a spine have nothing to do with each other."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import SimpleITK as sitk

Parameters = ParamSpec("Parameters")
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
        Must not report progress, nor change an image that other items have; filters and views of images that several
        have are safe by `geometry.run_filter` and `geometry.array_view`.
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
    with ThreadPoolExecutor(threads) as pool:
        _NO_COLLECTION.hold(len(items))
        futures = [pool.submit(function, item) for item in items]
        for future in futures:
            future.add_done_callback(_NO_COLLECTION.release)
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def beside(
    function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
) -> Future[Result]:
    """Begin to compute something in a thread while this one goes on; at once, where SimpleITK may use one thread only.

    Parameters
    ----------
    function : callable
        As `side_by_side` takes it.
    *arguments, **named
        Its own.

    Returns
    -------
    Future
        Whose ``result()`` waits, and raises what the function raised.
    """
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = function(*arguments, **named)
        except BaseException as error:  # it belongs to who asks for the result
            future.set_exception(error)
        else:
            future.set_result(result)

    if sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() < 2:
        run()
        return future
    _NO_COLLECTION.hold(1)
    future.add_done_callback(_NO_COLLECTION.release)
    try:
        threading.Thread(target=run).start()
    except RuntimeError:  # no further thread can be started
        run()
    return future


class _NoCollection:
    """No cyclic garbage is collected while items are at work: a thread would delete Qt's and VTK's objects.

    That crashes Slicer. Bound to the items and not to the iteration over their results, which ends late or never where
    an error keeps it alive; counted, as a step of the panel and one beside it may compute at the same time.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.items = 0
        self.was_enabled = False

    def hold(self, items: int) -> None:
        """Collect nothing until so many more items have ended."""
        with self.lock:
            if not self.items:
                self.was_enabled = gc.isenabled()
                gc.disable()
            self.items += items

    def release(self, _ended: Future[Any]) -> None:
        """One item has ended, or will not begin."""
        with self.lock:
            self.items -= 1
            if not self.items and self.was_enabled:
                gc.enable()


# One for the process: the collector is the process's too.
_NO_COLLECTION = _NoCollection()
