"""Texts of headers in their character set: examples of DICOM PS3.5, annexes H to K, and what is refused."""

import pytest

from OVCFRiskLib.ct import read_identity
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.character_sets import codecs_of, decoded, in_character_set, is_readable

EXAMPLES = [
    (None, b"Doe^Jane", "Doe^Jane"),
    ("ISO_IR 100", b"\xc4neas^R\xfcdiger", "Äneas^Rüdiger"),
    ("ISO_IR 101", b"W\xb3ok", "Włok"),
    ("ISO_IR 144", b"\xbb\xee\xda", "Люк"),
    ("ISO_IR 126", b"\xc4\xe9\xef", "Διο"),
    ("ISO_IR 192", "Wang^王^小東".encode(), "Wang^王^小東"),
    ("GB18030", "王^小东".encode("gb18030"), "王^小东"),
    # H.3.1 and H.3.2: Japanese; the hyphen in $B^ must not end a component
    (
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    (
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    ),
    # I.2: Korean
    (
        "\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    # K.2: Chinese
    ("\\ISO 2022 IR 58", b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", "Zhang^XiaoDong=张^小东="),
    # the escape sequence is often left out
    ("\\ISO 2022 IR 100", b"M\xfcller", "Müller"),
    ("ISO_2022_IR_6\\ISO_2022_IR_100", b"M\x1b-A\xfcller", "Müller"),
]


@pytest.mark.parametrize(("term", "stored", "text"), EXAMPLES)
def test_examples_of_the_standard(term, stored, text):
    assert decoded(stored, codecs_of(term)) == text


def test_unknown_terms_and_wrong_bytes_are_refused():
    with pytest.raises(OVCFRiskError, match="'LATIN-9' of the DICOM header is none of the standard"):
        codecs_of("LATIN-9")
    with pytest.raises(OVCFRiskError, match="not in the character set that it names"):
        decoded(b"M\xfcller", codecs_of("ISO_IR 192"))


def test_what_no_set_explains_keeps_its_bytes_so_that_two_patients_stay_two():
    raw = ["M\udcfcller", "M\udcf6ller"]
    kept = [in_character_set({"PatientID": text})["PatientID"] for text in raw]
    assert kept == raw
    assert not any(map(is_readable, kept))


@pytest.mark.parametrize(
    ("term", "patient_id"),
    [("ISO_IR 100", "Müller-é"), ("ISO_IR 192", "王-7"), ("\\ISO 2022 IR 87", "山田"), ("ISO_IR 144", "Люк")],
)
def test_the_patient_id_of_a_series_is_read_as_it_is_meant(dicom_factory, small_ct, tmp_path, term, patient_id):
    names = term.split("\\") if "\\" in term else term
    dicom_factory.write_series(tmp_path, small_ct, SpecificCharacterSet=names, PatientID=patient_id)
    assert read_identity(tmp_path).patient_id == patient_id


def test_an_unreadable_patient_id_is_refused(dicom_factory, small_ct, tmp_path):
    dicom_factory.write_series(tmp_path, small_ct, SpecificCharacterSet="ISO_IR 100", PatientID="Müller")
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"ISO_IR 192"))
    with pytest.raises(OVCFRiskError, match=r"patient ID .* not in the character set .*ISO_IR 192.*cannot be written"):
        read_identity(tmp_path)
