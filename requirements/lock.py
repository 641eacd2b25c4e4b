"""Pin every package, for the Python that runs this: `python requirements/lock.py`.

Writes ``requirements/python3.X.txt`` from ``packages.in`` by what pip would install into an empty environment.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Resolve in a fresh environment and write the pins."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        report = Path(folder) / "report.json"
        subprocess.run(
            [
                f"{folder}/bin/python",
                "-m",
                "pip",
                "install",
                "--quiet",
                "--dry-run",
                "--report",
                str(report),
                "--only-binary=:all:",
                "--no-binary=docopt",
                "-r",
                str(HERE / "packages.in"),
            ],
            check=True,
        )
        installed = json.loads(report.read_text())["install"]
    pins = sorted({f"{item['metadata']['name']}=={item['metadata']['version']}" for item in installed}, key=str.lower)
    target = HERE / f"python3.{sys.version_info.minor}.txt"
    target.write_text("# made by requirements/lock.py from packages.in\n" + "\n".join(pins) + "\n")


if __name__ == "__main__":
    main()
