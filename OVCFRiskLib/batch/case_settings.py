"""What a worker has to know beside the case."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CaseSettings:
    """What a worker has to know beside the case.

    Attributes
    ----------
    out : Path
        Output folder, absolute.
    manifest_folder : Path
        What the manifest's paths are relative to, absolute.
    model : str or None
        Id, or absolute path of the card.
    model_sha256, software_version : str
        What the batch was started with; a worker with others refuses.
    feature_set : str or None
        ``"frozen"`` or ``"all"``; None measures no more than the score needs.
    with_reports : bool
    timeout_s : float or None
    observers : int
        2 measures the features under a second observer's masks too.
    numbering : str
        What label values mean in rows without a ``numbering`` of their own; empty: decided by the values.
    complete : bool
        Propose points for the levels without one.
    """

    out: Path
    manifest_folder: Path
    model: str | None
    model_sha256: str
    software_version: str
    feature_set: str | None = None
    with_reports: bool = False
    timeout_s: float | None = None
    observers: int = 1
    complete: bool = False
    numbering: str = ""
