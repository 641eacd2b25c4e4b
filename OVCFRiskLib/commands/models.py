"""`ovcfrisk models`: list, verify and import model cards."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from OVCFRiskLib import exit_codes
from OVCFRiskLib.counts import counted

if TYPE_CHECKING:
    from OVCFRiskLib.scoring import RScoreModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    job = parser.add_mutually_exclusive_group()
    job.add_argument("--verify", metavar="FILE", help="verify a model card and show what it holds")
    job.add_argument(
        "--import",
        dest="published",
        metavar="FILE",
        help="freeze a card from published numbers (.json, .csv); format: Docs/examples/published-model.json",
    )
    parser.add_argument("--out", metavar="MODEL.json", help="card to write with --import (default: <id>.json)")


def run(arguments: argparse.Namespace) -> int:
    """List, verify one card, or import one."""
    from OVCFRiskLib.errors import OVCFRiskError
    from OVCFRiskLib.scoring import DEFAULT_MODEL_ID, list_models, load_model
    from OVCFRiskLib.scoring.applicability import applicability_lines

    if arguments.published:
        return _import(arguments.published, arguments.out)
    if arguments.out:
        raise OVCFRiskError(f"--out names what --import writes, got '{arguments.out}' without it; leave it out")
    if arguments.verify:
        model = load_model(arguments.verify)
        print(f"{model.id}: verified, {_state(model)}")
        print(f"  {model.title}\n  status {model.status}, SHA-256 {model.sha256}")
        direction = "higher" if model.higher_is_risk else "lower"
        print(f"  {direction} R-score = more risk; cut-off {model.cutoff}; positive class {model.positive_class}")
        width = max(len(term.name) for term in model.terms)
        for term in model.terms:
            numbers = zip(("coefficient", "mean", "SD"), (term.coefficient, term.mean, term.sd), strict=True)
            shown = (f"{word} {'not stated' if number is None else number}" for word, number in numbers)
            print(f"  {term.name:{width}}  {'  '.join(shown)}")
        for line in applicability_lines(model.applicability):
            print(f"  {line}")
        return exit_codes.BAD_INPUT if model.missing else exit_codes.OK  # read, but of no use for scoring
    for model in list_models():
        default = " (default)" if model.id == DEFAULT_MODEL_ID else ""
        state = model.status if not model.missing else _state(model)
        print(f"{model.id}{default}  {state}  {model.sha256[:12]}\n  {model.title}")
    return exit_codes.OK


def _import(published: str, out: str | None) -> int:
    """Freeze a published model and say how to use it."""
    from OVCFRiskLib.scoring.freezing import write_card
    from OVCFRiskLib.scoring.published import import_published

    card = import_published(published)
    path = out or f"{card['id']}.json"
    write_card(card, path)
    direction = "higher" if card["higher_is_risk"] else "lower"
    print(f"wrote {path}: {card['id']}, {counted(len(card['features']), 'feature')}, {direction} R-score = more risk")
    print(f"use it with: ovcfrisk score CT --points P --model {path} --out DIR")
    return exit_codes.OK


def _state(model: RScoreModel) -> str:
    return f"incomplete, lacks {', '.join(model.missing)}" if model.missing else "complete"
