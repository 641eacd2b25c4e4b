"""When each button may be pressed, what its tooltip says, and which widget is bound to which choice."""

import dataclasses
import re
import unittest
import xml.etree.ElementTree
from pathlib import Path

import module_test_case
from module_test_case import ModuleTestCase
from OVCFRiskPanel.buttons import BUTTONS, missingFor
from OVCFRiskPanel.panel_state import PanelState
from OVCFRiskScene.level_points import PointState
from panel_test_case import PanelTestCase, wait
from simple_spine import addSpine

from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel
UI = Path(module_test_case.HERE).parents[1] / "OVCFRisk" / "Resources" / "UI" / "OVCFRisk.ui"
CONTAINERS = ("QWidget", "QFrame", "qMRMLWidget")
READY = PanelState(
    points=dict.fromkeys(LumbarLevel, PointState.PLACED),
    masks=frozenset(LumbarLevel),
    scored=True,
    folder="results",
    foreign=True,
    placing=True,
)
PLACE = "placeButton placeL1Button placeL2Button placeL3Button placeL4Button findOthersButton"
SEGMENT = "segmentButton segmentScoreButton"
# change of a state in which everything may be pressed -> buttons that may not be pressed then, word of the tooltip
RULES = [
    ({"volumeProblem": "no CT"}, f"{PLACE} {SEGMENT} importButton automaticButton scoreButton exportButton", "no CT"),
    ({"canPlace": False}, PLACE, "slice views"),
    ({"placing": False}, "skipButton", "Place L1-L4"),
    ({"points": dict.fromkeys(LumbarLevel, PointState.DUE)}, f"startOverButton {SEGMENT}", "mark"),
    ({"foreign": False}, "importButton", "Choose the segmentation"),
    ({"outOfOrder": ((L1, L2),)}, SEGMENT, "L1 lies below L2"),
    ({"kept": frozenset(LumbarLevel)}, SEGMENT, "accepted or edited"),
    ({"automaticProblem": "install it"}, "automaticButton", "install it"),
    ({"masks": frozenset()}, "scoreButton", "segment the levels"),
    ({"modelProblem": "bad card"}, "scoreButton segmentScoreButton", "bad card"),
    ({"bodiesProblem": "other CT"}, "scoreButton", "other CT"),
    ({"scored": False}, "exportButton exportDicomButton", "Score the bodies"),
    ({"outdated": {L2: "edited"}}, "exportButton exportDicomButton", "L2: edited"),
    ({"folder": ""}, "exportButton exportDicomButton", "folder"),
    ({"dicomProblem": "not from DICOM"}, "exportDicomButton", "not from DICOM"),
]


class RulesTest(ModuleTestCase):
    def test_each_rule_alone_holds_back_its_buttons_and_no_others(self):
        allowed = missingFor(READY)
        for change, names, word in RULES:
            with self.subTest(change):
                now = missingFor(dataclasses.replace(READY, **change))
                newly = {name for name, why in now.items() if why and not allowed[name]}
                expected = {name for name in names.split() if not allowed[name]}
                self.assertLessEqual(expected, newly)
                self.assertTrue(any(word.lower() in now[name].lower() for name in names.split()), now)
                others = newly - expected - ({"exportDicomButton"} if "exportButton" in expected else set())
                self.assertEqual(others, set())

    def test_all_placed_means_nothing_to_place_and_order_means_nothing_to_sort(self):
        self.assertTrue(missingFor(READY)["placeButton"])
        self.assertTrue(missingFor(READY)["sortButton"])
        self.assertFalse(missingFor(dataclasses.replace(READY, outOfOrder=((L1, L2),)))["sortButton"])

    def test_nothing_may_start_while_a_step_runs(self):
        self.assertEqual(set(missingFor(dataclasses.replace(READY, busy=True))), set(BUTTONS))
        self.assertTrue(all(missingFor(dataclasses.replace(READY, busy=True)).values()))


class UiFileTest(unittest.TestCase):
    """What Qt Designer's file promises."""

    def setUp(self):
        self.root = xml.etree.ElementTree.parse(UI).getroot()

    def test_every_field_of_the_parameter_node_is_bound_once(self):
        from OVCFRisk import OVCFRiskParameterNode

        bound = re.findall(r'name="SlicerParameterName"[^>]*>\s*<string[^>]*>(\w+)<', UI.read_text(encoding="utf-8"))
        self.assertEqual(sorted(bound), sorted(OVCFRiskParameterNode.allParameters))

    def test_every_widget_has_a_tooltip_or_a_rule(self):
        for button in BUTTONS.values():
            self.assertTrue(button.tip())
        for widget in self.root.iter("widget"):
            kind, name = widget.get("class"), widget.get("name")
            # every kind but plain containers; the labels of the checks are filled with what they found
            if kind not in CONTAINERS and name not in BUTTONS and not name.startswith("checks"):
                with self.subTest(name):
                    tips = [p for p in widget.findall("property") if p.get("name") == "toolTip"]
                    self.assertEqual(len(tips), 1)
                    self.assertTrue(tips[0].findtext("string", "").strip())

    def test_selectors_hear_of_the_scene(self):
        senders = {c.findtext("receiver") for c in self.root.iter("connection")}
        selectors = {w.get("name") for w in self.root.iter("widget") if w.get("class") == "qMRMLNodeComboBox"}
        self.assertLessEqual(selectors, senders)

    def test_mnemonics_are_unique(self):
        texts = [p.findtext("string", "") for p in self.root.iter("property") if p.get("name") in ("text", "title")]
        keys = [m.lower() for text in texts for m in re.findall(r"&(\w)", text)]
        self.assertEqual(len(keys), len(set(keys)), sorted(keys))


class PanelSizeTest(PanelTestCase):
    def test_it_fits_400_pixels_and_grows_with_the_font(self):
        """Compared with the font's own metrics: how tall a font is differs from machine to machine."""
        if module_test_case.IN_APPLICATION:
            self.skipTest("the application sets the width")
        import qt

        addSpine()
        wait(0.5)
        for name in ("levels", "segment", "review", "score", "export"):
            self.panel.open(name)
        self.parent.show()
        wait()
        self.assertLessEqual(self.parent.minimumSizeHint().width(), 400)
        application, font = qt.QApplication.instance(), qt.QApplication.font()
        larger = qt.QFont(font)
        larger.setPointSizeF(font.pointSizeF() * 1.5)
        try:
            application.setFont(larger)
            wait()
            for button in [widget for widget in vars(self.ui).values() if isinstance(widget, qt.QAbstractButton)]:
                self.assertGreaterEqual(button.minimumSizeHint().height(), qt.QFontMetrics(larger).height() - 2)
            label, width = self.ui.noticeLabel, 300
            text = qt.QRect(0, 0, width, 10000)
            needed = qt.QFontMetrics(larger).boundingRect(text, int(qt.Qt.TextWordWrap.value), label.text).height()
            self.assertGreaterEqual(label.heightForWidth(width), needed)
        finally:
            application.setFont(font)

    def neededWidth(self):
        """What the module panel must have: its scrolled contents and the status line below them."""
        import qt

        wait(0.1)
        contents = self.modulePanel.findChild(qt.QScrollArea).widget()
        return max(contents.minimumSizeHint().width(), self.ui.statusFrame.minimumSizeHint().width())

    def test_400_pixels_do_in_every_state_and_only_the_segment_editor_is_wider(self):
        if module_test_case.IN_APPLICATION:
            self.skipTest("the application sets the width")
        self.modulePanel.show()
        volume = self.mark()
        volume.SetName("a_very_long_name_of_a_series_without_any_place_to_break_it_" * 2)
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        for name in ("input", "levels", "segment", "review", "score", "export"):
            self.panel.open(name)
        wait(0.6)
        self.panel.status.say("/a/folder/with/a/long/path/and/no/place/to/break_it/" * 3)
        self.ui.checksL2Label.text = "height_loss_and_other_things_that_have_no_place_to_break" * 2
        self.node.model = "/home/somebody/models/a_card_with_a_long_name_that_is_not_there_at_all.json" * 2
        wait(0.3)
        self.assertLessEqual(self.neededWidth(), 400)
        addSpine("another_ct_with_a_long_name_" * 4)
        self.ui.editorCollapsibleButton.collapsed = False
        wide = self.neededWidth()
        self.assertGreater(wide, 400)
        self.assertLessEqual(wide, 577 + 60)  # the editor and the margins of three nested boxes
        self.ui.editorCollapsibleButton.collapsed = True
        self.assertLessEqual(self.neededWidth(), 400)

    def test_choices_reach_the_scene_and_come_back(self):
        self.ui.labelsCheckBox.click()
        self.assertFalse(self.node.showLabels)
        self.node.showLabels = True
        self.assertTrue(self.ui.labelsCheckBox.checked)
        self.ui.opacitySlider.value = 0.25
        self.assertEqual(self.node.opacity3D, 0.25)
