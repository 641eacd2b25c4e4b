"""Text becomes part of a page as text, whatever it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.report.markup import NOT_ALLOWED_IN_HTML, Markup, element, escaped, join


@given(st.text())
def test_any_text_comes_back_as_text(read_page, text):
    reader = read_page(element("p", text, title=text))
    expected = NOT_ALLOWED_IN_HTML.sub("\ufffd", text)
    assert reader.elements == [("p", {"title": expected})]
    assert "".join(reader.words) == expected


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_can_be_written_as_utf8(text):
    assert escaped(text).encode("utf-8").decode("utf-8") == escaped(text)


def test_markup_stays_and_text_does_not():
    assert element("p", element("b", "a<b"), "<i>") == "<p><b>a&lt;b</b>&lt;i&gt;</p>"
    assert join(("<", Markup("<br>"), 3)) == "&lt;<br>3"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (element("path", stroke_width=1.50, class_="a", fill=None), '<path stroke-width="1.5" class="a"></path>'),
        (element("meta", charset="utf-8"), '<meta charset="utf-8">'),
        (element("td", colspan=6), '<td colspan="6"></td>'),
    ],
)
def test_attributes(made, expected):
    assert made == expected


def test_lone_half_of_a_surrogate_pair_is_replaced():
    assert escaped("B\ud800\x00") == "B\ufffd\ufffd"
