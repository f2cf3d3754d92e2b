"""``earwitness train audibility`` and ``audibility-paper``: classifiers of what can be heard."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from earwitness.cli.progress import progress

RECIPES = ("audibility", "audibility-paper")


def train_audible(
    recipe: str, paths: Sequence[Path], output: Path, given: Mapping[str, Any], device: str
) -> None:
    """Train one by the options that were given; what it measured goes to stderr.

    Raises
    ------
    OptionError
        An option was given that this recipe does not have.
    """
    from dataclasses import fields, replace

    from earwitness.common.errors import OptionError
    from earwitness.training.classifier.data import read_sentences
    from earwitness.training.classifier.distilbert import PaperOptions
    from earwitness.training.classifier.head import HeadOptions

    defaults: Any = HeadOptions() if recipe == RECIPES[0] else PaperOptions()
    known = {field.name for field in fields(defaults)}
    for name in given:
        if name not in known:
            listed = ", ".join(f"--{n.replace('_', '-')}" for n in sorted(known & set(_TYPED)))
            raise OptionError(
                f"the recipe {recipe} has no option --{name.replace('_', '-')}; it has {listed}."
            )
    options = replace(defaults, **given)
    _check(options)
    sentences = read_sentences(paths)
    card = (
        _head(sentences, output, options)
        if recipe == RECIPES[0]
        else _paper(sentences, output, options, device)
    )
    _report(card)


_TYPED = (
    "epochs", "batch", "rate", "weight_decay", "seed", "noise", "width", "dropout", "pretrained",
    "max_tokens",
)  # fmt: skip


def _check(options: Any) -> None:
    from earwitness.common.errors import OptionError

    for name in ("epochs", "batch", "width", "max_tokens"):
        if getattr(options, name, 1) < 1:
            raise OptionError(f"{name} is 1 or more, not {getattr(options, name)}.")
    for name in ("rate", "weight_decay", "noise", "seed"):
        if getattr(options, name, 0) < 0:
            raise OptionError(f"{name} is 0 or more, not {getattr(options, name)}.")
    if not 0 <= getattr(options, "dropout", 0) < 1:
        raise OptionError(f"dropout is 0 or more and below 1, not {options.dropout}.")


def _head(sentences: Any, output: Path, options: Any) -> dict[str, Any]:
    from earwitness.training.classifier.train import train_audible as learn

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
