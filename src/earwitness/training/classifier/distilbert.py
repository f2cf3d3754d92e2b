"""The paper's own classifier: DistilBERT, fine-tuned on whole sentences (Shaharabany et al. 2023, section 4).

Paper and published program differ; the recipe is the paper's (batches of 64, 40 epochs, the rate divided by
ten every tenth), with what the paper leaves open taken from the program: the words "Audio of a " before every
sentence, 70/15/15 of a hundred, the epoch with the best ROC-AUC on the validated part kept. The program's own
batch is 256. Its label 0 is audible, and so is this one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.options import check_least, option
from earwitness.training.classifier.card import make_card, measured_on, write_card
from earwitness.training.classifier.data import Indices, Sentences, divide
from earwitness.training.classifier.figures import figures, roc_auc

EVALUATED = 64  # sentences at a time


@dataclass(frozen=True)
class PaperOptions:
    """How the paper's classifier is trained."""

    pretrained: str = option("distilbert-base-uncased", "Begin as this model: hub id or folder.")
    epochs: int = option(40, "Passes over the sentences.")
    batch: int = option(64, "Sentences learned from at once.")
    rate: float = option(3e-4, "Learning rate of the first ten epochs; a tenth of it after every ten.")
    weight_decay: float = option(0.01, "Of AdamW.")
    max_tokens: int = option(128, "Longest sentence.")
    prompt: str = option("Audio of a ", "What stands before every sentence.")
    seed: int = option(0, "Of everything random.")

    def __post_init__(self) -> None:
        check_least(self, 1, "epochs", "batch", "width", "max_tokens")
        check_least(self, 0, "rate", "weight_decay", "noise", "seed", "beginnings")


def train_paper(
    sentences: Sentences,
    folder: Path,
    options: PaperOptions | None = None,
    *,
    device: str = "cpu",
    after_step: Callable[[int, int], None] | None = None,
    after_epoch: Callable[[dict[str, float]], None] | None = None,
) -> dict[str, Any]:
    """Fine-tune a sequence classifier by the paper's recipe and write its folder.

    Parameters
    ----------
    sentences : Sentences
    folder : Path
        Gets the model and tokenizer as transformers writes them, ``card.json`` and ``card.md``.
    options : PaperOptions, optional
    device : str
        Where torch computes.
    after_step, after_epoch : callable, optional
        Progress, and each epoch's figures.

    Returns
    -------
    dict
        The card, of plain JSON types.

    Raises
    ------
    AssetError
        The model to begin with cannot be loaded.
    """
    import torch

    from earwitness.classifier.sequence import TransformersAudibility

    options = options or PaperOptions()
    torch.manual_seed(options.seed)
    parts = divide(len(sentences.texts), options.seed)
    tokens, model = _begin(options, device)
    best = _Best()
    rows = _tokenise(tokens, sentences.texts, options)
    steps, done = options.epochs * -(-len(parts[0]) // options.batch), 0
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=options.weight_decay)
    falling = torch.optim.lr_scheduler.StepLR(optimiser, 10, 0.1)
    order = np.random.default_rng([options.seed, 3])
    for epoch in range(options.epochs):
        model.train()
        losses = []
        for batch in _batches(order.permutation(parts[0]), options.batch):
            labels = torch.tensor(1 - sentences.audible[batch].astype(np.int64), device=device)
            loss = model(**_padded(tokens, rows, batch, device), labels=labels).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
            done += 1
            if after_step:
                after_step(done, steps)
        falling.step()
        chances, known = _chances(model, tokens, rows, parts[1], device), sentences.audible[parts[1]]
        auc = roc_auc(known, chances)
        best.offer((auc, _likelihood(known, chances)), epoch + 1, model)
        if after_epoch:
            after_epoch({"epoch": epoch + 1, "loss": float(np.mean(losses)), "roc_auc": auc})
    model.load_state_dict(best.weights)
    with _quiet():
        model.save_pretrained(folder)
        tokens.save_pretrained(folder)
    card = make_card(f"a fine-tuned {model.config.model_type}", sentences, parts, asdict(options))
    card["versions"]["torch"] = torch.__version__
    card["epoch_kept"] = best.epoch
    chances = _chances(model, tokens, rows, parts[1], device)
    card["validation"] = figures(sentences.audible[parts[1]], chances)
    card |= measured_on(sentences, parts[2], TransformersAudibility(str(folder), device=device))
    write_card(card, folder)
    return card


class _Best:
    """The weights of the epoch with the highest ROC-AUC so far; of equal ones, the likeliest."""

    def __init__(self) -> None:
        self.score, self.epoch = (-1.0, 0.0), 0
        self.weights: dict[str, Any] = {}

    def offer(self, score: tuple[float, float], epoch: int, model: Any) -> None:
        if score > self.score:
            self.score, self.epoch = score, epoch
            self.weights = {name: w.detach().cpu().clone() for name, w in model.state_dict().items()}


def _likelihood(audible: npt.NDArray[np.bool_], chances: npt.NDArray[np.float64]) -> float:
    said = np.clip(np.where(audible, chances, 1 - chances), 1e-12, 1)
    return float(np.mean(np.log(said)))


def _begin(options: PaperOptions, device: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    from earwitness.classifier.sequence import PROMPT
    from earwitness.encoders.pretrained.hub import load_pretrained

    what = "the model to begin with"
    tokens = load_pretrained(AutoTokenizer.from_pretrained, options.pretrained, what)
    names = {0: "audible", 1: "not audible"}
    with _quiet():
        model = load_pretrained(
            AutoModelForSequenceClassification.from_pretrained,
            options.pretrained,
            what,
            num_labels=2,
            id2label=names,
            label2id={name: number for number, name in names.items()},
            dtype=torch.float32,
        )
    setattr(model.config, PROMPT, options.prompt)
    return tokens, model.to(device)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from saying that a base has no classifier yet, and from drawing bars."""
    from transformers import utils

    logging: Any = utils.logging
    loud, drawn = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(loud)
        if drawn:
            logging.enable_progress_bar()


def _tokenise(tokens: Any, texts: Sequence[str], options: PaperOptions) -> list[list[int]]:
    said = [options.prompt + text for text in texts]
    rows: list[list[int]] = tokens(said, truncation=True, max_length=options.max_tokens)["input_ids"]
    return rows


def _batches(rows: Indices, size: int) -> list[Indices]:
    return [rows[first : first + size] for first in range(0, len(rows), size)]


def _padded(tokens: Any, rows: list[list[int]], batch: Indices, device: str) -> dict[str, Any]:
    padded = tokens.pad({"input_ids": [rows[i] for i in batch]}, return_tensors="pt")
    return {name: padded[name].to(device) for name in ("input_ids", "attention_mask")}


def _chances(
    model: Any, tokens: Any, rows: list[list[int]], which: Indices, device: str
) -> npt.NDArray[np.float64]:
    import torch

    model.eval()
    found = []
    with torch.inference_mode():
        for batch in _batches(which, EVALUATED):
            found.append(model(**_padded(tokens, rows, batch, device)).logits.softmax(1)[:, 0].cpu().numpy())
    return np.concatenate(found).astype(np.float64)
