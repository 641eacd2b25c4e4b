"""What a cohort is, in words: title of the flow diagram, and the description that a card takes over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OVCFRiskLib.cohort.cohort_rules import CohortRules
from OVCFRiskLib.cohort.cohort_series import NO_CONTRAST
from OVCFRiskLib.cohort.design import Cohort
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.json_text import json_kind, read_json
from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME, FRACTURE, NO_FRACTURE

# VerSe's licence asks for attribution, and that what is made from the data carries the same licence.
DATA_SET_SOURCES = {
    "verse": "VerSe 2019 (Loeffler et al. 2020, doi 10.1148/ryai.2020190138; Sekuboyina et al. 2021, doi "
    "10.1016/j.media.2021.102166), CC BY-SA 4.0: what is made from it carries the same licence",
    "table": "a centre's own table",
}


def cohort_title(rules: CohortRules, source: str) -> str:
    """Who is looked for, e.g. ``VerSe 2019: women of 50 years and over``."""
    who = "women" if rules.sexes == {"F"} else "women and men"
    limits = [f"{who} of {rules.youngest_years:g} years and over"]
    if rules.fracture_grade > 1:
        limits.append(f"cases of grade {rules.fracture_grade} and over")
    if rules.is_contrast_excluded:
        limits.append("without contrast")
    if rules.largest_voxel_mm is not None:
        limits.append(f"voxels up to {rules.largest_voxel_mm:g} mm")
    return f"{'VerSe 2019' if source == 'verse' else 'Cohort'}: {', '.join(limits)}"


def describe_cohort(cohort: Cohort, source: str, root: Path | None = None) -> dict[str, Any]:
    """Population and contrast of a cohort, as `ovcfrisk train` takes them.

    Parameters
    ----------
    cohort : Cohort
    source : str
        ``"verse"`` or ``"table"``.
    root : Path, optional
        Folder of the CTs; a ``description.json`` there says what the tables cannot (e.g. that the CTs are simulated)
        and wins.

    Returns
    -------
    dict
        Keys of a data description, those that are known.
    """
    bodies = {group: cohort.counts(group) for group in (FRACTURE, NO_FRACTURE)}
    described: dict[str, Any] = {
        "population": (
            f"{cohort_title(cohort.rules, source)} (age stands in for menopause); unfractured bodies L1-L4 of "
            f"{bodies[FRACTURE][1]} patients with a vertebral fracture in view ({bodies[FRACTURE][0]} bodies) and"
            f"  of {bodies[NO_FRACTURE][1]} without ({bodies[NO_FRACTURE][0]} bodies); "
            f"source: {DATA_SET_SOURCES[source]}"
        ),
        "is_simulated": False,
    }
    contrasts = {body.series.contrast for body in cohort.bodies} - {""}
    if contrasts:
        described["contrast"] = contrasts != {NO_CONTRAST}
    if root is not None and (root / DESCRIPTION_NAME).is_file():
        stated = read_json(root / DESCRIPTION_NAME, "description", "correct it or remove it")
        if not isinstance(stated, dict):
            raise OVCFRiskError(f"'{root / DESCRIPTION_NAME}': expected a JSON object, got {json_kind(stated)}")
        described |= stated
    return described
