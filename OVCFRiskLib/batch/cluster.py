"""The workers of a dask cluster that exists already: a bounded number of cases in flight, results streamed back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from OVCFRiskLib.batch.case import OutputError
from OVCFRiskLib.batch.case_record import CaseRecord
from OVCFRiskLib.batch.case_settings import CaseSettings
from OVCFRiskLib.batch.guard import guarded_case
from OVCFRiskLib.batch.local import Result, Results
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.batch.scheduler_address import EXPECTED_ADDRESS, require_scheduler
from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.files import prepare_folder
from OVCFRiskLib.plain_text import printable

if TYPE_CHECKING:
    from distributed import Client, Future

# To reach a scheduler that answers, s; its workers may still be starting.
JOIN_SCHEDULER_S = 15
WORKERS_S = 60
LONGEST_REASON = 200  # characters of dask's own words
IN_FLIGHT_PER_WORKER = 2  # one at work, one waiting, so that no worker idles for the way of a result


def run_dask(cases: Iterable[Case], settings: CaseSettings, address: str) -> Results:
    """Cases on the workers of a dask scheduler, results as they come.

    The worker processes need one thread each (``--nthreads 1``) and the same paths as this machine for the data and
    the output folder.

    Parameters
    ----------
    cases : iterable of Case
        Taken one by one.
    settings : CaseSettings
    address : str
        Of the scheduler, e.g. ``tcp://host:8786``.

    Yields
    ------
    tuple of (Case, CaseRecord, bytes or None)

    Raises
    ------
    OVCFRiskError
        If the scheduler does not answer or is lost, there are no workers, they have several threads or do not see
        the output folder.
    """
    with contextlib.closing(_connect(address)) as client:
        _check_workers(client, settings)
        yield from _stream(client, iter(cases), settings)


def _connect(address: str) -> Client:
    """A client of the scheduler."""
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingDependencyError("distributed", "--dask") from error
    require_scheduler(address)
    _require_certificates(address)
    try:
        client = Client(address, timeout=JOIN_SCHEDULER_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = printable(str(error), LONGEST_REASON)
        raise OVCFRiskError(f"--dask: no scheduler answers at '{address}' ({reason}); {EXPECTED_ADDRESS}") from error
    return client


def _require_certificates(address: str) -> None:
    """TLS needs files that dask's own configuration names; without them it fails with an error of its insides."""
    from distributed.security import Security

    if not address.startswith("tls://"):
        return
    try:
        context = Security().get_connection_args("client").get("ssl_context")
    except (OSError, ValueError) as error:
        reason = printable(str(error), LONGEST_REASON)
        raise OVCFRiskError(f"--dask: the certificates of dask's configuration cannot be read ({reason})") from error
    if context is None:
        raise OVCFRiskError(
            f"--dask: '{address}' asks for TLS, and no certificates are configured; name ca-file, cert and key in "
            "dask's configuration (distributed.comm.tls)"
        )


def _check_workers(client: Client, settings: CaseSettings) -> None:
    """Refuse at once what would fail case by case."""
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError as error:
        raise OVCFRiskError(f"--dask: the scheduler has had no worker for {WORKERS_S} s; start some") from error
    threads = max(client.nthreads().values())
    if threads > 1:
        raise OVCFRiskError(
            f"--dask: expected workers with one thread each, got {threads}; start them with --nthreads 1 and more "
            "--nworkers, so that one case cannot take others with it"
        )
    try:
        client.run(prepare_folder, str(settings.out))
    except Exception as error:  # whatever the worker raises comes back as it is
        raise OVCFRiskError(
            f"--dask: a worker cannot use the output folder '{settings.out}' ({error}); it needs OVCFRisk and the same "
            "paths as this machine, e.g. on a network drive"
        ) from error


def _stream(client: Client, cases: Iterator[Case], settings: CaseSettings) -> Iterator[Result]:
    """Submit as results come back; what is done is released at once."""
    from distributed import as_completed

    waiting: dict[object, Case] = {}
    queue = as_completed(loop=client.loop)

    def fill() -> None:
        limit = IN_FLIGHT_PER_WORKER * max(1, len(client.nthreads()))
        while len(waiting) < limit and (case := next(cases, None)) is not None:
            future = client.submit(guarded_case, case, settings, pure=False)
            waiting[future.key] = case
            queue.add(future)

    try:
        fill()
        for future in queue:
            if future.status == "lost":  # it was on a worker that is gone; the scheduler has it computed again
                queue.add(future)
                continue
            case = waiting.pop(future.key)
            record, picture = _result(future, case)
            future.release()
            fill()
            yield case, record, picture
    finally:
        queue.clear()


def _result(future: Future, case: Case) -> tuple[CaseRecord, bytes | None]:
    """What came back, or a record that the cluster gave up."""
    from distributed import CancelledError, KilledWorker

    try:
        error = future.exception()
        if error is None and future.status != "cancelled":
            return future.result()
    except CancelledError as gone:
        error = gone
    if error is None or isinstance(error, CancelledError):
        raise OVCFRiskError("--dask: the scheduler is gone; what is finished is kept, go on with --resume")
    if isinstance(error, KilledWorker):
        return CaseRecord.failed(case, "the workers that ran it died and the cluster gave it up"), None
    if isinstance(error, OVCFRiskError):
        raise OutputError(str(error)) from error
    return CaseRecord.failed(case, f"the cluster failed on it: {type(error).__name__}: {error}"), None
