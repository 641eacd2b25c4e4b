"""The design of a case-control study of vertebral bodies: who enters, by which rule others do not, and what is left.

Yu et al. 2025 compare unfractured bodies of women after menopause with an osteoporotic fracture elsewhere (OVCF) and
without any (NF). Tables without a date of menopause let age stand in for it; a spine is "without fracture" as far as it
was in view.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from OVCFRiskLib.cohort.cohort_rules import CohortRules
from OVCFRiskLib.cohort.cohort_series import NO_CONTRAST, CohortSeries, GradedVertebra
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS, LEVELS, NO_FRACTURE


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A line of the flow diagram.

    Attributes
    ----------
    text : str
        What counts, or the rule that excluded.
    patients, series, bodies : int or None
        How many; None where the step does not count them.
    is_exclusion : bool
    """

    text: str
    patients: int | None = None
    series: int | None = None
    bodies: int | None = None
    is_exclusion: bool = True


@dataclass(frozen=True, slots=True)
class CohortBody:
    """A body that enters: its series, its level, its patient's group and worst grade anywhere."""

    series: CohortSeries
    level: str
    group: str
    vertebra: GradedVertebra
    worst_grade: int | None


@dataclass(frozen=True, slots=True)
class CohortPatient:
    """A patient who meets the rules, with or without a body that enters.

    Attributes
    ----------
    patient_id, group : str
    worst_grade : int or None
    series : tuple of CohortSeries
        Those that meet the rules.
    bodies : int
    """

    patient_id: str
    group: str
    worst_grade: int | None
    series: tuple[CohortSeries, ...]
    bodies: int

    def mean(self, name: str) -> float | None:
        """Mean of a number over the patient's series, those without it left out."""
        known = [value for item in self.series if (value := getattr(item, name)) is not None]
        return statistics.fmean(known) if known else None


@dataclass(frozen=True, slots=True)
class Cohort:
    """The outcome of a design."""

    rules: CohortRules
    bodies: tuple[CohortBody, ...]
    patients: tuple[CohortPatient, ...]
    flow: tuple[FlowStep, ...]

    def counts(self, group: str) -> tuple[int, int]:
        """Bodies and patients of a group that enter."""
        members = [body for body in self.bodies if body.group == group]
        return len(members), len({body.series.patient_id for body in members})


def select_cohort(series: Iterable[CohortSeries], rules: CohortRules, needs_files: bool) -> Cohort:
    """Apply the rules.

    Parameters
    ----------
    series : iterable of CohortSeries
    rules : CohortRules
    needs_files : bool
        Exclude series without CT and labels (or points); False designs over the tables alone.

    Returns
    -------
    Cohort

    Raises
    ------
    OVCFRiskError
        If a rule needs what the tables do not know (sex, contrast), or no body of a group is left.
    """
    everything = tuple(series)
    of_patient = _by_patient(everything)
    groups = {patient: _group(items, rules) for patient, items in of_patient.items()}
    flow = [FlowStep("in the tables", len(of_patient), len(everything), is_exclusion=False)]
    left = everything
    for text, is_kept in _rules(rules, groups, of_patient, needs_files):
        kept = tuple(item for item in left if is_kept(item))
        if len(kept) < len(left):
            flow.append(FlowStep(text, _patients(left) - _patients(kept), len(left) - len(kept)))
        left = kept
    flow.append(FlowStep("meet the rules", _patients(left), len(left), is_exclusion=False))
    bodies = _bodies(left, of_patient, groups, flow)
    for group in GROUPS:
        members = [body for body in bodies if body.group == group]
        flow.append(FlowStep(group, len({b.series.patient_id for b in members}), None, len(members), False))
    cohort = Cohort(rules, bodies, _cohort_patients(left, bodies, of_patient, groups), tuple(flow))
    _check_both_groups(cohort)
    return cohort


def _by_patient(series: Iterable[CohortSeries]) -> dict[str, tuple[CohortSeries, ...]]:
    found: dict[str, list[CohortSeries]] = defaultdict(list)
    for item in series:
        found[item.patient_id].append(item)
    return {patient: tuple(items) for patient, items in found.items()}


def _patients(series: Iterable[CohortSeries]) -> int:
    return len({item.patient_id for item in series})


def _group(items: tuple[CohortSeries, ...], rules: CohortRules) -> str | None:
    """Group of a patient by all vertebrae of all series; None for neither."""
    stated = {item.group for item in items} - {None}
    if len(stated) > 1:
        raise OVCFRiskError(
            f"{items[-1].place}: patient {items[0].patient_id} is in both groups; a patient has a fracture or has none"
        )
    if stated:
        return stated.pop()
    worst = _worst_grade(items)
    if worst is None or 0 < worst < rules.fracture_grade:
        return None
    return FRACTURE if worst else NO_FRACTURE


def _worst_grade(items: Iterable[CohortSeries]) -> int | None:
    return max((grade for item in items for grade in item.grades), default=None)


def _rules(
    rules: CohortRules,
    groups: Mapping[str, str | None],
    of_patient: Mapping[str, tuple[CohortSeries, ...]],
    needs_files: bool,
) -> list[tuple[str, Callable[[CohortSeries], bool]]]:
    """Text and test of every rule in force, in the order of the flow diagram."""
    found: list[tuple[str, Callable[[CohortSeries], bool]]] = []
    if rules.sexes != {"F", "M"}:
        sexes = {item.sex for items in of_patient.values() for item in items}
        if "" in sexes:
            raise OVCFRiskError(
                "the sex of some patients is unknown, so women cannot be selected; give the table that says it "
                "(--people, or the column sex), or take everybody with --men"
            )
        found.append(("men" if rules.sexes == {"F"} else "women", lambda item: item.sex in rules.sexes))
    youngest = rules.youngest_years
    found += [
        ("age unknown", lambda item: item.age is not None),
        (f"younger than {youngest:g} years", lambda item: item.age is not None and item.age >= youngest),
        (
            "no graded vertebra",
            lambda item: groups[item.patient_id] is not None or _worst_grade(of_patient[item.patient_id]) is not None,
        ),
        (f"worst grade below {rules.fracture_grade}, but not 0", lambda item: groups[item.patient_id] is not None),
    ]
    if rules.is_contrast_excluded:
        if any(not item.contrast for items in of_patient.values() for item in items):
            raise OVCFRiskError(
                "the contrast of some series is unknown, so they cannot be excluded; give the table that says it "
                "(--people, or the column contrast), or leave --no-contrast out"
            )
        found.append(("contrast-enhanced", lambda item: item.contrast == NO_CONTRAST))
    largest = rules.largest_voxel_mm
    if largest is not None:
        found.append(
            (
                f"voxels larger than {largest:g} mm",
                lambda item: item.resolution_mm is not None and item.resolution_mm <= largest,
            )
        )
    if needs_files:
        found.append(("no CT with labels on disk", lambda i: i.ct is not None and (i.labels or i.points) is not None))
    return found


def _bodies(
    series: tuple[CohortSeries, ...],
    of_patient: Mapping[str, tuple[CohortSeries, ...]],
    groups: Mapping[str, str | None],
    flow: list[FlowStep],
) -> tuple[CohortBody, ...]:
    """Bodies L1-L4 that enter; what excluded the others goes into the flow."""
    # of a body in several series the finest counts; the order of the table decides among equals
    order = {item.case_id: number for number, item in enumerate(series)}
    finest = sorted(series, key=lambda item: (item.resolution_mm or float("inf"), order[item.case_id]))
    excluded = dict.fromkeys(("fractured", "foreign material", "in a finer series of the patient already"), 0)
    seen: set[tuple[str, str]] = set()
    bodies, in_view = [], 0
    for item in finest:
        for level in LEVELS:
            vertebra = item.vertebrae.get(level)
            if vertebra is None:
                continue
            in_view += 1
            graded = [v.grade for other in of_patient[item.patient_id] if (v := other.vertebrae.get(level)) is not None]
            if vertebra.grade is None:
                excluded["foreign material"] += 1
            elif max(grade or 0 for grade in graded) > 0:
                excluded["fractured"] += 1
            elif (item.patient_id, level) in seen:
                excluded["in a finer series of the patient already"] += 1
            else:
                seen.add((item.patient_id, level))
                group = groups[item.patient_id] or ""
                bodies.append(CohortBody(item, level, group, vertebra, _worst_grade(of_patient[item.patient_id])))
    flow.append(FlowStep("L1-L4 in view", None, None, in_view, is_exclusion=False))
    flow += [FlowStep(text, bodies=count) for text, count in excluded.items() if count]
    bodies.sort(key=lambda body: (order[body.series.case_id], LEVELS.index(body.level)))
    return tuple(bodies)


def _cohort_patients(
    series: tuple[CohortSeries, ...],
    bodies: tuple[CohortBody, ...],
    of_patient: Mapping[str, tuple[CohortSeries, ...]],
    groups: Mapping[str, str | None],
) -> tuple[CohortPatient, ...]:
    return tuple(
        CohortPatient(
            patient,
            groups[patient] or "",
            _worst_grade(of_patient[patient]),
            items,
            sum(body.series.patient_id == patient for body in bodies),
        )
        for patient, items in _by_patient(series).items()
    )


def _check_both_groups(cohort: Cohort) -> None:
    for group in GROUPS:
        if not cohort.counts(group)[0]:
            steps = "; ".join(
                f"{step.text}: {step.bodies if step.patients is None else step.patients}" for step in cohort.flow
            )
            raise OVCFRiskError(f"no body of group {group} is left, a study needs both groups; {steps}")
