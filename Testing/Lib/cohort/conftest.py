"""Small tables in VerSe's manner, as workbooks with inline strings, and trees of empty files named like VerSe's."""

import sys
import zipfile
from xml.sax.saxutils import escape

import pytest

LEVELS = (*(f"T{n}" for n in range(1, 13)), *(f"L{n}" for n in range(1, 7)))
FIXED = ("verse_ID", "subject_ID", "age_ct", "Res", "BMD", "DXA T-value")
GRADE_COLUMNS = (*FIXED, *(f"{level}_fx-g" for level in LEVELS), *(f"{level}_fx-s" for level in LEVELS))
PEOPLE_COLUMNS = ("verse_ID", "subject_ID", "Contrast Enhancement", "Sex", "Phantomless Calibration vBMD [mg/cc]")
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def letters(number):
    """Column letters of a 0-based number."""
    return (letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def write_workbook(path, columns, rows, sheet="VerSe_dataset"):
    """A workbook with one sheet: numbers as numbers, text as inline strings."""

    def cell(place, value):
        if isinstance(value, int | float):
            return f'<c r="{place}"><v>{value!r}</v></c>'
        return (
            f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>' if value else f'<c r="{place}"/>'
        )

    table = [dict(zip(columns, columns, strict=True)), *rows]
    lines = [
        f'<row r="{number}">'
        + "".join(cell(f"{letters(i)}{number}", row.get(column, "")) for i, column in enumerate(columns))
        + "</row>"
        for number, row in enumerate(table, start=1)
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}"><sheets>'
            f'<sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
        )
    return path


def grade_row(series, subject=None, age=70.0, resolution=1, bmd=100.0, t_score=-2.0, **grades):
    """A row of the grade table; ``L1=0`` or ``T12=2`` grade a vertebra, its shape follows."""
    row = {"verse_ID": series, "subject_ID": subject or series, "age_ct": age, "Res": resolution, "BMD": bmd}
    row["DXA T-value"] = "n/a" if t_score is None else t_score
    for level, grade in grades.items():
        row[f"{level}_fx-g"] = grade
        row[f"{level}_fx-s"] = "x" if grade == "x" else min(int(grade), 1)
    return row


def person_row(series, subject=None, sex="F", contrast="ce-no", vbmd=90.0):
    """A row of the people table."""
    return dict(zip(PEOPLE_COLUMNS, (series, subject or series, contrast, sex, vbmd), strict=True))


def grade_rows():
    """A cohort in which every rule has something to exclude."""
    whole = {"L1": 0, "L2": 0, "L3": 0, "L4": 0}
    return [
        grade_row(4, T12=0, **whole),  # NF, 4 bodies
        grade_row(5, T11=2, L1=0, L2=1, L3=0),  # OVCF, 2 bodies
        grade_row(6, L1="x", L2=0, L3=0, T9=3),  # OVCF, 2 bodies
        grade_row(7, **whole),  # a man
        grade_row(8, age=41.0, **whole),  # too young
        grade_row(9),  # nothing graded
        grade_row(201, 401, resolution=3, L1=0, L2=0, L3=0),  # NF in two series: L3 in both
        grade_row(202, 401, resolution=1, L3=0, L4=0),
        grade_row(10, T10=1, L1=0, bmd=0, t_score=None),  # OVCF of grade 1, contrast
    ]


def people_rows():
    """Who they are."""
    men, contrast = {7}, {10: "ce-pv"}
    return [
        person_row(
            row["verse_ID"],
            row["subject_ID"],
            "M" if row["verse_ID"] in men else "F",
            contrast.get(row["verse_ID"], "ce-no"),
        )
        for row in grade_rows()
    ]


def write_people(path, rows):
    """The people table, numbers as pandas writes them (12.0)."""
    lines = [",".join(PEOPLE_COLUMNS)]
    lines += [",".join(f"{v:.1f}" if isinstance(v, int | float) else str(v) for v in row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def touch(path):
    """An empty file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def verse_tree(root, rows, layout="subjects"):
    """Empty files named like VerSe's for the rows of a grade table."""
    for row in rows:
        series, subject = row["verse_ID"], row["subject_ID"]
        name = f"sub-verse{subject:03d}" + ("" if subject == series else f"_split-verse{series:03d}")
        if layout == "challenge":
            touch(root / "train" / f"verse{series:03d}.nii.gz")
            touch(root / "train" / f"verse{series:03d}_seg.nii.gz")
            continue
        direction = "_dir-ax" if layout == "directions" else ""
        touch(root / "rawdata" / f"sub-verse{subject:03d}" / f"{name}{direction}_ct.nii.gz")
        folder = root / "derivatives" / f"sub-verse{subject:03d}"
        touch(folder / f"{name}{direction}_seg-vert_msk.nii.gz")
        touch(folder / f"{name}{direction}_seg-subreg_msk.nii.gz")
    return root


@pytest.fixture
def small_verse(tmp_path):
    """Function that writes both tables (rows may be changed) and gives their paths."""

    def write(grades=None, people=None):
        return (
            write_workbook(tmp_path / "grades.xlsx", GRADE_COLUMNS, grade_rows() if grades is None else grades),
            write_people(tmp_path / "people.csv", people_rows() if people is None else people),
        )

    return write


@pytest.fixture
def make_tree():
    """The function `verse_tree`."""
    return verse_tree


@pytest.fixture(scope="session")
def verse_factory():
    """This module: rows and writers, for fixtures of a wider scope."""
    return sys.modules[__name__]


@pytest.fixture
def workbook_writer():
    """The function `write_workbook`."""
    return write_workbook


class Rows:
    """Functions that make rows, for tests that change them."""

    grade_rows = staticmethod(grade_rows)
    people_rows = staticmethod(people_rows)


@pytest.fixture
def make_rows():
    """`Rows`."""
    return Rows
