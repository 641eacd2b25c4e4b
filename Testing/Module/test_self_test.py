"""The module's self test, as far as it runs without the application."""

import unittest

import module_test_case
from module_test_case import ModuleTestCase
from panel_test_case import PanelTestCase

import OVCFRisk


@unittest.skipIf(module_test_case.IN_APPLICATION, "the application runs the self test itself")
class SelfTestWithoutApplicationTest(ModuleTestCase):
    def test_run_test(self):
        OVCFRisk.OVCFRiskTest().runTest()


@unittest.skipIf(module_test_case.IN_APPLICATION, "the application runs the self test itself")
class PanelPartTest(PanelTestCase):
    quick = False

    def test_panel_part(self):
        from OVCFRiskPanel.self_test import testPanel

        testPanel(self, self.widget)
