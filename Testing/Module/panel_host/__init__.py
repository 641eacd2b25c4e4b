"""PySide6 in the place of PythonQt: runs the unchanged panel and takes its picture, outside the application.

``start()`` provides the modules ``qt`` and ``ctk``, the ``qMRML`` widgets in ``slicer``, and PythonQt's manner of
reading and writing Qt properties as attributes. Layout, wiring, enable rules and node binding are as in Slicer; its
look, its node menus and the real Segment Editor are not.
"""

import os
import sys
import types

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import slicer
import slicer_host
from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

QT_MODULES = (QtCore, QtGui, QtWidgets)


def start():
    """Make the stand-ins importable; does nothing the second time. Returns the Qt application."""
    slicer_host.start()
    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["panel-host"])
    if "qt" in sys.modules:
        return application
    _readPropertiesAsAttributes()
    from panel_host import widgets

    qt, ctk = types.ModuleType("qt"), types.ModuleType("ctk")
    for module in QT_MODULES:
        qt.__dict__.update({name: getattr(module, name) for name in dir(module) if not name.startswith("_")})
    qt.QUiLoader = _Loader
    qt.QFileDialog = widgets.FileDialog
    sys.modules.update(qt=qt, ctk=ctk)
    for widget in widgets.ALL:
        setattr(slicer if widget.__name__.startswith("q") else ctk, widget.__name__, widget)
    slicer.app.processEvents = application.processEvents
    slicer.app.setOverrideCursor = application.setOverrideCursor
    slicer.app.restoreOverrideCursor = application.restoreOverrideCursor
    return application


def modulePanel():
    """The application's module panel: a scroll area in a grid, and in it the widget a module is given."""
    panel, area, contents = QtWidgets.QWidget(), QtWidgets.QScrollArea(), QtWidgets.QWidget()
    panel.setLayout(QtWidgets.QGridLayout())
    panel.layout().setContentsMargins(0, 0, 0, 0)
    panel.layout().addWidget(area, 0, 0)
    area.setFrameShape(QtWidgets.QFrame.NoFrame)
    area.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarAlwaysOff)
    area.setWidgetResizable(True)
    area.setWidget(contents)
    contents.setLayout(QtWidgets.QVBoxLayout())
    contents.layout().setContentsMargins(0, 0, 0, 0)
    module = QtWidgets.QWidget()
    module.setLayout(QtWidgets.QVBoxLayout())
    module.layout().setContentsMargins(0, 0, 0, 0)
    contents.layout().addWidget(module, 1)
    module.isEntered = True
    return panel, module


class _Loader(QtUiTools.QUiLoader):
    """Knows the stand-ins of custom widgets."""

    def __init__(self):
        super().__init__()
        from panel_host import widgets

        for widget in widgets.ALL:
            self.registerCustomWidget(widget)


def _readPropertiesAsAttributes():
    """PythonQt's manner: ``label.text = "x"``, ``button.enabled``; ``name`` is the object name; enums are numbers."""
    for module in QT_MODULES:
        for cls in (getattr(module, name) for name in dir(module)):
            if isinstance(cls, type) and issubclass(cls, QtCore.QObject):
                meta = cls.staticMetaObject
                for index in range(meta.propertyOffset(), meta.propertyCount()):
                    name = meta.property(index).name()
                    # a size hint is virtual: Qt would take the attribute for an override; QTimer.singleShot is called
                    if not name.lower().endswith("sizehint") and name != "singleShot":
                        setattr(cls, name, _attribute(name))
    QtCore.QObject.name = _attribute("objectName")
    QtCore.Qt.AlignmentFlag.__int__ = lambda flags: flags.value


def _attribute(name):
    return property(
        lambda self: QtCore.QObject.property(self, name),
        lambda self, value: QtCore.QObject.setProperty(self, name, value),
    )
