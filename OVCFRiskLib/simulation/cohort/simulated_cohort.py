"""A simulated cohort: bodies of women with and without a fracture, measured through two observers' masks."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from OVCFRiskLib import __version__
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder, write_text
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.numeric import require_seed
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.radiomics import FROZEN_FEATURES
from OVCFRiskLib.simulation.cohort.cohort_model import STATEMENT, CohortModel, parameters_document
from OVCFRiskLib.simulation.cohort.observers import EXTRACTION, MASKS_DRAWN_BY, OBSERVERS, Measured, measure_woman
from OVCFRiskLib.simulation.cohort.woman import Woman, draw_woman
from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME
from OVCFRiskLib.tables.table_writer import write_table

# Within the folder of a cohort: what is finished, a file for each woman.
PARTS_FOLDER = "women"
# Beside it.
FIRST_TABLE = "features.csv"
SECOND_TABLE = "features_observer2.csv"
SCAN_TABLE = "cohort.csv"
PARAMETERS = "parameters.json"
COHORT_TABLES = (FIRST_TABLE, SECOND_TABLE, SCAN_TABLE, PARAMETERS, DESCRIPTION_NAME)
# A point spread narrower than this is a sharp kernel's (assumed).
SHARP_BELOW_MM = 0.9

# Their bodies are drawn before the first is measured, and one takes seconds: more are a slip of the keyboard.
MOST_PATIENTS = 100_000


def simulate_cohort(
    folder: str | Path,
    patients: int = 145,
    seed: int = 0,
    names: Sequence[str] = FROZEN_FEATURES,
    workers: int = 1,
    progress: Progress | None = None,
    model: CohortModel | None = None,
) -> Path:
    """Simulate a cohort and write its tables.

    Parameters
    ----------
    folder : str or Path
        Gets ``features.csv`` (observer 1), ``features_observer2.csv``, ``cohort.csv``, ``description.json``,
        ``parameters.json``; a folder ``women`` keeps what is finished, so that a call that was broken off goes on.
    patients, seed : int
        The same numbers give the same bytes, whatever the workers.
    names : sequence of str
        Features to measure.
    workers : int
        Processes.
    progress : callable, optional
    model : CohortModel, optional

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OVCFRiskError
        If there are fewer than two patients or no worker, the seed is negative, the folder belongs to another
        simulation or cannot be written to.
    CancelledError
        If ``progress`` returned False; what is finished stays.
    """
    if not 2 <= patients <= MOST_PATIENTS:
        raise OVCFRiskError(
            f"--patients: expected 2, one with and one without a fracture, to {MOST_PATIENTS}, got {patients}"
        )
    require_seed(seed)
    if workers < 1:
        raise OVCFRiskError(f"--workers: expected at least 1 process, got {workers}")
    model = CohortModel() if model is None else model
    folder = prepare_folder(folder)
    parts = prepare_folder(folder / PARTS_FOLDER)
    key = {"software": __version__, "features": list(names), **parameters_document(model, patients, seed)}
    _claim(parts / "simulation.json", json.loads(json.dumps(key)))
    women = [draw_woman(number, patients, seed, model) for number in range(patients)]
    waiting = [woman for woman in women if not (parts / f"{woman.patient_id}.json").is_file()]
    measure = functools.partial(_measure_into, parts=parts, names=tuple(names))
    done = patients - len(waiting)
    for woman in _each(measure, waiting, workers):
        done += 1
        report_progress(progress, done / patients, f"{woman} measured, {done} of {patients} women")
    _write_tables(folder, women, parts, names)
    write_text(folder / PARAMETERS, json.dumps(parameters_document(model, patients, seed), indent=1) + "\n")
    write_text(folder / DESCRIPTION_NAME, json.dumps(_description(model), indent=1) + "\n")
    return folder


def _measure_into(woman: Woman, parts: Path, names: Sequence[str]) -> str:
    """Measure one woman in a process of its own and keep the result."""
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    write_text(parts / f"{woman.patient_id}.json", json.dumps(measure_woman(woman, names)))
    return woman.patient_id


def _each(measure: Callable[[Woman], str], women: Sequence[Woman], workers: int) -> Iterable[str]:
    """Results as they come."""
    if workers == 1 or len(women) < 2:
        return map(measure, women)
    from joblib import Parallel, delayed

    return Parallel(n_jobs=workers, return_as="generator_unordered")(delayed(measure)(woman) for woman in women)


def _claim(path: Path, key: dict[str, Any]) -> None:
    """Remember what the folder holds; refuse to mix two simulations."""
    if path.is_file():
        if json.loads(path.read_text(encoding="utf-8")) != key:
            raise OVCFRiskError(
                f"'{path.parent.parent}' holds another simulation (other patients, seed, features or version); "
                "choose another folder or delete it"
            )
        return
    write_text(path, json.dumps(key, indent=1) + "\n")


def _write_tables(folder: Path, women: Sequence[Woman], parts: Path, names: Sequence[str]) -> None:
    """One row per body and observer, one row per woman's scan."""
    tables: list[list[dict[str, Any]]] = [[] for _ in range(OBSERVERS)]
    for woman, level, observed in _bodies(women, parts):
        shared = {"patient_id": woman.patient_id, "level": level.name}
        outcome = {"group": woman.group, "t_score": woman.t_score, "age": woman.age}
        # a body that the first observer's mask does not show is in no table
        for observer, features in enumerate(observed if observed[0] else ()):
            if features:
                tables[observer].append({**shared, **(outcome if observer == 0 else {}), **features})
    write_table(tables[0], ("patient_id", "level", "group", "t_score", "age", *names), folder / FIRST_TABLE)
    write_table(tables[1], ("patient_id", "level", *names), folder / SECOND_TABLE)
    cohort = [_scan_row(woman) for woman in women]
    write_table(cohort, tuple(cohort[0]), folder / SCAN_TABLE)


def _bodies(women: Sequence[Woman], parts: Path) -> Iterator[tuple[Woman, LumbarLevel, list[Measured]]]:
    """(woman, level, features per observer) of all bodies."""
    for woman in women:
        measured = json.loads((parts / f"{woman.patient_id}.json").read_text(encoding="utf-8"))
        for level, observed in zip(woman.trabecular_hu, measured, strict=True):
            yield woman, level, observed


def _scan_row(woman: Woman) -> dict[str, Any]:
    """Who she is and how she was scanned."""
    phantom = woman.phantom
    return {
        "patient_id": woman.patient_id,
        "group": woman.group,
        "age": woman.age,
        "t_score": woman.t_score,
        "levels": " ".join(level.name for level in woman.trabecular_hu),
        "trabecular_hu": " ".join(f"{hu:g}" for hu in woman.trabecular_hu.values()),
        "pixel_mm": phantom.spacing_mm[0],
        "slice_mm": phantom.spacing_mm[2],
        "blur_fwhm_mm": round(phantom.blur_fwhm_mm, 3),
        "noise_hu": round(phantom.noise_hu, 2),
        "kvp": woman.kvp,
        "contrast_hu": "" if phantom.contrast_hu is None else round(phantom.contrast_hu, 1),
        "texture_scale": round(phantom.texture_scale, 3),
        "texture_grain": round(phantom.texture_grain, 3),
        "cortex_mm": round(phantom.cortex_mm, 3),
        "body_scale": round(phantom.body_scale, 4),
    }


def _description(model: CohortModel) -> dict[str, Any]:
    """What `ovcfrisk train` reads beside the table."""
    return {
        "population": f"simulated vertebral bodies L1-L4 of the lumbar phantom. {STATEMENT}",
        "is_simulated": True,
        "extraction": EXTRACTION.to_dict(),
        "slice_thickness_range_mm": [min(model.slices_mm), max(model.slices_mm)],
        "pixel_spacing_range_mm": list(model.pixel_mm),
        "kvp_range": [min(model.kvp), max(model.kvp)],
        "contrast": model.contrast_fraction > 0,
        "sexes": ["F"],
        "kernels": ["sharp" if model.blur_fwhm_mm[1] < SHARP_BELOW_MM else "standard"],
        "mask_origins": [MASKS_DRAWN_BY.value],
    }
