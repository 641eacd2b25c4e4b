"""`ovcfrisk models`: list, verify and import model cards."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--verify", metavar="FILE", help="verify a model card and show what it holds")


def run(arguments: argparse.Namespace) -> int:
    """List, or verify one card."""
    from OVCFRiskLib.scoring import DEFAULT_MODEL_ID, list_models, load_model

    if arguments.verify:
        model = load_model(arguments.verify)
        print(f"{model.id}: verified, {_state(model)}")
        print(f"  {model.title}\n  status {model.status}, SHA-256 {model.sha256}")
        direction = "higher" if model.higher_is_risk else "lower"
        print(f"  {direction} R-score = more risk; cut-off {model.cutoff}; positive class {model.positive_class}")
        for term in model.terms:
            print(f"  {term.name:48} coefficient {term.coefficient}  mean {term.mean}  SD {term.sd}")
        return 1 if model.missing else 0
    for model in list_models():
        default = " (default)" if model.id == DEFAULT_MODEL_ID else ""
        print(f"{model.id}{default}  {model.status}  {_state(model)}  {model.sha256[:12]}\n  {model.title}")
    return 0


def _state(model: object) -> str:
    return f"incomplete, lacks {', '.join(model.missing)}" if model.missing else "complete"
