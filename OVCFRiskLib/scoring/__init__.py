"""The frozen model: its card, the R-score and the risk index, and how sure they are."""

from OVCFRiskLib.scoring.bundled_cards import DEFAULT_MODEL_ID, list_models, load_model
from OVCFRiskLib.scoring.card import card_sha256
from OVCFRiskLib.scoring.model import RScoreModel

__all__ = ["DEFAULT_MODEL_ID", "RScoreModel", "card_sha256", "list_models", "load_model"]
