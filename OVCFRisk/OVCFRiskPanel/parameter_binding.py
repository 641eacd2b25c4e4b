"""Widgets bound to the fields of the parameter node, and let go again without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import vtk

if TYPE_CHECKING:
    from slicer import vtkMRMLNode


class ParameterBinding:
    """Ties one parameter node at a time to the widgets with a ``SlicerParameterName``."""

    def __init__(self, ui: Any) -> None:
        named = {widget.property("SlicerParameterName"): widget for widget in vars(ui).values()}
        self.widgets = {name: widget for name, widget in named.items() if name}
        self.parameterNode: Any = None
        self.guiTag: Any = None
        self.observers: range = range(0)

    def bind(self, parameterNode: Any) -> None:
        """Follow a parameter node, or none."""
        if self.parameterNode is not None:
            self.parameterNode.disconnectGui(self.guiTag)
            for tag in self.observers:  # Slicer 5.10 leaves the one it added
                self.parameterNode.parameterNode.RemoveObserver(tag)
        self.parameterNode, self.guiTag, self.observers = parameterNode, None, range(0)
        if parameterNode is not None:
            raw = parameterNode.parameterNode
            before = _nextObserverTag(raw)
            self.guiTag = parameterNode.connectParametersToGui(self.widgets)
            self.observers = range(before + 1, _nextObserverTag(raw))


def showChosen(selector: Any, chosen: vtkMRMLNode | None) -> None:
    """Let a selector show the node that the panel works on.

    A list can take another node of the same name for the current one without a signal (its row and text stay the same),
    and would then name a node that no step uses.
    """
    shown = selector.currentNode()
    if shown is chosen or (shown is not None and chosen is not None and shown.GetID() == chosen.GetID()):
        return
    before = selector.blockSignals(True)
    try:
        selector.setCurrentNode(chosen)
    finally:
        selector.blockSignals(before)


def _nextObserverTag(node: vtkMRMLNode) -> int:
    """The tag the node would give to an observer; tags count up and are never given again."""
    tag: int = node.AddObserver(vtk.vtkCommand.NoEvent, lambda caller, event: None)
    node.RemoveObserver(tag)
    return tag
