"""Damaged inputs: every one must end in a result or an OVCFRiskError. `python Testing/Benchmarks/fuzz.py [--inputs N]`.

CTs (DICOM, NIfTI plain and compressed, NRRD, MetaImage), markups, model cards, published models, tables, manifests and
a batch's records are damaged at random (bytes flipped, cut, doubled, numbers replaced by impossible ones) and read.
Printed: how many were read, how many refused, the slowest, and each that ended otherwise,
with the seed that makes it again. The tests run the same with fewer inputs.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.manifest_table import Manifest
from OVCFRiskLib.batch.tables import RESERVED_COLUMNS
from OVCFRiskLib.ct import read_ct_and_acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import read_points, write_points
from OVCFRiskLib.radiomics import FROZEN_FEATURES
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.scoring.bundled_cards import CARDS_FOLDER, DEFAULT_MODEL_ID
from OVCFRiskLib.scoring.published import import_published
from OVCFRiskLib.training.feature_table import read_feature_table

sys.path.append(str(Path(__file__).resolve().parents[1] / "Lib" / "reading"))
import dicom_factory

KINDS = (
    *("nifti", "nifti.gz", "nrrd", "metaimage", "dicom", "markups", "card", "published"),
    *("table", "manifest", "record", "batch.json"),
)
SLOWEST_S, LARGEST_GB = 20.0, 2.0
# What stands for a number in text, and what a careless or hostile writer puts there.
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
ODD_VALUES = (
    *(b"NaN", b"-1", b"0", b"1e400", b"-1e308", b"null", b'""', b"[]", b"{}", b"true", b"9" * 40, b"1e-320"),
    *(
        b"9" * 400,
        b"9" * 5000,
        b"[" * 300,
        b"[" * 20_000,
        b'"\\ud800"',
        b'"\\u001b[2J"',
        b'"x\\u0000"',
        b"-Infinity",
        b"1" + b"0" * 30,
    ),
)
# Where the header ends: behind it are voxels, in which a changed byte is no fault.
HEADER_BYTES = {"nifti": 400, "nifti.gz": 200, "nrrd": 500, "metaimage": 400, "dicom": 1400}


@dataclass(slots=True)
class Outcome:
    """What became of the inputs of one kind."""

    read: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        """How many were tried."""
        return self.read + self.refused + len(self.faults)


def damage(data: bytes, random: np.random.Generator, reach: int | None = None) -> bytes:
    """The data with one to four faults in its first ``reach`` bytes."""
    for _ in range(random.integers(1, 5)):
        size = max(min(len(data), reach or len(data)), 1)
        at = int(random.integers(size))
        length = int(random.integers(1, 1 + min(64, size)))
        match int(random.integers(7)):
            case 0 | 1:
                data = data[:at] + random.bytes(int(random.integers(1, 9))) + data[at + int(random.integers(9)) :]
            case 2:
                data = data[:at] + bytes([data[at] ^ (1 << int(random.integers(8)))]) + data[at + 1 :] if data else b"?"
            case 3:
                data = data[:at] + data[at + length :]
            case 4:
                data = data[: at + length] + data[at:]
            case 5:
                data = data[: int(random.integers(len(data) + 1))]
            case _:
                data = _replace_number(data, random, at)
    return data


def _replace_number(data: bytes, random: np.random.Generator, at: int) -> bytes:
    """The next number in text becomes an odd value."""
    found = NUMBER.search(data, at)
    odd = ODD_VALUES[random.integers(len(ODD_VALUES))]
    return data if found is None else data[: found.start()] + odd + data[found.end() :]


def targets(folder: Path) -> Iterator[tuple[str, Path, Callable[[], object]]]:
    """(kind, file to damage, what reads it) on small sound inputs."""
    ct = sitk.GetImageFromArray(np.random.default_rng(0).integers(-1000, 1500, (6, 12, 10)).astype(np.int16))
    ct.SetSpacing((0.7, 0.7, 1.25))
    for kind, name in {"nifti": "ct.nii", "nifti.gz": "ct.nii.gz", "nrrd": "ct.nrrd", "metaimage": "ct.mha"}.items():
        path = folder / name
        sitk.WriteImage(ct, str(path))
        yield kind, path, partial(read_ct_and_acquisition, path)
    series = folder / "series"
    slices = dicom_factory.write_series(series, ct)
    yield "dicom", slices[2], lambda: read_ct_and_acquisition(series)
    markups = folder / "points.mrk.json"
    write_points({level: (1.0, 2.0, 30.0 * (24 - level)) for level in LumbarLevel}, markups)
    yield "markups", markups, lambda: read_points(markups)
    yield from _model_targets(folder)
    yield from _table_targets(folder)


def _model_targets(folder: Path) -> Iterator[tuple[str, Path, Callable[[], object]]]:
    """Cards and what they are imported from."""
    card = folder / "card.json"
    card.write_bytes((CARDS_FOLDER / f"{DEFAULT_MODEL_ID}.json").read_bytes())
    yield "card", card, lambda: load_model(str(card))
    document = json.loads(card.read_text(encoding="utf-8"))
    for key in ("schema_version", "status", "intended_use", "sha256"):
        del document[key]
    for key in ("input_sha256", "software"):
        del document["training"][key]
    published = folder / "published.json"
    published.write_text(json.dumps(document | {"id": "fuzzed"}), encoding="utf-8")
    yield "published", published, lambda: import_published(published)


def _table_targets(folder: Path) -> Iterator[tuple[str, Path, Callable[[], object]]]:
    """Tables of features, manifests, and the record and the settings of a batch that is gone on with."""
    table = folder / "features.csv"
    names = ",".join(FROZEN_FEATURES)
    numbers = np.random.default_rng(0).normal(100, 10, (8, len(FROZEN_FEATURES))).round(3).astype(str)
    rows = [f"p{n},L{n % 4 + 1},{'OVCF' if n % 2 else 'NF'},{','.join(row)}" for n, row in enumerate(numbers)]
    table.write_text("\n".join([f"patient_id,level,group,{names}", *rows]) + "\n", encoding="utf-8")
    yield "table", table, lambda: read_feature_table(table)
    manifest = folder / "manifest.csv"
    manifest.write_text("case_id,ct,labels\na,absent,x\nb,absent,x\n", encoding="utf-8")
    yield "manifest", manifest, lambda: list(Manifest(manifest, RESERVED_COLUMNS))
    sound, out = folder / "sound.csv", folder / "batch"
    sound.write_bytes(manifest.read_bytes())
    run_batch(sound, out, BatchOptions(workers=0))
    again = partial(run_batch, sound, out, BatchOptions(workers=0, resume=True))
    yield "record", next(out.glob("records/*/*.json")), again
    yield "batch.json", out / "batch.json", again


def fuzz(inputs: dict[str, int], folder: Path, seed: int = 0) -> dict[str, Outcome]:
    """Damage and read; warnings count as faults, for they would reach the user."""
    outcomes = {}
    for kind, path, read in targets(folder):
        sound, outcome = path.read_bytes(), Outcome()
        read()  # the sound one can be read
        for number in range(inputs.get(kind, 0)):
            random = np.random.default_rng([seed, number])
            path.write_bytes(damage(sound, random, HEADER_BYTES.get(kind)))
            _try(read, outcome, f"{kind} {seed}/{number}")
        path.write_bytes(sound)
        outcomes[kind] = outcome
    return outcomes


def _try(read: Callable[[], object], outcome: Outcome, name: str) -> None:
    """Read one input and note how it ended."""
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read()
        outcome.read += 1
    except OVCFRiskError:
        outcome.refused += 1
    except Exception as error:  # any other end is what this looks for
        outcome.faults.append(f"{name}: {type(error).__name__}: {error}")
    seconds = time.perf_counter() - start
    outcome.slowest_s = max(outcome.slowest_s, seconds)
    if seconds > SLOWEST_S:
        outcome.faults.append(f"{name}: took {seconds:.0f} s")


def peak_gb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> int:
    """Print the table; 1 when an input ended otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=850, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = fuzz(dict.fromkeys(KINDS, args.inputs), Path(folder), args.seed)
    print(f"{'kind':10}{'inputs':>8}{'read':>8}{'refused':>9}{'faults':>8}{'slowest s':>11}")
    for kind, found in outcomes.items():
        numbers = f"{found.inputs:8}{found.read:8}{found.refused:9}{len(found.faults):8}"
        print(f"{kind:10}{numbers}{found.slowest_s:11.2f}")
    print(f"peak of memory {peak_gb():.2f} GB")
    faults = [fault for found in outcomes.values() for fault in found.faults]
    print("\n".join(faults[:40]))
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
