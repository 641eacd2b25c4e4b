"""Stand-in of Slicer's typed parameter node: node, float, bool and str fields, bound to widgets by name.

Keeps the habits that bite: values live in the node, a wrapper caches fields until the node is modified (its own writes
are read back first), a float out of range is a ValueError, a field must have exactly the right kind of widget, and what
was connected is disconnected by the tag of `connectParametersToGui` alone.
"""

import typing
import weakref
from dataclasses import dataclass

import slicer
import vtk


@dataclass(frozen=True)
class WithinRange:
    minimum: float
    maximum: float


# type of a field -> (class of the widget, property that holds the value, signal)
WIDGETS = {
    bool: (("QCheckBox", "QPushButton"), "checked", "toggled"),
    float: (("ctkSliderWidget", "QDoubleSpinBox"), "value", "valueChanged"),
    str: (("QLineEdit",), "text", "textChanged"),
}


def parameterNodeWrapper(cls):
    """Turn a class of annotated fields into a wrapper of a parameter node."""
    fields = typing.get_type_hints(cls, include_extras=True)
    defaults = {name: getattr(cls, name, None) for name in fields}
    for name, hint in fields.items():
        setattr(cls, name, property(_getter(name), _setter(name, hint)))
    cls.allParameters = fields
    cls.defaults = defaults
    cls.__init__, cls.disconnectGui = _init, disconnectGui
    cls.connectParametersToGui = connectParametersToGui
    return cls


def _init(self, parameterNode):
    """The wrapper's constructor."""
    self.parameterNode = parameterNode
    self._connections = {}
    for name, default in self.defaults.items():
        if not parameterNode.HasParameter(name):
            setattr(self, name, default)
    self._values = {name: _read(parameterNode, name, hint) for name, hint in self.allParameters.items()}
    this = weakref.ref(self)
    tag = parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: this()._refresh())
    self._refresh = lambda: this()._values.update(
        {name: _read(parameterNode, name, hint) for name, hint in this().allParameters.items()}
    )
    weakref.finalize(self, parameterNode.RemoveObserver, tag)


def connectParametersToGui(self, mapping):
    """Bind {name of a field: widget}; returns a tag for `disconnectGui`."""
    updates = [_bind(self, name, widget) for name, widget in mapping.items()]
    observer = self.parameterNode.AddObserver(
        vtk.vtkCommand.ModifiedEvent, lambda caller, event: [update() for update, _, _ in updates]
    )
    self._connections[observer] = updates
    return observer


def disconnectGui(self, tag):
    """Undo `connectParametersToGui`, but for the observer, which Slicer 5.10 leaves on the node."""
    for _, signal, slot in self._connections.pop(tag, ()):
        signal.disconnect(slot)


def _bind(self, name, widget):
    """Connect one widget with one field, both ways."""
    hint = self.allParameters[name]
    kind = _kind(hint)
    class_name = type(widget).__name__
    if _is_node(kind):
        assert class_name == "qMRMLNodeComboBox", f"{name}: a node needs a qMRMLNodeComboBox, not {class_name}"
        widget.nodeTypes = tuple(node_class.__name__ for node_class in _node_classes(kind))
        read, write, signal = widget.currentNode, widget.setCurrentNode, widget.currentNodeChanged
    else:
        classes, value, signal_name = WIDGETS[kind]
        assert class_name in classes, f"{name}: {kind} needs one of {classes}, not {class_name}"
        if kind is float:
            limits = hint.__metadata__[0]
            widget.minimum, widget.maximum = limits.minimum, limits.maximum
        signal = getattr(widget, signal_name)

        def read():
            return getattr(widget, value)

        def write(new):
            if getattr(widget, value) != new:
                setattr(widget, value, new)

    def slot(*_):
        setattr(self, name, read())

    write(getattr(self, name))
    signal.connect(slot)
    return (lambda: write(getattr(self, name))), signal, slot


def _getter(name):
    return lambda self: self._values[name]


def _setter(name, hint):
    def setter(self, value):
        kind = _kind(hint)
        if kind is float and not hint.__metadata__[0].minimum <= value <= hint.__metadata__[0].maximum:
            raise ValueError(f"{name}: {value} is out of range")
        if _is_node(kind) and value is not None and not isinstance(value, _node_classes(kind)):
            raise TypeError(f"{name}: {value.GetClassName()}")
        with slicer.util.NodeModify(self.parameterNode):
            if _is_node(kind):
                self.parameterNode.SetParameter(name, "")
                self.parameterNode.SetNodeReferenceID(name, value.GetID() if value else None)
            else:
                self.parameterNode.SetParameter(name, str(kind(value if value is not None else kind())))
            if hasattr(self, "_values"):
                self._values[name] = _read(self.parameterNode, name, hint)

    return setter


def _read(node, name, hint):
    kind = _kind(hint)
    if _is_node(kind):
        return node.GetNodeReference(name)
    text = node.GetParameter(name)
    return text == "True" if kind is bool else kind(text) if text else kind()  # reset while a scene closes


def _kind(hint):
    return typing.get_args(hint)[0] if hasattr(hint, "__metadata__") else hint


def _node_classes(kind):
    return tuple(c for c in (typing.get_args(kind) or (kind,)) if c is not type(None))


def _is_node(kind):
    return all(issubclass(c, slicer.vtkMRMLNode) for c in _node_classes(kind))
