"""Counts that agree with their nouns, and names in a row."""

from __future__ import annotations

from collections.abc import Sequence


def counted_bodies(count: int) -> str:
    """A number of vertebral bodies.

    Examples
    --------
    >>> counted_bodies(1), counted_bodies(4)
    ('1 body', '4 bodies')
    """
    return counted(count, "body", plural="bodies")


def counted(count: int, noun: str, *rest: str, plural: str | None = None) -> str:
    """A number and its noun.

    Parameters
    ----------
    count : int
    noun : str
        In the singular.
    *rest : str
        What follows the noun.
    plural : str, optional
        Where it is not the noun with an s.

    Examples
    --------
    >>> counted(2, "image", "of modality MR"), counted(1, "body", plural="bodies"), counted(0, "body", plural="bodies")
    ('2 images of modality MR', '1 body', '0 bodies')
    """
    return " ".join((str(count), noun if count == 1 else plural or f"{noun}s", *rest))


def listed(names: Sequence[str]) -> str:
    """Names with commas and an "and"; at least one.

    Examples
    --------
    >>> listed(["L1"]), listed(["L1", "L2", "L3"])
    ('L1', 'L1, L2 and L3')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
