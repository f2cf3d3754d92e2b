"""Time audibility guidance against the plain way, and write audibility.md beside this file.

    python benchmarks/audibility.py [--threads N] [--only plain|small]

Language model, towers and classifier have their true sizes and random weights; their tokenizers are made from
that of smollm2 (``earwitness models get smollm2``), so that candidates are words of a true vocabulary. Captions
and losses of both ways are compared before anything is written. With ``--only``, a half of the page is measured
anew and the other kept.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import encoders as towers
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # tests.reference: the plain versions
from earwitness.encoders.base import normalise
from earwitness.encoders.registry import load_encoder
from earwitness.encoders.tags.minilm import remembered
from earwitness.encoders.text_cache import TextCache, batches_by_length
from earwitness.language import LanguageModel, load_language_model
from earwitness.language.offline.smollm2 import SMOLLM2
from earwitness.methods.audibility.method import AudibilityGuidance
from earwitness.methods.audibility.options import PAPER, AudibilityOptions
from tests.reference import audibility as plain

HERE = Path(__file__).resolve().parent
PADDED = 77  # tokens that CLAP and ImageBind pad every text to
BATCH = 64  # texts a program embeds at a time
STEADY = 4  # tokens of a caption over which ours is timed beside its first
SOUND = "a dog barks while rain falls"  # its embedding stands for a sound's: random towers hear nothing

# the size of the embedded classifier, and that of the paper's
CLASSIFIERS: dict[str, dict[str, int]] = {
    "MiniLM": {
        "hidden_size": 384,
        "num_hidden_layers": 6,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
    },
    "DistilBERT": {"num_hidden_layers": 6},
}


class Stopwatch:
    """Processor seconds and texts by the part that used them."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.asked: dict[str, list[list[str]]] = {}

    def timed(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any) -> Any:
            begin = time.process_time()
            try:
                return call(*args)
            finally:
                self.seconds[part] += time.process_time() - begin
                self.asked.setdefault(part, []).append(list(args[-1]))

        return wrapper

    def count(self, part: str) -> int:
        """Texts that a part was asked for."""
        return sum(map(len, self.asked[part]))

    def again(self, part: str, call: Callable[[list[str]], Any]) -> float:
        """Seconds that another ``call`` takes for all that this part was asked for."""
        begin = time.process_time()
        for texts in self.asked[part]:
            call(texts)
        return time.process_time() - begin

    def split(self, total: float) -> list[float]:
        """Seconds of tower, classifier, and the rest, which is the language model."""
        parts = [self.seconds["tower"], self.seconds["classifier"]]
        return [*parts, total - sum(parts)]


# ---- parts of true size


def tokenizer_with_ends(folder: Path) -> None:
    """The words of smollm2 between RoBERTa's two marks."""
    from tokenizers import Tokenizer, processors
    from transformers import PreTrainedTokenizerFast

    tokens = Tokenizer.from_file(str(SMOLLM2.folder / "tokenizer.json"))
    tokens.add_special_tokens(["<s>", "</s>"])
    ends = [(mark, tokens.token_to_id(mark)) for mark in ("<s>", "</s>")]
    tokens.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    PreTrainedTokenizerFast(tokenizer_object=tokens, model_max_length=PADDED).save_pretrained(folder)


def make_roberta_tower(folder: Path) -> Any:
    """CLAP: a RoBERTa of 12 layers of 768, which reads both ways."""
    source = towers.make_clap(folder)
    tokenizer_with_ends(folder)
    return load_encoder(source)


def make_clip_tower(folder: Path) -> Any:
    """ImageBind's text trunk at the size of CLIP ViT-L/14's: 12 layers of 768, from left to right."""
    text = towers.bind.shapes(49408, 768, 768, 12)
    audio = towers.bind.shapes(49408, 768, 128, 1)
    shapes = {k: v for k, v in text.items() if ".text" in k} | {
        k: v for k, v in audio.items() if ".audio" in k
    }
    torch.save(towers.random_weights(shapes), folder / "model.pth")
    towers.bind.write_merges(folder / "bpe_simple_vocab_16e6.txt.gz", clip_merges())
    return load_encoder(f"imagebind:{folder / 'model.pth'}")


def clip_merges() -> list[str]:
    """A table of merges in which the words of smollm2 are one token each, or few."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    known = Tokenizer.from_file(str(SMOLLM2.folder / "tokenizer.json")).get_vocab()
    words = [w.lstrip("Ġ").lower() for w, _ in sorted(known.items(), key=lambda item: item[1])]
    words = [w for w in words if w.isascii() and w.isalpha()]
    tokens = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=48000, end_of_word_suffix="</w>", show_progress=False)
    # as often as a word of this rank is in a language
    tokens.train_from_iterator((" ".join([w] * (1 + 2000 // (i + 1))) for i, w in enumerate(words)), trainer)
    with tempfile.TemporaryDirectory() as folder:
        tokens.model.save(folder)
        lines = (Path(folder) / "merges.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def make_gpt2_medium() -> LanguageModel:
    """GPT-2 medium whose next token is a word, about as likely as its rank says, as a trained model's."""
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(SMOLLM2.folder)
    sizes = {"n_embd": 1024, "n_layer": 24, "n_head": 16, "vocab_size": len(tokenizer)}
    model = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0))
    bias, known = 8.0, sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    words = [i for token, i in known if token[:1] == "Ġ" and token[1:].isascii() and token[1:].isalpha()]
    ranks = torch.full((len(tokenizer),), 1e6)
    ranks[words] = torch.arange(len(words)).float()
    with torch.no_grad():
        # Along the first axis each token stands at minus its log rank, and the last layer looks there.
        model.transformer.wte.weight[:, 0] = -(ranks + 10).log() / bias
        model.transformer.ln_f.bias[0] = bias
    return LanguageModel(model, tokenizer, "gpt2-medium of random weights")


class RandomClassifier:
    """A BERT of random weights: ours by equal lengths, or as a program pads a batch."""

    name = "random"

    def __init__(self, kind: str, folder: Path, padded: bool = False) -> None:
        from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

        torch.manual_seed(1)
        config = BertConfig(vocab_size=50265, **CLASSIFIERS[kind])
        self._model = BertForSequenceClassification(config).eval()
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._padded = padded
        self.forget()

    def forget(self) -> None:
        self._cache = TextCache()

    def audibility(self, texts: Sequence[str]) -> np.ndarray:
        # ours remembers what it was asked, as the contract of classifiers has it; the published program's does not
        if self._padded:
            return self._classified(texts)
        return self._cache.embed(texts, lambda new: self._classified(new)[:, None])[:, 0]

    def _classified(self, texts: Sequence[str]) -> np.ndarray:
        rows = self._tokenizer(list(texts))["input_ids"]
        if self._padded:
            longest = max(map(len, rows))
            ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
            return self._run(input_ids=ids, attention_mask=mask)
        out = np.zeros(len(rows))
        for batch in batches_by_length([len(row) for row in rows], 128):
            out[batch] = self._run(input_ids=torch.tensor([rows[i] for i in batch]))
        return out

    def _run(self, **inputs: torch.Tensor) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(self._model(**inputs).logits.softmax(1)[:, 0].numpy(), np.float64)


# ---- measuring


@dataclass(frozen=True)
class Row:
    """Seconds a token of one tower: the plain way, ours at a first token, ours over several."""

    name: str
    plain: float
    plain_split: list[float]
    first: float
    first_split: list[float]
    steady: float
    texts: float  # embedded a token, of iterations x candidates asked for
    error: float  # largest difference of a loss
    larger: float  # how many times faster with a classifier of the paper's size


class Timed:
    """A classifier under a stopwatch."""

    name = "timed"

    def __init__(self, classifier: Any, watch: Stopwatch) -> None:
        self.audibility = watch.timed("classifier", classifier.audibility)


def ours(
    encoder: Any, model: LanguageModel, classifier: Any, options: AudibilityOptions, vectors: np.ndarray
) -> tuple[list[Any], float, Stopwatch]:
    """Captions, seconds and their split, with nothing remembered from before."""
    watch = Stopwatch()
    encoder._cache.clear()
    remembered().clear()
    if isinstance(classifier, RandomClassifier):
        classifier.forget()
    # the functions that compute texts which are not remembered; the embedded encoder has none of its own
    inner = [name for name in ("_compute_texts", "_compute_after") if hasattr(encoder, name)]
    compute = {name: getattr(encoder, name) for name in inner or ["embed_text"]}
    method = AudibilityGuidance(encoder, model, Timed(classifier, watch), options)
    try:
        for name, call in compute.items():
            setattr(encoder, name, watch.timed("tower", call))
        begin = time.process_time()
        written = method.write(vectors)
        return written, time.process_time() - begin, watch
    finally:
        for name in compute:
            delattr(encoder, name)


def compare(name: str, make: Callable[[Path], Any], model: LanguageModel) -> Row:
    """One tower, both ways, on the same sound."""
    with tempfile.TemporaryDirectory() as folder:
        encoder = make(Path(folder))
        tokenizer_with_ends(Path(folder))
        (quick, slow), (larger, larger_slow) = (
            (RandomClassifier(kind, Path(folder)), RandomClassifier(kind, Path(folder), padded=True))
            for kind in CLASSIFIERS
        )
    vector = encoder.embed_text([SOUND])
    one = replace(PAPER, tokens=1)
    ours(encoder, model, quick, replace(one, candidates=16, iterations=1), vector)  # warm
    written, first, watch = ours(encoder, model, quick, one, vector)
    explained = AudibilityGuidance(encoder, model, quick, one, explain=True)
    told = explained.write(vector)[0].trace[0]["losses"]
    _, several, over = ours(encoder, model, quick, replace(PAPER, tokens=STEADY), vector)
    clock = Stopwatch()
    reference = plain.Plain(
        model._model,
        model.tokenizer,
        explained._words.prompt,
        clock.timed("tower", lambda texts: towers.plain_call(name, encoder, texts, PADDED)),
        clock.timed("classifier", slow.audibility),
        one,
    )
    begin = time.process_time()
    (expected,) = reference.caption(vector[0])
    seconds = time.process_time() - begin
    caption = reference.text(expected.tokens).strip()
    assert caption == written[0].sentences[0].text, (caption, written[0].sentences)
    pairs = zip(told, expected.losses[0], strict=True)
    error = max(abs(a[term] - b[term]) for a, b in pairs for term in a)
    assert error < 1e-2, error
    before = seconds - clock.seconds["classifier"] + clock.again("classifier", larger_slow.audibility)
    after = first - watch.seconds["classifier"] + watch.again("classifier", larger.audibility)
    return Row(
        name,
        seconds,
        clock.split(seconds),
        first,
        watch.split(first),
        several / STEADY,
        over.count("tower") / STEADY,
        error,
        before / after,
    )


@dataclass(frozen=True)
class Small:
    """Seconds a token and clip of tags and smollm2."""

    clips: int
    candidates: int
    seconds: float
    split: list[float]
    texts: float


def small(clips: int, candidates: int, tokens: int = 3) -> Small:
    """What a laptop without other models does, on the sounds of the examples."""
    from earwitness.audio import stream_windows
    from earwitness.classifier.embedded import EmbeddedAudibility

    encoder: Any = load_encoder("tags")
    sounds = sorted((HERE.parent / "examples").glob("*.wav"))[:clips]
    windows = [next(iter(stream_windows(s, encoder.rate, encoder.window_seconds))) for s in sounds]
    vectors = normalise(encoder.embed_audio(windows))
    model, classifier = load_language_model("smollm2"), EmbeddedAudibility()
    options = replace(PAPER, tokens=tokens, candidates=candidates)
    ours(encoder, model, EmbeddedAudibility(), replace(options, tokens=1, candidates=16), vectors)  # warm
    _, seconds, watch = ours(encoder, model, classifier, options, vectors)
    parts = tokens * clips
    return Small(
        clips,
        candidates,
        seconds / parts,
        [s / parts for s in watch.split(seconds)],
        watch.count("classifier") / parts,
    )


# ---- the page

PAGE = """# Audibility guidance, measured

Written by `benchmarks/audibility.py`: float32, torch {torch}, {threads} thread(s), {machine} CPU. Seconds are of
processor time, for the machine was doing other work as well. Compare within a line.

## Against the plain way

GPT-2 medium, a classifier of the embedded one's size (6 layers of 384), and two text towers, all of random
weights: the RoBERTa of CLAP (12 layers of 768, reads both ways), and one of the size of CLIP ViT-L/14's (12 layers
of 768, reads from left to right). The paper's settings: {candidates} candidates, {iterations} iterations, λ2 {lambda2}. *Plain* does what
the published program does: it embeds and classifies all candidates anew in every iteration, texts padded to
{padded} tokens for the tower and to the longest for the classifier, and reads the prompt anew for every token. It is
timed over one token. *Ours* is timed over the same token with nothing remembered, and over {steady} tokens. Both
write the same token; *error* is the largest difference of a loss in any iteration. *DistilBERT*: how many times
faster with a classifier of the paper's size (6 layers of 768), timed on the same texts.

| tower | plain s/token | ours s/token | times | DistilBERT | ours, mean of {steady} tokens | texts embedded a token | error |
|---|---:|---:|---:|---:|---:|---:|---:|
{rows}

Where the seconds of the first token go:

| | tower | classifier | language model and the rest |
|---|---:|---:|---:|
{splits}

What is remembered saves the texts that were candidates in the iteration before. Here few are new, for guidance
moves a language model of random weights little; a trained one it moves more (below, *new texts*): of {iterations} × {candidates}
texts about two thirds are new, and ours takes up to twice as long as above, the plain way as long as above.

## tags and smollm2

The models that need no hub, with the embedded classifier, on sounds of `examples/`, three tokens each.

| clips together | candidates | s per token and clip | encoder | classifier | language model and the rest | new texts a token |
|---:|---:|---:|---:|---:|---:|---:|
{small}
"""


def page(rows: list[Row], few: list[Small], threads: int) -> str:
    lines = [
        f"| {r.name} | {r.plain:.0f} | {r.first:.1f} | **{r.plain / r.first:.1f}** | {r.larger:.1f} | {r.steady:.1f} |"
        f" {r.texts:.0f} | {r.error:.0e} |"
        for r in rows
    ]
    splits = [
        f"| {r.name}, {way} | " + " | ".join(f"{s:.1f}" for s in split) + " |"
        for r in rows
        for way, split in (("plain", r.plain_split), ("ours", r.first_split))
    ]
    table = [
        f"| {s.clips} | {s.candidates} | **{s.seconds:.2f}** | "
        + " | ".join(f"{x:.2f}" for x in s.split)
        + f" | {s.texts:.0f} |"
        for s in few
    ]
    facts = {"torch": torch.__version__, "threads": threads, "machine": platform.machine()}
    numbers = {"candidates": PAPER.candidates, "iterations": PAPER.iterations, "lambda2": PAPER.lambda2}
    tables = {"rows": "\n".join(lines), "splits": "\n".join(splits), "small": "\n".join(table)}
    return PAGE.format(**facts, **numbers, **tables, padded=PADDED, steady=STEADY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=["plain", "small"])
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    kept = HERE.parent / ".cache" / "audibility.json"  # so that one half of the page can be measured again
    found = json.loads(kept.read_text()) if arguments.only and kept.is_file() else {}
    if arguments.only != "small":
        model = make_gpt2_medium()
        made = (("clap", make_roberta_tower), ("imagebind", make_clip_tower))
        found["plain"] = [asdict(compare(name, make, model)) for name, make in made]
        del model
    if arguments.only != "plain":
        sizes = ((1, 512), (4, 512), (1, 128), (4, 128))
        found["small"] = [asdict(small(clips, candidates)) for clips, candidates in sizes]
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(found))
    print(json.dumps(found, indent=1))
    if len(found) == 2:
        rows, few = [Row(**r) for r in found["plain"]], [Small(**s) for s in found["small"]]
        (HERE / "audibility.md").write_text(page(rows, few, arguments.threads), encoding="utf-8")


if __name__ == "__main__":
    main()
