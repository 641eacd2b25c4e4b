"""Pictures within the page: sound SVG with a text alternative, text escaped."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

from OVCFRiskLib.report import svg


def test_a_figure_says_what_it_shows_to_who_cannot_see_it():
    picture = svg.figure([svg.text("L1 <& L2>", 1.25, 30, class_="note")], 120.0, 40.5, 'the "bars"', "bars")
    root = ElementTree.fromstring(picture)
    assert root.attrib == {"viewBox": "0 0 120 40.5", "class": "bars", "role": "img", "aria-label": 'the "bars"'}
    (text,) = root
    assert text.text == "L1 <& L2>"
    assert (text.attrib["x"], text.attrib["y"], text.attrib["class"]) == ("1.25", "30", "note")


def test_a_png_becomes_part_of_the_page():
    address = svg.data_uri(b"\x89PNG\x00\xff")
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == b"\x89PNG\x00\xff"
