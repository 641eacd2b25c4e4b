"""Letters are VTK's own, and stand where VTK writes them."""

import numpy as np
import pytest
import vtkmodules.vtkRenderingFreeType  # noqa: F401  registers what writes
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTextProperty, vtkTextRenderer

from OVCFRiskLib.report.pictures.lettering import BEARING, UNKNOWN, text_cover

FONTS = [(50, True), (31, True), (31, False), (25, False), (22, False)]


def written_by_vtk(words, size, is_bold):
    style = vtkTextProperty()
    style.SetFontFamilyToArial()
    style.SetFontSize(size)
    style.SetBold(is_bold)
    image, used = vtkImageData(), [0, 0]
    assert vtkTextRenderer.GetInstance().RenderString(style, words, image, used, 72)
    width, height, _ = image.GetDimensions()
    rgba = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 4)
    return rgba[: used[1], : used[0], 3][::-1] / 255


@pytest.mark.parametrize(("size", "is_bold"), FONTS)
@pytest.mark.parametrize("words", ["L1       0.37", "0.34 to 0.40", "not scored", "lower risk", "indeterminate"])
def test_words_are_those_vtk_writes(size, is_bold, words):
    ours, expected = text_cover(words, size, is_bold=is_bold)[:, BEARING:-BEARING], written_by_vtk(words, size, is_bold)
    assert len(ours) - len(expected) in (0, 1)  # VTK leaves out an empty row above letters without digits
    np.testing.assert_allclose(ours[-len(expected) :], expected, atol=0.01)
    assert not ours[: -len(expected)].any()


@pytest.mark.parametrize(("size", "is_bold"), FONTS)
def test_lines_are_as_long_as_vtk_writes_them_but_for_the_kerning_of_pairs(size, is_bold):
    words = "DEMONSTRATION MODEL.  Research software, not a medical device, height loss 31% (wedge):"
    expected = written_by_vtk(words, size, is_bold).shape[1]
    assert text_cover(words, size, is_bold=is_bold).shape[1] - 2 * BEARING == pytest.approx(
        expected, abs=0.01 * expected
    )


def test_every_printable_character_but_space_has_ink():
    for code in range(ord("!"), ord("~") + 1):
        assert text_cover(chr(code), 31).max() > 0.5, chr(code)
    assert not text_cover(" ", 31).any()


def test_what_has_no_letter_is_shown_as_unknown():
    np.testing.assert_array_equal(text_cover("L1 \u6d2a", 31), text_cover(f"L1 {UNKNOWN}", 31))


def test_no_words_no_ink():
    assert not text_cover("", 31).any()


def test_a_size_without_letters_is_an_error():
    with pytest.raises(KeyError, match="17"):
        text_cover("L1", 17)
