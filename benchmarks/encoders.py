"""Time every torch encoder at its true size with random weights, and write encoders.md beside it.

Each text tower is timed twice in one run: the plain call, every text padded to the model's maximum and
nothing remembered, and ours; the largest difference between the two stands beside the speed. Arguments:
names of encoders to time, all of them where none is given. ``--threads N`` sets torch's threads (1).
"""

from __future__ import annotations

import argparse
import itertools
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # tests.reference: the plain versions

from earwitness.audio import Clip
from earwitness.encoders.base import normalise
from earwitness.encoders.registry import load_encoder

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parent / "tests" / "reference"
RUNS = 3
PREFIX = "the sound of rain falling on a"  # seven words; the eighth differs
TEXTS = 512


def reference(name: str) -> ModuleType:
    return import_module(f"tests.reference.encoders_{name}")


tiny, plain, bind = reference("tiny"), reference("plain"), reference("imagebind")

# 512 words of two syllables; the tokenizers made here know each of them, as the real ones know common words.
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
WORDS = ["".join(pair) for pair in itertools.product(SYLLABLES, SYLLABLES)][:: len(SYLLABLES) ** 2 // TEXTS][
    :TEXTS
]


@dataclass(frozen=True)
class Row:
    """What was measured of one encoder."""

    name: str
    weights: int  # megabytes
    audio: float  # seconds per 10 s of sound
    padded: int  # tokens of a padded text
    plain: float  # texts per second
    ours: float
    error: float
    shared: float | None = None  # texts per second with the prefix shared
    shared_error: float | None = None


def timed(runs: int, *calls: Callable[[], np.ndarray]) -> list[tuple[float, np.ndarray]]:
    """Median seconds of processor time of each call, and what it gave; the calls take turns."""
    times: list[list[float]] = [[] for _ in calls]
    results: list[Any] = [None] * len(calls)
    for _ in range(runs):
        for i, call in enumerate(calls):
            begin = time.process_time()
            results[i] = call()
            times[i].append(time.process_time() - begin)
    return [(statistics.median(t), r) for t, r in zip(times, results, strict=True)]


def random_weights(shapes: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Weights of the scale that training leaves them at, so that no number grows out of bounds."""
    generator = torch.Generator().manual_seed(0)
    out = {}
    for name, shape in shapes.items():
        if name.endswith(("running_var", "norm.weight", "LayerNorm.weight")) or (
            len(shape) == 1 and name.endswith("weight")
        ):
            out[name] = torch.ones(shape)
        else:
            out[name] = torch.randn(shape, generator=generator) * 0.02
    return out


# ---- the models, saved as their publishers save them


def make_clap(folder: Path) -> str:
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    ClapModel(ClapConfig()).save_pretrained(folder)
    ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc").save_pretrained(folder)
    tiny.roberta_tokenizer(folder, CORPUS)
    return f"clap:{folder}"


def make_pe_audio(folder: Path) -> str:
    from transformers import PeAudioConfig, PeAudioFeatureExtractor, PeAudioModel

    PeAudioModel(PeAudioConfig()).save_pretrained(folder)
    PeAudioFeatureExtractor().save_pretrained(folder)
    tiny.bert_tokenizer(folder, CORPUS)
    return f"pe-audio:{folder}"


def make_wavcaps(folder: Path, kind: str = "htsat") -> str:
    audio = plain.htsat_shapes(96, [2, 2, 6, 2], [4, 8, 16, 32])
    width = 768
    if kind == "cnn14":
        audio, width = plain.cnn14_shapes([64, 128, 256, 512, 1024, 2048]), 2048
    shapes = {f"audio_encoder.audio_enc.{k}": v for k, v in audio.items()}
    bert = plain.bert_shapes(30522, 768, 12, 3072, 512)
    shapes |= {f"text_encoder.text_encoder.{k}": v for k, v in bert.items()}
    for name, n in (("audio_proj", width), ("text_proj", 768)):
        shapes |= {f"{name}.0.weight": (1024, n), f"{name}.0.bias": (1024,)}
        shapes |= {f"{name}.2.weight": (1024, 1024), f"{name}.2.bias": (1024,)}
    torch.save({"model": random_weights(shapes)}, folder / "model.pt")
    tiny.bert_tokenizer(folder, CORPUS)
    return f"wavcaps:{folder / 'model.pt'}"


def make_wavcaps_cnn14(folder: Path) -> str:
    return make_wavcaps(folder, "cnn14")


def make_msclap(folder: Path) -> str:
    audio = plain.htsat_shapes(96, [2, 2, 6, 2], [4, 8, 16, 32])
    shapes = {f"audio_encoder.base.htsat.{k}": v for k, v in audio.items()}
    gpt2 = {k: v for k, v in plain.gpt2_shapes(50257, 768, 12, 1024).items() if not k.endswith(".attn.bias")}
    shapes |= {f"caption_encoder.base.{k}": v for k, v in gpt2.items()}
    for tower in ("audio_encoder", "caption_encoder"):
        p = f"{tower}.projection"
        shapes |= {f"{p}.linear1.weight": (1024, 768), f"{p}.linear2.weight": (1024, 1024)}
        shapes |= {f"{p}.layer_norm.weight": (1024,), f"{p}.layer_norm.bias": (1024,)}
    torch.save({"model": random_weights(shapes)}, folder / "model.pth")
    tiny.bpe_tokenizer(folder, sentences=CORPUS)
    return f"msclap:{folder / 'model.pth'}"


def make_imagebind(folder: Path) -> str:
    text, audio = bind.shapes(49408, 1024, 1024, 24), bind.shapes(49408, 1024, 768, 12)
    shapes = {k: v for k, v in text.items() if ".text" in k} | {
        k: v for k, v in audio.items() if ".audio" in k
    }
    torch.save(random_weights(shapes), folder / "model.pth")
    words = sorted({word for sentence in CORPUS for word in sentence.split()})
    merges = [f"{w[:i]} {w[i]}{'</w>' if i == len(w) - 1 else ''}" for w in words for i in range(1, len(w))]
    bind.write_merges(folder / "bpe_simple_vocab_16e6.txt.gz", list(dict.fromkeys(merges)))
    return f"imagebind:{folder / 'model.pth'}"


CORPUS = [f"{PREFIX} {word}" for word in WORDS]


# ---- the plain call


def padded_rows(encoder: Any, texts: list[str], length: int) -> tuple[torch.Tensor, torch.Tensor]:
    rows = encoder._tokens(texts)
    ids = torch.tensor([row + [row[-1]] * (length - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    return ids, mask


def plain_call(name: str, encoder: Any, texts: list[str], length: int) -> np.ndarray:
    """Every text padded to ``length``, batches of 64, by the library's modules."""
    out = []
    for first in range(0, len(texts), 64):
        ids, mask = padded_rows(encoder, texts[first : first + 64], length)
        with torch.inference_mode():
            out.append(TOWERS[name](encoder._model, ids, mask).numpy())
    return normalise(np.concatenate(out))


def last_of(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return hidden[torch.arange(len(hidden)), mask.sum(1) - 1]


def bert_tower(m: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return m.text_proj(m.text(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0])


def pe_tower(m: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    hidden = m.text_model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-1]
    return m.text_audio_head(hidden[:, 0])


TOWERS: dict[str, Callable[[Any, torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "clap": lambda m, ids, mask: m.get_text_features(input_ids=ids, attention_mask=mask).pooler_output,
    "pe-audio": pe_tower,
    "wavcaps": bert_tower,
    "wavcaps-cnn14": bert_tower,
    "msclap": lambda m, ids, mask: m.text_proj(last_of(m.text(input_ids=ids, attention_mask=mask)[0], mask)),
    "imagebind": lambda m, ids, mask: m.text_head(last_of(m.text_trunk(m.text_stem(ids, 0))[0], mask)),
}

# name -> how it is made, tokens of a padded text, texts the plain call is timed on, runs
ENCODERS: dict[str, tuple[Callable[[Path], str], int, int, int]] = {
    "clap": (make_clap, 77, 16, RUNS),
    "wavcaps": (make_wavcaps, 77, 16, RUNS),
    "wavcaps-cnn14": (make_wavcaps_cnn14, 30, 16, RUNS),
    "msclap": (make_msclap, 77, 16, RUNS),
    "imagebind": (make_imagebind, 77, 8, 1),
    "pe-audio": (make_pe_audio, 77, 8, 1),
}


def measure(name: str) -> Row:
    make, length, few, runs = ENCODERS[name]
    with tempfile.TemporaryDirectory() as folder:
        encoder: Any = load_encoder(make(Path(folder)))
    texts = CORPUS[:TEXTS]
    clip = Clip(tiny.noise(encoder.rate, 10.0), encoder.rate)
    encoder.embed_audio([clip])
    ((audio, _),) = timed(RUNS, lambda: encoder.embed_audio([clip]))

    def ours() -> np.ndarray:
        encoder._cache.clear()
        return encoder.embed_text(texts)

    def shared() -> np.ndarray:
        encoder._cache.clear()
        return encoder.embed_continuations(PREFIX, [f" {word}" for word in WORDS])

    calls = [lambda: plain_call(name, encoder, texts[:few], length), ours]
    if hasattr(encoder, "embed_continuations"):
        calls.append(shared)
    (plain_seconds, expected), *rest = timed(runs, *calls)
    row = {"plain": few / plain_seconds}
    for label, (seconds, given) in zip(("ours", "shared"), rest, strict=False):
        row[label] = TEXTS / seconds
        row["error" if label == "ours" else "shared_error"] = float(np.abs(given[:few] - expected).max())
    megabytes = round(sum(p.numel() for p in encoder._model.parameters()) * 4 / 1e6)
    return Row(name=name, weights=megabytes, audio=audio, padded=length, **row)


PREAMBLE = """# Encoders

Written by `benchmarks/encoders.py`: random weights of the true sizes, float32, torch {torch}, {threads}
thread(s), {machine} CPU. Seconds are of processor time, for the machine was doing other work as well; the
median of {runs} runs in which the calls of a line took turns, of the two largest a single run. Compare within
a line.

Texts are {texts} sentences of eight words that differ in the last one, one token a word. *Plain* pads every
text to the length given and remembers nothing; it is timed on fewer texts (8 or 16), for it has no fixed
costs. *Ours* is `embed_text` with an empty cache; *shared* is `embed_continuations` with the first seven
words as prefix, cache empty. *Error* is the largest difference of any number from the plain call's.

77 is the length that CLAP, MS-CLAP and ImageBind were trained with. WavCaps' own programs cut texts to 30;
its text tower is timed against both lengths: a text of eight words has 10 tokens, a third of 30.

| encoder | MB | s per 10 s clip | padded to | plain texts/s | ours texts/s | times | error {more}|
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""


def page(rows: list[Row], threads: int) -> str:
    """The whole page."""
    facts = {"torch": torch.__version__, "threads": threads, "machine": platform.machine(), "runs": RUNS}
    lines = [PREAMBLE.format(**facts, texts=TEXTS, more="| shared texts/s | times | error ")]
    for r in rows:
        tail = "– | – | –"
        if r.shared is not None:
            tail = f"{r.shared:.0f} | **{r.shared / r.plain:.1f}** | {r.shared_error:.0e}"
        lines.append(
            f"| {r.name} | {r.weights} | {r.audio:.2f} | {r.padded} | {r.plain:.1f} | {r.ours:.0f} |"
            f" **{r.ours / r.plain:.1f}** | {r.error:.0e} | {tail} |"
        )
    return lines[0] + "\n".join(lines[1:]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ENCODERS, []], metavar="NAME")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rows = []
    for name in arguments.names or ENCODERS:
        rows.append(measure(name))
        print(rows[-1], flush=True)
    text = page(rows, arguments.threads)
    print(text)
    if not arguments.names:
        (HERE / "encoders.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
