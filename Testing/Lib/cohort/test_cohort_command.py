"""`ovcfrisk cohort`: files, figures and refusals; the real tables over a tree of empty files."""

import csv
import json
from xml.etree import ElementTree

import pytest

from OVCFRiskLib.cli import main
from OVCFRiskLib.cohort.verse_tables import read_verse_tables


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_tree_becomes_a_manifest_and_a_cohort(small_verse, make_tree, make_rows, tmp_path, capsys):
    grades, people = small_verse()
    root, out = make_tree(tmp_path / "VerSe", make_rows.grade_rows()), tmp_path / "study" / "out"
    assert (
        main(["cohort", "verse", str(root), "--grades", str(grades), "--people", str(people), "--out", str(out)]) == 0
    )
    printed = capsys.readouterr().out
    assert "OVCF: 5 bodies, 3 patients" in printed
    manifest = rows_of(out / "manifest.csv")
    assert {row["patient_id"] for row in manifest} == {f"sub-verse{n:03d}" for n in (4, 5, 6, 10, 401)}
    for row in manifest:
        assert (out / row["ct"]).is_file()
        assert (out / row["labels"]).name.endswith("_seg-vert_msk.nii.gz")
    bodies = rows_of(out / "cohort.csv")
    assert len(bodies) == 13
    assert {row["grade"] for row in bodies} == {"0"}
    first = {
        key: bodies[0][key] for key in ("patient_id", "level", "group", "age", "sex", "t_score", "vbmd", "contrast")
    }
    assert first == {
        "patient_id": "sub-verse004",
        "level": "L1",
        "group": "NF",
        "age": "70.0",
        "sex": "F",
        "t_score": "-2.0",
        "vbmd": "90.0",
        "contrast": "none",
    }
    assert len(rows_of(out / "patients.csv")) == 5
    assert (out / "flow.txt").read_text() in printed
    drawing = ElementTree.parse(out / "flow.svg").getroot()
    texts = "".join(text for text in drawing.itertext())
    assert "men: 1 patient, 1 series" in texts
    assert "8 bodies, 2 patients" in texts
    description = json.loads((out / "description.json").read_text())
    assert "CC BY-SA 4.0" in description["population"]
    assert "age stands in for menopause" in description["population"]
    assert description["contrast"] is True


def test_series_that_are_not_on_disk_are_a_step_of_the_flow(small_verse, make_tree, make_rows, tmp_path, capsys):
    grades, people = small_verse()
    root = make_tree(tmp_path / "VerSe", [row for row in make_rows.grade_rows() if row["verse_ID"] != 5])
    assert (
        main(
            [
                "cohort",
                "verse",
                str(root),
                "--grades",
                str(grades),
                "--people",
                str(people),
                "--out",
                str(tmp_path / "o"),
            ]
        )
        == 0
    )
    assert "no CT with labels on disk: 1 patient, 1 series" in capsys.readouterr().out


def test_a_tree_without_any_mask_leaves_nobody_and_says_why(small_verse, make_tree, make_rows, tmp_path, capsys):
    grades, people = small_verse()
    root = make_tree(tmp_path / "VerSe", make_rows.grade_rows())
    for mask in (root / "derivatives").rglob("*_seg-vert_msk.nii.gz"):
        mask.unlink()
    out = tmp_path / "o"
    tables = ["--grades", str(grades), "--people", str(people)]
    assert main(["cohort", "verse", str(root), *tables, "--out", str(out)]) == 2
    assert "no CT with labels on disk: 5" in capsys.readouterr().err
    assert not out.exists()


def test_tables_may_change_their_formats(small_verse, make_rows, workbook_writer, tmp_path, capsys):
    # grades as CSV, people as a workbook: spreadsheets are saved both ways
    rows, people = make_rows.grade_rows(), make_rows.people_rows()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(columns), *(",".join(str(row.get(column, "")) for column in columns) for row in rows)]
    (tmp_path / "grades.csv").write_text("\n".join(lines) + "\n")
    workbook_writer(tmp_path / "people.xlsx", tuple(people[0]), people, sheet="people")
    tables = ["--grades", str(tmp_path / "grades.csv"), "--people", str(tmp_path / "people.xlsx")]
    assert main(["cohort", "verse", *tables, "--out", str(tmp_path / "o")]) == 0
    assert "OVCF: 5 bodies, 3 patients" in capsys.readouterr().out


def test_a_tree_that_says_that_it_is_simulated_passes_it_on(small_verse, make_tree, make_rows, tmp_path):
    grades, people = small_verse()
    root = make_tree(tmp_path / "VerSe", make_rows.grade_rows())
    (root / "description.json").write_text('{"is_simulated": true, "population": "phantoms"}')
    main(["cohort", "verse", str(root), "--grades", str(grades), "--people", str(people), "--out", str(tmp_path / "o")])
    description = json.loads((tmp_path / "o" / "description.json").read_text())
    assert (description["is_simulated"], description["population"]) == (True, "phantoms")


def test_a_centre_s_table_takes_the_same_way(tmp_path):
    table = tmp_path / "people.csv"
    table.write_text(
        "patient_id,sex,age,L1_grade,L2_grade,L3_grade,L4_grade\nA,F,66,0,0,0,0\nB,F,71,0,2,0,0\nC,M,60,0,0,0,0\n"
    )
    assert main(["cohort", "table", str(table), "--out", str(tmp_path / "o")]) == 0
    assert [(r["patient_id"], r["level"], r["group"]) for r in rows_of(tmp_path / "o" / "cohort.csv")] == [
        *(("A", level, "NF") for level in ("L1", "L2", "L3", "L4")),
        *(("B", level, "OVCF") for level in ("L1", "L3", "L4")),
    ]
    assert not (tmp_path / "o" / "manifest.csv").exists()


@pytest.mark.parametrize("fault", ["grade", "people", "mask", "table"])
def test_bad_input_writes_nothing(small_verse, make_tree, make_rows, tmp_path, capsys, fault):
    rows, people = make_rows.grade_rows(), make_rows.people_rows()
    if fault == "grade":
        rows[0]["L1_fx-g"] = "?"
    if fault == "people":
        people.pop()
    root = make_tree(tmp_path / "VerSe", make_rows.grade_rows())
    if fault == "mask":
        (root / "rawdata" / "sub-verse004" / "sub-verse004_ct.nii.gz").unlink()
    grades, persons = small_verse(rows, people)
    if fault == "table":
        grades.write_bytes(b"PK\x03\x04 no workbook")
    out = tmp_path / "out"
    assert (
        main(["cohort", "verse", str(root), "--grades", str(grades), "--people", str(persons), "--out", str(out)]) == 2
    )
    assert "error: " in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ((120, 48), (73, 20))),
        (["--no-contrast"], ((97, 40), (42, 12))),
        (["--finest", "2"], ((111, 44), (61, 17))),
        (["--finest", "1"], ((52, 21), (45, 12))),
    ],
)
def test_the_real_tables_over_a_tree_of_empty_files(verse_tables, make_tree, tmp_path, options, expected):
    grades, people = verse_tables
    numbers = [(int(i.case_id[5:]), int(i.patient_id[9:])) for i in read_verse_tables(grades, people)]
    rows = [{"verse_ID": series, "subject_ID": subject} for series, subject in numbers]
    root, out = make_tree(tmp_path / "VerSe", rows), tmp_path / "out"
    arguments = ["cohort", "verse", str(root), "--grades", str(grades), "--people", str(people), "--out", str(out)]
    assert main([*arguments, *options]) == 0
    bodies = rows_of(out / "cohort.csv")
    found = []
    for group in ("OVCF", "NF"):
        members = [row for row in bodies if row["group"] == group]
        assert len({(row["patient_id"], row["level"]) for row in members}) == len(members)
        found.append((len(members), len({row["patient_id"] for row in members})))
    assert tuple(found) == expected
    assert {row["case_id"] for row in rows_of(out / "manifest.csv")} == {row["case_id"] for row in bodies}
