"""Small parts of SVG that the figures share."""

from __future__ import annotations

import base64

from OVCFRiskLib.report.markup import Markup, element, short

Style = dict[str, float | str]  # attributes of an element


def data_uri(png: bytes) -> str:
    """A PNG as part of the page."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def text(content: str, x: float, y: float, **values: float | str) -> Markup:
    """Text at a place."""
    return element("text", content, x=x, y=y, **values)


def figure(parts: list[Markup], width: float, height: float, label: str, class_: str) -> Markup:
    """An SVG picture with a text alternative."""
    box = f"0 0 {short(width)} {short(height)}"
    return element("svg", *parts, viewBox=box, class_=class_, role="img", aria_label=label)
