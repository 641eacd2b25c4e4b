"""Work beside the window: handed over in the application's thread, replaced, stopped, cancelled, errors not lost."""

import threading
import time

from module_test_case import ModuleTestCase
from OVCFRiskScene.background import inThread
from panel_test_case import PanelTestCase, wait

from OVCFRiskLib.errors import CancelledError


class InThreadTest(ModuleTestCase):
    def test_the_caller_hears_of_progress_while_the_work_says_nothing(self):
        heard = []

        def work(report):
            report(0.25, "slow")
            time.sleep(0.3)
            return threading.current_thread()

        thread = inThread(work, lambda fraction, message: heard.append((fraction, message)) or True)
        self.assertIsNot(thread, threading.current_thread())
        self.assertGreater(heard.count((0.25, "slow")), 2)

    def test_cancel_waits_for_the_work_to_stop(self):
        ended = []

        def work(report):
            while report(0.5, "working"):
                time.sleep(0.01)
            ended.append(1)

        with self.assertRaises(CancelledError):
            inThread(work, lambda fraction, message: False)
        self.assertEqual(ended, [1])

    def test_an_error_of_the_work_is_the_callers(self):
        def work(report):
            raise ZeroDivisionError("here")

        with self.assertRaisesRegex(ZeroDivisionError, "here"):
            inThread(work, lambda fraction, message: True)

    def test_without_progress_there_is_no_thread(self):
        self.assertIs(inThread(lambda report: threading.current_thread(), None), threading.current_thread())


class BackgroundTest(PanelTestCase):
    def setUp(self):
        super().setUp()
        from OVCFRiskPanel.background import Background

        self.background = Background()
        self.addCleanup(self.background.cleanup)

    def test_results_come_in_the_applications_thread_one_after_the_other(self):
        got = []
        for name in ("a", "b"):
            self.background.start(
                name, lambda name=name: name, lambda result: got.append((result, threading.current_thread()))
            )
        wait(0.4)
        self.assertEqual(got, [(name, threading.main_thread()) for name in ("a", "b")])
        self.assertTrue(self.background.isIdle)

    def test_the_newest_of_a_name_replaces_what_waits(self):
        got = []
        self.background.start("other", lambda: time.sleep(0.1), lambda result: None)
        for number in range(3):
            self.background.start("same", lambda number=number: number, got.append)
        wait(0.5)
        self.assertEqual(got, [2])

    def test_what_is_stopped_is_not_handed_over(self):
        got = []
        self.background.start("a", lambda: time.sleep(0.1) or 1, got.append)
        self.background.stop()
        wait(0.3)
        self.assertEqual(got, [])

    def test_an_error_is_raised_where_it_is_seen_and_the_next_work_runs(self):
        got = []

        def fail():
            raise ZeroDivisionError("here")

        self.background.start("a", fail, got.append)
        self.background.start("b", lambda: 2, got.append)
        self.background.timer.stop()  # polled by hand: the event loop would only print the error
        with self.assertRaisesRegex(ZeroDivisionError, "here"):
            for _ in range(100):
                self.background.poll()
        self.background.timer.start()
        wait(0.3)
        self.assertEqual(got, [2])
