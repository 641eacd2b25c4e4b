"""Radiomics features: the eight of the frozen score by own code, all 107 through pyradiomics."""

from OVCFRiskLib.radiomics.extraction import extract_features, extract_level_features, extract_many
from OVCFRiskLib.radiomics.names import ALL_FEATURES, FROZEN_FEATURES, IBSI_CODES
from OVCFRiskLib.radiomics.settings import STANDARD_EXTRACTION, ExtractionSettings

__all__ = [
    "ALL_FEATURES",
    "FROZEN_FEATURES",
    "IBSI_CODES",
    "STANDARD_EXTRACTION",
    "ExtractionSettings",
    "extract_features",
    "extract_level_features",
    "extract_many",
]
