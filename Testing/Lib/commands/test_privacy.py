"""Nothing leaves the machine, nothing names the patient unasked, headers cannot write into the page."""

import io
import re
import socket
import subprocess
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout

import pytest

from OVCFRiskLib.cli import main

NAME, PATIENT_ID, BIRTH = "DOE^JANE<script>alert(1)</script>", "ID-4711-SECRET", "19501224"
STUDY = "2.25.77.0.1"
KERNEL = "<img src=x onerror=alert(2)>"
# "^" is no letter of base64, in which the page holds its pictures
FORBIDDEN = ("DOE^", PATIENT_ID, BIRTH)


@pytest.fixture(scope="module")
def series(phantom, dicom_factory, tmp_path_factory):
    """The phantom as a DICOM series of a named person, with hostile text in its headers."""
    folder = tmp_path_factory.mktemp("dicom")
    named = {"PatientName": NAME, "PatientID": PATIENT_ID, "PatientBirthDate": BIRTH, "PatientAge": "070Y"}
    # too long for its value representation, as hostile text is: written as it stands
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dicom_factory.write_series(folder, phantom.ct, StudyInstanceUID=STUDY, ConvolutionKernel=KERNEL, **named)
    return folder


def refuse_network(patch):
    """Any attempt to reach the network fails."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("network access")

    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        patch.setattr(socket, name, refuse)


def run(series, files, out, *flags):
    """Score the series with the network closed; (contents of the text files, what was printed)."""
    printed = io.StringIO()
    points = files / "points.mrk.json"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(printed):
        refuse_network(patch)
        code = main(["score", str(series), "--points", str(points), "--fhir", "--out", str(out), *flags])
    assert code in (0, 1), printed.getvalue()
    texts = {p.name: p.read_text(encoding="utf-8") for p in out.iterdir() if p.suffix in (".csv", ".json", ".html")}
    return texts, printed.getvalue()


@pytest.fixture(scope="module")
def plain(series, files, tmp_path_factory):
    """A run that was not asked to name anybody: folder, contents of the text files, what was printed."""
    out = tmp_path_factory.mktemp("plain")
    return (out, *run(series, files, out))


@pytest.fixture(scope="module")
def named(series, files, tmp_path_factory):
    """A run that was asked for the patient's id and for DICOM objects."""
    out = tmp_path_factory.mktemp("named")
    return (out, *run(series, files, out, "--include-patient-id", "--dicom"))


def test_whole_workflow_without_network_names_nobody(plain):
    out, texts, printed = plain
    assert {"scores.csv", "assessment.json", "report.html", "observations.json"} <= set(texts)
    for word in FORBIDDEN:
        assert word not in printed
        assert not [name for name, text in texts.items() if word in text]
    assert not [path.name for path in out.iterdir() if PATIENT_ID.encode() in path.read_bytes()]


def test_the_patient_id_is_written_only_when_asked(named):
    _, texts, _ = named
    assert PATIENT_ID in texts["report.html"]
    assert PATIENT_ID in texts["observations.json"]
    assert not [name for name, text in texts.items() if "DOE^" in text or BIRTH in text]


def test_header_text_is_escaped_in_the_page(plain):
    page = plain[1]["report.html"]
    assert "onerror=alert(2)" in page  # the kernel is shown ...
    assert "<img src=x" not in page  # ... as text
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page)


def test_dicom_objects_carry_the_patient_and_refer_to_the_ct(named):
    import pydicom

    out, _, printed = named
    assert "segmentation.dcm" in printed
    for name in ("segmentation.dcm", "measurements.dcm"):
        dataset = pydicom.dcmread(out / name)
        assert dataset.PatientID == PATIENT_ID
        assert dataset.StudyInstanceUID == STUDY


def test_dicom_of_a_ct_that_is_no_dicom_is_refused_before_the_work(ovcfrisk, files, tmp_path):
    out = tmp_path / "out"
    code, _, errors = ovcfrisk(
        "score", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--dicom", "--out", out
    )
    assert code == 2
    assert "DICOM series" in errors
    assert not out.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="umask of POSIX")
def test_files_have_the_users_umask(files, tmp_path):
    command = [sys.executable, "-m", "OVCFRiskLib", "segment", str(files / "ct.nii.gz"), "--points"]
    out = tmp_path / "labels.nii.gz"
    done = subprocess.run(
        ["sh", "-c", 'umask 027; exec "$@"', "sh", *command, str(files / "points.mrk.json"), "--out", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert out.stat().st_mode & 0o777 == 0o640
