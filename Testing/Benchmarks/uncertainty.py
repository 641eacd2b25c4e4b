"""What the interval under redrawn masks costs: `python Testing/Benchmarks/uncertainty.py [--runs 5]`.

On a phantom of 512 x 512 x 160 voxels, side by side in one run: the eight features of one body, and the same of 30
redrawn masks, one thread: all eight, those with a coefficient in the demonstration card, which its intervals are made
of, and none, which is the drawing of the masks; then four levels as `ovcfrisk score` assesses them. Memory that arrays
free is kept, as there. Aims: 30 redrawn masks cost at most 6 times one extraction, four levels take less than 3 s.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import SimpleITK as sitk
from whole_ct import WHOLE_CT

from OVCFRiskLib.assess import PERTURBATION_REPEATS, PERTURBATION_SEED, assess
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.memory import keep_freed_memory
from OVCFRiskLib.radiomics import extract_features
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.scoring.uncertainty import perturbed_features
from OVCFRiskLib.simulation.phantom import make_phantom


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    keep_freed_memory()
    phantom, model = make_phantom(WHOLE_CT), load_model()
    ct, mask = phantom.ct, phantom.labels == int(LumbarLevel.L3)
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    whole = seconds(lambda: assess(ct, phantom.labels), runs, time.perf_counter)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    once = seconds(lambda: extract_features(ct, mask, model.feature_names, model.settings), runs)

    def repeat(names: Sequence[str]) -> float:
        arguments = ct, mask, names, model.settings, PERTURBATION_REPEATS, PERTURBATION_SEED
        return seconds(lambda: perturbed_features(*arguments), runs)

    rows = {
        "eight features": repeat(model.feature_names),
        "those the card weighs": repeat([term.name for term in model.terms if term.coefficient != 0]),
        "no feature": repeat([]),
    }
    print("voxels", " x ".join(str(n) for n in ct.GetSize()), "- medians, CPU time of one thread")
    print(f"{'eight features of one body':44}{once * 1000:8.0f} ms")
    for what, taken in rows.items():
        name = f"{PERTURBATION_REPEATS} redrawn masks, {what}"
        print(f"{name:44}{taken * 1000:8.0f} ms{taken / once:8.1f} x")
    print(f"{f'assess, four levels with intervals, {threads} threads':44}{whole * 1000:8.0f} ms")


def seconds(work: Callable[[], object], runs: int, clock: Callable[[], float] = time.process_time) -> float:
    """Median time, the first call left out."""
    work()
    measured = []
    for _ in range(runs):
        start = clock()
        work()
        measured.append(clock() - start)
    return statistics.median(measured)


if __name__ == "__main__":
    main()
