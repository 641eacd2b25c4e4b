"""Workbooks read with Python's own library: inline, shared and rich text, numbers, and what is no workbook."""

import zipfile

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.workbook import read_workbook

SPREADSHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SHEET_LIST = (
    f'<workbook {SPREADSHEET} {RELATIONS}><sheets><sheet name="people" sheetId="1" r:id="r1"/></sheets></workbook>'
)
TARGETS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="{}"/></Relationships>'
)
SHARED = f"<sst {SPREADSHEET}><si><t>name</t></si><si><r><t>Ja</t></r><r><t>ne</t></r><rPh><t>no</t></rPh></si></sst>"
ROWS = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>age</t></is></c><c r="XFD1"/></row>'
    '<row r="2"/>'
    '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4"><v>41.719999999999999</v></c></row>'
    '<row r="5"><c r="A5" t="str"><f>A4</f><v>June</v></c><c r="B5"><v>12.0</v></c></row>'
)


@pytest.fixture
def write(tmp_path):
    """Write a workbook of these parts and give its path."""

    def write_parts(rows=ROWS, target="worksheets/sheet1.xml", shared=SHARED):
        path = tmp_path / "book.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/workbook.xml", SHEET_LIST)
            archive.writestr("xl/_rels/workbook.xml.rels", TARGETS.format(target))
            archive.writestr("xl/sharedStrings.xml", shared)
            sheet = f"<worksheet {SPREADSHEET}><sheetData>{rows}</sheetData></worksheet>"
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
        return path

    return write_parts


@pytest.mark.parametrize("target", ["worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml"])
def test_text_of_every_kind_and_numbers_as_typed(write, target):
    table = read_workbook(write(target=target), ("name", "age"))
    assert table.columns == ("name", "age")
    assert table.rows == (("Jane", "41.72"), ("June", "12"))
    assert table.lines == (4, 5)
    assert table.place(4, "age") == "book.xlsx, sheet 'people', row 4, column 'age'"


@pytest.mark.parametrize(
    ("parts", "columns", "message"),
    [
        ({}, ("name", "sex"), r"is not the expected table: sheet 'people' lacks column 'sex'"),
        ({"rows": ROWS.split('<row r="2"/>')[0]}, ("name",), "holds no rows below its header"),
        ({"rows": ROWS.replace(">age<", ">name<")}, ("name",), "column 'name' is repeated"),
        ({"shared": "<sst"}, ("name",), "is not an Excel workbook"),
        ({"shared": '<!DOCTYPE x [<!ENTITY a "b">]><sst/>'}, ("name",), "declares a document type"),
        ({"target": "worksheets/absent.xml"}, ("name",), "is not an Excel workbook"),
        ({"rows": ROWS.replace("<v>1</v>", "<v>99</v>")}, ("name",), "is not an Excel workbook"),
    ],
)
def test_what_is_not_the_table_is_refused(write, parts, columns, message):
    with pytest.raises(OVCFRiskError, match=message):
        read_workbook(write(**parts), columns)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(OVCFRiskError, match="cannot be read"):
        read_workbook(tmp_path / "absent.xlsx", ("a",))
    text = tmp_path / "text.xlsx"
    text.write_text("a,b\n1,2\n")
    with pytest.raises(OVCFRiskError, match=r"'text.xlsx' is not an Excel workbook"):
        read_workbook(text, ("a",))


def test_a_part_that_unpacks_to_far_too_much_is_refused(write):
    path = write()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (65 * 2**20))
    broken = path.with_name("large.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, TARGETS.format("worksheets/sheet2.xml") if name.endswith(".rels") else content)
    with pytest.raises(OVCFRiskError, match="larger than 64 MB"):
        read_workbook(broken, ("name",))
