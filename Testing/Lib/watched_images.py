"""Watches what SimpleITK does with images while code runs: which thread, which image, and whether its lock was held."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import SimpleITK as sitk

from OVCFRiskLib import geometry

# Beginnings of SWIG's names: facts of an image, which no other call changes; new contents; all else works on voxels.
FACTS = (
    *("Image_Get", "Image_Has", "Image_Is", "Image_Transform", "Image___", "Image_To"),
    "ResampleImageFilter_SetReferenceImage",  # takes size, spacing, origin and direction
)
CHANGES = ("Image_Set", "Image___setitem", "Image_Erase", "Image_Copy", "Image___i")


@dataclass(frozen=True, slots=True)
class Call:
    """One call with one image; ``is_locked`` by its thread."""

    name: str
    thread: int
    image: int
    is_locked: bool

    @property
    def is_change(self) -> bool:
        """Does it write into the image?"""
        return self.name.startswith(CHANGES)

    @property
    def is_work(self) -> bool:
        """Does it look at voxels, or could it change which part a filter asks for?"""
        return not self.is_change and not self.name.startswith(FACTS)


class Watch:
    """Stands for SWIG's module and notes calls; images are kept, so that each has a number of its own."""

    def __init__(self, real: Any) -> None:
        self.real, self.calls, self.images = real, [], {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if not callable(found) or name.startswith("delete_"):
            return found

        def call(*arguments: Any) -> Any:
            for argument in arguments:
                if isinstance(argument, sitk.Image) and not name.endswith("_swiginit"):
                    self.images[id(argument)] = argument
                    lock = vars(argument).get(geometry.LOCK)
                    is_locked = lock is not None and lock._is_owned()
                    self.calls.append(Call(name, threading.get_ident(), id(argument), is_locked))
            return found(*arguments)

        return call

    def faults(self) -> set[str]:
        """Work without the image's lock, and changes of images that two threads have had."""
        threads: dict[int, set[int]] = {}
        found = set()
        for call in self.calls:
            threads.setdefault(call.image, set()).add(call.thread)
            if call.is_work and not call.is_locked:
                found.add(f"{call.name} without the lock")
            if call.is_change and len(threads[call.image]) > 1:
                found.add(f"{call.name} on a shared image")
        return found

    def shared(self) -> int:
        """How many images two threads have had."""
        threads: dict[int, set[int]] = {}
        for call in self.calls:
            threads.setdefault(call.image, set()).add(call.thread)
        return sum(len(found) > 1 for found in threads.values())


@contextmanager
def watched_images() -> Iterator[Watch]:
    """Note what happens to images meanwhile, in all threads."""
    module = sitk.SimpleITK
    watch = Watch(module._SimpleITK)
    module._SimpleITK = watch
    try:
        yield watch
    finally:
        module._SimpleITK = watch.real
