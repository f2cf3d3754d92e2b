"""``earwitness train classifier`` and ``classifier-paper``: what speaks of what can be heard."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from earwitness.cli.progress import progress
from earwitness.common.errors import OptionError


def refuse(recipe: str, **given: Any) -> None:
    """OptionError for the first option that was given and that only a decoder's training has."""
    for name, value in given.items():
        if value:
            raise OptionError(
                f"the recipe {recipe} has no option --{name.replace('_', '-')}; "
                f"earwitness recipes {recipe} lists those it has."
            )


def train_classifier(kind: str, paths: Sequence[Path], output: Path, options: Any, device: str) -> None:
    """Train a classifier by its options; what it measured goes to stderr."""
    from earwitness.training.classifier.data import read_sentences

    sentences = read_sentences(paths)
    if kind == "classifier":
        card = _head(sentences, output, options)
    else:
        card = _paper(sentences, output, options, device)
    _report(card)


def _head(sentences: Any, output: Path, options: Any) -> dict[str, Any]:
    from earwitness.training.classifier.train import train_classifier as learn

    with progress("embedding") as embedded, progress("training") as trained:
        return learn(sentences, output, options, embedded=embedded, after_epoch=trained)


def _paper(sentences: Any, output: Path, options: Any, device: str) -> dict[str, Any]:
    from earwitness.common.extras import check_device, require_torch

    require_torch("the paper's classifier")
    import torch

    from earwitness.training.classifier.distilbert import train_paper

    where = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else check_device(device)
    with progress("training") as stepped:
        return train_paper(
            sentences, output, options, device=where, after_step=stepped, after_epoch=_report_epoch
        )


def _report_epoch(figures: dict[str, float]) -> None:
    print(
        "epoch {epoch:.0f}: loss {loss:.3f}, validation ROC-AUC {roc_auc:.4f}".format(**figures),
        file=sys.stderr,
    )


def _report(card: Mapping[str, Any]) -> None:
    for part in ("validation", "measured", "measured_beginnings"):
        if card.get(part):
            print(
                "{0}: {texts} sentences, accuracy {accuracy:.4f}, ROC-AUC {roc_auc:.4f}, calibration error "
                "{calibration_error:.4f}".format(part.replace("_", " "), **card[part]),
                file=sys.stderr,
            )
