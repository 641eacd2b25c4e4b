"""The six steps in the panel, button by button."""

import tempfile
from pathlib import Path

from panel_test_case import PanelTestCase

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.summary import summarise


class WorkflowTest(PanelTestCase):
    def test_from_ct_to_files(self):
        self.mark()
        self.ui.segmentButton.click()
        self.assertStatusIn("segmentStatusPlaceholder", "Next: look at each mask")
        self.assertEqual(len(self.panel.bodiesState.masks), 4)
        for level in LumbarLevel:
            getattr(self.ui, f"accept{level.name}CheckBox").click()
        self.assertTrue(all(review.accepted for review in self.panel.bodiesState.masks.values()))
        self.assertStatusIn("reviewStatusPlaceholder", "Next: score")
        self.ui.scoreButton.click()
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertStatusIn("scoreStatusPlaceholder", summarise(self.panel.bodiesState.assessment))
        with tempfile.TemporaryDirectory() as folder:
            self.ui.folderButton.directory = folder
            self.ui.exportButton.click()
            self.assertTrue((Path(folder) / "scene.mrb").is_file(), self.ui.statusLabel.text)
            self.assertTrue((Path(folder) / "scores.csv").is_file())

    def assertStatusIn(self, place, words):
        """The status line says something, where the button was pressed.

        Not as a child of the ctkCollapsibleButton itself, which would keep it hidden after it was in another one.
        """
        self.assertIn(words, self.ui.statusLabel.text)
        self.assertEqual(self.ui.statusFrame.parent().name, place)
        self.assertFalse(self.ui.statusFrame.isHidden())
