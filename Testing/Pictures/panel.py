"""Pictures of the module's panel without the application: `python Testing/Pictures/panel.py [--out DIR]`.

The unchanged panel runs on PySide6 stand-ins (Testing/Module/panel_host) on the sample phantom, through the states a
clinician sees. The look of widgets, the node menus and the Segment Editor differ from Slicer's; wording, order, layout
and what is enabled are the panel's own. Written: panel-{empty,proposed,marked,segmented,scored,scored-dark}.png.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "Testing" / "Module"), str(REPOSITORY)]

import panel_host  # noqa: E402

APPLICATION = panel_host.start()

import qt  # noqa: E402
import slicer  # noqa: E402
import vtk  # noqa: E402
from OVCFRiskScene.level_points import setPosition  # noqa: E402
from OVCFRiskScene.sample import makeSample  # noqa: E402
from panel_test_case import wait  # noqa: E402

from OVCFRisk import OVCFRiskWidget  # noqa: E402
from OVCFRiskLib.levels import LumbarLevel  # noqa: E402

# the width of Slicer's module panel, and twice the pixels so that the pictures can be read in print
WIDTH, SCALE = 440, 2
# Views to click in: without them the panel would say that it has none.
slicer.app.layoutManager = lambda: SimpleNamespace(
    layoutLogic=lambda: SimpleNamespace(GetLayoutNode=lambda: None),
    threeDViewCount=0,
    sliceViewNames=tuple,
    mrmlSliceLogics=vtk.vtkCollection,
)
DARK = {"Window": "#2e2f30", "Base": "#232425", "AlternateBase": "#2a2b2c", "Button": "#3a3b3c", "Midlight": "#434445",
        "WindowText": "#f0f0f0", "Text": "#f0f0f0", "ButtonText": "#f0f0f0", "Highlight": "#2f6fb5",
        "HighlightedText": "#ffffff", "PlaceholderText": "#9a9a9a"}  # fmt: skip
DARK_DISABLED = {"ButtonText": "#7c7d7e", "Text": "#7c7d7e", "WindowText": "#7c7d7e"}
SECTIONS = ("input", "levels", "segment", "review", "score", "export")


def main() -> None:
    """Go through the states and take a picture of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "Resources" / "Screenshots")
    parser.add_argument("--width", type=int, default=WIDTH, help="of the panel, px (default: %(default)s)")
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    APPLICATION.setStyle("Fusion")
    panel, parent = panel_host.modulePanel()
    panel.layout().setContentsMargins(4, 4, 4, 4)
    widget = OVCFRiskWidget(parent)
    widget.setup()
    widget.enter()
    widget.ui.folderButton.directory = "/home/clinician/OVCFRisk"  # the picture is of no particular machine
    view = panel, widget, arguments.width
    take(*view, out / "panel-empty.png", "input")
    mark(widget, (LumbarLevel.L3,))
    widget.ui.findOthersButton.click()
    settle(widget)
    take(*view, out / "panel-proposed.png", "levels", "segment")
    mark(widget, tuple(LumbarLevel))
    take(*view, out / "panel-marked.png", "levels", "segment")
    widget.ui.segmentButton.click()
    settle(widget)
    widget.ui.acceptL1CheckBox.click()
    widget.ui.acceptL2CheckBox.click()
    take(*view, out / "panel-segmented.png", "segment", "review")
    widget.ui.scoreButton.click()
    settle(widget)
    take(*view, out / "panel-scored.png", "score", "export")
    darken()
    take(*view, out / "panel-scored-dark.png", "score", "export")


def mark(widget: OVCFRiskWidget, levels: tuple[LumbarLevel, ...]) -> None:
    """Make the sample phantom, and put points where it has its bodies."""
    node = widget._parameterNode
    if node.inputVolume is None:
        widget.ui.sampleButton.click()
    settle(widget)
    if node.levelPoints is None:
        node.levelPoints = widget.logic.createLevelPoints()
    for level in levels:
        x, y, z = makeSample().points[level]
        setPosition(node.levelPoints, level, (-x, -y, z))
    settle(widget)


def settle(widget: OVCFRiskWidget) -> None:
    """Until timers and what runs beside the window have ended."""
    wait(0.5)
    while not widget.panel.background.isIdle:
        wait(0.1)
    wait(0.2)


def take(panel: qt.QWidget, widget: OVCFRiskWidget, width: int, path: Path, *opened: str) -> None:
    """Open some sections, close the others, and draw the panel into a file."""
    for name in SECTIONS:
        getattr(widget.ui, f"{name}CollapsibleButton").collapsed = name not in opened
    panel.resize(width, 200)
    panel.show()
    wait(0.2)
    contents = panel.findChild(qt.QScrollArea).widget()  # as tall as nothing has to be scrolled
    inner = width - 8
    for _turn in range(2):  # the first gives the labels their width, the second knows their height
        height = max(contents.heightForWidth(inner), contents.sizeHint().height())
        panel.resize(width, height + max(widget.ui.statusFrame.heightForWidth(inner), 0) + 30)
        wait(0.3)
    last, status = widget.ui.exportCollapsibleButton, widget.ui.statusFrame
    end = last.mapTo(contents, qt.QPoint(0, last.height)).y()  # what is left below the last section is cut off
    needed = status.heightForWidth(inner)  # -1 while it has nothing to say
    panel.resize(width, end + (needed if needed > 0 else status.sizeHint().height()) + 30)
    wait(0.3)
    picture = qt.QPixmap(panel.size * SCALE)
    picture.setDevicePixelRatio(SCALE)
    picture.fill(panel.palette.color(qt.QPalette.Window))
    panel.render(picture)
    if not picture.save(str(path)):
        raise OSError(f"'{path}' cannot be written")
    print(path.name)


def darken() -> None:
    """A dark palette, as Slicer's dark style has."""
    palette = qt.QPalette()
    for role, color in DARK.items():
        palette.setColor(getattr(qt.QPalette, role), qt.QColor(color))
    for role, color in DARK_DISABLED.items():
        palette.setColor(qt.QPalette.Disabled, getattr(qt.QPalette, role), qt.QColor(color))
    APPLICATION.setPalette(palette)
    slicer.app.processEvents()


if __name__ == "__main__":
    main()
