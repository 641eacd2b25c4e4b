"""Fixtures that several test files share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from OVCFRiskLib.simulation.phantom import Phantom, PhantomSettings, make_phantom

# The same examples for everyone, so that a red test is red again; `--hypothesis-profile default` looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Examples are looked for in the library, not in the programs and helpers beside the tests."""
    is_helper = collection_path.suffix == ".py" and not collection_path.name.startswith("test_")
    return True if is_helper else None


@pytest.fixture(scope="session", autouse=True)
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What programs leave among temporary files, such as tracebacks of provoked defects, goes with the run."""
    folder = str(tmp_path_factory.mktemp("tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real CTs, which are not part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real CTs are absent: no folder {SHARED_DATA.parent.name}/{SHARED_DATA.name} beside the project")
    return SHARED_DATA


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    """A small lumbar CT with known bodies."""
    return make_phantom(PhantomSettings(spacing_mm=(1.0, 1.0, 1.25), field_mm=(170.0, 150.0, 200.0)))
