"""The extraction settings a model card freezes: gray-level bins, grid, intensity range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.numeric import is_number, is_numbers

# our word -> SimpleITK's name, which pyradiomics takes
INTERPOLATORS = {"nearest": "sitkNearestNeighbor", "linear": "sitkLinear", "bspline": "sitkBSpline"}


@dataclass(frozen=True, slots=True)
class ExtractionSettings:
    """How features are extracted; part of every model card.

    Attributes
    ----------
    bin_width : float
        Width of a gray level in HU; bin edges are multiples of it (Yu et al. 2025: 25 HU).
    resampled_spacing : tuple of 3 floats, optional
        Voxel size (x, y, z) in mm of the grid the features are computed on; 0 keeps the CT's own along that axis.
        None, the paper's way: the CT's own grid.
    interpolator : str
        ``"linear"``, ``"bspline"`` or ``"nearest"``, for the HU; masks are always resampled with nearest neighbour.
    resegment_range : tuple of 2 floats, optional
        Voxels outside [lowest, highest] HU leave the mask of the first-order and texture features; None keeps all.

    Raises
    ------
    OVCFRiskError
        Naming the setting that is not as expected.
    """

    bin_width: float = 25.0
    resampled_spacing: tuple[float, float, float] | None = None
    interpolator: str = "linear"
    resegment_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _require(is_number(self.bin_width) and self.bin_width > 0, "bin_width", "a positive number", self.bin_width)
        spacing, limits = self.resampled_spacing, self.resegment_range
        _require(
            spacing is None or (is_numbers(spacing, 3) and min(spacing) >= 0 and max(spacing) > 0),
            "resampled_spacing",
            "null or three spacings (x, y, z) in mm, 0 keeping the CT's own",
            spacing,
        )
        known = ", ".join(INTERPOLATORS)
        is_known = isinstance(self.interpolator, str) and self.interpolator in INTERPOLATORS
        _require(is_known, "interpolator", f"one of {known}", self.interpolator)
        _require(
            limits is None or (is_numbers(limits, 2) and limits[0] < limits[1]),
            "resegment_range",
            "null or [lowest, highest] in HU",
            limits,
        )
        object.__setattr__(self, "bin_width", float(self.bin_width))
        for name in ("resampled_spacing", "resegment_range"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, tuple(float(value) for value in getattr(self, name)))

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> ExtractionSettings:
        """Settings of a card; every key must be there.

        Raises
        ------
        OVCFRiskError
            Naming the key that is missing, unknown or not as expected.
        """
        if not isinstance(settings, Mapping):
            raise OVCFRiskError(f"extraction settings: expected an object with keys, got {type(settings).__name__}")
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in settings]
        unknown = [str(name) for name in settings if name not in names]
        if missing:
            raise OVCFRiskError(f"extraction settings: '{missing[0]}' is missing; expected keys: {', '.join(names)}")
        if unknown:
            raise OVCFRiskError(f"extraction settings: unknown key '{unknown[0]}'; known: {', '.join(names)}")
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        """Settings as JSON holds them; `from_dict` gives them back."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def as_pyradiomics(self) -> dict[str, Any]:
        """The same settings as keyword arguments of pyradiomics' ``RadiomicsFeatureExtractor``."""
        return {
            "binWidth": self.bin_width,
            "resampledPixelSpacing": None if self.resampled_spacing is None else list(self.resampled_spacing),
            "interpolator": INTERPOLATORS[self.interpolator],
            "resegmentRange": None if self.resegment_range is None else list(self.resegment_range),
            "additionalInfo": False,
        }


def _require(condition: bool, name: str, expected: str, got: Any) -> None:
    """Raise naming the setting unless the condition holds."""
    if not condition:
        raise OVCFRiskError(f"extraction settings: '{name}' must be {expected}, got {got!r}")


# The grid of the command line, of the simulated cohort and so of the demonstration card: 1 mm, because from 0.97 to
# 0.30 mm pixels Energy rises eleven-fold, Dependence Non-Uniformity twelve-fold, and Strength falls to a fifth.
STANDARD_EXTRACTION = ExtractionSettings(resampled_spacing=(1.0, 1.0, 1.0))


def as_settings(settings: ExtractionSettings | None) -> ExtractionSettings:
    """The settings, `STANDARD_EXTRACTION` for None.

    Raises
    ------
    OVCFRiskError
        If they are something else, such as a dictionary of a card or of pyradiomics.
    """
    if settings is not None and not isinstance(settings, ExtractionSettings):
        raise OVCFRiskError(
            f"settings: expected ExtractionSettings, got {type(settings).__name__}; make them with "
            "ExtractionSettings(bin_width=25.0, resampled_spacing=(1.0, 1.0, 1.0)), or from a card's 'extraction' with "
            "ExtractionSettings.from_dict"
        )
    return STANDARD_EXTRACTION if settings is None else settings
