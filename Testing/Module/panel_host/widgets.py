"""Stand-ins of the ctk and qMRML widgets that the panel uses."""

# ruff: noqa: N801  (the names are Slicer's)

import slicer
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
            if self._collapsed:
                child.setProperty("wasHidden", child.isHidden())
                child.hide()
            elif not child.property("wasHidden"):
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


class qMRMLNodeComboBox(QtWidgets.QComboBox):
    """Lists the nodes of some classes and follows the scene."""

    currentNodeChanged = QtCore.Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.scene, self._types, self._none, self._shown = None, (), "None", ()
        self.currentIndexChanged.connect(lambda index: self.currentNodeChanged.emit(self.currentNode()))
        self.setMinimumContentsLength(4)

    @QtCore.Slot("vtkMRMLScene*")
    def setMRMLScene(self, scene):
        self.scene = scene
        events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent)
        tags = [scene.AddObserver(event, self._update) for event in events]
        self.destroyed.connect(lambda *_: [scene.RemoveObserver(tag) for tag in tags])
        self._update()

    def currentNode(self):
        index = QtWidgets.QComboBox.property(self, "currentIndex")
        node_id = self.itemData(index) if index > 0 else None
        return self.scene.GetNodeByID(node_id) if node_id else None

    def setCurrentNode(self, node):
        index = self.findData(node.GetID()) if node is not None else 0
        self.setCurrentIndex(max(index, 0))

    def _update(self, *_):
        nodes = [n for kind in self._types for n in slicer.util.getNodesByClass(kind) if n.GetClassName() == kind]
        shown = tuple((n.GetName(), n.GetID()) for n in nodes if not n.GetHideFromEditors())
        if shown == self._shown and self.count:
            return
        self._shown, current = shown, self.itemData(QtWidgets.QComboBox.property(self, "currentIndex"))
        self.blockSignals(True)
        self.clear()
        self.addItem(self._none, "")
        for name, node_id in shown:
            self.addItem(name, node_id)
        self.setCurrentIndex(max(self.findData(current), 0) if current else 0)
        self.blockSignals(False)
        if current and self.currentNode() is None:
            self.currentNodeChanged.emit(None)

    def _setTypes(self, types):
        self._types = tuple(types)
        if self.scene is not None:
            self._update()

    def _setNone(self, text):
        self._none = text

    nodeTypes = QtCore.Property("QStringList", lambda self: list(self._types), _setTypes)
    noneDisplay = QtCore.Property(str, lambda self: self._none, _setNone)


class qMRMLSegmentEditorWidget(QtWidgets.QLabel):
    """Remembers what it was told; the real one needs the application."""

    def __init__(self, parent=None):
        super().__init__("(Slicer's Segment Editor appears here)", parent)
        self.nodes, self.calls, self.effect = {}, [], None
        self.setMargin(10)
        self.setFrameStyle(QtWidgets.QFrame.StyledPanel)

    def __getattr__(self, name):
        if name.startswith("set"):
            return lambda value=None: self.nodes.__setitem__(name[3:].lower(), value)
        if name in ("segmentationNode", "sourceVolumeNode", "mrmlSegmentEditorNode", "currentSegmentID"):
            return lambda: self.nodes.get(name.lower())
        if name in ("setupViewObservations", "installKeyboardShortcuts", "removeViewObservations"):
            return lambda: self.calls.append(name)
        raise AttributeError(name)

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
