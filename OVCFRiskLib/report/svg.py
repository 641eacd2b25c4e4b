"""Small parts of SVG that the figures share."""

from __future__ import annotations

import base64
from html import escape

import numpy as np

from OVCFRiskLib.report.png import png_bytes


def data_uri(pixels: np.ndarray) -> str:
    """A picture as part of the page."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(pixels)).decode("ascii")


def attributes(**values: object) -> str:
    """Escaped XML attributes: ``stroke_width=1.5`` becomes ``stroke-width="1.5"``; None is left out."""
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for name, value in values.items()
        if value is not None
    )


def element(tag: str, content: str = "", **values: object) -> str:
    """An element around content that is markup already."""
    return f"<{tag}{attributes(**values)}>{content}</{tag}>" if content else f"<{tag}{attributes(**values)}/>"


def text(content: str, x: float, y: float, **values: object) -> str:
    """Escaped text at a place."""
    return element("text", escape(content), x=x, y=y, **values)


def figure(content: str, width: float, height: float, label: str, class_: str) -> str:
    """An SVG picture with a text alternative."""
    box = f"0 0 {_short(width)} {_short(height)}"
    return element("svg", content, viewBox=box, class_=class_, role="img", aria_label=label)


def _short(value: object) -> str:
    """Numbers to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
