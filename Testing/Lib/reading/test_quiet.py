"""ITK's switch for warnings, which the process has once."""

import SimpleITK as sitk

from OVCFRiskLib.reading.quiet import quiet_itk


def test_blocks_of_two_threads_leave_the_switch_as_it_was():
    is_on = sitk.ProcessObject.GetGlobalWarningDisplay
    before = is_on()
    sitk.ProcessObject.SetGlobalWarningDisplay(True)
    try:
        # begun and ended as two threads may: the one that began first ends first
        first, second = quiet_itk(), quiet_itk()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert not is_on()
        second.__exit__(None, None, None)
        assert is_on()
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)
