"""Stand-ins of the ctk and qMRML widgets that the panel uses."""

# ruff: noqa: N801  (the names are Slicer's)

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets

HEADER_PX = 26


class ctkCollapsibleButton(QtWidgets.QWidget):
    """A titled section that hides its contents."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._collapsed, self._text = False, ""
        self.setContentsMargins(0, HEADER_PX, 0, 0)

    def _setCollapsed(self, collapsed):
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        self._hideContents()
        self.contentsCollapsed.emit(collapsed)

    def _hideContents(self):
        for child in self.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindDirectChildrenOnly):
            if self._collapsed and not child.isHidden():
                child.setProperty("isHiddenBySection", True)
                child.hide()
            elif not self._collapsed and child.property("isHiddenBySection"):
                child.setProperty("isHiddenBySection", False)
                child.show()
        self.setMaximumHeight(HEADER_PX if self._collapsed else 16777215)
        self.updateGeometry()

    def sizeHint(self):
        return QtCore.QSize(100, HEADER_PX) if self._collapsed else super().sizeHint()

    def minimumSizeHint(self):
        return QtCore.QSize(60, HEADER_PX) if self._collapsed else super().minimumSizeHint()

    def showEvent(self, event):
        if self._collapsed:
            self._hideContents()

    def mousePressEvent(self, event):
        if event.position().y() < HEADER_PX:
            self._setCollapsed(not self._collapsed)

    def paintEvent(self, event):
        painter = QtGui.QPainter(self)
        palette, header = self.palette, QtCore.QRect(0, 0, self.width, HEADER_PX - 2)
        painter.fillRect(header, palette.color(QtGui.QPalette.Midlight))
        painter.setPen(palette.color(QtGui.QPalette.WindowText))
        arrow = "▸" if self._collapsed else "▾"
        painter.drawText(header.adjusted(6, 0, 0, 0), QtCore.Qt.AlignVCenter, f"{arrow}  {self._text}")
        painter.end()

    def _setText(self, text):
        self._text = text

    collapsed = QtCore.Property(bool, lambda self: self._collapsed, _setCollapsed)
    text = QtCore.Property(str, lambda self: self._text, _setText)


def _ofSpinBox(kind, name):
    return QtCore.Property(
        kind, lambda self: self.spinBox.property(name), lambda self, value: self.spinBox.setProperty(name, value)
    )


class ctkSliderWidget(QtWidgets.QWidget):
    """Slider and spin box for a float."""

    valueChanged = QtCore.Signal(float)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.slider, self.spinBox = QtWidgets.QSlider(QtCore.Qt.Horizontal), QtWidgets.QDoubleSpinBox()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider)
        row.addWidget(self.spinBox)
        self.slider.setRange(0, 1000)
        self.slider.valueChanged.connect(lambda v: self.spinBox.setValue(self.minimum + v / 1000 * self._span()))
        self.spinBox.valueChanged.connect(self._changed)

    def _span(self):
        return self.maximum - self.minimum

    def _changed(self, value):
        self.slider.blockSignals(True)
        self.slider.setValue(round(1000 * (value - self.minimum) / (self._span() or 1)))
        self.slider.blockSignals(False)
        self.valueChanged.emit(value)

    value, minimum, maximum = (_ofSpinBox(float, name) for name in ("value", "minimum", "maximum"))
    singleStep, decimals = _ofSpinBox(float, "singleStep"), _ofSpinBox(int, "decimals")


class ctkDirectoryButton(QtWidgets.QPushButton):
    """Button that shows a folder."""

    directoryChanged = QtCore.Signal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._directory = ""
        self.setSizePolicy(QtWidgets.QSizePolicy.Ignored, QtWidgets.QSizePolicy.Fixed)

    def _setDirectory(self, directory):
        if directory != self._directory:
            self._directory = directory
            elided = self.fontMetrics().elidedText(directory, QtCore.Qt.ElideMiddle, 260)
            QtWidgets.QPushButton.setText(self, elided)
            self.directoryChanged.emit(directory)

    directory = QtCore.Property(str, lambda self: self._directory, _setDirectory)


class qMRMLWidget(QtWidgets.QWidget):
    """Hands the scene to the selectors that the .ui connects with it."""

    mrmlSceneChanged = QtCore.Signal("vtkMRMLScene*")

    def setMRMLScene(self, scene):
        for selector in self.findChildren(qMRMLNodeComboBox):
            selector.setMRMLScene(scene)


class NodeFilter(QtCore.QObject):
    """Which nodes a selector offers: the part of qMRMLSortFilterProxyModel that the panel uses."""

    def __init__(self, box):
        super().__init__(box)
        self.box, self._hidden, self.attributes = box, (), {}

    def accepts(self, node):
        """Classes match exactly (no child types), hidden nodes and those without the attribute are left out."""
        if node.GetClassName() not in self.box._types or node.GetHideFromEditors() or node.GetID() in self._hidden:
            return False
        name, value = self.attributes.get(node.GetClassName(), (None, None))
        return name is None or node.GetAttribute(name) == value

    def _setHidden(self, ids):
        self._hidden = tuple(ids)
        self.box.invalidate()

    hiddenNodeIDs = QtCore.Property("QStringList", lambda self: list(self._hidden), _setHidden)


class qMRMLNodeComboBox(QtWidgets.QComboBox):
    """Lists the nodes of some classes and follows the scene, with the habits of the application's.

    A node is looked at once, when it is added: hiding it later does not take it out. When the current node is removed
    the neighbouring row becomes the current one, and its node is emitted; only an emptied list emits None.
    """

    currentNodeChanged = QtCore.Signal(object)
    # as in the application: rows go before other observers hear of the removal only when these come earlier
    ABOUT_TO_BE_REMOVED_PRIORITY, OTHER_PRIORITY = -10.0, 10.0

    def __init__(self, parent=None):
        super().__init__(parent)
        self.scene, self._types, self._none, self.ids = None, (), "None", []
        self.filter = NodeFilter(self)
        self.currentIndexChanged.connect(lambda index: self.currentNodeChanged.emit(self.currentNode()))
        self.setMinimumContentsLength(4)

    def sortFilterProxyModel(self):
        return self.filter

    def addAttribute(self, kind, name, value=None):
        self.filter.attributes[kind] = (name, value)
        self.invalidate()

    @QtCore.Slot("vtkMRMLScene*")
    def setMRMLScene(self, scene):
        self.scene = scene
        tags = [
            scene.AddObserver(scene.NodeAddedEvent, self._onAdded, self.OTHER_PRIORITY),
            scene.AddObserver(
                scene.NodeAboutToBeRemovedEvent, self._onAboutToBeRemoved, self.ABOUT_TO_BE_REMOVED_PRIORITY
            ),
            scene.AddObserver(scene.EndCloseEvent, self.invalidate),
            scene.AddObserver(scene.EndImportEvent, self.invalidate),
        ]
        self.destroyed.connect(lambda *_: [scene.RemoveObserver(tag) for tag in tags])
        self.invalidate()

    def nodeCount(self):
        return self.count - 1  # without the row for none

    def nodeFromIndex(self, index):
        return self.scene.GetNodeByID(self.itemData(index + 1))

    def currentNode(self):
        index = QtWidgets.QComboBox.property(self, "currentIndex")
        return self.scene.GetNodeByID(self.itemData(index)) if index > 0 else None

    def setCurrentNode(self, node):
        index = self.findData(node.GetID()) if node is not None else 0
        self.setCurrentIndex(max(index, 0))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _onAdded(self, scene, event, node):
        if not scene.IsImporting() and not scene.IsClosing() and self.filter.accepts(node):
            self.addItem(node.GetName(), node.GetID())

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _onAboutToBeRemoved(self, scene, event, node):
        row = self.findData(node.GetID() or "")
        if row > 0 and not scene.IsClosing():
            self.removeItem(row)  # Qt takes the neighbouring row when this was the current one

    def invalidate(self, *_):
        """Look at all nodes again; a current row that goes gives way to the one above it, as in the application."""
        if self.scene is None:
            return
        nodes = [n for kind in self._types for n in slicer.util.getNodesByClass(kind) if self.filter.accepts(n)]
        wanted = {node.GetID(): node for node in nodes}
        if self.count == 0:
            self.addItem(self._none, "")
        for row in range(self.count - 1, 0, -1):
            if self.itemData(row) not in wanted:
                self.removeItem(row)
        for nodeId, node in wanted.items():
            if self.findData(nodeId) < 0:
                self.addItem(node.GetName(), nodeId)

    def _setTypes(self, types):
        self._types = tuple(types)
        self.invalidate()

    def _setNone(self, text):
        self._none = text

    nodeTypes = QtCore.Property("QStringList", lambda self: list(self._types), _setTypes)
    noneDisplay = QtCore.Property(str, lambda self: self._none, _setNone)


class _Effect:
    """An effect of the Segment Editor, as far as the panel reaches into it."""

    def __init__(self):
        self.applyButton = QtWidgets.QPushButton("Apply")

    def self(self):
        return self


class qMRMLSegmentEditorWidget(QtWidgets.QLabel):
    """Remembers what it was told; the real one needs the application. As wide as the real one, with its help text."""

    currentSegmentIDChanged = QtCore.Signal(str)
    WIDTH_PX = 577

    def __init__(self, parent=None):
        super().__init__("(Slicer's Segment Editor appears here)", parent)
        self.nodes, self.calls, self.effects = {}, [], {}
        self.setMargin(10)
        self.setFrameStyle(QtWidgets.QFrame.StyledPanel)
        self.setMinimumWidth(self.WIDTH_PX)

    def __getattr__(self, name):
        if name.startswith("set"):
            return lambda value=None: self.nodes.__setitem__(name[3:].lower(), value)
        if name in ("segmentationNode", "sourceVolumeNode", "mrmlSegmentEditorNode", "currentSegmentID"):
            return lambda: self._inScene(self.nodes.get(name.lower()))
        if name in ("setupViewObservations", "installKeyboardShortcuts", "removeViewObservations", "saveStateForUndo"):
            return lambda: self.calls.append(name)
        raise AttributeError(name)

    @staticmethod
    def _inScene(value):
        """A node that was removed is let go, as the application does."""
        isNode = value is not None and not isinstance(value, str)
        return None if isNode and slicer.mrmlScene.GetNodeByID(value.GetID() or "") is not value else value

    def setCurrentSegmentID(self, segmentId):
        self.nodes["currentsegmentid"] = segmentId
        self.currentSegmentIDChanged.emit(segmentId)

    def effectByName(self, name):
        return self.effects.setdefault(name, _Effect())

    def effectNameOrder(self):
        return self.nodes["effectnameorder"]

    def setupViewObservations(self):
        self.calls.append("setupViewObservations")

    def uninstallKeyboardShortcuts(self):
        self.calls.append("uninstallKeyboardShortcuts")


class FileDialog(QtWidgets.QFileDialog):
    """PythonQt gives the chosen file alone; tests set what a person would choose."""

    answer = ""

    @staticmethod
    def getOpenFileName(parent, caption, folder, filters):
        return FileDialog.answer


ALL = (
    ctkCollapsibleButton,
    ctkDirectoryButton,
    ctkSliderWidget,
    qMRMLNodeComboBox,
    qMRMLSegmentEditorWidget,
    qMRMLWidget,
)
