"""A phantom on disk and a program to call."""

import pytest
import SimpleITK as sitk

from OVCFRiskLib.cli import main
from OVCFRiskLib.points import write_points
from OVCFRiskLib.report.data.label_file import write_labels


@pytest.fixture(scope="session")
def files(phantom, tmp_path_factory):
    """Folder with ``ct.nii.gz``, ``points.mrk.json`` and ``labels.nii.gz`` of the phantom."""
    folder = tmp_path_factory.mktemp("phantom")
    sitk.WriteImage(phantom.ct, str(folder / "ct.nii.gz"))
    write_points(phantom.points, folder / "points.mrk.json")
    write_labels(phantom.labels, folder / "labels.nii.gz")
    return folder


@pytest.fixture
def ovcfrisk(capsys):
    """Call the program in this process: ``ovcfrisk("score", ...) -> (exit code, output, errors)``."""

    def call(*arguments):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call
