"""Slicer's fast grow-cut filter without all of Slicer: the one library that holds it.

Importing `slicer` from the wheel slicer-core loads and wraps 40 libraries, for half a second and 150 MB. The filter is
a VTK class like any other, so VTK itself can use an object of it once its library is loaded; only the class's own
functions are called by their names in the library. Where that does not work, `slicer` is imported.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

from OVCFRiskLib.errors import MissingDependencyError

if TYPE_CHECKING:
    from vtkmodules.vtkCommonExecutionModel import vtkImageAlgorithm

# The package that the wheel slicer-core installs, and the library in it that holds the filter, as Linux names it.
WHEEL_PACKAGE = "slicer_core"
FILTER_LIBRARY = "libvtkSlicerSegmentationsModuleLogic.so"
# The filter, in Slicer's C++ and in Python alike.
FILTER_CLASS = "vtkImageGrowCutSegment"
# Names of its functions as GCC and Clang write them (Itanium C++ ABI, the lengths of the words before them): static
# New(), and SetDistancePenalty(double).
NEW_FUNCTION = f"_ZN{len(FILTER_CLASS)}{FILTER_CLASS}3NewEv"
PENALTY_FUNCTION = f"_ZN{len(FILTER_CLASS)}{FILTER_CLASS}18SetDistancePenaltyEd"


def grow_cut_filter(distance_penalty: float) -> vtkImageAlgorithm:
    """A new filter; its inputs are intensity, seeds and mask.

    Parameters
    ----------
    distance_penalty : float
        HU per mm.

    Raises
    ------
    MissingDependencyError
        Where neither Slicer nor its wheel is installed.
    """
    library = None if _is_slicer_loaded() else _library()
    if library is not None:
        return _from_library(library, distance_penalty)
    try:
        from slicer import vtkImageGrowCutSegment
    except ImportError as error:
        raise MissingDependencyError("slicer-core", "growing bodies from seeds outside of 3D Slicer") from error
    wrapped: Any = vtkImageGrowCutSegment()
    wrapped.SetDistancePenalty(distance_penalty)
    return wrapped


def load_ahead() -> None:
    """Begin to load the filter while other work is done; a library is loaded while Python runs on."""
    if not _is_slicer_loaded():
        threading.Thread(target=_library, daemon=True).start()


def _is_slicer_loaded() -> bool:
    """Does the filter's Python class exist already, as in 3D Slicer itself?"""
    return hasattr(sys.modules.get("slicer"), FILTER_CLASS)


@functools.lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    """The filter's library, from the wheel; None where it is absent or has not the expected functions."""
    package = PathFinder.find_spec(WHEEL_PACKAGE)
    if package is None or not package.submodule_search_locations:
        return None
    try:
        library = _loaded(Path(package.submodule_search_locations[0]) / FILTER_LIBRARY)
        new, set_penalty = getattr(library, NEW_FUNCTION), getattr(library, PENALTY_FUNCTION)
    except (OSError, AttributeError):  # another platform or version: the import finds out
        return None
    new.restype, new.argtypes = ctypes.c_void_p, []
    set_penalty.restype, set_penalty.argtypes = None, [ctypes.c_void_p, ctypes.c_double]
    return library


def _loaded(path: Path) -> ctypes.CDLL:
    """A library whose functions are looked up when they are first called: ctypes looks up all, in half as long again.

    Raises
    ------
    OSError
        If it cannot be loaded.
    """
    open_library = getattr(ctypes.CDLL(None), "dlopen", None) if sys.platform == "linux" else None
    handle = None
    if open_library is not None:
        open_library.restype, open_library.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
        handle = open_library(os.fsencode(path), os.RTLD_LAZY | os.RTLD_LOCAL)
    return ctypes.CDLL(str(path), handle=handle)


def _from_library(library: ctypes.CDLL, distance_penalty: float) -> vtkImageAlgorithm:
    """A filter as VTK sees it: an image algorithm, whose inputs it knows by number."""
    from vtkmodules.vtkCommonExecutionModel import vtkImageAlgorithm

    address = getattr(library, NEW_FUNCTION)()
    at_address: Any = vtkImageAlgorithm  # VTK's text of an address is not among the arguments its type hints know
    made: vtkImageAlgorithm = at_address(f"_{address:016x}_p_{FILTER_CLASS}")
    made.UnRegister(made)  # New() holds one reference, Python another
    getattr(library, PENALTY_FUNCTION)(address, distance_penalty)
    return made
