"""overlay.png: the bodies coloured by risk, drawn without a screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

# Importing the OpenGL classes registers them as what renders; FreeType as what writes.
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkCutter
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCamera,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkWindowToImageFilter,
)

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.bone_context import bone_context
from OVCFRiskLib.report.colors import Rgb, risk_color
from OVCFRiskLib.report.offscreen import offscreen_window, why_no_picture
from OVCFRiskLib.report.overlay_marks import FAINT_INK, add_legend, add_line, add_text, orientation_cube
from OVCFRiskLib.report.png import write_png
from OVCFRiskLib.report.surfaces import body_surface
from OVCFRiskLib.report.wording import interval, is_demonstration

PICTURE_SIZE = (1300, 1500)  # pixels, width and height
# Where the spine is drawn, parts of the picture: the labels stand to its right, the legend below.
SPINE_VIEWPORT = (0.0, 0.17, 1.0, 1.0)
SPINE_SHIFT = 0.17  # of the picture's width, to the left
SPINE_FILL = 0.86  # of the viewport's height
CUBE_VIEWPORT = (0.02, 0.01, 0.17, 0.14)
LABEL_COLUMN = 0.66  # of the picture's width
# From the patient's right front and a little above (RAS): bodies free in front, arches behind, labels on the free side.
VIEW_FROM = np.array([0.72, 0.80, 0.16])
CONTEXT_COLOR: Rgb = (0.80, 0.77, 0.70)
CONTEXT_OPACITY = 0.16
HATCH_STEP_MM = 4.5
HATCH_NORMAL = np.array([-0.53, 0.47, 0.71])  # RAS; diagonal as seen in the picture
HATCH_COLOR: Rgb = (0.25, 0.26, 0.30)
TEXT_SIZE = 26  # pixels


def draw_overlay(assessment: SpineAssessment, ct: sitk.Image, labels: sitk.Image) -> np.ndarray:
    """Picture of the spine in 3D.

    Parameters
    ----------
    assessment : SpineAssessment
    ct, labels : SimpleITK.Image
        CT in HU and bodies 20..23 on its grid.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width, 3)
        First row on top.

    Raises
    ------
    OVCFRiskError
        If no body has a mask, or this machine cannot draw in 3D (see `why_no_picture`).
    """
    reason = why_no_picture()
    if reason:
        raise OVCFRiskError(f"no 3D picture: {reason}")
    present = set(np.unique(sitk.GetArrayViewFromImage(labels)).tolist())
    surfaces = {row.level: body_surface(labels, row.level) for row in assessment.levels if row.level in present}
    if not surfaces:
        raise OVCFRiskError("no 3D picture: expected a mask of L1, L2, L3 or L4, got none; segment the bodies first")
    window = offscreen_window(*PICTURE_SIZE)
    window.AddRenderer(_layer(0))  # paper: the viewports below leave gaps
    spine = _spine_renderer(assessment, surfaces, bone_context(ct, labels))
    window.AddRenderer(spine)
    window.AddRenderer(_cube_renderer(spine.GetActiveCamera()))
    marks = _layer(1)
    window.SetNumberOfLayers(2)
    window.AddRenderer(marks)
    _add_labels(marks, spine, assessment, surfaces)
    _add_frame(marks, assessment)
    window.Render()
    return _pixels(window)


def write_overlay(assessment: SpineAssessment, ct: sitk.Image, labels: sitk.Image, path: str | Path) -> None:
    """Draw and write overlay.png; errors as `draw_overlay`."""
    write_png(draw_overlay(assessment, ct, labels), path)


def _layer(number: int) -> vtkRenderer:
    """A renderer on white, or a transparent one above."""
    renderer = vtkRenderer()
    renderer.SetLayer(number)
    renderer.SetBackground(1, 1, 1)
    renderer.UseFXAAOn()
    return renderer


def _spine_renderer(assessment: SpineAssessment, surfaces: dict, context: vtkPolyData | None) -> vtkRenderer:
    """Bodies and context, camera set."""
    renderer = _layer(0)
    renderer.SetViewport(SPINE_VIEWPORT)
    renderer.UseDepthPeelingOn()
    renderer.SetMaximumNumberOfPeels(12)
    for row in assessment.levels:
        if row.level in surfaces:
            _add_body(renderer, row, surfaces[row.level])
    _set_camera(renderer)
    if context is not None:
        actor = _actor(context, CONTEXT_COLOR)
        actor.GetProperty().SetOpacity(CONTEXT_OPACITY)
        renderer.AddActor(actor)
    _add_lights(renderer)
    renderer.ResetCameraClippingRange()
    return renderer


def _add_body(renderer: vtkRenderer, row: LevelAssessment, surface: vtkPolyData) -> None:
    """A body in its colour; without a score grey and hatched."""
    renderer.AddActor(_actor(surface, risk_color(row.score.risk_index if row.score else None)))
    if row.score:
        return
    along = vtk_to_numpy(surface.GetPoints().GetData()) @ HATCH_NORMAL
    plane, cutter = vtkPlane(), vtkCutter()
    plane.SetOrigin(0, 0, 0)
    plane.SetNormal(HATCH_NORMAL)
    cutter.SetInputData(surface)
    cutter.SetCutFunction(plane)
    for number, distance in enumerate(np.arange(along.min() + HATCH_STEP_MM / 2, along.max(), HATCH_STEP_MM)):
        cutter.SetValue(number, distance)
    cutter.Update()
    hatch = _actor(cutter.GetOutput(), HATCH_COLOR)
    hatch.GetProperty().SetLineWidth(2)
    hatch.GetProperty().LightingOff()
    hatch.SetPosition(VIEW_FROM)  # a millimetre towards the viewer, out of the surface it lies in
    renderer.AddActor(hatch)


def _actor(surface: vtkPolyData, color: Rgb) -> vtkActor:
    """A lit surface."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(surface)
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    style = actor.GetProperty()
    style.SetColor(color)
    style.SetAmbient(0.34)
    style.SetDiffuse(0.80)
    style.SetSpecular(0.12)
    style.SetSpecularPower(18)
    return actor


def _add_lights(renderer: vtkRenderer) -> None:
    """Key light from above the viewer's shoulder, fill light from the other side; both move with the camera."""
    for place, intensity in (((-0.5, 0.7, 1.0), 0.80), ((0.9, -0.1, 0.8), 0.35)):
        light = vtkLight()
        light.SetLightTypeToCameraLight()
        light.SetPosition(place)
        light.SetIntensity(intensity)
        renderer.AddLight(light)


def _set_camera(renderer: vtkRenderer) -> None:
    """Parallel view that fits the bodies into the left part of the viewport, so that sizes compare."""
    bounds = np.array(renderer.ComputeVisiblePropBounds()).reshape(3, 2)
    center, size = bounds.mean(axis=1), np.ptp(bounds, axis=1)
    direction = VIEW_FROM / np.linalg.norm(VIEW_FROM)
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(center)
    camera.SetPosition(center + 500 * direction)
    camera.SetViewUp(0, 0, 1)
    width, height = PICTURE_SIZE
    height *= SPINE_VIEWPORT[3] - SPINE_VIEWPORT[1]
    across = float(np.hypot(size[0], size[1]))
    needed = max(float(size[2]) + 0.4 * across * VIEW_FROM[2], 1.1 * across * height / (0.5 * width))
    camera.SetParallelScale(needed / 2 / SPINE_FILL)
    camera.SetWindowCenter(2 * SPINE_SHIFT, 0)


def _cube_renderer(spine_camera: vtkCamera) -> vtkRenderer:
    """Orientation cube seen from where the spine is seen."""
    renderer = _layer(0)
    renderer.SetViewport(CUBE_VIEWPORT)
    renderer.AddActor(orientation_cube())
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(0, 0, 0)
    camera.SetPosition(np.subtract(spine_camera.GetPosition(), spine_camera.GetFocalPoint()))
    camera.SetViewUp(0, 0, 1)
    renderer.ResetCamera()
    camera.SetParallelScale(0.95)
    return renderer


def _add_labels(marks: vtkRenderer, spine: vtkRenderer, assessment: SpineAssessment, surfaces: dict) -> None:
    """Level, risk index and interval beside each body, joined to it by a line."""
    left = LABEL_COLUMN * PICTURE_SIZE[0]
    free = float("inf")  # labels keep clear of the one above
    for row in assessment.levels:
        if row.level not in surfaces:
            continue
        edge, middle = _rightmost_pixel(spine, surfaces[row.level])
        y = min(middle, free - 4.2 * TEXT_SIZE)
        free = y
        add_line(marks, [(edge + 6, middle), (left - 60, y), (left - 14, y)], FAINT_INK, 2)
        score = row.score
        title = f"{row.level.name}   {score.risk_index:.2f}" if score else f"{row.level.name}   not scored"
        detail = f"{interval(score)}   {score.category.value}" if score else "reason: see table"
        add_text(marks, title, (left, y - 0.35 * TEXT_SIZE), round(1.6 * TEXT_SIZE), bold=True)
        add_text(marks, detail, (left, y - 1.75 * TEXT_SIZE), TEXT_SIZE, color=FAINT_INK)


def _rightmost_pixel(renderer: vtkRenderer, surface: vtkPolyData) -> tuple[float, float]:
    """Right end of a surface in the picture, at about its mid-height."""
    points = vtk_to_numpy(surface.GetPoints().GetData())
    matrix = renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(_aspect(), -1, 1)
    rows = np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(2)])
    view = (points @ rows[:, :3].T + rows[:, 3] + 1) / 2
    low, bottom, right, top = SPINE_VIEWPORT
    pixels = (view * (right - low, top - bottom) + (low, bottom)) * PICTURE_SIZE
    height = np.ptp(pixels[:, 1])
    middle = (pixels[:, 1].min() + pixels[:, 1].max()) / 2
    near = pixels[np.abs(pixels[:, 1] - middle) <= 0.15 * height]
    x, y = near[near[:, 0].argmax()]
    return float(x), float(y)


def _aspect() -> float:
    """Width by height of the spine's viewport."""
    left, bottom, right, top = SPINE_VIEWPORT
    return PICTURE_SIZE[0] * (right - left) / (PICTURE_SIZE[1] * (top - bottom))


def _add_frame(marks: vtkRenderer, assessment: SpineAssessment) -> None:
    """Legend and the notice that has to stand wherever a result is shown."""
    width, _ = PICTURE_SIZE
    add_legend(marks, (0.42 * width, 0.088 * PICTURE_SIZE[1]), 0.5 * width, TEXT_SIZE)
    notice = "Research software, not a medical device"
    if is_demonstration(assessment):
        notice = f"DEMONSTRATION MODEL.  {notice}"
    add_text(marks, notice, (0.42 * width, 0.012 * PICTURE_SIZE[1]), round(0.85 * TEXT_SIZE), color=FAINT_INK)


def _pixels(window) -> np.ndarray:
    """The picture as an array, first row on top."""
    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    width, height, _ = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)
    return np.ascontiguousarray(pixels[::-1])
