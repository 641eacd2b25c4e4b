"""How a CT was acquired, as far as its file says; never who was scanned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Facts of acquisition and reconstruction; ``None`` where the file does not say.

    Names, identifiers, dates, descriptions and file names are left out on purpose: an acquisition travels
    into results. Of the patient only age, sex and position are kept, which the method depends on.

    Attributes
    ----------
    source : str
        ``"dicom"``, ``"nifti"``, ``"nrrd"`` or ``"metaimage"``.
    modality : str or None
        DICOM's, ``"CT"``; None for files that do not say.
    series_uid : str or None
        SeriesInstanceUID.
    spacing_mm : tuple of float or None
        Distance of voxel centres along x, y (columns, rows) and between slices.
    slice_thickness_mm : float or None
        Nominal thickness, which may differ from the distance between slices.
    kvp : float or None
        Peak tube voltage, kV.
    tube_current_ma, exposure_mas : float or None
        Median over the slices.
    kernel : str or None
        Convolution kernel in the manufacturer's words.
    manufacturer, model : str or None
        Of the scanner.
    contrast_agent : str or None
        As the header names it; None when the header has none, which does not prove a scan without contrast.
    contrast_route : str or None
        E.g. ``"IV"``, ``"Oral & IV"``.
    patient_sex : str or None
        ``"F"``, ``"M"`` or ``"O"``.
    patient_age_years : float or None
    patient_position : str or None
        DICOM's code, e.g. ``"HFS"``: head first, supine.
    image_kinds : tuple of str
        Why the values are not the HU that the scanner measured, e.g. ``"virtual monoenergetic, 40 keV"``; empty for a
        plain CT.
    notes : tuple of str
        What reading chose or changed (series, padding, duplicates), one sentence each.
    """

    source: str
    modality: str | None = None
    series_uid: str | None = None
    spacing_mm: tuple[float, float, float] | None = None
    slice_thickness_mm: float | None = None
    kvp: float | None = None
    tube_current_ma: float | None = None
    exposure_mas: float | None = None
    kernel: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    contrast_agent: str | None = None
    contrast_route: str | None = None
    patient_sex: str | None = None
    patient_age_years: float | None = None
    patient_position: str | None = None
    image_kinds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
