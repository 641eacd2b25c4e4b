"""HTML and SVG elements whose text is escaped unless it is markup already."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

# Characters that HTML does not allow, and halves of surrogate pairs, which no UTF-8 file can hold.
NOT_ALLOWED_IN_HTML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Elements of HTML that have no end tag.
VOID_TAGS = {"br", "col", "img", "link", "meta"}


class Markup(str):
    """Text that is HTML or SVG already; every other string is escaped when it becomes part of an element."""

    __slots__ = ()


def escaped(text: object) -> Markup:
    """Any text as HTML; a character that HTML forbids becomes the replacement character."""
    return text if isinstance(text, Markup) else Markup(escape(NOT_ALLOWED_IN_HTML.sub("\ufffd", str(text))))


def join(parts: Iterable[object]) -> Markup:
    """Parts one after the other, each escaped unless it is markup."""
    return Markup("".join(escaped(part) for part in parts))


def element(tag: str, *content: object, **values: object) -> Markup:
    """An element around its content.

    Parameters
    ----------
    tag : str
    *content
        Markup as it is, anything else as escaped text.
    **values
        Attributes: ``stroke_width=1.5`` becomes ``stroke-width="1.5"``, ``class_`` becomes ``class``; None is left out.

    Returns
    -------
    Markup
    """
    start = f"<{tag}{_attributes(values)}>"
    return Markup(start if tag in VOID_TAGS else f"{start}{join(content)}</{tag}>")


def short(value: object) -> str:
    """Numbers to a hundredth, without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _attributes(values: dict[str, object]) -> str:
    """Escaped attributes."""
    pairs = ((name.rstrip("_").replace("_", "-"), value) for name, value in values.items() if value is not None)
    return "".join(f' {name}="{escape(NOT_ALLOWED_IN_HTML.sub(chr(0xFFFD), short(value)))}"' for name, value in pairs)
