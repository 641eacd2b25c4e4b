"""What the checks found, with values and limits, and where the numbers come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.assessment import Provenance, SpineAssessment
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.wording import age_text, quantity

# Findings are listed by severity, what stops scoring first.
SEVERITY_ORDER = (Severity.STOPS_SCORING, Severity.WARNING, Severity.NOTE)
# severity -> CSS class of its badge
SEVERITY_CLASSES = {Severity.STOPS_SCORING: "stops", Severity.WARNING: "warns", Severity.NOTE: "notes"}
# Facts of acquisition the report shows: name, unit.
ACQUISITION_FACTS = {
    "manufacturer": ("Scanner", ""),
    "model": ("Scanner model", ""),
    "kvp": ("Tube voltage", "kV"),
    "exposure_mas": ("Exposure", "mAs"),
    "kernel": ("Convolution kernel", ""),
    "slice_thickness_mm": ("Slice thickness", "mm"),
    "contrast_agent": ("Contrast medium", ""),
    "patient_sex": ("Sex", ""),
    "patient_age_years": ("Age", "years"),
}


def check_table(assessment: SpineAssessment) -> Markup:
    """Findings of the CT and of each level, the gravest first; a sentence when there is none."""
    found = [*assessment.findings, *(finding for row in assessment.levels for finding in row.findings)]
    if not found:
        return element("p", "No check of the acquisition or of the masks found anything to report.")
    found.sort(key=lambda finding: SEVERITY_ORDER.index(finding.severity))
    titles = (("Where", None), ("Finding", None), ("Measured", "number"), ("Limit", "number"), ("Severity", None))
    head = element("tr", *[element("th", title, scope="col", class_=class_) for title, class_ in titles])
    return element("table", element("thead", head), element("tbody", *[_finding(f) for f in found]), class_="checks")


def provenance_table(provenance: Provenance, acquisition: Acquisition | None, is_named: bool = False) -> Markup:
    """What is needed to get the same numbers again."""
    rows = [
        ("Model", f"{provenance.model_id} ({provenance.model_status})"),
        ("Model SHA-256", provenance.model_sha256),
        ("Software", f"OVCFRisk {provenance.software_version}"),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in sorted(provenance.libraries.items()))),
        ("CT SHA-256 (voxels and geometry)", provenance.ct_sha256),
        ("Masks SHA-256 (voxels and geometry)", provenance.labels_sha256),
        *((f"Setting: {name}", value) for name, value in _settings(provenance.settings)),
        *(_acquisition(acquisition, is_named) if acquisition else ()),
    ]
    body = [element("tr", element("th", name, scope="row"), element("td", value)) for name, value in rows]
    return element("table", element("tbody", *body), class_="provenance")


def _finding(finding: Finding) -> Markup:
    """One finding."""
    source = [element("small", finding.code, f" · {finding.source}" if finding.source else "")]
    severity = element("span", finding.severity.value, class_=f"badge {SEVERITY_CLASSES[finding.severity]}")
    return element(
        "tr",
        element("th", finding.level.name if finding.level else "CT", scope="row"),
        element("td", finding.text, *source),
        element("td", quantity(finding.value, finding.unit), class_="number", data_label="Measured"),
        element("td", quantity(finding.limit, finding.unit), class_="number", data_label="Limit"),
        element("td", severity),
    )


def _settings(settings: Mapping[str, object], start: str = "") -> Iterator[tuple[str, str]]:
    """Names and values, sorted, nested ones behind their mapping's name."""
    for key, value in sorted(settings.items()):
        name = f"{start}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _settings(value, f"{name}, ")
        elif isinstance(value, list | tuple):
            yield name, " × ".join(f"{v}" for v in value) if "spacing" in key else ", ".join(f"{v}" for v in value)
        else:
            yield name, "none" if value is None else str(value)


def _acquisition(acquisition: Acquisition, is_named: bool) -> Iterator[tuple[str, str]]:
    """Facts the CT's header gives; nothing that identifies a person."""
    for field, (name, unit) in ACQUISITION_FACTS.items():
        value = getattr(acquisition, field)
        if value is None:
            continue
        text = age_text(value, is_named) if field == "patient_age_years" else quantity(value, unit)
        yield f"Acquisition: {name.lower()}", text
