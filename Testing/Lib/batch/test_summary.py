"""summary.html and the numbers behind it."""

from OVCFRiskLib.batch.batch_numbers import MIN_BODIES_FOR_OUTLIERS, count_batch
from OVCFRiskLib.batch.batch_summary import write_batch_summary


def score_row(case_id, level, volume=30.0, risk=0.4, **cells):
    """A scored level."""
    return {
        "case_id": case_id, "level": level, "status": "scored", "category": "lower risk", "risk_index": str(risk),
        "volume_ml": str(volume), "model_id": "m", "model_sha256": "0" * 64, "model_status": "demonstration",
        **cells,
    }  # fmt: skip


def case_row(case_id, seconds="1.5", error=""):
    """A case."""
    return {"case_id": case_id, "status": "failed" if error else "scored", "seconds": seconds, "error": error}


def test_counts_scored_failed_and_why_not():
    scores = [
        score_row("a", "L1"),
        score_row("a", "L2", status="not scored", category="", reason="mask has 12 voxels", reason_codes="too_small"),
        score_row("b", "L2", status="not scored", category="", reason="mask has 34 voxels", reason_codes="too_small"),
    ]
    errors = ("'/x/1.nii' does not exist", "'/x/2.nii' does not exist")
    numbers = count_batch(scores, [case_row("a"), *(case_row(e, "", e) for e in errors)])
    assert (numbers.cases, numbers.failed, numbers.scored, numbers.levels) == (3, 2, 1, 3)
    (reason,) = numbers.reasons.values()
    assert (reason.sentence, reason.count, reason.examples) == ("too small", 2, ["a", "b"])
    (error,) = numbers.errors.values()
    assert (error.count, error.examples) == (2, list(errors))
    assert numbers.seconds == [("a", 1.5)]


def test_scores_outside_the_model_are_counted_but_drawn_and_averaged_nowhere():
    rows = [score_row("a", "L1", risk=0.2), score_row("b", "L1", risk=0.9, category="outside the model", r_score="1")]
    numbers = count_batch(rows, [])
    assert numbers.values["L1", "risk_index"] == [0.2]
    assert ("L1", "r_score") not in numbers.values
    assert numbers.values["L1", "volume_ml"] == [30.0, 30.0]
    assert numbers.categories["L1", "outside the model"] == 1


def test_a_volume_far_from_the_others_is_suspicious():
    volumes = [30 + 0.1 * n for n in range(12)]
    rows = [score_row(f"c{n}", "L3", volume) for n, volume in enumerate(volumes)]
    numbers = count_batch([*rows, score_row("leaked", "L3", 55.0)], [])
    assert [case for case, _ in numbers.suspicious()] == ["leaked"]
    assert not count_batch(rows, []).suspicious()


def test_a_batch_with_few_bodies_has_no_spread():
    rows = [score_row(f"c{n}", "L3", 30 + 0.1 * n) for n in range(MIN_BODIES_FOR_OUTLIERS - 2)]
    leaked = score_row("leaked", "L3", 55.0)
    assert not count_batch([*rows, leaked], []).suspicious()
    enough = count_batch([*rows, score_row("one more", "L3", 30.2), leaked], [])
    assert [case for case, _ in enough.suspicious()] == ["leaked"]


def test_a_check_that_speaks_twice_of_a_level_counts_one_level():
    numbers = count_batch([score_row("a", "L1", checks="leak | leak | pixel_spacing")], [])
    assert {name: group.count for name, group in numbers.checks.items()} == {"leak": 1, "pixel_spacing": 1}
    assert numbers.suspicious() == [("a", [("L1", "leak (2 times)", 2.0)])]


def test_the_page_escapes_and_shows_the_thumbnail(tmp_path):
    case = "<script>alert(1)</script>"
    rows = [score_row(case, "L1", checks="leak | slice_thickness")]
    asked = []

    class Pictures(dict):
        def get(self, name, default=None):
            asked.append(name)
            return b"\x89PNG"

    path = write_batch_summary(rows, [case_row(case)], tmp_path, Pictures())
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert asked == [case]
    assert "data:image/png;base64,iVBORw==" in page
    assert "not a medical device" in page
    before = path.read_bytes()
    assert write_batch_summary(rows, [case_row(case)], tmp_path, Pictures()).read_bytes() == before
