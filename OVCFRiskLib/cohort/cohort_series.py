"""A CT series of a cohort: what is known of its patient, and how its vertebrae were graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Vertebrae that are graded; only L1-L4 can enter, but a fracture anywhere makes a patient a case.
GRADED_LEVELS = (*(f"T{number}" for number in range(1, 13)), *(f"L{number}" for number in range(1, 7)))
# Genant's semiquantitative grades: 0 none, 1 mild (20-25 % height loss), 2 moderate (25-40 %), 3 severe (over 40 %).
GRADES = (0, 1, 2, 3)
# Loeffler 2020: the vertebra holds foreign material (cement, screw), so it was not graded.
FOREIGN_MATERIAL = "x"
NO_CONTRAST = "none"


@dataclass(frozen=True, slots=True)
class GradedVertebra:
    """A vertebra in view.

    Attributes
    ----------
    grade : int or None
        Genant's; None where foreign material forbade grading.
    shape : str
        ``"none"``, ``"wedge"``, ``"biconcave"``, ``"crush"``, or empty where nobody said.
    """

    grade: int | None
    shape: str = ""


@dataclass(frozen=True, slots=True)
class CohortSeries:
    """One CT series.

    Attributes
    ----------
    case_id, patient_id : str
        A patient may have several series; statistics count patients.
    place : str
        Where the tables speak of it, the start of messages.
    vertebrae : mapping of str to GradedVertebra
        By level; those not in view are absent.
    group : str or None
        As a centre's own table states it; None where grades decide.
    sex : str
        ``"F"``, ``"M"``, or empty where unknown.
    age, t_score, bmd, vbmd : float or None
        Years; DXA T-score; density in mg/cm3 as the dataset measured it, and by phantomless calibration.
    contrast : str
        ``"none"``, a phase, or empty where unknown.
    resolution_mm : float or None
        Largest edge of a voxel.
    ct, labels, points : Path or None
        Files found for it.
    """

    case_id: str
    patient_id: str
    place: str
    vertebrae: Mapping[str, GradedVertebra]
    group: str | None = None
    sex: str = ""
    age: float | None = None
    t_score: float | None = None
    bmd: float | None = None
    vbmd: float | None = None
    contrast: str = ""
    resolution_mm: float | None = None
    ct: Path | None = None
    labels: Path | None = None
    points: Path | None = None

    @property
    def grades(self) -> tuple[int, ...]:
        """Grades of all graded vertebrae."""
        return tuple(v.grade for v in self.vertebrae.values() if v.grade is not None)
