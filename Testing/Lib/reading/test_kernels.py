"""Kinds of convolution kernels."""

import doctest

import pytest

from OVCFRiskLib.reading import kernels


def test_the_examples_of_the_manufacturers():
    assert doctest.testmod(kernels).failed == 0


@pytest.mark.parametrize("text", ["", "  ", "Mustermann", "B", "FC", "??"])
def test_what_is_no_known_name_counts_as_standard(text):
    assert kernels.kernel_kind(text) == "standard"
