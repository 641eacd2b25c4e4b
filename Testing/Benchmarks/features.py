"""How fast the eight frozen features are: python Testing/Benchmarks/features.py [--repeats N]

Times, in one run on one body (0.35 x 0.35 x 1.25 mm, about 180,000 voxels): the eight by our own code, the same eight
by pyradiomics on the same crop, pyradiomics' default run on a 512 x 512 x 160 CT around it, and pictologics, MIRP and
fastrad where they are installed; the same body at 0.70 mm pixels; and copying the crop's HU and mask, which is what the
memory allows at best. Medians of CPU and wall time; the ratio is CPU time over that of our own eight on the same body.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import logging
import os
import time
import warnings
from collections.abc import Callable

# one core for everybody: numpy, numba and SimpleITK read these when they are imported
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from scipy import ndimage  # noqa: E402

from OVCFRiskLib.radiomics import (  # noqa: E402
    FROZEN_FEATURES,
    ExtractionSettings,
    extract_features,
    extract_many,
)

SPACING_KJI_MM = np.array((1.25, 0.35, 0.35))
CROP_SHAPE = (36, 150, 170)
WHOLE_SHAPE = (160, 512, 512)
OWN_GRID = ExtractionSettings()
RESAMPLED = ExtractionSettings(resampled_spacing=(0.7, 0.7, 1.25))
Row = tuple[str, int, Callable[[], object]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15, help="runs of the fast rows; slow ones run a fifth of it")
    repeats = parser.parse_args().repeats
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    ct, mask = make_body()
    whole_ct, whole_mask = in_whole_ct(ct, mask)
    variants = perturbed(mask)
    slow = max(3, repeats // 5)
    rows = [
        ("own eight, crop", repeats, lambda: extract_features(ct, mask, settings=OWN_GRID)),
        ("own eight, whole CT", repeats, lambda: extract_features(whole_ct, whole_mask, settings=OWN_GRID)),
        ("own eight, resampled 0.7 x 0.7 x 1.25", repeats, lambda: extract_features(ct, mask, settings=RESAMPLED)),
        (
            f"own eight, {len(variants)} masks of one body",
            slow,
            lambda: list(extract_many(ct, variants, settings=OWN_GRID)),
        ),
        *rows_of_others(ct, mask, repeats, slow),
    ]
    if importlib.util.find_spec("radiomics"):
        rows.append(("pyradiomics, default, whole CT", 3, lambda: by_pyradiomics(whole_ct, whole_mask, eight=False)))
        show_agreement(extract_features(ct, mask, settings=OWN_GRID), by_pyradiomics(ct, mask))
    arrays = [sitk.GetArrayViewFromImage(image) for image in (ct, mask)]
    rows.append(("copy of HU and mask, crop", repeats, lambda: [array.copy() for array in arrays]))
    print_rows("0.35 mm pixels", mask, rows)
    ct, mask = (sitk.Shrink(image, (2, 2, 1)) for image in (ct, mask))
    own = ("own eight, crop", repeats, lambda: extract_features(ct, mask, settings=OWN_GRID))
    print_rows("0.70 mm pixels", mask, [own, *rows_of_others(ct, mask, repeats, slow)])


def rows_of_others(ct: sitk.Image, mask: sitk.Image, repeats: int, slow: int) -> list[Row]:
    """The other programs that are installed, on one crop."""
    rows: list[Row] = []
    if importlib.util.find_spec("radiomics"):
        rows.append(("pyradiomics, same eight, crop", slow, lambda: by_pyradiomics(ct, mask)))
    if importlib.util.find_spec("pictologics"):
        pipeline, arguments = pictologics_run(ct, mask)
        rows.append((f"{named('pictologics')}, crop", repeats, lambda: pipeline.run(*arguments, config_names=["ours"])))
    if importlib.util.find_spec("mirp"):
        rows.append((f"{named('mirp')}, crop", 3, lambda: by_mirp(ct, mask)))
    if importlib.util.find_spec("fastrad"):
        rows.append((f"{named('fastrad')}, crop", slow, fastrad_run(ct, mask)))
    return rows


def named(package: str) -> str:
    """A package with its version."""
    return f"{package} {importlib.metadata.version(package)}"


def print_rows(title: str, mask: sitk.Image, rows: list[Row]) -> None:
    """The table of one body."""
    print(f"{np.count_nonzero(sitk.GetArrayViewFromImage(mask)):,} voxels, {title}, one thread, medians")
    print(f"{'':40}{'CPU ms':>10}{'wall ms':>10}{'ratio':>8}")
    base = None
    for name, runs, function in rows:
        cpu, wall = median_times(function, runs)
        base = base or cpu
        print(f"{name:40}{cpu:10.2f}{wall:10.2f}{cpu / base:8.2f}", flush=True)


def make_body() -> tuple[sitk.Image, sitk.Image]:
    """CT of a vertebral body, with cortex, texture and noise, and its mask."""
    random = np.random.default_rng(0)
    k, j, i = np.meshgrid(
        *[(np.arange(n) - (n - 1) / 2) * s for n, s in zip(CROP_SHAPE, SPACING_KJI_MM, strict=True)],
        indexing="ij",
        sparse=True,
    )
    waist = 1 - 0.12 * np.cos(np.pi * k / 28)
    canal = ((j - 17) / 5) ** 2 + (i / 9) ** 2 < 1
    inside = ((i / (24 * waist)) ** 2 + (j / (17 * waist)) ** 2 < 1) & (abs(k - 0.08 * j) < 13) & ~canal
    depth = ndimage.distance_transform_edt(inside, sampling=SPACING_KJI_MM)
    hu = np.where(inside, 140 + 850 * np.exp(-depth / 0.9), 40.0)
    hu += ndimage.gaussian_filter(random.normal(size=CROP_SHAPE), (0.4, 1.2, 1.2)) * 170
    hu += random.normal(size=CROP_SHAPE) * 30
    hu = ndimage.gaussian_filter(hu, (0.3, 0.8, 0.8))
    ct, mask = (sitk.GetImageFromArray(a) for a in (np.rint(hu).astype(np.int16), inside.astype(np.uint8)))
    for image in (ct, mask):
        image.SetSpacing(SPACING_KJI_MM[::-1].tolist())
    return ct, mask


def in_whole_ct(ct: sitk.Image, mask: sitk.Image) -> tuple[sitk.Image, sitk.Image]:
    """The body in the middle of a CT of 512 x 512 x 160 voxels."""
    before = [(whole - part) // 2 for whole, part in zip(WHOLE_SHAPE[::-1], CROP_SHAPE[::-1], strict=True)]
    after = [w - p - b for w, p, b in zip(WHOLE_SHAPE[::-1], CROP_SHAPE[::-1], before, strict=True)]
    return sitk.ConstantPad(ct, before, after, -1000), sitk.ConstantPad(mask, before, after, 0)


def perturbed(mask: sitk.Image, count: int = 30) -> list[np.ndarray]:
    """Masks whose outline differs by up to a voxel here and there."""
    depth = sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(mask, True, False, True))
    random = np.random.default_rng(0)
    variants = []
    for _ in range(count):
        noise = ndimage.gaussian_filter(random.normal(size=depth.shape), (2, 7, 7), mode="wrap")
        variants.append(depth > 0.5 * noise / noise.std())
    return variants


def by_pyradiomics(ct: sitk.Image, mask: sitk.Image, eight: bool = True) -> dict[str, float]:
    """Values of the eight, or of pyradiomics' default run with its settings as they are."""
    import radiomics
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    radiomics.logger.setLevel(logging.CRITICAL)
    extractor = RadiomicsFeatureExtractor(**({"additionalInfo": False} if eight else {}))
    if eight:
        extractor.disableAllFeatures()
        for feature_class in {name.split("_")[1] for name in FROZEN_FEATURES}:
            wanted = [name.split("_")[2] for name in FROZEN_FEATURES if name.split("_")[1] == feature_class]
            extractor.enableFeaturesByName(**{feature_class: wanted})
    return extractor.execute(ct, mask)


def show_agreement(ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Print the largest relative difference."""
    worst = max(abs(ours[name] / float(theirs[name]) - 1) for name in FROZEN_FEATURES)
    print(f"largest relative difference from pyradiomics: {worst:.1e}")


def pictologics_run(ct: sitk.Image, mask: sitk.Image) -> tuple[object, tuple[object, object]]:
    """pictologics' pipeline with bins of 25 HU and all its feature families, compiled; and its input."""
    import pictologics

    warnings.simplefilter("ignore")
    pipeline = pictologics.RadiomicsPipeline(deduplicate=False)
    inside = sitk.GetArrayViewFromImage(ct)[sitk.GetArrayViewFromImage(mask) != 0]
    lowest = float(inside.min() // 25 * 25)  # the edges of our own levels
    families = ["intensity", "morphology", "texture", "histogram", "ivh"]
    steps = [
        {"step": "discretise", "params": {"method": "FBS", "bin_width": 25.0, "min_val": lowest}},
        {"step": "extract_features", "params": {"families": families}},
    ]
    pipeline.add_config("ours", steps)
    arguments = tuple(
        pictologics.Image(np.asfortranarray(sitk.GetArrayFromImage(image).T, dtype), image.GetSpacing(), (0, 0, 0))
        for image, dtype in ((ct, float), (mask, np.uint8))
    )
    values = pipeline.run(*arguments, config_names=["ours"])["ours"]
    print(f"pictologics {pictologics.__version__}: {len(values)} features")
    return pipeline, arguments


def by_mirp(ct: sitk.Image, mask: sitk.Image) -> object:
    """MIRP's families of the eight: statistics, co-occurrence, dependence, neighbourhood, morphology; bins of 25 HU."""
    from mirp import extract_features as extract_by_mirp

    logging.disable(logging.WARNING)  # it tells every step, and that arrays have no unit
    inside = sitk.GetArrayViewFromImage(ct)[sitk.GetArrayViewFromImage(mask) != 0]
    lowest = float(inside.min() // 25 * 25)  # the edges of our own levels
    return extract_by_mirp(
        image=sitk.GetArrayFromImage(ct).astype(np.float32),
        mask=sitk.GetArrayFromImage(mask).astype(np.uint8),
        image_spacing=ct.GetSpacing()[::-1],
        base_feature_families=["statistics", "morphology", "glcm", "ngldm", "ngtdm"],
        base_discretisation_method="fixed_bin_size",
        base_discretisation_bin_width=25.0,
        resegmentation_intensity_range=[lowest, np.nan],
    )


def fastrad_run(ct: sitk.Image, mask: sitk.Image) -> Callable[[], object]:
    """fastrad's extraction of its classes that hold the eight, on the CPU."""
    import torch
    from fastrad import FeatureExtractor, FeatureSettings, Mask, MedicalImage

    torch.set_num_threads(1)
    classes = ["firstorder", "shape", "glcm", "gldm", "ngtdm"]
    extractor = FeatureExtractor(FeatureSettings(feature_classes=classes, bin_width=25.0, device="cpu"))
    spacing = ct.GetSpacing()[::-1]
    image = MedicalImage(torch.from_numpy(sitk.GetArrayFromImage(ct).astype(np.float32)), spacing)
    inside = Mask(torch.from_numpy(sitk.GetArrayFromImage(mask).astype(np.float32)), spacing)
    return lambda: extractor.extract(image, inside)


def median_times(function: Callable[[], object], runs: int) -> tuple[float, float]:
    """Median CPU and wall time in ms, after a first run that does not count."""
    function()
    times = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        function()
        times.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu, wall = np.median(times, axis=0) * 1000
    return float(cpu), float(wall)


if __name__ == "__main__":
    main()
