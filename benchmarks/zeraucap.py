"""Time ZerAuCap beside the plain and the published way, and by stage; writes zeraucap.md beside it.

    python benchmarks/zeraucap.py [--only plain|small]

Needs smollm2 (earwitness models get smollm2) for the second half. One thread; processor time, which other
programs on the machine disturb less than the clock's. With ``--only``, a half of the page is measured anew and
the other kept.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from earwitness.audio import read_clip
from earwitness.classifier.embedded import EmbeddedAudibility
from earwitness.encoders.registry import load_encoder
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.encoders.tags.minilm import remembered
from earwitness.language import LanguageModel, load_language_model
from earwitness.methods.zeraucap.forms import prompt_tokens
from earwitness.methods.zeraucap.method import ZerAuCap
from earwitness.methods.zeraucap.options import ZERAUCAP, ZERAUCAP_BEST, ZerAuCapOptions
from earwitness.methods.zeraucap.writer import GuidedWriter

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # tests.reference: the plain versions
from tests.reference import zeraucap as plain

PADDED = 77  # tokens of a padded text
TOKENS, PLAIN_TOKENS = 10, 3  # written by ours and the published way, and by the plain one
VOCABULARY = 50257
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


# ---- true-size models with random weights


def make_tokenizer(folder: Path, roberta: bool) -> None:
    """A byte-level BPE of GPT-2's size, whose tokens are words of up to three syllables."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["<s>", "<pad>", "</s>", "<unk>"] if roberta else ["<|endoftext|>"]
    merges = [(s[0], s[1]) for s in SYLLABLES] + [("Ġ", s) for s in SYLLABLES]
    merges += [("Ġ" + a, b) for a, b in itertools.product(SYLLABLES, SYLLABLES)]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    left = VOCABULARY - len(special) - len(letters) - len(merges)
    longer = itertools.product(SYLLABLES, SYLLABLES, SYLLABLES)
    merges += [("Ġ" + a + b, c) for a, b, c in itertools.islice(longer, 0, 7 * left, 7)]
    pieces = dict.fromkeys([*special, *letters, *(a + b for a, b in merges)])
    tokens = Tokenizer(models.BPE(vocab={p: i for i, p in enumerate(pieces)}, merges=merges))
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    roles = {"bos_token": special[0], "eos_token": special[-1]}
    if roberta:
        marks = [(s, tokens.token_to_id(s)) for s in ("<s>", "</s>")]
        tokens.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=marks)
        roles = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    most = 512 if roberta else 1024
    PreTrainedTokenizerFast(tokenizer_object=tokens, model_max_length=most, **roles).save_pretrained(folder)


def make_models(folder: Path) -> tuple[LanguageModel, Any]:
    """GPT-2 and CLAP at their true sizes."""
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    language, clap = folder / "gpt2", folder / "clap"
    GPT2LMHeadModel(GPT2Config()).save_pretrained(language)
    make_tokenizer(language, roberta=False)
    ClapModel(ClapConfig()).save_pretrained(clap)
    ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc").save_pretrained(clap)
    make_tokenizer(clap, roberta=True)
    return load_language_model(str(language)), load_encoder(f"clap:{clap}")


# ---- the ways


def published_way(
    language: LanguageModel, embed: Callable[[list[str]], Any], sound: Any, prompt: list[int], steps: int
) -> list[int]:
    """A cache, but every candidate read on and every text padded, as the published program does."""
    s, state, written = plain.Settings(), language.prompt_tokens([prompt]), []
    breaks = language.tokenizer.encode(". ! ?")
    for step in range(steps):
        p = torch.softmax(state.logits[0].double(), dim=0)
        candidates = state.logits.topk(s.k).indices
        ids = candidates[0].tolist()
        wide = language.fan_out(state, candidates)
        like = torch.cosine_similarity(wide.hidden[:, -1:], wide.hidden[:, :-1], dim=2).max(1).values.double()
        cosine = embed([language.tokenizer.decode([*written, c]) for c in ids]).double() @ sound.double()
        score = plain.scores(p[ids], cosine, like, [c in breaks for c in ids], step, s)
        best = int(score.argmax())
        written.append(ids[best])
        state = wide.select([best])
        if ids[best] in breaks:
            break
    return written


def seconds_of(call: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    begin = time.process_time()
    result = call(*args)
    return time.process_time() - begin, result


def against_plain(folder: Path) -> list[str]:
    language, encoder = make_models(folder)
    tower, words = encoder._model, encoder._tokenizer
    rng = np.random.default_rng(0)
    sounds = rng.standard_normal((4, encoder.dim)).astype(np.float32)
    sounds /= np.linalg.norm(sounds, axis=1, keepdims=True)
    # the space as published: that is what candidates are matched with
    options, settings = ZerAuCapOptions(new_tokens=TOKENS, legacy_space=True), plain.Settings()
    prompt = prompt_tokens(language, ["ba be", "bi bo"], options)
    writer = GuidedWriter(encoder, language, options)

    def embed(texts: list[str]) -> Any:
        return plain.embed(tower, words, texts, PADDED)

    times: dict[str, list[float]] = {"plain": [], "published": [], "alone": [], "batch": []}
    for i, sound in enumerate(sounds[:3]):
        there = torch.from_numpy(sound)
        encoder._cache.clear()
        spent, drafts = seconds_of(writer.write, [prompt], sound[None])
        ours = drafts[0].tokens
        times["alone"].append(spent / len(ours))
        if i < 2:
            spent, tokens = seconds_of(published_way, language, embed, there, prompt, TOKENS)
            times["published"].append(spent / len(tokens))
            assert tokens == ours, (tokens, ours)
        spent, tokens = seconds_of(
            plain.write, language._model, language.tokenizer, embed, there, prompt, settings, PLAIN_TOKENS
        )
        times["plain"].append(spent / len(tokens))
        assert tokens == ours[:PLAIN_TOKENS], (tokens, ours)
    encoder._cache.clear()
    spent, drafts = seconds_of(lambda: writer.write([prompt] * 4, sounds))
    times["batch"].append(spent / sum(len(d.tokens) for d in drafts))
    middle = {name: statistics.median(t) for name, t in times.items()}
    count = sum(p.numel() for p in tower.text_model.parameters()) / 1e6
    rows = {
        "plain": "plain: no cache, 45 candidates through the language model, texts padded",
        "published": "published way: cache, 45 candidates through the language model, texts padded",
        "alone": "ours, a sound alone",
        "batch": "ours, four sounds together",
    }
    table = [
        f"| {text} | {middle[name]:.2f} | {middle['published'] / middle[name]:.1f} | "
        f"{middle['plain'] / middle[name]:.1f} |"
        for name, text in rows.items()
    ]
    return [
        "## Beside the plain way",
        "",
        f"GPT-2 (124 million weights) and CLAP's RoBERTa ({count:.0f} million), random weights, words of one token,",
        f"k = {options.k}, a prompt of {len(prompt)} tokens; texts padded to {PADDED} tokens. Ours and the published way",
        f"write {TOKENS} tokens, the plain way the first {PLAIN_TOKENS} of them: the same ones, which is asserted.",
        "",
        "| | seconds a token | times published | times plain |",
        "|---|---|---|---|",
        *table,
    ]


# ---- by stage, with the models that work offline


class Stages:
    """Where the time of a method goes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, owner: Any, names: Sequence[str], stage: str) -> Iterator[None]:
        """Count the time spent in an object's methods."""
        kind, kept = type(owner), {n: getattr(type(owner), n) for n in names}

        def counting(call: Any) -> Any:
            def counted(*args: Any, **more: Any) -> Any:
                begin = time.process_time()
                try:
                    return call(*args, **more)
                finally:
                    self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - begin

            return counted

        for name, call in kept.items():
            setattr(kind, name, counting(call))
        try:
            yield
        finally:
            for name, call in kept.items():
                setattr(kind, name, call)


def staged(
    method: ZerAuCap, vectors: np.ndarray, batch: int
) -> tuple[dict[str, float], float, int, list[str]]:
    """Seconds a caption by stage, in all, tokens of the first sentences, and the captions."""
    method.encoder._cache.clear()  # type: ignore[attr-defined]
    remembered().clear()
    stages, texts, tokens = Stages(), [], 0
    with (
        stages.of(method.model, ("_read",), "language model"),
        stages.of(method.encoder, ("embed_text",), "text tower"),
    ):
        begin = time.process_time()
        for i in range(0, len(vectors), batch):
            for written in method.write(vectors[i : i + batch]):
                texts.append(written.sentences[0].text)
                tokens += len(written.trace) or len(method.model.encode(texts[-1]))
        total = time.process_time() - begin
    n = len(vectors)
    return {k: v / n for k, v in stages.seconds.items()}, total / n, tokens, texts


def offline() -> list[str]:
    encoder, language, background = TagEncoder(), load_language_model("smollm2"), TagEncoder().background()
    paths = sorted((HERE.parent / "examples").glob("*.wav"))
    vectors = np.concatenate([encoder.embed_audio([read_clip(p, encoder.rate)]) for p in paths])
    short = replace(ZERAUCAP, new_tokens=10, k=15, sentence_prompt="This is a sound of")
    settings: list[tuple[str, ZerAuCapOptions, int, int]] = [
        ("as published", ZERAUCAP, 8, 7),
        ("as published, one at a time", ZERAUCAP, 1, 7),
        ("zeraucap-best", ZERAUCAP_BEST, 8, 7),
        ("zeraucap-best, one at a time", ZERAUCAP_BEST, 1, 7),
        *((f"10 tokens at most, k = {k}", replace(short, k=k), 8, 7) for k in (5, 15, 45)),
        *((f"{t} tokens at most, k = 15", replace(short, new_tokens=t), 8, 7) for t in (5, 20)),
        *((f"10 tokens at most, k = 15, {b} at a time", short, b, 7) for b in (1, 2, 4)),
    ]
    rows, captions = [], {}
    for name, options, batch, count in settings:
        method = ZerAuCap(encoder, language, options, background, classifier=EmbeddedAudibility())
        stage, total, tokens, texts = staged(method, vectors[:count], batch)
        if batch == 1:
            same = captions.get(json.dumps(vars(options)), texts)
            assert texts == same, (texts, same)
        captions.setdefault(json.dumps(vars(options)), texts)
        model, tower = stage["language model"], stage["text tower"]
        rows.append(
            f"| {name} | {total:.2f} | {model:.2f} | {tower:.2f} | {total - model - tower:.2f} | "
            f"{tokens / count:.1f} |"
        )
    return [
        "## With tags and smollm2",
        "",
        f"{len(paths[:7])} sounds of `examples/`, together in one batch where nothing else is said; seconds a caption,",
        "hearing left out. A caption is the same alone and in a batch, which is asserted.",
        "",
        "| | seconds a caption | language model | text tower | the rest | tokens |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["plain", "small"])
    only = parser.parse_args().only
    torch.set_num_threads(1)
    kept = HERE.parent / ".cache" / "zeraucap.json"  # so that one half of the page can be measured again
    found = json.loads(kept.read_text(encoding="utf-8")) if only and kept.is_file() else {}
    if only != "small":
        with tempfile.TemporaryDirectory() as folder:
            found["plain"] = against_plain(Path(folder))
    if only != "plain":
        found["small"] = offline()
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(found), encoding="utf-8")
    print("\n".join(line for half in found.values() for line in half))
    if len(found) < 2:
        return
    page = [
        "# ZerAuCap: speed",
        "",
        f"Written by `benchmarks/zeraucap.py`: torch {torch.__version__}, one thread, {platform.machine()}; processor",
        "time. Absolute times drift with the machine; the ratios are of one run.",
        "",
        *found["plain"],
        "",
        *found["small"],
        "",
    ]
    (HERE / "zeraucap.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
