"""The rules by which women and series enter a cohort."""

from __future__ import annotations

from dataclasses import dataclass

from OVCFRiskLib.cohort.graded_table import OLDEST_YEARS
from OVCFRiskLib.errors import OVCFRiskError

# Age that stands in for menopause: the median in Europe is 51 years, and studies of VerSe cut at 50.
YOUNGEST_YEARS = 50.0


@dataclass(frozen=True, slots=True)
class CohortRules:
    """Who enters; the defaults are the paper's design.

    Attributes
    ----------
    fracture_grade : int
        Smallest Genant grade of any vertebra that makes a case; patients whose worst grade is smaller, but not 0, are
        neither case nor control.
    is_contrast_excluded : bool
        Leave contrast-enhanced series out.
    largest_voxel_mm : float or None
        Leave series with larger voxels out.
    sexes : frozenset of str
        ``{"F"}``, with men ``{"F", "M"}``.
    youngest_years : float
    """

    fracture_grade: int = 1
    is_contrast_excluded: bool = False
    largest_voxel_mm: float | None = None
    sexes: frozenset[str] = frozenset({"F"})
    youngest_years: float = YOUNGEST_YEARS

    def __post_init__(self) -> None:
        if self.fracture_grade not in (1, 2, 3):
            raise OVCFRiskError(f"the fracture grade must be 1, 2 or 3 (Genant), got {self.fracture_grade}")
        if not 0 <= self.youngest_years <= OLDEST_YEARS:
            raise OVCFRiskError(
                f"the youngest age must be from 0 to {OLDEST_YEARS:g} years, got {self.youngest_years:g}"
            )
        if self.largest_voxel_mm is not None and not self.largest_voxel_mm > 0:
            raise OVCFRiskError(f"the largest voxel must be above 0 mm, got {self.largest_voxel_mm:g}")
