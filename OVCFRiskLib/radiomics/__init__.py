"""Radiomics features: the eight of the frozen score by own code, all 107 through pyradiomics."""
