"""Images that threads share: filters and views wait for each other by themselves, and nobody changes others' images.

What runs is looked at by `Testing/Lib/test_threads_on_images.py`; here every line of the code is.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GEOMETRY = "OVCFRiskLib/geometry.py"
# What of SimpleITK may be called as it is: it makes an image or something that is none, from no image.
FROM_NO_IMAGE = {
    *("Image", "GetImageFromArray", "ReadImage", "ImageFileReader", "ImageSeriesReader"),
    *("Transform", "AffineTransform", "ResampleImageFilter", "DICOMOrientImageFilter"),
}
CHANGES = {"SetOrigin", "SetSpacing", "SetDirection", "SetMetaData", "EraseMetaData", "SetPixel", "CopyInformation"}
# Who changes an image that was given to it, because its only callers have just made it.
CHANGES_NEW_ONES = {("OVCFRiskLib/volume_part.py", "_placed")}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every file of the library and the module, by its name."""
    for folder in ("OVCFRisk", "OVCFRiskLib"):
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            yield path.relative_to(REPOSITORY).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def unguarded(tree: ast.Module) -> list[str]:
    """Calls by which SimpleITK works on an image or shows its voxels, beside `run_filter` and `array_view`."""
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        function = call.func
        if not isinstance(function, ast.Attribute):
            continue
        is_of_sitk = isinstance(function.value, ast.Name) and function.value.id == "sitk"
        is_copy = function.attr == "Image" and len(call.args) == 1
        if (is_of_sitk and (function.attr not in FROM_NO_IMAGE or is_copy)) or (
            function.attr == "Execute" and call.args
        ):
            found.append(f"{call.lineno}: {ast.unparse(function)}")
    return found


def changes_of_others(tree: ast.Module) -> list[tuple[str, str]]:
    """(function, change) of what was handed to a function."""
    found = []
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        given = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)} - {"self"}
        made = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in CHANGES:
                owner = call.func.value
                if not isinstance(owner, ast.Name) or owner.id in given - made:
                    found.append((function.name, ast.unparse(call.func)))
    return found


def test_filters_and_views_go_through_the_two_functions_that_lock():
    found = {name: unguarded(tree) for name, tree in sources()}
    assert [line.split()[1] for line in found.pop(GEOMETRY)] == ["sitk.GetArrayViewFromImage"]
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_an_image_is_changed_by_who_made_it():
    found = {(name, function) for name, tree in sources() for function, _change in changes_of_others(tree)}
    assert found == CHANGES_NEW_ONES


@pytest.mark.parametrize(
    "line",
    [
        *("sitk.Resample(image, grid)", "sitk.GetArrayFromImage(image)", "filter.Execute(image)", "sitk.Image(image)"),
        *("sitk.WriteImage(image, path)", "numpy.array(sitk.GetArrayViewFromImage(image))", "sitk.Abs(image)"),
    ],
)
def test_an_unguarded_line_is_found(line):
    assert unguarded(ast.parse(line))


def test_a_change_of_what_was_given_is_found():
    text = "def move(image, other):\n    image.SetOrigin(other)\n    part.image.SetSpacing(other)\n"
    assert [change for _, change in changes_of_others(ast.parse(text))] == ["image.SetOrigin", "part.image.SetSpacing"]
    assert changes_of_others(ast.parse("def move(image):\n    image = crop(image)\n    image.SetOrigin(0)\n")) == []
