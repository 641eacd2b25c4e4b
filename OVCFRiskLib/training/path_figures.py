"""Figures of a training run: the LASSO path, its cross-validation, the coefficients, the observers' agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    LINE_STYLES,
    MUTED,
    ORANGE,
    PAGE_WIDTH_IN,
    PURPLE,
    SKY,
    VERMILLION,
    new_figure,
    typeset,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from OVCFRiskLib.training.pipeline import TrainingResult

# Colours of the lines in turn; when all are used, the next line style begins.
LINE_COLORS = (VERMILLION, BLUE, GREEN, PURPLE, ORANGE, SKY, INK)
# Makes the figure of coefficients taller with every term, inches: chosen.
TERM_ROW_IN = 0.2
# More names would not be readable under the points.
MOST_NAMED_FEATURES = 12
MEASURE_LABELS = {
    "mse": "Mean squared error",
    "mae": "Mean absolute error",
    "deviance": "Binomial deviance",
    "class": "Share misclassified",
    "auc": "AUC",
}


def short_name(feature: str) -> str:
    """Feature class and name without the image type, e.g. ``firstorder Median``."""
    return " ".join(feature.split("_")[-2:])


def coefficient_path_figure(result: TrainingResult) -> Figure:
    """Coefficients of the z-scored candidates against lambda (the paper's Figure 3, left)."""
    path = result.validation.path
    figure, (axes,) = new_figure(PAGE_WIDTH_IN, 3.4)
    chosen = {term.name for term in result.terms if term.coefficient}
    for name, line in zip(result.candidates, path.coef, strict=True):
        if name not in chosen:
            axes.plot(path.lambdas, line, color=FAINT, linewidth=0.9, zorder=1)
    order = sorted(
        (n for n in result.candidates if n in chosen), key=lambda n: -path.coef[result.candidates.index(n)][-1]
    )
    for number, name in enumerate(order):
        color, style = LINE_COLORS[number % len(LINE_COLORS)], LINE_STYLES[number // len(LINE_COLORS) % 4]
        line = path.coef[result.candidates.index(name)]
        axes.plot(path.lambdas, line, color=color, linestyle=style, label=short_name(name), zorder=2)
    if len(chosen) < len(result.candidates):
        axes.plot([], [], color=FAINT, label=f"{len(result.candidates) - len(chosen)} not in the score")
    axes.axhline(0, color=MUTED, linewidth=0.6)
    _log_lambda(axes, path.lambdas)
    _mark_lambdas(axes, result)
    axes.set_ylabel("Coefficient per training SD")
    axes.legend(
        loc="center left", bbox_to_anchor=(1.0, 0.5), title="At the lambda used", title_fontsize=7, alignment="left"
    )
    return figure


def cross_validation_figure(result: TrainingResult) -> Figure:
    """Cross-validated loss with standard errors, lambda.min and lambda.1se (the paper's Figure 3, right)."""
    validation = result.validation
    figure, (axes,) = new_figure(PAGE_WIDTH_IN * 0.72, 3.4)
    axes.fill_between(
        validation.lambdas,
        validation.mean - validation.se,
        validation.mean + validation.se,
        color=SKY,
        alpha=0.35,
        linewidth=0,
        label="± 1 standard error over the folds",
    )
    axes.plot(validation.lambdas, validation.mean, color=BLUE, label="mean of the folds")
    best = int(np.flatnonzero(validation.lambdas == validation.lambda_min)[0])
    limit = validation.mean[best] + validation.se[best]
    axes.axhline(limit, color=MUTED, linestyle=":", linewidth=1, label="lowest loss + 1 standard error")
    _log_lambda(axes, validation.lambdas)
    _mark_lambdas(axes, result)
    axes.set_ylabel(f"{MEASURE_LABELS[validation.measure]}, {len(np.unique(result.folds))} folds")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def coefficient_figure(result: TrainingResult) -> Figure:
    """The coefficients of the frozen score (the paper's Figure 4), turned so that right means more risk."""
    sign = 1 if result.higher_is_risk else -1
    terms = sorted(result.terms, key=lambda term: sign * term.coefficient)
    risk = np.array([sign * term.coefficient for term in terms])
    figure, (axes,) = new_figure(PAGE_WIDTH_IN * 0.85, 0.9 + TERM_ROW_IN * 1.2 * len(terms))
    axes.barh(range(len(terms)), risk, color=np.where(risk > 0, VERMILLION, BLUE), height=0.7)
    margin = 0.02 * max(np.abs(risk).max(), 1e-12)
    for row, (value, term) in enumerate(zip(risk, terms, strict=True)):
        text = typeset(f" {term.coefficient:+.4f}").strip() if value else "0"
        side = "right" if value < 0 else "left"
        axes.text(value + np.copysign(margin, value), row, text, va="center", ha=side, fontsize=7)
    axes.axvline(0, color=MUTED, linewidth=0.7)
    axes.margins(x=0.18)
    axes.set_yticks(range(len(terms)), [short_name(term.name) for term in terms])
    axes.tick_params(axis="y", length=0)
    turned = "" if result.higher_is_risk else "; printed: the R-score's own sign, where low means risk"
    axes.set_xlabel(
        f"← less risk      R-score per training SD      more risk →\n(lambda {result.lasso_lambda:.4f}{turned})"
    )
    return figure


def agreement_figure(result: TrainingResult) -> Figure:
    """ICC(2,1) of every feature between the observers, with 95 % intervals and the threshold."""
    found = sorted(result.reliability.iccs.items(), key=lambda item: item[1].value)
    value = np.array([icc.value for _, icc in found])
    lower, upper = (np.array([getattr(icc, side) for _, icc in found]) for side in ("lower", "upper"))
    threshold = result.options.icc_threshold
    is_named = len(found) <= MOST_NAMED_FEATURES
    figure, (axes,) = new_figure(PAGE_WIDTH_IN * 0.72, 4.6 if is_named else 3.0)
    place = np.arange(len(found))
    below = "left out" if result.options.feature_set == "all" else "below, kept as prescribed"
    for kept, color, text in ((True, BLUE, "kept"), (False, ORANGE, below)):
        rows = (value > threshold) == kept
        axes.vlines(place[rows], lower[rows], upper[rows], color=color, alpha=0.4, linewidth=1)
        axes.plot(place[rows], value[rows], "o", color=color, markersize=2.8, label=f"{rows.sum()} {text}")
    axes.axhline(threshold, color=INK, linestyle="--", linewidth=0.9)
    axes.set(ylim=(min(0.0, np.nanmin(value)) - 0.02, 1.02), xlabel="Features by agreement", xticks=[])
    if is_named:
        axes.set_xticks(place, [short_name(name) for name, _ in found], rotation=90, fontsize=6.5)
    axes.set_ylabel(f"ICC(2,1), 95 % interval\n({result.reliability.bodies} bodies, 2 observers)")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


# name of the figure -> function that draws it
TRAINING_FIGURES = {
    "coefficient_paths": coefficient_path_figure,
    "cross_validation": cross_validation_figure,
    "coefficients": coefficient_figure,
}


def _log_lambda(axes: Axes, lambdas: np.ndarray) -> None:
    axes.set_xscale("log")
    axes.set_xlim(lambdas[0] * 1.1, lambdas[-1] / 1.1)
    axes.set_xlabel("Penalty lambda (log scale, weaker to the right)")


def _mark_lambdas(axes: Axes, result: TrainingResult) -> None:
    """Vertical lines at lambda.min, lambda.1se and, when it is another one, the lambda used; counts of features."""
    validation = result.validation
    marks = [(validation.lambda_1se, "1se", "--"), (validation.lambda_min, "min", ":")]
    if result.lasso_lambda not in (validation.lambda_1se, validation.lambda_min):
        marks.append((result.lasso_lambda, "used", "-"))
    for penalty, name, style in marks:
        axes.axvline(penalty, color=INK, linestyle=style, linewidth=0.9)
        nearest = int(np.argmin(np.abs(np.log(validation.lambdas / penalty))))
        axes.annotate(
            f"{name}\n{validation.nonzero[nearest]}",
            (penalty, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=6.5,
            color=MUTED,
        )
