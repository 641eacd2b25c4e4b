"""Write the file lists of the module's CMakeLists.txt from what git tracks: `python CMake/update_lists.py [--check]`.

Slicer ships only files that are listed by hand in CMake. This keeps the hand honest.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = ("OVCFRiskLib", "OVCFRisk")
# read by people or by CMake in the source tree, of no use in an installed Slicer
NOT_SHIPPED_SUFFIXES = (".md", ".txt", ".in")


def shipped_files(folder: str, repository: Path = REPOSITORY) -> tuple[list[str], list[str]]:
    """Scripts and resources below a folder, relative to it, sorted.

    Parameters
    ----------
    folder : str
        ``"OVCFRiskLib"`` or ``"OVCFRisk"``.
    repository : Path
        A git checkout, or an unpacked archive of one.

    Returns
    -------
    tuple of two lists of str
        ``*.py`` files, and everything else that is shipped.
    """
    try:
        listing = subprocess.run(
            ["git", "ls-files", "--", folder], cwd=repository, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listing = [p.relative_to(repository).as_posix() for p in (repository / folder).rglob("*") if p.is_file()]
    files = [
        Path(name).relative_to(folder).as_posix()
        for name in listing
        if "__pycache__" not in name and not name.endswith(NOT_SHIPPED_SUFFIXES) and (repository / name).is_file()
    ]
    scripts = sorted(name for name in files if name.endswith(".py"))
    return scripts, sorted(set(files) - set(scripts))


def listed_files(folder: str, repository: Path = REPOSITORY) -> tuple[list[str], list[str]]:
    """Scripts and resources as the folder's CMakeLists.txt names them, in its order."""
    text = (repository / folder / "CMakeLists.txt").read_text(encoding="utf-8")
    return tuple(_block(text, name).group("files").split() for name in ("SCRIPTS", "RESOURCES"))


def update_lists(folder: str, repository: Path = REPOSITORY) -> bool:
    """Rewrite both lists of a folder; True when something changed."""
    path = repository / folder / "CMakeLists.txt"
    before = after = path.read_text(encoding="utf-8")
    for name, files in zip(("SCRIPTS", "RESOURCES"), shipped_files(folder, repository), strict=True):
        block = _block(after, name)
        lines = "".join(f"  {file}\n" for file in files)
        after = after[: block.start("files")] + lines + after[block.end("files") :]
    path.write_text(after, encoding="utf-8")
    return after != before


def _block(text: str, name: str) -> re.Match[str]:
    """The ``set(MODULE_PYTHON_<name> ...)`` of a CMakeLists.txt."""
    return re.search(rf"set\(MODULE_PYTHON_{name}\n(?P<files>(?:.*\n)*?)  \)", text)


def main(arguments: list[str]) -> int:
    """Update, or with ``--check`` only say what is wrong; exit status 1 when lists were wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args(arguments)
    wrong = [folder for folder in FOLDERS if listed_files(folder) != shipped_files(folder)]
    for folder in wrong:
        if not options.check:
            update_lists(folder)
        print(f"{folder}/CMakeLists.txt {'differs from the folder' if options.check else 'updated'}")
    return 1 if wrong and options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
