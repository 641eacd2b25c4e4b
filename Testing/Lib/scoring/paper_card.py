"""The card of Yu et al. 2025 as published: everything printed is in it, everything else is missing.

The card in `OVCFRiskLib/models` is what this makes; a test holds the two together.
"""

from __future__ import annotations

from typing import Any

from OVCFRiskLib.radiomics import ExtractionSettings
from OVCFRiskLib.scoring.freezing import freeze

PAPER_MODEL_ID = "yu-2025-as-published"
# Table of the selected features; the signs are those of the paper's figure of coefficients.
PAPER_SIGNS = {
    "original_firstorder_10Percentile": "+",
    "original_firstorder_Median": "+",
    "original_firstorder_Energy": "+",
    "original_gldm_LargeDependenceHighGrayLevelEmphasis": "+",
    "original_gldm_DependenceNonUniformity": "+",
    "original_ngtdm_Strength": "+",
    "original_glcm_Imc2": "-",
    "original_shape_Maximum2DDiameterSlice": "-",
}


def make_paper_card() -> dict[str, Any]:
    """The paper's card, status ``incomplete``: it can be read and refuses to score.

    Notes
    -----
    Coefficients, intercept, z-score means and SDs are not published. The direction is (METHOD in `Docs/`): the
    denominators of Table 2 make *no fracture* (NF) the positive class, so a low R-score means risk.
    """
    signs = ", ".join(f"{name} {sign}" for name, sign in PAPER_SIGNS.items())
    return freeze(
        {
            "id": PAPER_MODEL_ID,
            "title": "R-score of Yu et al. 2025, as far as published",
            "status": "incomplete",
            "intended_use": "For reading only: coefficients, intercept and scaling of the features are not published.",
            "reference": "Yu Q, An H, Chen J, et al. Front. Aging 2025; 6:1472060. doi 10.3389/fragi.2025.1472060",
            "features": [{"name": name, "mean": None, "sd": None, "coefficient": None} for name in PAPER_SIGNS],
            "intercept": None,
            "link": "identity",
            "cutoff": 0.522,
            "positive_class": "NF",
            "higher_is_risk": False,
            "risk_index_scale": None,
            "extraction": ExtractionSettings().to_dict(),
            "training": {
                "population": "145 women after menopause, 96 with an acute OVCF and 49 without; L1-L4 bodies without a "
                "compression fracture; lumbar CT at 120 kVp, slices of at most 1.25 mm",
                "procedure": "107 features, z-score, ICC > 0.8, mRMR 25, LASSO (10-fold, 1-SE, lambda about 0.0315), "
                f"split 7:3 by vertebra. Signs of the coefficients: {signs}. Cut-off of the training set; 0.402 in "
                "the test set",
                "patients": 145,
                "vertebrae": {"OVCF": 119, "NF": 111},
                "mean_r_score": None,
                "auc": 0.9454,
                "slice_thickness_range_mm": None,
                "pixel_spacing_range_mm": None,
                "kvp_range": [120, 120],
                "contrast": False,
                "z_covariance": None,
                "input_sha256": None,
                "software": None,
            },
        }
    )
