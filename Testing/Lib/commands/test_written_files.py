"""No command writes over what it reads, by whatever name; and what a command is said to write is what it writes."""

import os
import shutil
from pathlib import Path

import pytest
import SimpleITK as sitk

from OVCFRiskLib import file_set, files
from OVCFRiskLib.cli import COMMANDS, main, make_parser
from OVCFRiskLib.commands.written_files import WRITTEN, read_by, written_by
from OVCFRiskLib.evaluation.evaluation_files import EVALUATION_FILES
from OVCFRiskLib.evaluation.marker_files import MARKER_FILES
from OVCFRiskLib.points import write_points
from OVCFRiskLib.report import RESULT_SET
from OVCFRiskLib.training.training_files import BESIDE_CARD

WAYS = ("name", "spelling", "symbolic link", "hard link", "folder link")
POINTS = "L1=0,0,0"
RESULTS = [f"o/{name}" for name in RESULT_SET.names]
# arguments, in which INPUT is what is read and the file that is written: every input of every command
CASES = [
    *((("score", "INPUT", "--points", POINTS, "--out", "o"), name) for name in RESULTS),
    *((("score", "ct.nii", "--points", "INPUT", "--out", "o"), name) for name in RESULTS),
    *((("score", "ct.nii", "--labels", "INPUT", "--out", "o"), name) for name in RESULTS),
    *((("score", "ct.nii", "--points", POINTS, "--model", "INPUT", "--out", "o"), name) for name in RESULTS),
    (("demo", "--model", "INPUT", "--out", "o"), "o/assessment.json"),
    (("demo", "--model", "INPUT", "--out", "o", "--save-ct"), "o/points.mrk.json"),
    (("segment", "INPUT", "--points", POINTS, "--out", "ct.nrrd"), "ct.nrrd"),
    (("segment", "ct.nii", "--points", "INPUT", "--out", "l.mha"), "l.mha"),
    (("segment", "header.nhdr", "--points", POINTS, "--out", "voxels.nrrd"), "voxels.nrrd"),
    (("segment", "header.mhd", "--points", POINTS, "--out", "voxels.mha"), "voxels.mha"),
    (("features", "INPUT", "labels.nii", "--out", "f.csv"), "f.csv"),
    (("features", "ct.nii", "INPUT", "--out", "f.csv"), "f.csv"),
    (("features", "ct.nii", "labels.nii", "--model", "INPUT", "--out", "f.csv"), "description.json"),
    *(
        (("robustness", *given, "--out", "o"), f"o/{name}")
        for name in ("robustness.csv", "robustness_features.csv")
        for given in (("INPUT", "--points", POINTS), ("ct.nii", "--points", "INPUT"))
    ),
    *(
        (("batch", "INPUT", "--out", "o"), f"o/{name}")
        for name in ("scores.csv", "cases.csv", "features.csv", "description.json", "summary.html", "batch.json")
    ),
    (("batch", "m.csv", "--model", "INPUT", "--out", "o", "--log", "log.json"), "log.json"),
    *(
        (("cohort", "table", "INPUT", "--out", "o"), f"o/{name}")
        for name in ("cohort.csv", "patients.csv", "manifest.csv", "flow.svg", "description.json")
    ),
    (("cohort", "verse", "--grades", "INPUT", "--out", "o"), "o/cohort.csv"),
    (("cohort", "verse", "--grades", "g.xlsx", "--people", "INPUT", "--out", "o"), "o/patients.csv"),
    *((("train", "INPUT", "--out", "m.json"), name) for name in ("m.json", *BESIDE_CARD)),
    (("train", "f.csv", "--cohort", "INPUT", "--out", "m.json"), "training_scores.csv"),
    (("train", "f.csv", "--second-observer", "INPUT", "--out", "m.json"), "training_scores.csv"),
    (("train", "f.csv", "--description", "INPUT", "--out", "m.json"), "training_log.json"),
    *((("evaluate", "INPUT", "--out", "o"), f"o/{name}") for name in EVALUATION_FILES),
    *((("evaluate", "INPUT", "--marker", "age", "--out", "o"), f"o/{name}") for name in MARKER_FILES),
    (("evaluate", "s.csv", "--model", "INPUT", "--out", "o"), "o/evaluation.json"),
    (("evaluate", "s.csv", "--cohort", "INPUT", "--out", "o"), "o/roc.csv"),
    (("models", "--import", "INPUT", "--out", "m.json"), "m.json"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("arguments", "written"), CASES)
def test_what_is_read_is_never_written_over(ovcfrisk, tmp_path, monkeypatch, arguments, written, way):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o").mkdir()
    (tmp_path / written).write_text("mine")
    if "INPUT" not in arguments:
        return look_at_voxels_beside(ovcfrisk, tmp_path, arguments, written)
    given = {
        "name": written,
        "spelling": f"o/../{written}",
        "symbolic link": "given",
        "hard link": "given",
        "folder link": f"here/{written}",
    }[way]
    if way == "symbolic link":
        Path("given").symlink_to(written)
    elif way == "hard link":
        os.link(written, "given")
    elif way == "folder link":
        Path("here").symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    code, _, errors = ovcfrisk(*(given if argument == "INPUT" else argument for argument in arguments))
    assert code == 2
    assert "expected a file of its own to write" in errors
    assert "would be lost; give another name or folder" in errors
    assert (tmp_path / written).read_text() == "mine"
    assert sorted(tmp_path.rglob("*")) == before


def look_at_voxels_beside(ovcfrisk, folder, arguments, written):
    """The file of voxels that a header names is read too."""
    header = "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 5 7\nencoding: raw\nspacings: 1 1 1\n"
    if arguments[1].endswith("mhd"):
        header = "NDims = 3\nDimSize = 4 5 7\nElementSpacing = 1 1 1\nElementType = MET_SHORT\n"
    name = "ElementDataFile = " if arguments[1].endswith("mhd") else "data file: "
    (folder / arguments[1]).write_text(f"{header}{name}{written}\n")
    code, _, errors = ovcfrisk(*arguments)
    assert code == 2
    assert "expected a file of its own to write" in errors
    assert (folder / written).read_text() == "mine"


def test_slices_of_a_folder_are_kept_and_what_lies_beside_them_is_not(
    ovcfrisk, tmp_path, small_phantom_ct, dicom_factory
):
    paths = dicom_factory.write_series(tmp_path / "series", small_phantom_ct, name="IM{:04d}.nii".format)
    before = paths[3].read_bytes()
    code, _, errors = ovcfrisk("segment", str(tmp_path / "series"), "--points", POINTS, "--out", str(paths[3]))
    assert code == 2
    assert "expected a file of its own to write" in errors
    assert paths[3].read_bytes() == before
    (tmp_path / "series" / "labels.nii").write_text("of an earlier run")
    out = str(tmp_path / "series" / "labels.nii")
    _, _, errors = ovcfrisk("segment", str(tmp_path / "series"), "--points", POINTS, "--out", out)
    assert "file of its own" not in errors


@pytest.fixture
def small_phantom_ct():
    image = sitk.Image(8, 8, 6, sitk.sitkInt16)
    image.SetSpacing((1.0, 1.0, 2.0))
    return image - 500


def test_the_other_file_of_a_pair_is_kept(tmp_path):
    (tmp_path / "ct.hdr").write_text("")
    (tmp_path / "ct.img").write_text("")
    given = make_parser().parse_args(["segment", str(tmp_path / "ct.hdr"), "--points", POINTS, "--out", "x.nii"])
    assert {file.path.name for file in read_by(given)} == {"ct.hdr", "ct.img"}


def test_every_command_says_what_it_writes():
    assert set(WRITTEN) == set(COMMANDS)


@pytest.mark.parametrize("command", ["score", "labels", "segment", "features", "robustness", "batch", "manifest"])
def test_what_a_command_is_said_to_write_is_what_it_writes(tmp_path, monkeypatch, phantom, command):
    ct, points, labels, out = (tmp_path / name for name in ("ct.nii", "p.mrk.json", "l.nii.gz", "out"))
    sitk.WriteImage(phantom.ct, str(ct))
    sitk.WriteImage(phantom.labels, str(labels))
    write_points(phantom.points, points)
    (tmp_path / "m.csv").write_text("case_id,ct,labels\na,ct.nii,l.nii.gz\n")
    (tmp_path / "tree").mkdir()
    for file in (ct, points):
        shutil.copy(file, tmp_path / "tree" / file.name)
    given = {
        "score": ["score", ct, "--points", points, "--out", out, "--fhir"],
        "labels": ["score", ct, "--labels", labels, "--out", out],
        "segment": ["segment", ct, "--points", points, "--out", tmp_path / "new.nii.gz"],
        "features": ["features", ct, labels, "--out", tmp_path / "f.csv"],
        "robustness": ["robustness", ct, "--points", points, "--repeats", "2", "--out", out],
        "batch": ["batch", tmp_path / "m.csv", "--out", out, "--workers", "0", "--quiet", "--features"],
        "manifest": ["manifest", tmp_path / "tree"],
    }[command]
    arguments = [str(argument) for argument in given]
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert main(arguments) in (0, 1)
    after = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    said = {path.resolve() for path in written_by(make_parser().parse_args(arguments))}
    own = {path for path in after if "records" not in path.parts and path.name != ".lock"}  # the batch's own
    assert own
    assert {path.resolve() for path in own} <= said


def test_a_report_of_a_batch_does_not_replace_the_labels_of_its_case(tmp_path, phantom, ovcfrisk):
    """Labels that were corrected in the folder of an earlier report."""
    sitk.WriteImage(phantom.ct, str(tmp_path / "ct.nii"))
    labels = tmp_path / "out" / "reports" / "a" / "labels.nii.gz"
    labels.parent.mkdir(parents=True)
    sitk.WriteImage(phantom.labels, str(labels))
    shutil.copy(labels, tmp_path / "copy.nii.gz")
    (labels.parent / "report.html").write_text("ovcfrisk")
    (tmp_path / "m.csv").write_text("case_id,ct,labels\na,ct.nii,out/reports/a/labels.nii.gz\n")
    code, _, _ = ovcfrisk(
        "batch", str(tmp_path / "m.csv"), "--out", str(tmp_path / "out"), "--workers", "0", "--reports"
    )
    assert code == 1
    assert labels.read_bytes() == (tmp_path / "copy.nii.gz").read_bytes()
    assert "would be lost" in (tmp_path / "out" / "cases.csv").read_text()


def test_all_writers_of_the_library_ask_at_the_door():
    """Nothing is moved into its place but by the two functions that look whether it is read."""
    root = Path(files.__file__).parent
    movers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if any(
            word in path.read_text(encoding="utf-8") for word in (".replace(path)", ".rename(target)", "os.replace(")
        )
    }
    assert movers == {Path(module.__file__).relative_to(root).as_posix() for module in (files, file_set)}
