"""The six steps in the panel, button by button."""

import tempfile
from pathlib import Path

import module_test_case
from panel_test_case import PanelTestCase

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.summary import summarise


class WorkflowTest(PanelTestCase):
    def test_from_ct_to_files(self):
        self.mark()
        self.ui.segmentButton.click()
        self.assertStatus("Next: look at each mask")
        self.assertEqual(len(self.panel.bodiesState.masks), 4)
        for level in LumbarLevel:
            getattr(self.ui, f"accept{level.name}CheckBox").click()
        self.assertTrue(all(review.accepted for review in self.panel.bodiesState.masks.values()))
        self.assertStatus("Next: score")
        self.ui.scoreButton.click()
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertStatus("Scored: L1, L2, L3, L4")
        self.assertEqual(self.ui.resultLabel.text, summarise(self.panel.bodiesState.assessment))
        with tempfile.TemporaryDirectory() as folder:
            self.ui.folderButton.directory = folder
            self.ui.exportButton.click()
            self.assertTrue((Path(folder) / "scene.mrb").is_file(), self.ui.statusLabel.text)
            self.assertTrue((Path(folder) / "scores.csv").is_file())

    def assertStatus(self, words):
        """The status line says something, below what scrolls, so that it is in view."""
        self.assertIn(words, self.ui.statusLabel.text)
        self.assertFalse(self.ui.statusFrame.isHidden())
        if not module_test_case.IN_APPLICATION:
            self.assertIs(self.ui.statusFrame.parentWidget(), self.modulePanel)
