"""Write a trained decoder as a folder that the core runs without torch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from earwitness.common.errors import OptionError
from earwitness.methods.wsac.decoder import FORMAT
from earwitness.training.decoder.export.half_precision import store_half, strip
from earwitness.training.decoder.model import CaptionDecoder


class _Prefix(nn.Module):
    """Embeddings (n, dim) -> prefix vectors (n, prefix, width)."""

    def __init__(self, model: CaptionDecoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, vectors: Tensor) -> Tensor:
        return self.model.prefix(vectors)


class _Step(nn.Module):
    """Prefix vectors and tokens after ``past`` -> logits of the last position and the longer cache.

    ``past`` is a layer's keys, its values, the next layer's keys, ...: each a tensor of its own, so that
    none is copied to be put together with the others, or taken apart.
    """

    def __init__(self, model: CaptionDecoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, prefix: Tensor, tokens: Tensor, *past: Tensor) -> tuple[Tensor, ...]:
        inputs = torch.cat([prefix, self.model.tokens(tokens)], 1)
        hidden, caches = self.model.step(inputs, list(zip(past[::2], past[1::2], strict=True)))
        return self.model.logits(hidden[:, -1]), *(tensor for cache in caches for tensor in cache)


def export_decoder(
    model: CaptionDecoder,
    tokenizer: Any,
    encoder: str,
    folder: Path,
    *,
    end: int,
    banned: tuple[int, ...],
    half: bool = True,
    writing: Mapping[str, Any] | None = None,
    views: Sequence[str] = (),
) -> None:
    """Write ``config.json``, ``tokenizer.json``, ``prefix.onnx`` and ``step.onnx``.

    Parameters
    ----------
    model : CaptionDecoder
    tokenizer : tokenizers.Tokenizer
    encoder : str
        Name of the encoder in whose space the decoder was trained.
    folder : Path
        Made if missing; files of the same names are replaced.
    end : int
        The token that ends a sentence.
    banned : tuple of int
        Tokens that are never written (padding, unknown).
    half : bool
        Store weights as float16 (they are computed with as float32).
    writing : mapping, optional
        How sentences are written with it, as plain JSON: ``methods.folder.Writing``.
    views : sequence of str, optional
        The names of the vectors of one sound that it reads, in their order, where it reads several.
    """
    config, model = model.config, model.eval()
    if config.views > 1 and len(views) != config.views:
        raise OptionError(f"a decoder of {config.views} views is exported with their names, not {views!r}.")
    folder.mkdir(parents=True, exist_ok=True)
    size = config.width // config.heads
    # Sizes of 2 and more: an exporter takes a dimension of 1 for a constant.
    parts = [f"{layer}.{part}" for layer in range(config.layers) for part in ("keys", "values")]
    past = [torch.zeros(3, config.heads, 4, size) for _ in parts]
    prefix, tokens = torch.zeros(3, 2, config.width), torch.zeros(3, 2, dtype=torch.long)
    n, p, s, t = (torch.export.Dim(d) for d in ("n", "prefix", "tokens", "past"))
    _export(
        _Prefix(model),
        (torch.zeros(3, config.views, config.dim) if config.views > 1 else torch.zeros(3, config.dim),),
        ["vectors"],
        ["prefix"],
        ({0: n},),
        folder / "prefix.onnx",
        half,
    )
    _export(
        _Step(model),
        (prefix, tokens, *past),
        ["prefix", "tokens", *(f"past.{part}" for part in parts)],
        ["logits", *(f"cache.{part}" for part in parts)],
        ({0: n, 1: p}, {0: n, 1: s}, tuple({0: n, 2: t} for _ in parts)),
        folder / "step.onnx",
        half,
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    card = {
        "format": FORMAT,
        "encoder": encoder,
        "dim": config.dim,
        "end": end,
        "banned": list(banned),
        "max_tokens": config.room,
        "layers": config.layers,
        "heads": config.heads,
        "width": config.width,
    }
    if config.views > 1:
        card["views"] = list(views)
    if writing is not None:
        card["writing"] = dict(writing)
    (folder / "config.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _export(
    module: nn.Module,
    example: tuple[Tensor, ...],
    inputs: list[str],
    outputs: list[str],
    shapes: Any,
    path: Path,
    half: bool,
) -> None:
    import onnx

    with _quiet():
        program = torch.onnx.export(
            module.eval(),
            example,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=shapes,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    graph = program.model_proto
    strip(graph)
    onnx.save(store_half(graph) if half else graph, path)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter talks of optional packages and of its own progress; neither is about our model."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
