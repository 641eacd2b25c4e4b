"""Feature names: pyradiomics' own full names, in its order."""

from __future__ import annotations

# The eight of the R-score, in the order of Yu et al. 2025 (Front. Aging 6:1472060, formula of the R-score).
FROZEN_FEATURES = (
    "original_firstorder_10Percentile",
    "original_firstorder_Median",
    "original_firstorder_Energy",
    "original_gldm_LargeDependenceHighGrayLevelEmphasis",
    "original_gldm_DependenceNonUniformity",
    "original_ngtdm_Strength",
    "original_glcm_Imc2",
    "original_shape_Maximum2DDiameterSlice",
)

# What pyradiomics 3.0.1 to 3.1 computes by default on the original image, class by class.
_BY_CLASS = {
    "shape": (
        "Elongation Flatness LeastAxisLength MajorAxisLength Maximum2DDiameterColumn Maximum2DDiameterRow "
        "Maximum2DDiameterSlice Maximum3DDiameter MeshVolume MinorAxisLength Sphericity SurfaceArea "
        "SurfaceVolumeRatio VoxelVolume"
    ),
    "firstorder": (
        "10Percentile 90Percentile Energy Entropy InterquartileRange Kurtosis Maximum MeanAbsoluteDeviation Mean "
        "Median Minimum Range RobustMeanAbsoluteDeviation RootMeanSquared Skewness TotalEnergy Uniformity Variance"
    ),
    "glcm": (
        "Autocorrelation ClusterProminence ClusterShade ClusterTendency Contrast Correlation DifferenceAverage "
        "DifferenceEntropy DifferenceVariance Id Idm Idmn Idn Imc1 Imc2 InverseVariance JointAverage JointEnergy "
        "JointEntropy MCC MaximumProbability SumAverage SumEntropy SumSquares"
    ),
    "gldm": (
        "DependenceEntropy DependenceNonUniformity DependenceNonUniformityNormalized DependenceVariance "
        "GrayLevelNonUniformity GrayLevelVariance HighGrayLevelEmphasis LargeDependenceEmphasis "
        "LargeDependenceHighGrayLevelEmphasis LargeDependenceLowGrayLevelEmphasis LowGrayLevelEmphasis "
        "SmallDependenceEmphasis SmallDependenceHighGrayLevelEmphasis SmallDependenceLowGrayLevelEmphasis"
    ),
    "glrlm": (
        "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance HighGrayLevelRunEmphasis "
        "LongRunEmphasis LongRunHighGrayLevelEmphasis LongRunLowGrayLevelEmphasis LowGrayLevelRunEmphasis RunEntropy "
        "RunLengthNonUniformity RunLengthNonUniformityNormalized RunPercentage RunVariance ShortRunEmphasis "
        "ShortRunHighGrayLevelEmphasis ShortRunLowGrayLevelEmphasis"
    ),
    "glszm": (
        "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance HighGrayLevelZoneEmphasis "
        "LargeAreaEmphasis LargeAreaHighGrayLevelEmphasis LargeAreaLowGrayLevelEmphasis LowGrayLevelZoneEmphasis "
        "SizeZoneNonUniformity SizeZoneNonUniformityNormalized SmallAreaEmphasis SmallAreaHighGrayLevelEmphasis "
        "SmallAreaLowGrayLevelEmphasis ZoneEntropy ZonePercentage ZoneVariance"
    ),
    "ngtdm": "Busyness Coarseness Complexity Contrast Strength",
}
ALL_FEATURES = tuple(
    f"original_{feature_class}_{name}" for feature_class, names in _BY_CLASS.items() for name in names.split()
)

# Codes of the Image Biomarker Standardisation Initiative (IBSI 1, doi 10.1148/radiol.2020191145) whose definition the
# feature has; the maximum 2D diameter is no IBSI feature.
IBSI_CODES = {
    "original_firstorder_10Percentile": "QG58",
    "original_firstorder_Median": "Y12H",
    "original_firstorder_Energy": "N8CA",
    "original_gldm_LargeDependenceHighGrayLevelEmphasis": "9QMG",
    "original_gldm_DependenceNonUniformity": "Z87G",
    "original_ngtdm_Strength": "1X9X",
    "original_glcm_Imc2": "JN9H",
}
