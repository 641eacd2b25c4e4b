"""Helpers that tests of several packages share."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load(name: str, path: Path) -> ModuleType:
    """A helper module beside the tests, which are no package."""
    if name not in sys.modules:
        specification = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module
        specification.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def dicom_factory() -> ModuleType:
    """The module `reading/dicom_factory.py`: `write_series`, `write_object`, `plain_object`."""
    return _load("dicom_factory", Path(__file__).parent / "reading" / "dicom_factory.py")


@pytest.fixture(scope="session")
def damaged_ct() -> ModuleType:
    """The module `reading/damaged_ct.py`: `sound_ct`, `hu`, `read_as_stream`, `assert_outcome`."""
    return _load("damaged_ct", Path(__file__).parent / "reading" / "damaged_ct.py")


@pytest.fixture(scope="session")
def watching():
    """The context `watched_images`: what happens to images meanwhile."""
    return _load("watched_images", Path(__file__).parent / "watched_images.py").watched_images


@pytest.fixture(scope="session")
def vertebra_factory() -> ModuleType:
    """The module `reading/vertebra_factory.py`: `make_vertebrae`, `make_spine`."""
    return _load("vertebra_factory", Path(__file__).parent / "reading" / "vertebra_factory.py")


@pytest.fixture(scope="session")
def single_mask() -> ModuleType:
    """The module `radiomics/single_mask.py`: `features_alone`."""
    return _load("single_mask", Path(__file__).parent / "radiomics" / "single_mask.py")


@pytest.fixture(scope="session")
def paper_card() -> ModuleType:
    """The module `scoring/paper_card.py`: `make_paper_card`."""
    return _load("paper_card", Path(__file__).parent / "scoring" / "paper_card.py")


@pytest.fixture(scope="session")
def verse_tables(shared_data) -> tuple[Path, Path]:
    """The real tables."""
    folder = shared_data / "verse19-tables"
    if not folder.is_dir():
        pytest.skip("VerSe's tables are absent: no folder shared/data/verse19-tables beside the project")
    return folder / "ryai190138_appendixe1.xlsx", folder / "verse19fem_AppendixA.csv"


@pytest.fixture(scope="session")
def feature_rows() -> ModuleType:
    """The module `training/conftest.py`: `simulate_rows`, `table_text`, `DESCRIPTION`."""
    return _load("feature_rows", Path(__file__).parent / "training" / "conftest.py")
