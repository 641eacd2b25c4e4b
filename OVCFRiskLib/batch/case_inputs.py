"""Points or labels of a case, as a row of the manifest names them."""

from __future__ import annotations

from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.path_text import path_of_text
from OVCFRiskLib.points import is_points_text, read_points_and_notes
from OVCFRiskLib.scored_ct import BodySource


def body_source(points: str, labels: str, numbering: str, folder: Path, complete: bool = False) -> BodySource:
    """Where the bodies come from.

    Parameters
    ----------
    points, labels, numbering : str
        Cells of the manifest; empty where not given.
    folder : Path
        What its paths are relative to.
    complete : bool
        Propose the points that are not given; labels stay as they are.

    Raises
    ------
    OVCFRiskError
        If points and labels are both given or both missing, or the points cannot be read.
    """
    if bool(points) == bool(labels):
        raise OVCFRiskError(
            f"expected points or labels, got {'both' if points else 'neither'}; fill one of the two columns"
        )
    if labels:
        return BodySource(labels=folder / path_of_text(labels), numbering=numbering or None)
    found, notes = read_points_and_notes(points if is_points_text(points) else folder / path_of_text(points))
    return BodySource(found, notes=notes, complete=complete)
