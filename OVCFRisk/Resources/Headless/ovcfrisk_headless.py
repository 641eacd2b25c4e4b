"""The `ovcfrisk` commands inside Slicer's own Python, without a window.

    Slicer --no-splash --no-main-window --exit-after-startup --python-script ovcfrisk_headless.py -- score CT ...

Everything after ``--`` belongs to ``ovcfrisk`` (see ``ovcfrisk --help``); before it, Slicer would take words it knows,
such as ``--version`` and ``--testing``, for itself. The exit status is that of the command: 0 all right, 1 some
vertebra or case not scored, 2 bad usage or input, 3 a defect of the program.
"""

import sys
from pathlib import Path


def find_library(script=__file__):
    """Put the library on the path: beside the module when installed, at the repository root in a source tree."""
    module = Path(script).resolve().parents[2]
    for folder in (module, module.parent):
        if (folder / "OVCFRiskLib" / "__init__.py").is_file() and str(folder) not in sys.path:
            sys.path.append(str(folder))


def own_arguments(arguments):
    """The arguments that are ours; a leading ``--`` only kept Slicer from taking them."""
    return arguments[1:] if arguments[:1] == ["--"] else arguments


def main(arguments):
    """Run one command and return its exit status."""
    find_library()
    from OVCFRiskLib.cli import main as run_command

    status = run_command(own_arguments(arguments))
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    # not slicer.util.exit: with --exit-after-startup its status is lost
    sys.exit(main(sys.argv[1:]))
