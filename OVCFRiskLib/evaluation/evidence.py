"""What travels with a card: reporting checklists, METRICS, and the model card for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OVCFRiskLib.evaluation.applied_card import applied_card, applied_card_markdown, applied_card_xml
from OVCFRiskLib.evaluation.checklist import checklist_markdown
from OVCFRiskLib.evaluation.metrics_items import metrics_markdown
from OVCFRiskLib.evaluation.results import Evaluation

if TYPE_CHECKING:
    from OVCFRiskLib.scoring.model import RScoreModel


# Names of the texts, the last two with a card alone.
EVIDENCE_FILES = ("checklist.md", "metrics.md", "model_card.md", "model_card.xml")


def evidence_texts(evaluation: Evaluation, model: RScoreModel | None) -> dict[str, str]:
    """File name to text: ``checklist.md``, ``metrics.md``, and with a card ``model_card.md`` and ``model_card.xml``.

    Parameters
    ----------
    evaluation : Evaluation
    model : RScoreModel or None
    """
    checklist, metrics, card_text, card_xml = EVIDENCE_FILES
    texts = {checklist: checklist_markdown(evaluation, model), metrics: metrics_markdown(evaluation, model)}
    if model is not None:
        fields = applied_card(evaluation, model)
        texts[card_text] = applied_card_markdown(fields, model)
        texts[card_xml] = applied_card_xml(fields)
    return texts
