"""`ovcfrisk batch`: the CTs of a manifest, on this machine or a dask cluster."""

from __future__ import annotations

import argparse
import contextlib
import signal
from collections.abc import Iterator

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import add_complete, add_excel, add_numbering, available_cores, require_folder_name
from OVCFRiskLib.errors import CancelledError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "manifest",
        metavar="MANIFEST.csv",
        help="columns case_id, ct, points or labels, further ones are carried through; paths relative to the file",
    )
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for the tables, records and summary.html")
    add_excel(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one per core; 0: this process, no isolation)"
    )
    where.add_argument(
        "--dask", metavar="ADDRESS", help="scheduler of a cluster, e.g. tcp://host:8786, or its scheduler file"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the batch in DIR; finished cases are kept")
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: run failed cases once more")
    parser.add_argument(
        "--features",
        nargs="?",
        const="frozen",
        choices=("frozen", "all"),
        help="write features.csv: the model's features, or all 107 (pyradiomics)",
    )
    add_numbering(parser)
    parser.add_argument(
        "--observers",
        type=int,
        choices=(1, 2),
        default=1,
        help="2: also write features_observer2.csv for `ovcfrisk train --second-observer`: of the columns points2 or "
        "labels2, else of points moved by up to 5 mm or of redrawn masks; needs --features",
    )
    parser.add_argument("--reports", action="store_true", help="a folder per case with what `ovcfrisk score` writes")
    add_complete(parser)
    parser.add_argument("--timeout", type=float, metavar="S", help="stop a case after this many seconds")
    parser.add_argument("--model", metavar="ID_OR_FILE", help="model id or card file (default: the demonstration)")
    parser.add_argument(
        "--log", metavar="FILE", help="add the full messages of the cases, which name files, to FILE (JSON lines)"
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--quiet", action="store_true", help="print errors only")
    output.add_argument("--progress", choices=("text", "json"), default="text", help="json: one object per line")


def run(arguments: argparse.Namespace) -> int:
    """Run, tell, and say by the exit code whether every level of every case is scored."""
    require_folder_name(arguments.out)
    from OVCFRiskLib.batch import BatchOptions, run_batch
    from OVCFRiskLib.batch.display import BatchDisplay

    options = BatchOptions(
        workers=available_cores() if arguments.workers is None else arguments.workers,
        dask_address=arguments.dask,
        resume=arguments.resume,
        retry_failed=arguments.retry_failed,
        feature_set=arguments.features,
        with_reports=arguments.reports,
        timeout_s=arguments.timeout,
        model=arguments.model,
        observers=arguments.observers,
        numbering=arguments.numbering,
        complete=arguments.complete,
        log=arguments.log,
    )
    display = None if arguments.quiet else BatchDisplay(arguments.progress)
    with _stopped_by_terminate():
        try:
            result = run_batch(arguments.manifest, arguments.out, options, display)
        except KeyboardInterrupt:
            raise CancelledError("interrupted; finished cases are kept: go on with --resume") from None
    if display:
        display.finish(result.counts, arguments.out, result.files)
    return exit_codes.of_completeness(result.is_complete)


@contextlib.contextmanager
def _stopped_by_terminate() -> Iterator[None]:
    """SIGTERM, which schedulers such as SLURM send, stops like Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
