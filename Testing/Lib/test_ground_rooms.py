"""Counts, exit codes, paths and the shared chain, each alone."""

import os
import sys

import pytest
import SimpleITK as sitk

from OVCFRiskLib import exit_codes
from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.path_text import itk_path, path_of_text, text_of_path
from OVCFRiskLib.scored_ct import BodySource, score_ct


@pytest.mark.parametrize(
    ("count", "words", "text"),
    [
        (1, ("slice",), "1 slice"),
        (2, ("slice",), "2 slices"),
        (0, ("slice",), "0 slices"),
        (1, ("image", "of modality MR"), "1 image of modality MR"),
        (3, ("image", "of modality MR"), "3 images of modality MR"),
    ],
)
def test_counts_agree_with_their_nouns(count, words, text):
    assert counted(count, *words) == text


def test_irregular_plurals():
    assert [counted(n, "body", plural="bodies") for n in (1, 2)] == ["1 body", "2 bodies"]


def test_exit_codes_are_those_of_the_documents():
    documented = (exit_codes.OK, exit_codes.SOME_NOT_SCORED, exit_codes.BAD_INPUT, exit_codes.INTERRUPTED)
    assert documented == (0, 1, 2, 130)
    assert (exit_codes.of_completeness(True), exit_codes.of_completeness(False)) == (0, 1)


def test_paths_of_plain_names_stay(tmp_path):
    path = tmp_path / "Müller.nii"
    assert text_of_path(path) == str(path) == itk_path(path)
    assert path_of_text(str(path)) == path


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names as text")
@pytest.mark.parametrize("name", [b"M\xfcller", b"\xff\xfe"])
@pytest.mark.parametrize("file", [b"ct.nii.gz", b"ct\xfc.nii.gz"])
def test_itk_finds_files_whose_names_are_not_utf_8(tmp_path, name, file):
    folder = tmp_path / os.fsdecode(name)
    folder.mkdir()
    path = folder / os.fsdecode(file)
    image = sitk.Image(3, 4, 5, sitk.sitkInt16)
    sitk.WriteImage(image, str(tmp_path / "x.nii.gz"))
    (tmp_path / "x.nii.gz").rename(path)
    assert text_of_path(path) is None
    assert sitk.ReadImage(itk_path(path)).GetSize() == (3, 4, 5)
    if text_of_path(path.name):
        sitk.WriteImage(image, itk_path(folder / "new.nii.gz"))
        assert (folder / "new.nii.gz").is_file()


def test_a_source_is_points_or_labels():
    for arguments in ({}, {"points": {LumbarLevel.L1: (0, 0, 0)}, "labels": "x"}):
        with pytest.raises(OVCFRiskError, match="expected points or labels"):
            BodySource(**arguments)


def test_the_chain_is_what_its_links_are(phantom):
    from OVCFRiskLib.assess import assess
    from OVCFRiskLib.segmentation import import_labels

    said = []
    scored = score_ct(phantom.ct, BodySource(labels=phantom.labels), progress=lambda f, m: said.append(f) or True)
    labels = import_labels(phantom.labels, phantom.ct)
    assert scored.assessment == assess(phantom.ct, labels)
    assert said == sorted(said)
    assert said[-1] == 1.0
