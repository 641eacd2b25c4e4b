"""Progress of a batch for a person or a program: rate and time left."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence

from OVCFRiskLib.batch.case_record import CaseRecord, CaseStatus
from OVCFRiskLib.counts import counted
from OVCFRiskLib.plain_text import REWRITE_LINE
from OVCFRiskLib.progress import LINE_EVERY_S

# The rate is that of the last cases: a resumed batch or a warm cache must not colour it.
RATE_CASES = 50


class BatchDisplay:
    """A listener of `run_batch` that prints.

    Parameters
    ----------
    style : str
        ``"text"`` (standard error) or ``"json"``: one object per line on standard output.
    """

    def __init__(self, style: str = "text") -> None:
        self._is_json = style == "json"
        self._failed = 0
        self._times: deque[float] = deque(maxlen=RATE_CASES + 1)
        self._last_line = 0.0

    def __call__(self, record: CaseRecord | None, done: int, total: int) -> None:
        """Report the start or a finished case."""
        self._times.append(time.monotonic())
        self._failed += record is not None and record.status is CaseStatus.FAILED
        per_minute, left_s = self._rate(total - done)
        if self._is_json:
            event: dict[str, str | float | None] = {
                "event": "case" if record else "start",
                "done": done,
                "total": total,
                "failed": self._failed,
            }
            if record:
                values = record.to_dict()
                event |= {name: values[name] for name in ("case_id", "status", "seconds", "error")}
            event |= {"cases_per_minute": per_minute, "seconds_left": left_s}
            print(json.dumps(event), flush=True)
            return
        self._print_line(record, done, total, per_minute, left_s)

    def finish(self, counts: Mapping[str, int], out: str, files: Sequence[str]) -> None:
        """Report the end: cases by status, and what was written into which folder."""
        if self._is_json:
            event = {"event": "finished", "out": out, "files": list(files), "cases": dict(counts)}
            print(json.dumps(event), flush=True)
        else:
            print("\n".join(f"{count:7} {status}" for status, count in counts.items()))
            if counts.get(CaseStatus.FAILED.value):
                print("why cases failed: column error of cases.csv; with the names of files: --log FILE")
            print(f"wrote {out}/: {', '.join(files)}")

    def _rate(self, remaining: int) -> tuple[float | None, float | None]:
        """Cases per minute and seconds left, once two times are known."""
        span = self._times[-1] - self._times[0]
        if span <= 0:
            return None, None
        per_second = (len(self._times) - 1) / span
        return round(per_second * 60, 2), round(remaining / per_second, 1)

    def _print_line(
        self, record: CaseRecord | None, done: int, total: int, per_minute: float | None, left_s: float | None
    ) -> None:
        """A line that is written over on a terminal; elsewhere one from time to time."""
        speed = f", {per_minute:.1f} per minute, {_clock(left_s)} left" if per_minute and left_s is not None else ""
        failed = f", {self._failed} failed" if self._failed else ""
        line = f"{done} of {counted(total, 'case')}{failed}{speed}"
        if sys.stderr.isatty():
            print(f"{REWRITE_LINE}{line}", end="\n" if done == total else "", file=sys.stderr, flush=True)
            return
        now = time.monotonic()
        if record is None or done == total or now - self._last_line >= LINE_EVERY_S:
            self._last_line = now
            print(line, file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    """Hours and minutes, or minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
