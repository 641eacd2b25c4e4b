"""OVCFRiskLib: per-vertebra fracture-risk score of the lumbar spine from CT, without Slicer's application.

Importing this package loads nothing but itself: numpy, SimpleITK, VTK and the packages of model
development are imported by the modules that use them.
"""

__version__ = "0.1.0"
