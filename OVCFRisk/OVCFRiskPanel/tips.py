"""What the tooltips of the buttons say when they can be pressed; otherwise the rules say what is missing."""

from slicer.i18n import tr as _

# functions, because the language is known only when they are asked
TIPS = {
    "openFileButton": lambda: _("Open a NIfTI, NRRD or MetaImage file"),
    "openDicomButton": lambda: _("Go to the DICOM module, load the series there, and come back"),
    "sampleButton": lambda: _("Make a simulated lumbar CT on the spot; nothing is downloaded"),
    "placeButton": lambda: _("The next clicks in a view become L1, L2, L3, L4; press again to end"),
    "skipButton": lambda: _("Leave out the level that is due, for instance when it lies outside the CT"),
    "sortButton": lambda: _("Give the names to the points again, from top to bottom"),
    "startOverButton": lambda: _("Take all points back"),
    "importButton": lambda: _("Recognise L1 to L4 by name and cut whole vertebrae to their bodies"),
    "segmentButton": lambda: _("Segment the body at every marked level; accepted masks are kept"),
    "scoreButton": lambda: _("Score every body, with interval, reasons and checks"),
    "exportButton": lambda: _("Write table, report, pictures, masks and the scene bundle into the folder"),
    "exportDicomButton": lambda: _(
        "Write a DICOM segmentation and a DICOM report for the archive; they carry the patient of the CT"
    ),
}
