"""Finding model cards: those that come with the library, by id; others by their file."""

from __future__ import annotations

from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import is_file, is_folder
from OVCFRiskLib.plain_text import LONGEST_NAME, printable
from OVCFRiskLib.scoring.card import read_card
from OVCFRiskLib.scoring.known_cards import DEMONSTRATION_ID, check_known
from OVCFRiskLib.scoring.model import RScoreModel

# Where the model cards that come with the library are.
CARDS_FOLDER = Path(__file__).resolve().parent.parent / "models"
# The only bundled card that is complete, so the only one that can score.
DEFAULT_MODEL_ID = DEMONSTRATION_ID


def list_models() -> tuple[RScoreModel, ...]:
    """All models that come with the library, incomplete ones included, ordered by id."""
    return tuple(_read(path) for path in sorted(CARDS_FOLDER.glob("*.json")))


def load_model(id_or_path: str | Path | None = None) -> RScoreModel:
    """Load a frozen model.

    Parameters
    ----------
    id_or_path : str, Path or None
        Id of a card that comes with the library, or the path of a card; None loads the demonstration model.

    Returns
    -------
    RScoreModel
        Verified. A published but incomplete card loads too, for reading; it refuses to score.

    Raises
    ------
    OVCFRiskError
        If there is no such model, its card is incomplete, malformed or altered, or it takes the id of a known one.
    """
    wanted = DEFAULT_MODEL_ID if id_or_path is None else id_or_path
    bundled = {path.stem: path for path in CARDS_FOLDER.glob("*.json")}
    if str(wanted) in bundled:
        return _read(bundled[str(wanted)])
    if not isinstance(wanted, (str, Path)):
        raise OVCFRiskError(f"model: expected the id or the path of a card, got {type(wanted).__name__}")
    path = Path(wanted)
    if path.suffix.lower() == ".json" or path.name != str(wanted) or is_file(path) or is_folder(path):
        return _read(path)
    name, known = printable(str(wanted), LONGEST_NAME), ", ".join(sorted(bundled))
    raise OVCFRiskError(f"unknown model '{name}'; known ids: {known}; or give the path of a model card (.json)")


def _read(path: Path) -> RScoreModel:
    """The model of a card that is what its id says."""
    card = read_card(path)
    check_known(card, path.name)
    return RScoreModel.from_card(card)
