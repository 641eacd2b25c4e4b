"""Horizontal bars of what each feature adds to a score, painted in Python: Slicer's plots have vertical bars only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from OVCFRiskLib.report.colors import LESS_RISK, MORE_RISK
from OVCFRiskLib.report.wording import feature_title

if TYPE_CHECKING:
    from OVCFRiskLib.assessment import Contribution

NAME_SHARE = 0.5  # of the width, for the names of the features


class ContributionBars(qt.QWidget):
    """Signed bars around a zero line: to the right (red) more risk, to the left (blue) less."""

    def __init__(self, parent: Any = None) -> None:
        qt.QWidget.__init__(self, parent)
        self.rows: list[tuple[str, float, str]] = []

    def setContributions(self, contributions: Sequence[Contribution]) -> None:
        """Show the contributions of one level, the largest first; none hides the chart."""
        rows = [
            (plainName(c.feature), c.risk, f"{feature_title(c.feature)}: {c.sentence}")
            for c in contributions
            if c.risk  # a feature the model gives no weight moves nothing
        ]
        rows.sort(key=lambda row: -abs(row[1]))
        if rows == self.rows:
            return
        self.rows = rows
        lines = [_("What moved the score (right: more risk)")] if rows else []
        self.toolTip = "\n".join(lines + [f"{risk:+.3f}  {sentence}" for _name, risk, sentence in rows])
        self.setFixedHeight(self.rowHeight() * (len(rows) + 1) if rows else 0)
        self.update()

    def rowHeight(self) -> int:
        """Height of a bar with its text, at any font size."""
        return int(self.fontMetrics().height() * 1.35)

    def paintEvent(self, event: qt.QPaintEvent) -> None:
        """Qt calls this."""
        painter = qt.QPainter(self)
        try:  # without end() the widget cannot be painted any more
            self._paint(painter)
        finally:
            painter.end()

    def _paint(self, painter: qt.QPainter) -> None:
        if not self.rows:
            return
        height, text = self.rowHeight(), int(self.width * NAME_SHARE)
        half = (self.width - text) // 2
        largest = max(abs(risk) for _name, risk, _sentence in self.rows) or 1
        painter.setPen(self.palette.color(qt.QPalette.WindowText))  # readable in light and dark
        painter.drawText(qt.QRect(text, 0, half, height), int(qt.Qt.AlignLeft | qt.Qt.AlignVCenter), _("less risk"))
        right = qt.QRect(text + half, 0, half, height)
        painter.drawText(right, int(qt.Qt.AlignRight | qt.Qt.AlignVCenter), _("more risk"))
        for number, (name, risk, _sentence) in enumerate(self.rows, start=1):
            y = number * height
            elided = painter.fontMetrics().elidedText(name, qt.Qt.ElideRight, text - 8)
            place = qt.QRect(0, y, text - 8, height)
            painter.drawText(place, int(qt.Qt.AlignRight | qt.Qt.AlignVCenter), elided)
            length = int(half * 0.97 * abs(risk) / largest)
            x = text + half - (length if risk < 0 else 0)
            color = qt.QColor(MORE_RISK if risk > 0 else LESS_RISK)
            painter.fillRect(qt.QRect(x, y + height // 6, length, height * 2 // 3), color)
        painter.drawLine(text + half, height, text + half, height * (len(self.rows) + 1))


def plainName(feature: str) -> str:
    """A feature in the words of a reading room, short enough for a bar; the tooltip has the full sentence."""
    names = {
        "original_firstorder_10Percentile": _("density, least dense tenth"),
        "original_firstorder_Median": _("median density"),
        "original_firstorder_Energy": _("density and size together"),
        "original_gldm_LargeDependenceHighGrayLevelEmphasis": _("even dense patches"),
        "original_gldm_DependenceNonUniformity": _("variety of the patches"),
        "original_ngtdm_Strength": _("contrast between patches"),
        "original_glcm_Imc2": _("regularity of the texture"),
        "original_shape_Maximum2DDiameterSlice": _("largest axial diameter"),
    }
    return names.get(feature, feature_title(feature))
