"""The errors a user can meet. Each message says what was expected, what came, and what to do."""

from __future__ import annotations


class OVCFRiskError(ValueError):
    """Bad input or an unusable environment, told so that the user can mend it."""


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
