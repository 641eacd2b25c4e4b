"""The chosen model card, read again only when the choice or the file changed."""

from __future__ import annotations

from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.scoring import RScoreModel, load_model


class ModelChoice:
    """The card and, if it cannot score, why."""

    def __init__(self) -> None:
        self.key: object = object()
        self.model: RScoreModel | None = None
        self.problem = ""

    def look(self, chosen: str) -> None:
        """Read the card of an id or path; empty means the demonstration model."""
        key = (chosen, _modified(chosen))
        if key == self.key:
            return
        self.key, self.model, self.problem = key, None, ""
        try:
            model = load_model(chosen.strip() or None)
            model.require_complete()
            self.model = model
        except OVCFRiskError as error:
            self.problem = str(error)


def _modified(path: str) -> int | None:
    """When a card was written last; None for the id of a card that comes with the library."""
    try:
        return Path(path).stat().st_mtime_ns if path else None
    except (OSError, ValueError):  # no such file, or no possible name of one
        return None
