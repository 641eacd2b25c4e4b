"""What has to be said wherever a result is shown: one wording each, for pages, tables, pictures, cards and archives."""

from __future__ import annotations

# The status of a card that was trained on simulated data.
DEMONSTRATION = "demonstration"
DEMONSTRATION_NOTICE = (
    "Demonstration model, trained on simulated data only: its numbers show how the software works and say nothing "
    "about a patient."
)
RESEARCH_ONLY = (
    "Research software, not a medical device. Not for diagnosis or treatment decisions. "
    "The score separates vertebrae of women with and without an osteoporotic vertebral fracture; "
    "it is not a predicted probability of a future fracture."
)
# What it does not do, as labels of comparable programs state it.
LIMITS = (
    "It does not replace bone densitometry (DXA), and it cannot rule out low bone density or a fracture, present or "
    "future."
)
# What cards state of their use.
INTENDED_FOR_DEMONSTRATION = "Demonstration on simulated data: shows how the software works; never for a patient."
INTENDED_FOR_RESEARCH = (
    "Research: discriminates vertebral bodies of women after menopause with and without an osteoporotic "
    "vertebral fracture at the time of the CT. Not a medical device, no prediction of a future fracture."
)
INTENDED_AS_PUBLISHED = (
    "Research: imported from published numbers. Not a medical device, no prediction of a future fracture; validate it "
    "on your own data before you rely on it."
)
