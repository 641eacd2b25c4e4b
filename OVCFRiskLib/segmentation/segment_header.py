"""Segments in the header of a .seg.nrrd, as 3D Slicer writes it."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import array_view, image_like, run_filter
from OVCFRiskLib.segmentation.named_masks import NamedMask

# Key of a header that names a segment; the number ties it to the other keys of the segment.
SEGMENT_KEY = re.compile(r"Segment(\d+)_Name")


def segments_of(image: sitk.Image) -> list[NamedMask]:
    """The segments that the header names; empty for other images.

    Slicer 5 says for each segment in which layer and under which value it lies. Slicer 4.10 and older keep segment n
    as component n, non-zero inside, and say neither.

    Raises
    ------
    OVCFRiskError
        If a segment's layer or value is not a number, or it names a layer that the image does not have.
    """
    keys = [match for match in map(SEGMENT_KEY.fullmatch, image.GetMetaDataKeys()) if match]
    numbers = sorted(int(match[1]) for match in keys)
    has_layers = any(image.HasMetaDataKey(f"Segment{number}_Layer") for number in numbers)
    return [_segment(image, number, has_layers) for number in numbers]


def _segment(image: sitk.Image, number: int, has_layers: bool) -> NamedMask:
    """One segment."""
    name = _field(image, number, "Name") or f"Segment_{number}"
    components = image.GetNumberOfComponentsPerPixel()
    layer = _field(image, number, "Layer") or (str(number) if not has_layers and components > 1 else "0")
    value = _field(image, number, "LabelValue") or ("" if not has_layers else "1")
    if not (layer.isdigit() and (value.isdigit() or not value)):
        raise OVCFRiskError(
            f"segment '{name}': layer and label value are expected to be numbers, got '{layer}' and '{value}'; save "
            "the segmentation again in 3D Slicer"
        )
    if int(layer) >= components:
        raise OVCFRiskError(
            f"segment '{name}' lies in layer {layer}, and the image has {components}; save the segmentation again"
        )
    load = partial(_mask, image, int(layer), int(value) if value else None)
    return NamedMask(name, load, _field(image, number, "Tags"))


def _mask(image: sitk.Image, layer: int, value: int | None) -> sitk.Image:
    """The voxels of a segment."""
    is_vector = image.GetNumberOfComponentsPerPixel() > 1
    part = run_filter(sitk.VectorIndexSelectionCast, image, layer) if is_vector else image
    array = array_view(part)
    return image_like((array != 0 if value is None else array == value).astype(np.uint8), part)


def _field(image: sitk.Image, number: int, field: str) -> str:
    key = f"Segment{number}_{field}"
    return image.GetMetaData(key).strip() if image.HasMetaDataKey(key) else ""
