"""Loading `scipy.ndimage` in a third of its time, for programs that start for one task.

While SciPy 1.16 and later are loaded they write a note about other array libraries into the text of each of some 200
functions, parsing all of it, and list NumPy whole, by which NumPy loads its tests, its compilers of Fortran and more. A
program that reads no documentation needs neither. What is skipped is SciPy's own and may change: where it is not as
expected, SciPy is loaded as ever. Functions are the same, and so is what they give.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# SciPy's own: where functions' texts are parsed, the name of what parses them, and its copy of NumPy's names.
DOCUMENTING_MODULE = "scipy._lib._array_api"
PARSER_NAME = "FunctionDoc"
NUMPY_NAMES_MODULE = "scipy._lib.array_api_compat.numpy"


def load_ndimage() -> None:
    """Import `scipy.ndimage`, if nobody has done so before."""
    if DOCUMENTING_MODULE not in sys.modules:
        loaded = [name for name in np.__all__ if name in vars(np)]
        with (
            _replaced(np, "__all__", loaded),
            _replaced(np, "__dir__", lambda: loaded),
            contextlib.suppress(ImportError),
        ):
            importlib.import_module(DOCUMENTING_MODULE)
        names = sys.modules.get(NUMPY_NAMES_MODULE)
        if names is not None and not hasattr(names, "__getattr__"):
            vars(names)["__getattr__"] = _of_numpy
    module = sys.modules.get(DOCUMENTING_MODULE)
    if module is None or not hasattr(module, PARSER_NAME):
        importlib.import_module("scipy.ndimage")
        return
    with _replaced(module, PARSER_NAME, _UnparsedText):
        importlib.import_module("scipy.ndimage")


class _UnparsedText(dict[str, list[str]]):
    """A function's text as it is; what is added to its notes is dropped."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(Notes=[])
        self.text = function.__doc__ or ""

    def __str__(self) -> str:
        return f"\n{self.text}"  # the first line would be the signature


def _of_numpy(name: str) -> Any:
    """What the copy of NumPy's names has not, because it is loaded only when it is asked for."""
    return getattr(np, name)


@contextlib.contextmanager
def _replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    """A module with another value of a name it has."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)
