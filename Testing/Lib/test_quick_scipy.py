"""`scipy.ndimage` loaded quickly is the one that is loaded otherwise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from OVCFRiskLib.quick_scipy import load_ndimage

QUICKLY = f"from OVCFRiskLib.quick_scipy import {load_ndimage.__name__}; load_ndimage(); "


def said(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_functions_give_the_same():
    code = (
        "from scipy import ndimage; import numpy as np; a = np.random.default_rng(2).normal(size=(9, 8, 7)); "
        "print(sorted(n for n in dir(ndimage) if n[0] != '_')); "
        "print([f(a).tobytes() for f in (ndimage.distance_transform_edt, ndimage.sobel, ndimage.minimum)]); "
        "print(ndimage.gaussian_filter(a, 1.2).tobytes(), ndimage.zoom(a, 1.3, order=3).tobytes())"
    )
    assert said(QUICKLY + code) == said(code)


def test_it_loads_no_tests_and_no_compilers():
    """What NumPy names, but loads only when it is asked for; if SciPy loads it again, half the gain is lost."""
    loaded = said(QUICKLY + "import sys; print({'numpy.testing', 'numpy.f2py', 'numpy.ma'} & set(sys.modules))")
    assert loaded.strip() == "set()"


def test_what_was_skipped_is_there_when_it_is_asked_for():
    code = (
        "import numpy; from scipy._lib.array_api_compat import numpy as names; print(names.testing.__name__); "
        "print('testing' in dir(numpy), 'f2py' in numpy.__all__, numpy.ma.masked)"
    )
    assert said(QUICKLY + code).split() == ["numpy.testing", "True", "True", "--"]


@pytest.mark.parametrize("module", ["stats", "optimize", "spatial", "signal", "interpolate", "sparse", "special"])
def test_the_rest_of_scipy_loads_after_it(module):
    assert said(f"{QUICKLY} import scipy.{module}; print('loaded')") == "loaded\n"


def test_texts_stay_and_a_second_call_changes_nothing():
    code = "from scipy import ndimage; f = ndimage.zoom; load_ndimage(); print(f is ndimage.zoom, 'Zoom' in f.__doc__)"
    assert said(QUICKLY + code) == "True True\n"


@pytest.mark.parametrize(
    "changed",
    [
        "q.PARSER_NAME = 'NoSuchName'; ",  # a SciPy to come
        "q.DOCUMENTING_MODULE = 'scipy._lib.no_such_module'; ",
        "from scipy import ndimage; ",  # somebody was first
    ],
)
def test_another_scipy_is_loaded_as_ever(changed):
    code = f"from OVCFRiskLib import quick_scipy as q; {changed}q.load_ndimage(); from scipy import ndimage; "
    assert said(code + "print(ndimage.sum([1, 2]))") == "3\n"
