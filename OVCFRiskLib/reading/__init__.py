"""How images are read from files: DICOM series, NIfTI, NRRD, MetaImage. The doors are `OVCFRiskLib.ct` and `points`."""
