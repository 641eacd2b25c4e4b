"""Voxels of images are looked at by one function, which no filter of another thread can move them under."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_views_are_made_by_array_view_alone():
    makers = [
        path.relative_to(REPOSITORY).as_posix()
        for folder in ("OVCFRisk", "OVCFRiskLib")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        if "sitk.GetArrayViewFromImage" in path.read_text(encoding="utf-8")
    ]
    assert makers == ["OVCFRiskLib/geometry.py"]
