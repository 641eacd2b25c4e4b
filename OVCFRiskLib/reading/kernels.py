"""Which convolution kernels are sharp, by the manufacturers' names."""

from __future__ import annotations

import re

# What a kernel is to texture; unknown names count as the first.
KERNEL_KINDS = ("standard", "sharp")
# Siemens: letters of the body part, then the sharpness in two digits (B31f, Br44, I70h, Hr68); from the mid-fifties on
# kernels enhance edges ("medium sharp" and above in the manufacturer's table).
_SIEMENS = re.compile(r"^[BHIUTQ][rlvfpcuo]?(\d{2})[a-z]?\b", re.IGNORECASE)
SIEMENS_SHARP = 55
# Canon / Toshiba: FC30-39 bone, FC50-59 lung, FC80-89 high resolution.
_CANON = re.compile(r"^FC(\d{2})", re.IGNORECASE)
CANON_SHARP = (range(30, 40), range(50, 60), range(80, 90))
# GE: names; Philips: letters for sharp and detail kernels, with an optional Y prefix.
_GE = re.compile(r"\b(BONE|BONEPLUS|EDGE|LUNG|ULTRA|HD\w*BONE)\b", re.IGNORECASE)
_PHILIPS = re.compile(r"^Y?[CDEL]$", re.IGNORECASE)


def is_sharp_kernel(kernel: str) -> bool:
    """True when a convolution kernel's name stands for a sharp reconstruction; False also for unknown names.

    Examples
    --------
    >>> [is_sharp_kernel(k) for k in ("B70f", "Br64", "BONEPLUS", "FC30", "YC")]
    [True, True, True, True, True]
    >>> [is_sharp_kernel(k) for k in ("B31f", "Br40", "STANDARD", "FC08", "B")]
    [False, False, False, False, False]
    """
    name = kernel.strip()
    siemens = _SIEMENS.match(name)
    if siemens:
        return int(siemens.group(1)) >= SIEMENS_SHARP
    canon = _CANON.match(name)
    if canon:
        return any(int(canon.group(1)) in numbers for numbers in CANON_SHARP)
    return bool(_GE.search(name) or _PHILIPS.match(name))


def kernel_kind(kernel: str) -> str:
    """Which of `KERNEL_KINDS` a convolution kernel is.

    Examples
    --------
    >>> kernel_kind("B31f"), kernel_kind("B70f")
    ('standard', 'sharp')
    """
    return KERNEL_KINDS[is_sharp_kernel(kernel)]
