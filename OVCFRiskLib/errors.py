"""The errors a user can meet. Each message says what was expected, what came, and what to do."""

from __future__ import annotations


class OVCFRiskError(ValueError):
    """Bad input or an unusable environment, reported so that the user can fix it."""


class MissingDependencyError(OVCFRiskError):
    """An optional package is needed for what was asked."""

    def __init__(self, package: str, purpose: str, install: str | None = None) -> None:
        super().__init__(
            f"{purpose} needs the Python package '{package}', which is not installed here; "
            f"install it with: {install or f'pip install {package}'}"
        )
        self.package = package


class CancelledError(OVCFRiskError):
    """The progress callback asked to stop; nothing was written or changed."""

    def __init__(self, step: str) -> None:
        super().__init__(f"cancelled by the user during: {step}")


# How NumPy's, ITK's and the C++ library's errors say that memory could not be had; ITK raises them as RuntimeError.
OUT_OF_MEMORY_WORDS = ("bad_alloc", "allocate memory", "Unable to allocate", "out of memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, says that memory could not be had: no fault of the input.

    Examples
    --------
    >>> is_out_of_memory(RuntimeError("Failed to allocate memory for image.")), is_out_of_memory(ValueError("bad"))
    (True, False)
    """
    cause = root_cause(error)
    return isinstance(cause, MemoryError) or any(words in str(cause) for words in OUT_OF_MEMORY_WORDS)


def root_cause(error: BaseException) -> BaseException | None:
    """What an error of ours was raised from, through all errors of ours between; None where it was our own finding.

    Examples
    --------
    >>> root_cause(OSError("disk full"))
    OSError('disk full')
    >>> root_cause(OVCFRiskError("expected a file, got a folder")) is None
    True
    """
    cause: BaseException | None = error
    while isinstance(cause, OVCFRiskError):  # its words are ours, about what it was raised from
        cause = cause.__cause__
    return cause
