"""The statistics of a diagnostic study, knowing nothing of vertebrae.

==================  ==========================================================================================
file                what it answers
==================  ==========================================================================================
`outcome`           Is this a two-class outcome with one finite score per row?
`delong`            How often does a case score higher than a control, how sure is that, and do two scores differ?
`roc`               What does every cut-off cost, and which is best by Youden's index?
`bootstrap`         How sure is a number when several rows belong to one patient?
`logistic`          Which logistic line fits one or two columns?
`calibration`       Are predicted probabilities as large as the frequencies observed?
`decision_curve`    At which thresholds does acting on a score gain anything over treating everybody or nobody?
`patient_folds`     In which fold is each patient?
`icc`               How far do two observers' measurements of the same thing agree?
==================  ==========================================================================================

Why these are our own: the numbers must equal R's pROC, rmda, psych and glm to the last digits (pROC's midpoints and
tied cut-offs, DeLong's covariance, psych's ICC bounds are in no Python package of the clinician's path), and
`ovcfrisk evaluate` shall run in 3D Slicer's Python, which has no scikit-learn. Where scikit-learn computes the same
(area, Brier score, confusion, groups of a calibration curve) a test holds the two together.
"""
