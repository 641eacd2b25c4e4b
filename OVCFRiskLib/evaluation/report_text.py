"""An evaluation in words and tables: on the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from OVCFRiskLib.counts import counted_bodies
from OVCFRiskLib.evaluation.characteristics import GroupCharacteristics, Spread, characteristics
from OVCFRiskLib.evaluation.markers import Comparison
from OVCFRiskLib.evaluation.results import Evaluation, SetEvaluation
from OVCFRiskLib.evaluation.subgroups import Subgroup
from OVCFRiskLib.figures.style import has_width, number_text
from OVCFRiskLib.statistics.bootstrap import Interval
from OVCFRiskLib.statistics.delong import AreaDifference, Auc
from OVCFRiskLib.statistics.roc import Proportion

# Begins the report, before any number: what the score is for and what it is not.
RESEARCH_NOTE = (
    "Research software, not a medical device. The score discriminates bodies of women with and without an osteoporotic "
    "fracture at the time of the CT; it predicts no future fracture."
)
# Where a number could not be computed: an empty cell would look forgotten.
EMPTY_CELL = "-"


def summary_text(evaluation: Evaluation) -> str:
    """The areas and the frozen cut-off of every set, a few lines for the terminal."""
    lines = [evaluation.meaning.notice] if evaluation.meaning.notice else []
    for part in evaluation.sets:
        for found in part.discriminations:
            lines.append(
                f"{part.name:10} AUC {found.marker:10} {found.auc.value:.3f}  DeLong "
                f"{range_text(found.auc)}  by patient {range_text(found.by_patient)}"
            )
        for point in part.operating_points:
            lines.append(
                f"{part.name:10} {point.rule} ({point.origin}): sensitivity for OVCF "
                f"{share_text(point.confusion.sensitivity)}, specificity {share_text(point.confusion.specificity)}"
            )
    return "\n".join(lines)


def report_markdown(evaluation: Evaluation, figures: Iterable[str] = (), notes: Iterable[str] = ()) -> str:
    """The whole report.

    Parameters
    ----------
    evaluation : Evaluation
    figures : iterable of str
        Names of the PNG files beside the report.
    notes : iterable of str
        Statements about the model, e.g. that it is a demonstration.
    """
    meaning, table = evaluation.meaning, evaluation.table
    model = (
        f"model `{meaning.model_id}` (SHA-256 {meaning.model_sha256[:12]}…)" if meaning.model_id else "no model card"
    )
    parts = [
        f"# Evaluation of {table.name}",
        RESEARCH_NOTE,
        *(f"**{note}**" for note in notes),
        f"Scores by {model}; {'higher' if meaning.higher_is_risk else 'lower'} {meaning.name} = more risk; frozen "
        f"cut-off {meaning.cutoff:.6g}. Positive class: OVCF. {counted_bodies(len(table.scores))} scored, "
        f"{len(table.not_scored)} not scored and left out.",
        "Intervals are 95 %: DeLong treats bodies as independent; *by patient* draws women with replacement "
        f"({evaluation.draws} times, seed {evaluation.seed}) and is the one to quote.",
    ]
    for part in evaluation.sets:
        parts += _set_sections(evaluation, part)
    if evaluation.between_sets is not None:
        parts += ["## Training against test", _comparison_table([evaluation.between_sets], "df")]
    parts += [f"![{name.removesuffix('.png').replace('_', ' ')}]({name})" for name in figures]
    return "\n\n".join(parts) + "\n"


def markdown_table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def share_text(share: Proportion) -> str:
    """Counts, share and Wilson interval, e.g. ``40/54 = 74.1 % (61.1-83.9)``."""
    if share.total == 0:
        return EMPTY_CELL
    return f"{share.count}/{share.total} = {share.value:.1%} ({100 * share.lower:.1f}-{100 * share.upper:.1f})".replace(
        "%", " %"
    )


def _set_sections(evaluation: Evaluation, part: SetEvaluation) -> list[str]:
    """Characteristics, discrimination, operating points, calibration, subgroups of one set."""
    sections = [
        f"## {part.name.capitalize()} set",
        _characteristics_table(characteristics(part.table), evaluation.meaning.name),
        "### Discrimination",
        markdown_table(
            ("marker", "patients", "OVCF bodies", "NF bodies", "AUC", "DeLong", "by patient"),
            [
                (
                    d.marker,
                    d.patients,
                    d.fractures,
                    d.controls,
                    f"{d.auc.value:.4f}",
                    range_text(d.auc),
                    range_text(d.by_patient),
                )
                for d in part.discriminations
            ],
        ),
    ]
    if part.comparisons:
        sections.append(_comparison_table(part.comparisons, "statistic"))
    sections += [
        "### At cut-offs (fracture class positive)",
        markdown_table(
            ("rule", "cut-off from", "sensitivity", "specificity", "PPV", "NPV", "accuracy"),
            [
                (
                    p.rule,
                    p.origin,
                    *map(
                        share_text,
                        (
                            p.confusion.sensitivity,
                            p.confusion.specificity,
                            p.confusion.positive_predictive_value,
                            p.confusion.negative_predictive_value,
                            p.confusion.accuracy,
                        ),
                    ),
                )
                for p in part.operating_points
            ],
        ),
        _calibration_text(part),
        _decision_text(part),
        "### Subgroups",
        markdown_table(
            ("subgroup", "patients", "OVCF", "NF", "AUC (by patient)", "sensitivity", "specificity"),
            [_subgroup_row(group) for group in part.subgroups],
        ),
    ]
    return sections


def _characteristics_table(groups: Sequence[GroupCharacteristics], score_name: str) -> str:
    return markdown_table(
        ("group", "patients", "bodies", "L1 / L2 / L3 / L4", "age, years", "T-score", score_name),
        [
            (
                g.group,
                g.patients,
                g.bodies,
                " / ".join(str(count) for count in g.bodies_per_level.values()),
                _spread(g.age_years, 1),
                _spread(g.t_score, 2),
                _spread(g.score, 3),
            )
            for g in groups
        ],
    )


def _comparison_table(comparisons: Sequence[Comparison], extra: str) -> str:
    return markdown_table(
        ("difference of AUCs", "value", "DeLong", "by patient", extra, "p (DeLong)"),
        [
            (
                f"{c.first} - {c.second}",
                f"{c.delong.difference:+.4f}",
                range_text(c.delong),
                range_text(c.by_patient),
                f"{getattr(c.delong, extra):.2f}",
                p_value_text(c.delong.p_value),
            )
            for c in comparisons
        ],
    )


def _calibration_text(part: SetEvaluation) -> str:
    if part.calibration is None:
        return "### Calibration\n\nThe score stands for no probability, so calibration was not measured."
    found = part.calibration
    return (
        f"### Calibration\n\nSlope {number_text(found.slope, 2)} (1 is ideal; above 1 the predictions are too timid, "
        f"below 1 too extreme), intercept {found.intercept:+.2f} (0 is ideal), Brier score {found.brier:.4f}, at the "
        "share of OVCF "
        "of the training set."
    )


def _decision_text(part: SetEvaluation) -> str:
    """Net benefit at a few thresholds."""
    decision = part.decision
    origin = "stated" if decision.is_prevalence_stated else "as in the data, which a case-control study sets by design"
    shown = [i for i, t in enumerate(decision.thresholds) if round(float(t), 2) in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7)]
    rows = [
        (c.name, *(f"{c.benefit[i]:+.3f} ({c.lower[i]:+.3f} to {c.upper[i]:+.3f})" for i in shown))
        for c in decision.curves
    ]
    rows.append(("act on all", *(f"{decision.treat_all[i]:+.3f}" for i in shown)))
    header = ("net benefit at threshold", *(f"{decision.thresholds[i]:.2f}" for i in shown))
    return f"### Decision curves\n\nPrevalence {decision.prevalence:.3g} ({origin}).\n\n{markdown_table(header, rows)}"


def _subgroup_row(group: Subgroup) -> tuple[object, ...]:
    auc = EMPTY_CELL if group.auc is None else f"{group.auc.value:.3f} ({range_text(group.by_patient)})"
    return (
        f"{group.kind}: {group.name}",
        group.patients,
        group.fractures,
        group.controls,
        auc,
        share_text(group.sensitivity),
        share_text(group.specificity),
    )


def range_text(interval: Interval | Auc | AreaDifference | None) -> str:
    """Bounds of anything that has them."""
    if interval is None or not has_width(interval.lower, interval.upper):
        return EMPTY_CELL
    return f"{interval.lower:.3f}{' to ' if interval.lower < 0 else '-'}{interval.upper:.3f}"


def _spread(spread: Spread, digits: int) -> str:
    if spread.known == 0:
        return EMPTY_CELL
    return f"{spread.mean:.{digits}f} ± {spread.sd:.{digits}f} (n = {spread.known})"


def p_value_text(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"
