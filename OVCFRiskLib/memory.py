"""How much memory is left, asked before a header's word is taken for how much is needed; and keeping what is freed."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError, is_out_of_memory

MEMINFO = Path("/proc/meminfo")  # Linux' own account, in kB; other systems have no such file
# limit and use of a container, by version 2 and 1 of Linux' control groups
CONTAINER_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)
# glibc's parameters, and the values at which it arrives by itself once arrays of 32 MB have been freed
MALLOPT_OF_GLIBC = {"M_MMAP_THRESHOLD": (-3, 32 * 2**20), "M_TRIM_THRESHOLD": (-1, 64 * 2**20)}


def keep_freed_memory() -> None:
    """Have glibc keep what arrays free: taking it again page by page was two fifths of the time of a small CT.

    Other systems are left as they are.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is not None:
        for parameter, value in MALLOPT_OF_GLIBC.values():
            mallopt(parameter, value)


def available_bytes() -> int | None:
    """Memory and swap that this process could still take; None where the system does not say (not Linux)."""
    amounts = dict(re.findall(r"^(MemAvailable|SwapFree): +(\d+) kB$", _text(MEMINFO), re.MULTILINE))
    if "MemAvailable" not in amounts:
        return None
    left = [1024 * sum(map(int, amounts.values()))]
    for limit, used in CONTAINER_LIMITS:
        if (most := _text(limit).strip()).isdigit() and (now := _text(used).strip()).isdigit():
            left.append(max(0, int(most) - int(now)))
    return min(left)


def require_memory(needed_bytes: int, name: str) -> None:
    """Refuse an image that this machine cannot hold, before its memory is asked for.

    Parameters
    ----------
    needed_bytes : int
        Of the voxels alone, the least that reading takes.
    name : str
        The image, for the message.

    Raises
    ------
    OVCFRiskError
        If less memory is left.
    """
    left = available_bytes()
    if left is not None and needed_bytes > left:
        raise out_of_memory(f"{name} needs {needed_bytes / 1e9:.1f} GB, {left / 1e9:.1f} GB are free")


def require_no_lack(error: BaseException, name: str) -> None:
    """Raise what says that memory was lacking if an error of another library says so.

    Raises
    ------
    OVCFRiskError
        If the error is one of lacking memory.
    """
    if is_out_of_memory(error):
        raise out_of_memory(f"{name} could not be held") from error


def out_of_memory(what: str) -> OVCFRiskError:
    """The error for an input that may be sound, on a machine that is too small for it."""
    return OVCFRiskError(f"not enough memory: {what}; close other programs, or crop the CT to the lumbar spine")


def _text(path: Path) -> str:
    """Content of a small file of the system; empty where there is none."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
