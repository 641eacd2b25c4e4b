"""The compliance table of Docs/ibsi.md: our features against IBSI 1's consensus values.

``python Testing/Benchmarks/ibsi.py REFERENCE_VALUES.csv [CT_PHANTOM]`` prints the table. REFERENCE_VALUES.csv is that
of github.com/theibsi/ibsi-doc (CC BY 4.0); CT_PHANTOM is ``ibsi_1_ct_radiomics_phantom`` of
github.com/theibsi/data_sets, whose licence is non-commercial and which therefore is not part of this repository.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.radiomics import ExtractionSettings, extract_features

DIGITAL_PHANTOM = Path(__file__).parents[1] / "Lib" / "radiomics" / "data" / "ibsi_digital_phantom.json"
# Our features with IBSI's code and aggregation; the diameter within slices is pyradiomics' own, IBSI has none.
CODES = {
    "original_firstorder_10Percentile": ("QG58", ""),
    "original_firstorder_Median": ("Y12H", ""),
    "original_firstorder_Energy": ("N8CA", ""),
    "original_gldm_LargeDependenceHighGrayLevelEmphasis": ("9QMG", "3D"),
    "original_gldm_DependenceNonUniformity": ("Z87G", "3D"),
    "original_ngtdm_Strength": ("1X9X", "3D"),
    "original_glcm_Imc2": ("JN9H", "3D, averaged"),
}
# Configuration C: 2 mm, linear, HU rounded, -1000 to 400 HU, bins of 25 HU from -1000. Configuration D: 2 mm, linear,
# HU rounded, outliers beyond 3 SD left out, 32 bins, which is no option of a card: features without bins are compared.
GRID_MM = (2.0, 2.0, 2.0)
RANGE_C = (-1000.0, 400.0)
BIN_WIDTH_C = 25.0
OUTLIER_SD = 3.0
WITHOUT_BINS = tuple(name for name in CODES if "firstorder" in name)


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("references", type=Path, help="reference_values.csv")
    parser.add_argument(
        "phantom", type=Path, nargs="?", help="folder of the CT phantom; without it the digital one alone"
    )
    arguments = parser.parse_args()
    consensus = read_consensus(arguments.references)
    rows = rows_of("digital phantom", "dig. phantom", digital_phantom(), consensus)
    if arguments.phantom is not None:
        for name, values in ct_phantom(arguments.phantom).items():
            rows += rows_of(name, f"config. {name[0]}", values, consensus)
    print("| data | feature | IBSI | our value | consensus | tolerance | agreement | within |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def read_consensus(path: Path) -> dict[tuple[str, str, str], tuple[float, float | None, str]]:
    """(code, data, aggregation) to reference value, tolerance and strength of the consensus."""
    with path.open(encoding="utf-8") as file:
        return {
            (row["ibsi_code"], row["data"], row["aggregation"]): (
                float(row["reference_value"]),
                float(row["tolerance"]) if row["tolerance"] else None,
                row["consensus"],
            )
            for row in csv.DictReader(file)
            if row["reference_value"]
        }


def rows_of(name: str, data: str, values: dict[str, float], consensus: dict) -> list[tuple[str, ...]]:
    """Rows of one data set."""
    rows = []
    for feature, value in values.items():
        code, aggregation = CODES[feature]
        reference, tolerance, strength = consensus[code, data, aggregation]
        if tolerance is None:  # three digits are published
            is_within, shown = float(f"{value:.3g}") == float(f"{reference:.3g}"), "3 digits"
        else:
            is_within, shown = abs(value - reference) <= tolerance, f"{tolerance:.3g}"
        words = feature.removeprefix("original_").replace("_", " ")
        rows.append(
            (name, words, code, f"{value:.4g}", f"{reference:.4g}", shown, strength, "yes" if is_within else "**no**")
        )
    return rows


def digital_phantom() -> dict[str, float]:
    """Features of the digital phantom, one gray level a bin."""
    stored = json.loads(DIGITAL_PHANTOM.read_text(encoding="utf-8"))
    images = [sitk.GetImageFromArray(np.array(stored[key], np.int16)) for key in ("image_kji", "mask_kji")]
    for image in images:
        image.SetSpacing(stored["spacing_mm"])
    ct, mask = images[0], sitk.Cast(images[1], sitk.sitkUInt8)
    return of_codes(extract_features(ct, mask, settings=ExtractionSettings(bin_width=1)))


def ct_phantom(folder: Path) -> dict[str, dict[str, float]]:
    """Features of the CT phantom in configurations C and D, on IBSI's grid and on ours."""
    ct = sitk.ReadImage(str(folder / "nifti" / "image" / "phantom.nii.gz"))
    mask = sitk.Cast(sitk.ReadImage(str(folder / "nifti" / "mask" / "mask.nii.gz")) > 0, sitk.sitkUInt8)
    mask.CopyInformation(ct)
    grid_ct, grid_mask = on_ibsi_grid(ct, mask)
    native = ExtractionSettings(bin_width=BIN_WIDTH_C, resegment_range=RANGE_C)
    ours = ExtractionSettings(bin_width=BIN_WIDTH_C, resampled_spacing=GRID_MM, resegment_range=RANGE_C)
    inside = sitk.GetArrayViewFromImage(grid_ct)[sitk.GetArrayViewFromImage(grid_mask) > 0].astype(float)
    limits = (inside.mean() - OUTLIER_SD * inside.std(), inside.mean() + OUTLIER_SD * inside.std())
    found_d = extract_features(grid_ct, grid_mask, settings=ExtractionSettings(resegment_range=limits))
    return {
        "C, IBSI's grid": of_codes(extract_features(grid_ct, grid_mask, settings=native)),
        "C, our resampling": of_codes(extract_features(ct, mask, settings=ours)),
        "D, IBSI's grid": {name: found_d[name] for name in WITHOUT_BINS},
    }


def of_codes(values: dict[str, float]) -> dict[str, float]:
    """The features IBSI defines."""
    return {name: values[name] for name in CODES}


def on_ibsi_grid(ct: sitk.Image, mask: sitk.Image) -> tuple[sitk.Image, sitk.Image]:
    """Image and mask as IBSI resamples them: grids share their centre, linear, HU rounded, mask from one half on."""
    size = [int(np.ceil(n * s / g)) for n, s, g in zip(ct.GetSize(), ct.GetSpacing(), GRID_MM, strict=True)]
    shift = [
        (s * (n - 1) - g * (m - 1)) / 2 for n, s, g, m in zip(ct.GetSize(), ct.GetSpacing(), GRID_MM, size, strict=True)
    ]
    origin = np.array(ct.GetOrigin()) + np.array(ct.GetDirection()).reshape(3, 3) @ np.array(shift)
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize(size)
    resampler.SetOutputSpacing(GRID_MM)
    resampler.SetOutputOrigin(origin.tolist())
    resampler.SetOutputDirection(ct.GetDirection())
    resampler.SetInterpolator(sitk.sitkLinear)
    resampler.UseNearestNeighborExtrapolatorOn()
    fine = sitk.Round(resampler.Execute(sitk.Cast(ct, sitk.sitkFloat64)))
    fraction = resampler.Execute(sitk.Cast(mask, sitk.sitkFloat64))
    return sitk.Cast(fine, sitk.sitkFloat64), sitk.Cast(fraction >= 0.5, sitk.sitkUInt8)


if __name__ == "__main__":
    main()
