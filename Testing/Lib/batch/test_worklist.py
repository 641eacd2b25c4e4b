"""What of a batch needs a look first."""

import pytest

from OVCFRiskLib.batch.batch_numbers import LOOKS_KEPT, count_batch
from OVCFRiskLib.batch.batch_summary import write_batch_summary
from OVCFRiskLib.batch.run import BatchOptions, run_batch
from OVCFRiskLib.batch.worklist import LOOK_COLUMNS, Look, first_looks, look_at


def level(name, index=0.4, category="lower risk", **cells):
    return {"level": name, "status": "scored", "risk_index": index, "category": category, "checks": "", **cells}


def fractured(name, loss):
    row = {"status": "not scored", "category": "", "risk_index": None, "reason_codes": "height_loss"}
    return level(name, **row, height_loss=loss, genant_grade=2, deformity="wedge")


def test_a_suspected_fracture_comes_before_everything():
    look = look_at([level("L1", 0.9, "higher risk"), fractured("L2", 0.32), level("L3", checks="leak")], False)
    assert look.look is Look.FRACTURE
    assert look.fractures == ("L2: wedge, grade 2, height loss 32%",)
    assert (look.highest_index, look.highest_level, look.category) == (0.9, "L1", "higher risk")
    assert look.doubts == ("L3: leak",)


def test_a_fracture_that_thick_slices_leave_open_counts():
    assert look_at([level("L1", checks="slice_thickness | height_loss", height_loss=0.24)], False).look is Look.FRACTURE


def test_the_highest_index_is_that_of_the_levels_inside_the_model():
    look = look_at([level("L1", 0.95, "outside the model"), level("L2", 0.55, "indeterminate")], False)
    assert (look.look, look.highest_index, look.highest_level) == (Look.NOTHING, 0.55, "L2")
    alone = look_at([level("L1", 0.95, "outside the model")], False)
    assert (alone.look, alone.highest_index, alone.category) == (Look.OUTSIDE_MODEL, None, "outside the model")


@pytest.mark.parametrize(
    ("rows", "is_failed", "look"),
    [
        ([level("L1", 0.7, "higher risk", checks="leak")], False, Look.HIGHER_RISK),
        ([level("L1", checks="leak | leak | slice_thickness")], False, Look.DOUBTFUL_MASK),
        ([], True, Look.FAILED),
        ([level("L1", None, "", status="not scored")], False, Look.NOT_SCORED),
        ([level("L1")], False, Look.NOTHING),
    ],
)
def test_each_reason(rows, is_failed, look):
    assert look_at(rows, is_failed).look is look


def case_row(case_id, rows, is_failed=False, report=None):
    return {"case_id": case_id, "error": "broken" if is_failed else "", **look_at(rows, is_failed).cells(report)}


def test_cases_in_the_order_of_looking():
    rows = [
        case_row("quiet", [level("L1")]),
        case_row("failed", [], True),
        case_row("high", [level("L1", 0.8, "higher risk")]),
        case_row("higher", [level("L1", 0.9, "higher risk")]),
        case_row("mask", [level("L1", checks="leak")]),
        case_row("mild fracture", [fractured("L1", 0.26)]),
        case_row("severe fracture", [fractured("L1", 0.45)]),
    ]
    assert [row["case_id"] for row in first_looks(rows, 99)] == [
        *("severe fracture", "mild fracture", "higher", "high", "mask", "failed")
    ]
    numbers = count_batch([], rows)
    assert numbers.look_count == 6
    assert [row["case_id"] for row in numbers.looks][:2] == ["severe fracture", "mild fracture"]


def test_a_crushed_body_that_was_not_measured_has_no_loss_and_comes_first():
    crushed = fractured("L2", None) | {"genant_grade": None, "deformity": ""}
    assert look_at([crushed], False).fractures == ("L2: crushed: see the reason",)
    rows = [
        case_row("severe", [fractured("L1", 0.45)]),
        case_row("crushed", [crushed]),
        case_row("both", [crushed, fractured("L3", 0.26)]),
    ]
    assert [row["fracture_height_loss"] for row in rows] == [0.45, None, 0.26]
    assert [row["case_id"] for row in first_looks(rows, 99)] == ["both", "crushed", "severe"]


def test_a_long_list_keeps_its_first_rows_and_counts_all():
    rows = [case_row(f"c{n:04}", [level("L1", n / 1000, "higher risk")]) for n in range(1000)]
    numbers = count_batch([], rows)
    assert numbers.look_count == 1000
    assert [row["case_id"] for row in numbers.looks] == [f"c{n:04}" for n in range(999, 999 - LOOKS_KEPT, -1)]


def test_the_page_links_each_case_to_its_report(tmp_path):
    rows = [case_row("a <b>", [fractured("L1", 0.4)], report="reports/a b-0123")]
    page = write_batch_summary([], rows, tmp_path).read_text(encoding="utf-8")
    assert '<a href="reports/a%20b-0123/report.html">a &lt;b&gt;</a>' in page
    assert "L1: wedge, grade 2, height loss 40%" in page
    assert "1 case needs a look." in page
    assert 'content="width=device-width' in page


def test_cases_csv_says_what_to_look_at_and_where_the_report_lies(make_manifest, tmp_path, read_rows):
    out = tmp_path / "out"
    manifest = make_manifest(["Case 1"], ("bad", "absent", "x", "", ""))
    run_batch(manifest, out, BatchOptions(workers=0, with_reports=True))
    first, bad = read_rows(out / "cases.csv")
    assert set(LOOK_COLUMNS) <= set(first)
    assert (out / first["report_folder"] / "report.html").is_file()
    scored = [row for row in read_rows(out / "scores.csv") if row["case_id"] == "Case 1" and row["risk_index"]]
    inside = [row for row in scored if row["category"] != "outside the model"]
    highest = max((float(row["risk_index"]) for row in inside), default=None)
    written = first["highest_risk_index"]
    assert (float(written) if written else None) == pytest.approx(highest, abs=1e-4)
    assert (bad["look_first"], bad["report_folder"]) == ("failed", "")
