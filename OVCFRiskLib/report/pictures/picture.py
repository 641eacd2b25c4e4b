"""overlay.png: the bodies coloured by risk, drawn without a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

# Importing the OpenGL classes registers them as what renders; FreeType as what writes.
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkCutter, vtkTubeFilter
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCamera,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
    vtkWindowToImageFilter,
)

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.colors import Rgb, level_color
from OVCFRiskLib.report.pictures.offscreen import offscreen_window, why_no_picture
from OVCFRiskLib.report.pictures.overlay_labels import LABEL_COLUMN, add_frame, add_level_labels
from OVCFRiskLib.report.pictures.overlay_marks import orientation_cube
from OVCFRiskLib.report.pictures.surface_field import SurfaceField
from OVCFRiskLib.report.pictures.surfaces import contour_surface

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.bodies.cut_out import LevelCutOut

PICTURE_SIZE = (1300, 1450)  # pixels, width and height
# Where the spine is drawn, parts of the picture: the labels stand to its right, the legend below.
SPINE_VIEWPORT = (0.0, 0.21, 1.0, 1.0)
SPINE_SHIFT = 0.2  # of the picture's width, to the left
SPINE_FILL = 0.88  # of the viewport's height
FADE_HEIGHT = 0.04  # of the picture; no body reaches it
CUBE_VIEWPORT = (0.02, 0.01, 0.17, 0.14)
LABEL_BAND = 0.15  # of a body's height, on both sides of its middle: where its label's line may end
# From the patient's right front and a little above (RAS): bodies free in front, arches behind, labels on the free side.
VIEW_FROM = np.array([0.72, 0.80, 0.16])
CONTEXT_COLOR: Rgb = (0.80, 0.77, 0.70)
CONTEXT_OPACITY = 0.16
HATCH_STEP_MM = 4.5
HATCH_NORMAL = np.array([-0.53, 0.47, 0.71])  # RAS; diagonal as seen in the picture
HATCH_RADIUS_MM = 0.25
HATCH_COLOR: Rgb = (0.25, 0.26, 0.30)
Surfaces = Mapping[LumbarLevel, vtkPolyData]


def draw_overlay(
    assessment: SpineAssessment,
    ct: sitk.Image,
    bodies: Mapping[LumbarLevel, LevelCutOut],
) -> np.ndarray:
    """Picture of the spine in 3D.

    Parameters
    ----------
    assessment : SpineAssessment
    ct : SimpleITK.Image
        HU.
    bodies : mapping
        As `cut_out_levels` gives it for labels on the CT's grid.

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
        raise OVCFRiskError(f"no 3D picture, because {reason}")
    if not bodies:
        raise OVCFRiskError("no 3D picture, because no level has a mask; segment the bodies first")
    from OVCFRiskLib.report.pictures.bone_context import overlay_fields

    return draw_surfaces(assessment, *overlay_surfaces(*overlay_fields(ct, bodies)))


def overlay_surfaces(
    fields: Mapping[LumbarLevel, SurfaceField], context: SurfaceField | None
) -> tuple[dict[LumbarLevel, vtkPolyData], vtkPolyData | None]:
    """Surfaces of the bodies, and of the bone around them if there is any; RAS mm."""
    bone = None if context is None else contour_surface(context)
    surfaces = {level: contour_surface(field) for level, field in fields.items()}
    return surfaces, bone if bone is not None and bone.GetNumberOfPoints() else None


def draw_surfaces(assessment: SpineAssessment, surfaces: Surfaces, context: vtkPolyData | None) -> np.ndarray:
    """The picture of `draw_overlay` from its surfaces; the only part that needs a window."""
    window = offscreen_window(*PICTURE_SIZE)
    window.AddRenderer(_layer(0))  # paper: the viewports below leave gaps
    spine = _spine_renderer(assessment, surfaces, context)
    window.AddRenderer(spine)
    window.AddRenderer(_cube_renderer(spine.GetActiveCamera()))
    marks = _layer(1)
    window.SetNumberOfLayers(2)
    window.AddRenderer(marks)
    add_level_labels(marks, assessment, _label_ends(spine, surfaces), PICTURE_SIZE)
    add_frame(marks, assessment, PICTURE_SIZE)
    window.Render()
    return _faded(_pixels(window))


def _layer(number: int) -> vtkRenderer:
    """A renderer on white, or a transparent one above."""
    renderer = vtkRenderer()
    renderer.SetLayer(number)
    renderer.SetBackground(1, 1, 1)
    return renderer


def _spine_renderer(assessment: SpineAssessment, surfaces: Surfaces, context: vtkPolyData | None) -> vtkRenderer:
    """Bodies and context, camera set."""
    renderer = _layer(0)
    renderer.UseFXAAOn()
    renderer.SetViewport(SPINE_VIEWPORT)
    # the translucent bone is of one colour, so the order in which its surfaces are laid on each other is not seen
    renderer.UseDepthPeelingOff()
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
    """A body in its colour; outside the model neutral and hatched, without a score grey."""
    renderer.AddActor(_actor(surface, level_color(row)))
    if row.is_outside_model:
        renderer.AddActor(_hatch(surface))


def _hatch(surface: vtkPolyData) -> vtkActor:
    """Diagonal lines over a surface."""
    along = vtk_to_numpy(surface.GetPoints().GetData()) @ HATCH_NORMAL
    plane, cutter = vtkPlane(), vtkCutter()
    plane.SetOrigin(0, 0, 0)
    plane.SetNormal(*HATCH_NORMAL)
    cutter.SetInputData(surface)
    cutter.SetCutFunction(plane)
    for number, distance in enumerate(np.arange(along.min() + HATCH_STEP_MM / 2, along.max(), HATCH_STEP_MM)):
        cutter.SetValue(number, distance)
    tubes = vtkTubeFilter()  # thin lines would break up in the surface they lie in
    tubes.SetInputConnection(cutter.GetOutputPort())
    tubes.SetRadius(HATCH_RADIUS_MM)
    tubes.Update()
    hatch = _actor(tubes.GetOutput(), HATCH_COLOR)
    hatch.GetProperty().LightingOff()
    return hatch


def _actor(surface: vtkPolyData, color: Rgb) -> vtkActor:
    """A lit surface."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(surface)
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    style = actor.GetProperty()
    style.SetColor(*color)
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
    width, height = PICTURE_SIZE[0], PICTURE_SIZE[1] * (SPINE_VIEWPORT[3] - SPINE_VIEWPORT[1])
    across = float(np.hypot(size[0], size[1]))
    needed = max(float(size[2]) + 0.4 * across * VIEW_FROM[2], 1.1 * across * height / (0.5 * width))
    camera.SetParallelScale(needed / 2 / SPINE_FILL)
    camera.SetWindowCenter(2 * SPINE_SHIFT, 0)


def _cube_renderer(spine_camera: vtkCamera) -> vtkRenderer:
    """Orientation cube seen from where the spine is seen."""
    renderer = _layer(0)
    renderer.UseFXAAOn()
    renderer.SetViewport(CUBE_VIEWPORT)
    renderer.AddActor(orientation_cube())
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(0, 0, 0)
    camera.SetPosition(*np.subtract(spine_camera.GetPosition(), spine_camera.GetFocalPoint()))
    camera.SetViewUp(0, 0, 1)
    renderer.ResetCamera()
    camera.SetParallelScale(0.95)
    return renderer


def _label_ends(renderer: vtkRenderer, surfaces: Surfaces) -> dict[LumbarLevel, tuple[float, float]]:
    """Pixel at the right end of each body, at about its mid-height, origin below left."""
    left, bottom, right, top = SPINE_VIEWPORT
    aspect = PICTURE_SIZE[0] * (right - left) / (PICTURE_SIZE[1] * (top - bottom))
    matrix = renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(aspect, -1, 1)
    rows = np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(2)])
    ends = {}
    for level, surface in surfaces.items():
        view = (vtk_to_numpy(surface.GetPoints().GetData()) @ rows[:, :3].T + rows[:, 3] + 1) / 2
        pixels = (view * (right - left, top - bottom) + (left, bottom)) * PICTURE_SIZE
        low, high = pixels[:, 1].min(), pixels[:, 1].max()
        from_middle = np.abs(pixels[:, 1] - (low + high) / 2)
        # a mask in pieces may have nothing at its mid-height
        near = pixels[from_middle <= max(LABEL_BAND * (high - low), from_middle.min())]
        ends[level] = (float(near[:, 0].max()), float((low + high) / 2))
    return ends


def _faded(pixels: np.ndarray) -> np.ndarray:
    """The picture with the context running out into the paper where the legend begins, without an edge."""
    height, width = pixels.shape[:2]
    end = round(height * (1 - SPINE_VIEWPORT[1]))
    rows, left = slice(end - round(FADE_HEIGHT * height), end), slice(0, round(LABEL_COLUMN * width))
    weight = np.linspace(1, 0, rows.stop - rows.start)[:, None, None]
    pixels[rows, left] = np.round(weight * pixels[rows, left] + (1 - weight) * 255)
    return pixels


def _pixels(window: vtkRenderWindow) -> np.ndarray:
    """The picture as an array, first row on top."""
    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.Update()
    image = grab.GetOutput()
    width, height, _ = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)
    return np.ascontiguousarray(pixels[::-1])
