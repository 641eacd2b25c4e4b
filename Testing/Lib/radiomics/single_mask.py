"""The eight features by the functions that measure one mask alone, for tests of what measures many."""

from OVCFRiskLib.radiomics import FROZEN_FEATURES
from OVCFRiskLib.radiomics.cooccurrence import cooccurrence_features
from OVCFRiskLib.radiomics.dependence import dependence_features
from OVCFRiskLib.radiomics.diameter import diameter_features
from OVCFRiskLib.radiomics.first_order import first_order_features
from OVCFRiskLib.radiomics.gray_levels import to_gray_levels
from OVCFRiskLib.radiomics.neighbourhood import neighbourhood_features
from OVCFRiskLib.radiomics.region import body_region


def features_alone(grid, mask, settings):
    """The eight features of a mask on the grid."""
    region = body_region(grid, mask, settings.resegment_range)
    levels = to_gray_levels(region, settings.bin_width)
    of_class = {
        "firstorder": first_order_features(region),
        "shape": diameter_features(region),
        "gldm": dependence_features(levels),
        "ngtdm": neighbourhood_features(levels),
        "glcm": cooccurrence_features(levels),
    }
    return {name: of_class[name.split("_")[1]][name.split("_")[2]] for name in FROZEN_FEATURES}
