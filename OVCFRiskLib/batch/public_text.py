"""What a batch's tables may say of a case: our own words, never those of its files, folders and headers.

Messages put what comes from outside (paths, names of labels and points, texts of headers) between quotation marks; in
the tables, whatever stands between the first and the last such mark is left out. As a second guard, unique identifiers
and every piece of the case's own paths are left out wherever they stand.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path

from OVCFRiskLib.batch.case_record import CaseRecord
from OVCFRiskLib.batch.manifest_table import Case

# Stands for what may say who the patient is, so that a reader sees that something was there.
LEFT_OUT = "..."
# from an opening mark (nothing of a word before it) to the last closing one (nothing of a word behind it)
QUOTED = re.compile(r"(?<!\w)'.*'(?!\w)", re.DOTALL)
# DICOM UIDs, and whatever has a folder's separator in it
IDENTIFIER = re.compile(r"\d+(?:\.\d+){3,}|\S*(?:[^\s\d/]/|/[^\s\d/]|\\)\S*")
PIECE = re.compile(r"[^\W_]+")
# Pieces of paths that say nothing of a person, and that our messages need.
PLAIN_PIECES = set(
    """
    a abdomen and axial bodies body bone case cases contrast ct cts data derivatives dicom fcsv file files folder gz hu
    image images in is json kernel l1 l2 l3 l4 label labels lumbar mask masks mha mhd mm mrk nhdr nifti nii nrrd of or
    point points rawdata scan seg segmentation series slice slices soft spine study the thick thin to verse vert
    vertebra vertebrae volume
    """.split()  # noqa: SIM905  # a list of words, not of strings
)
SHORTEST_PIECE = 2


def public_text(text: str, case: Case, folder: Path = Path()) -> str:
    """A message without what came from the case's files and their names.

    Parameters
    ----------
    text : str
        One of our messages.
    case : Case
        Whose paths must not be reported.
    folder : Path
        Which they are relative to.

    Examples
    --------
    >>> case = Case("7", "pat/Name_First_19400101/ct.nii.gz", "", "", "", ())
    >>> public_text("'/data/pat/Name_First_19400101/ct.nii.gz' does not exist; expected a CT file", case)
    "'...' does not exist; expected a CT file"
    """
    public = IDENTIFIER.sub(LEFT_OUT, QUOTED.sub(f"'{LEFT_OUT}'", text))
    pieces = private_pieces(case, folder)
    return PIECE.sub(lambda found: LEFT_OUT if found[0].casefold() in pieces else found[0], public)


def public_record(record: CaseRecord, case: Case, folder: Path) -> CaseRecord:
    """The record as the tables may show it; the full texts become its details, which no table shows."""

    def public(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(public_text(text, case, folder) for text in texts))

    rows = tuple(
        {
            key: public_text(value, case, folder) if key in ("reason", "warnings") and value else value
            for key, value in row.items()
        }
        for row in record.rows
    )
    details = (record.error, *record.warnings, *record.notes)
    return dataclasses.replace(
        record,
        error=public_text(record.error, case, folder),
        warnings=public(record.warnings),
        notes=public(record.notes),
        rows=rows,
        details=tuple(filter(None, (*details, *record.details))),
    )


def private_pieces(case: Case, folder: Path = Path()) -> frozenset[str]:
    """Words and numbers of the case's paths and of its series, but not those that any path has."""
    points = "" if "=" in case.points else case.points  # numbers in the manifest itself name nobody
    pieces = {piece for path in (case.ct, case.labels, case.series, points) for piece in PIECE.findall(path)}
    # the folder of all cases may be called like words of our messages; a name or a date looks otherwise
    pieces |= {piece for piece in PIECE.findall(str(folder)) if not (piece.isalpha() and piece.islower())}
    return frozenset(
        piece
        for piece in {piece.casefold() for piece in pieces} - PLAIN_PIECES
        if len(piece) >= SHORTEST_PIECE and not (piece.isdigit() and len(piece) < 4)  # a count, not a date or an id
    )
