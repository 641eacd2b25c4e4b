"""Level points: one click per vertebral body, from Slicer's markups or from text."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import special_kind, write_text
from OVCFRiskLib.level_names import vertebra_of_name
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.plain_text import LONGEST_NAME, printable

Point = tuple[float, float, float]

# Slicer's markups, and its older fiducial list.
POINT_SUFFIXES = (".json", ".fcsv")
# Without quotation marks: a batch leaves out of its tables what stands between such.
POINTS_TEXT = "L1=x,y,z;L2=x,y,z"
EXPECTED_POINTS = "points named L1, L2, L3 or L4"
MARKUPS_SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
# How files name the axes: by word since Slicer 4.11, by number before (vtkMRMLMarkupsStorageNode).
RAS_NAMES = ("RAS", "0")
LPS_NAMES = ("LPS", "1")
DEFINED_STATUS = "defined"
DAMAGED_JSON = "expected Slicer markups (.mrk.json), got other or damaged JSON; save the points again"
LARGEST_FILE_BYTES = 10_000_000


def read_points(text_or_path: str | Path) -> dict[LumbarLevel, Point]:
    """Read level points.

    Parameters
    ----------
    text_or_path : str or Path
        A Slicer markups file (``.mrk.json``; ``.fcsv`` of older versions) whose coordinate system is honoured,
        or text ``"L1=x,y,z;L2=..."`` in RAS mm (what Slicer shows).

    Returns
    -------
    dict of LumbarLevel to tuple of float
        LPS mm, in the order L1 to L4. Points that were never placed are left out.

    Raises
    ------
    OVCFRiskError
        If a name is not a vertebra or appears twice, a coordinate is not a number, the coordinate system is missing,
        or there is no point of L1-L4.

    Examples
    --------
    >>> read_points("L2=5,-30,-410;LWK 1=5,-28,-375")
    {<LumbarLevel.L1: 20>: (-5.0, 28.0, -375.0), <LumbarLevel.L2: 21>: (-5.0, 30.0, -410.0)}
    """
    return read_points_and_notes(text_or_path)[0]


def read_points_and_notes(text_or_path: str | Path) -> tuple[dict[LumbarLevel, Point], tuple[str, ...]]:
    """As `read_points`, with notes about points of other vertebrae, which are left out.

    Raises
    ------
    OVCFRiskError
        As `read_points`.
    """
    if not isinstance(text_or_path, (str, Path)):
        raise OVCFRiskError(
            f"expected the path of a points file or text 'L1=x,y,z;L2=x,y,z', got {type(text_or_path).__name__}"
        )
    if not isinstance(text_or_path, Path) and is_points_text(text_or_path):
        return _levels(_text_points(text_or_path), "the points")
    path = Path(text_or_path)
    where = f"'{path}'"
    content = _file_text(path)
    try:
        points = list(_fcsv_points(content) if path.suffix.lower() == ".fcsv" else _markups_points(content))
    except OVCFRiskError as error:
        raise OVCFRiskError(f"{where}: {error}") from error
    return _levels(points, where)


def jitter_point(point: Point, radius_mm: float, random: np.random.Generator) -> Point:
    """A place within a ball around a point, all places alike: where another person might have clicked."""
    direction = random.standard_normal(3)
    distance = radius_mm * random.random() ** (1 / 3)
    x, y, z = np.add(point, distance * direction / np.linalg.norm(direction)).tolist()
    return x, y, z


def is_points_text(text: str) -> bool:
    """True for points written out, false for the path of a file.

    Examples
    --------
    >>> is_points_text("L1=0,10,-400"), is_points_text("points of L1=new.mrk.json")
    (True, False)
    """
    return "=" in text and not text.lower().endswith(POINT_SUFFIXES)


def write_points(points: Mapping[LumbarLevel, Point], path: str | Path) -> None:
    """Write level points as a Slicer markups file.

    Parameters
    ----------
    points : mapping of LumbarLevel to tuple of float
        LPS mm.
    path : str or Path
        Ends with ``.mrk.json``, by which Slicer knows it.

    Raises
    ------
    OVCFRiskError
        If the name ends otherwise or the file cannot be written.
    """
    if not str(path).endswith(".mrk.json"):
        raise OVCFRiskError(f"'{path}': expected a name that ends with .mrk.json, by which Slicer knows markups")
    control_points = [
        {
            "id": str(number),
            "label": level.name,
            "position": [float(x) for x in points[level]],
            "positionStatus": DEFINED_STATUS,
        }
        for number, level in enumerate(sorted(points), start=1)
    ]
    markup = {"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": control_points}
    write_text(path, json.dumps({"@schema": MARKUPS_SCHEMA, "markups": [markup]}, indent=1) + "\n")


def _levels(points: Iterable[tuple[str, Point]], where: str) -> tuple[dict[LumbarLevel, Point], tuple[str, ...]]:
    """Names become levels, each at most once; other vertebrae are left out, with a note."""
    found: dict[LumbarLevel, Point] = {}
    others: list[str] = []
    for name, point in points:
        vertebra = vertebra_of_name(name)
        if not isinstance(vertebra, str):
            raise OVCFRiskError(
                f"{where}: expected {EXPECTED_POINTS}, got '{name}', which {vertebra.value}; rename the point to its "
                "level, or remove it"
            )
        if vertebra not in LumbarLevel.__members__:
            others.append(name)
            continue
        level = LumbarLevel[vertebra]
        if level in found:
            raise OVCFRiskError(f"{where}: expected one point for each level, got two named {level.name}; remove one")
        found[level] = finite_point(point, f"{where}: {level.name}")
    listed = ", ".join(f"'{name}'" for name in others)
    if not found:
        got = listed or "none that was placed"
        raise OVCFRiskError(f"{where}: expected {EXPECTED_POINTS}, got {got}; click into the vertebral bodies")
    notes = (f"left out, because the method applies to L1-L4 only: {listed} in {where}",) if others else ()
    return dict(sorted(found.items())), notes


def finite_point(point: Point, where: str) -> Point:
    """The point, if all of its coordinates are finite."""
    if not all(map(math.isfinite, point)):
        raise OVCFRiskError(f"{where} has a coordinate that is not a finite number: {point}; place it again")
    return point


def _text_points(text: str) -> Iterable[tuple[str, Point]]:
    """Points of ``"L1=x,y,z;L2=..."``."""
    for part in filter(str.strip, re.split(r"[;\n]", text)):
        name, equals, numbers = part.partition("=")
        position = three_numbers(numbers.replace(",", " ").split())
        if not equals or position is None:
            raise OVCFRiskError(
                f"expected points as {POINTS_TEXT} in RAS mm, with decimal points, got '{part.strip()}'; write three "
                "numbers for each level"
            )
        yield name, _to_lps(position, "RAS")


def _file_text(path: Path) -> str:
    """Content of a points file."""
    if (kind := special_kind(path)) is not None:
        raise OVCFRiskError(f"'{path}': expected Slicer markups (.mrk.json, .fcsv), got {kind}")
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise OVCFRiskError(f"'{path}' is too large for a points file; expected Slicer markups (.mrk.json)")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise OVCFRiskError(
            f"'{path}': expected Slicer markups (.mrk.json, .fcsv), got a file that is not text"
        ) from error
    except (OSError, ValueError) as error:
        if isinstance(error, OVCFRiskError):
            raise
        name = printable(str(path), LONGEST_NAME)
        trouble = error.strerror if isinstance(error, OSError) else error
        raise OVCFRiskError(
            f"'{name}' cannot be read ({trouble}); expected a Slicer markups file (.mrk.json) or text {POINTS_TEXT} in "
            "RAS mm"
        ) from error


def _markups_points(content: str) -> Iterable[tuple[str, Point]]:
    """Placed control points of all markups in a JSON file."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits is a ValueError too
        raise OVCFRiskError(DAMAGED_JSON) from error
    try:
        markups = document["markups"]
        for markup in markups:
            system = str(markup.get("coordinateSystem", ""))
            units = markup.get("coordinateUnits", "mm")  # a word, or a DICOM code that begins with it
            if units != "mm" and units[0] != "mm":
                raise OVCFRiskError(f"expected coordinates in mm, got {units}; save the points again in Slicer")
            for point in markup.get("controlPoints") or []:
                if point.get("positionStatus", DEFINED_STATUS) != DEFINED_STATUS or not point.get("position"):
                    continue
                name, position = str(point.get("label", "")), three_numbers(point["position"])
                if position is None:
                    raise OVCFRiskError(f"expected three coordinates for '{name}', got {point['position']}")
                yield name, _to_lps(position, system)
    except (LookupError, TypeError, AttributeError) as error:
        raise OVCFRiskError(DAMAGED_JSON) from error


def _fcsv_points(content: str) -> Iterable[tuple[str, Point]]:
    """Placed points of Slicer's older fiducial list."""
    header = dict(re.findall(r"^#\s*(CoordinateSystem|columns)\s*=\s*(.+?)\s*$", content, re.MULTILINE))
    columns = [name.strip() for name in header.get("columns", "").split(",")]
    if not {"x", "y", "z", "label"} <= set(columns):
        raise OVCFRiskError(
            "expected a Slicer fiducial list with columns x, y, z and label; save the points as .mrk.json"
        )
    lines = [line for line in content.splitlines() if line.strip() and not line.startswith("#")]
    for row in csv.reader(lines):
        values = dict(zip(columns, row, strict=False))
        position = three_numbers([values.get(axis, "") for axis in "xyz"])
        if position is None:
            raise OVCFRiskError(f"expected three coordinates, got '{','.join(row)}'")
        yield values.get("label", ""), _to_lps(position, header.get("CoordinateSystem", ""))


def three_numbers(values: object) -> Point | None:
    """Three numbers, or None."""
    if not isinstance(values, list) or len(values) != 3 or any(isinstance(value, bool) for value in values):
        return None
    try:
        x, y, z = (float(value) for value in values)
    except (TypeError, ValueError, OverflowError):
        return None
    return x, y, z


def _to_lps(position: Point, system: str) -> Point:
    """Right-anterior to left-posterior where needed."""
    if system in LPS_NAMES:
        return position
    if system not in RAS_NAMES:
        raise OVCFRiskError(f"expected coordinate system LPS or RAS, got '{system}'; save the points again in Slicer")
    return (-position[0], -position[1], position[2])
