"""Which of several CT series is read: one patient, one study, the scanner's own HU, whole and fine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.dicom_series import FEWEST_SLICES, Series
from OVCFRiskLib.reading.image_kind import is_derived, special_kinds

MOST_SERIES_LISTED = 6  # chosen, to keep a message readable
# A series shorter than this fraction of the longest shows a part of the body only.
WHOLE_EXTENT = 0.5


def choose_series(found: Sequence[Series], uid: str | None = None) -> tuple[Series, tuple[str, ...]]:
    """The series asked for, or the best axial one of the only study.

    Plain HU come before computed images, whole ones before parts, original ones before derived, more slices before
    fewer, thin ones before thick.

    Parameters
    ----------
    found : sequence of Series
    uid : str, optional
        SeriesInstanceUID.

    Returns
    -------
    series : Series
    notes : tuple of str
        What was chosen among several and why, what it is, and what was left out.

    Raises
    ------
    OVCFRiskError
        If no series has the UID, none is an axial volume, or they belong to several patients or studies.
    """
    listed = _listed(found)
    if uid is not None:
        named = [series for series in found if series.uid == uid.strip()]
        if not named:
            raise OVCFRiskError(f"no CT series '{uid}' here; expected one of: {listed}")
        _require_one_study(named)
        return named[0], (*_kind_notes(named[0]), *_left_out(named[0]))
    usable = [series for series in found if series.is_volume and series.is_axial]
    if len({series.patient for series in found}) > 1:
        _require_one_study(found)
    if not usable:
        raise OVCFRiskError(
            f"expected an axial CT series of at least {FEWEST_SLICES} slices, got: {listed}; "
            "export the axial series (localisers and reformations cannot be scored)"
        )
    _require_one_study(usable)
    longest = max((s.extent_mm for s in usable if np.isfinite(s.extent_mm)), default=0.0)
    ranked = sorted(usable, key=lambda series: [rank(series, longest) for rank, _why in RANKS])
    chosen = ranked[0]
    others = [series for series in found if series is not chosen]
    notes = (*_kind_notes(chosen), *_left_out(chosen))
    if others:
        why = _why(ranked, longest) if len(ranked) > 1 else "the only axial volume"
        notes = (
            f"{len(found)} CT series found; read {chosen.describe()}, {why}; "
            f"left out: {_listed(others)}; choose another by its UID (--series)",
            *notes,
        )
    return chosen, notes


Rank = Callable[[Series, float], float | str]
# What decides, in this order, and the words for it: smaller ranks come first.
RANKS: tuple[tuple[Rank, str], ...] = (
    (lambda series, _longest: float(bool(special_kinds(series.headers[0]))), "which holds plain HU"),
    (lambda series, longest: float(series.extent_mm < WHOLE_EXTENT * longest), "which shows more of the body"),
    (lambda series, _longest: float(is_derived(series.headers[0])), "which is original, not derived"),
    (lambda series, _longest: float(-series.slices), "which has most slices"),
    (lambda series, _longest: series.headers[0].number("SliceThickness") or np.inf, "which has the thinnest slices"),
    (lambda series, _longest: series.uid, "the first by its UID: nothing else tells them apart"),
)


def _why(ranked: Sequence[Series], longest: float) -> str:
    """What set the first apart from the second."""
    first, second = ranked[:2]
    return next(why for rank, why in RANKS if rank(first, longest) != rank(second, longest))


def _require_one_study(series: Sequence[Series]) -> None:
    """Raise when series belong to several patients or studies; who they are is not said."""
    studies: dict[tuple[str, str], list[Series]] = {}
    for each in series:
        studies.setdefault((each.patient, each.study), []).append(each)
    if len(studies) < 2:
        return
    patients = list(dict.fromkeys(patient for patient, _study in studies))
    what = f"{len(patients)} patients" if len(patients) > 1 else f"{len(studies)} studies of one patient"
    listed = "; ".join(
        f"patient {patients.index(patient) + 1}, study {number}: {_listed(members)}"
        for number, ((patient, _study), members) in enumerate(studies.items(), 1)
    )
    raise OVCFRiskError(
        f"expected the CT of one patient and one study, got {what}: {listed}; give the folder of one, or choose a "
        "series by its UID (--series)"
    )


def _listed(series: Sequence[Series]) -> str:
    more = len(series) - MOST_SERIES_LISTED
    return "; ".join(each.describe() for each in series[:MOST_SERIES_LISTED]) + (
        f"; and {more} more" if more > 0 else ""
    )


def _kind_notes(series: Series) -> tuple[str, ...]:
    """What is special about the images that are read."""
    kinds = special_kinds(series.headers[0])
    if not kinds:
        return ()
    return (f"the series is computed ({'; '.join(kinds)}): its values are not the HU of a plain CT",)


def _left_out(series: Series) -> tuple[str, ...]:
    return (f"{counted(series.localisers, 'localiser image')} left out",) if series.localisers else ()
