"""OVCFRiskLib: per-vertebra fracture-risk score of the lumbar spine from CT, without Slicer's application.

Examples
--------
From a CT and four points to numbers and a report::

    from OVCFRiskLib.assess import assess
    from OVCFRiskLib.ct import read_ct
    from OVCFRiskLib.points import read_points
    from OVCFRiskLib.report import write_all
    from OVCFRiskLib.segmentation import import_labels, segment_bodies

    ct = read_ct("ct.nii.gz")                                     # or a DICOM folder
    labels = segment_bodies(ct, read_points("points.mrk.json"))   # or import_labels("labels.nii.gz", ct)
    assessment = assess(ct, labels)
    print(assessment["L1"].score.risk_index)
    assessment.to_frame()
    write_all(assessment, ct, labels, "results")

Importing this package loads nothing but itself: numpy, SimpleITK, VTK and the packages of model
development are imported by the modules that use them.
"""

__version__ = "0.1.0"
