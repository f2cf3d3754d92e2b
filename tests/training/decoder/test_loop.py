"""Training: what predicts what, padding that does not count, killed runs that lose nothing, and learning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from earwitness.common.errors import OptionError
from earwitness.training.decoder.corpus.batches import batches, padded
from earwitness.training.decoder.corpus.caption_corpus import CaptionCorpus
from earwitness.training.decoder.corpus.noise import NoiseOptions
from earwitness.training.decoder.devices import Machine
from earwitness.training.decoder.loop import caption_loss, learning_rate, train, validate
from earwitness.training.decoder.model import DecoderConfig
from earwitness.training.decoder.options import TrainOptions
from earwitness.training.decoder.reconstruction import rewrite
from earwitness.training.decoder.torch_decoder import TorchDecoder
from tests.reference import wsac as plain
from tests.reference import wsac_tiny as tiny

TOKENS = [[5, 7, 3, 1], [4, 1], [9, 9, 6, 8, 10, 1]]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def corpus(noise: float = 0.0) -> CaptionCorpus:
    return CaptionCorpus(tiny.CAPTIONS, tiny.Rote().embed_text(tiny.CAPTIONS), NoiseOptions(noise))


def run(folder: Path, words: Any, options: TrainOptions, noise: float = 0.0, **more: Any) -> Any:
    config = DecoderConfig(dim=32, vocab=words.size, width=32, layers=2, heads=2, prefix=2, dropout=0.1)
    examples = corpus(noise)
    return train(examples, examples, words, config, options, folder, **more)


def test_the_prefix_predicts_the_first_token_and_each_token_the_next() -> None:
    model, vectors = tiny.decoder(), torch.from_numpy(tiny.vectors(3))
    assert caption_loss(model, vectors, padded(TOKENS)).item() == pytest.approx(
        plain.loss(model, vectors, TOKENS), abs=1e-5
    )


def test_padding_does_not_count() -> None:
    model, vectors = tiny.decoder(), torch.from_numpy(tiny.vectors(3))
    tokens = padded(TOKENS)
    more = torch.cat([tokens, torch.zeros(3, 7, dtype=torch.long)], 1)
    for smoothing in (0.0, 0.1):
        before, after = (caption_loss(model, vectors, t, smoothing).item() for t in (tokens, more))
        assert after == pytest.approx(before, abs=1e-6)


def test_validation_is_the_mean_of_a_token() -> None:
    model = tiny.decoder(dim=32, vocab=tiny.words().size)
    examples, words = corpus(), tiny.words()
    tokens = words.encode(examples.texts, model.config.max_tokens)
    expected = plain.loss(model, torch.from_numpy(examples.embeddings), tokens)
    assert validate(model, examples, words, np.random.default_rng(0)) == pytest.approx(expected, abs=1e-4)


def test_the_cache_changes_nothing() -> None:
    model, vectors = tiny.decoder(), torch.from_numpy(tiny.vectors(3))
    tokens = torch.randint(3, 12, (3, 9))
    whole = model(vectors, tokens)
    hidden, state = model.step(model.prefix(vectors))
    steps = [model.logits(hidden[:, -1])]
    for token in tokens.T:
        hidden, state = model.step(model.tokens(token[:, None]), state)
        steps.append(model.logits(hidden[:, -1]))
    torch.testing.assert_close(torch.stack(steps, 1), whole, atol=1e-4, rtol=1e-4)


def test_a_decoder_learns_eight_captions_by_heart(tmp_path: Path) -> None:
    words = tiny.words()
    config = DecoderConfig(dim=32, vocab=words.size, width=48, layers=2, heads=2, prefix=2, dropout=0.0)
    options = TrainOptions(epochs=120, batch=8, rate=5e-3, warmup=10, label_smoothing=0.0)
    model = train(corpus(), corpus(), words, config, options, tmp_path)
    assert rewrite(TorchDecoder(model, words), corpus().embeddings) == tiny.CAPTIONS


class KilledError(Exception):
    pass


@pytest.mark.parametrize("drop_last", [False, True])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, drop_last: bool) -> None:
    words = tiny.words()
    options = TrainOptions(epochs=4, batch=3, warmup=2, drop_last=drop_last, schedule="linear")
    unbroken = run(tmp_path / "a", words, options, noise=0.01).state_dict()

    def kill(done: int, of: int) -> None:
        if done == of // 2 + 1:
            raise KilledError

    with pytest.raises(KilledError):
        run(tmp_path / "b", words, options, noise=0.01, after_step=kill)
    torch.manual_seed(99)  # the state that another process begins with is another one
    resumed = run(tmp_path / "b", words, options, noise=0.01).state_dict()
    assert all(torch.equal(unbroken[k], resumed[k]) for k in unbroken)
    lines = [(tmp_path / f / "epochs.jsonl").read_text().splitlines() for f in "ab"]
    assert [len(x) for x in lines] == [4, 4]


def test_another_run_s_folder_is_refused(tmp_path: Path) -> None:
    words = tiny.words()
    run(tmp_path, words, TrainOptions(epochs=1, batch=4))
    with pytest.raises(OptionError, match="other options"):
        run(tmp_path, words, TrainOptions(epochs=2, batch=4))


def test_the_straight_schedule_is_transformers() -> None:
    options = TrainOptions(schedule="linear", warmup=5)
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = transformers.get_linear_schedule_with_warmup(optimiser, 5, 40)
    for step in range(40):
        assert learning_rate(step, 40, options) == pytest.approx(theirs.get_last_lr()[0])
        optimiser.step()
        theirs.step()


def test_batches_are_of_like_length_and_hold_everything_once() -> None:
    lengths = list(np.random.default_rng(0).integers(2, 30, 1000))
    found = batches(lengths, 32, np.random.default_rng(1))
    assert sorted(r for b in found for r in b) == list(range(1000))
    spread = np.mean([max(lengths[r] for r in b) - min(lengths[r] for r in b) for b in found])
    assert spread < 4  # unsorted: 26
    assert {len(b) for b in batches(lengths, 32, np.random.default_rng(1), drop_last=True)} == {32}
    assert len(batches([3, 4], 32, np.random.default_rng(1), drop_last=True)) == 1


def test_half_precision_is_close(tmp_path: Path) -> None:
    words, options = tiny.words(), TrainOptions(epochs=2, batch=4, warmup=1)
    losses = []
    for precision in ("float32", "bfloat16"):
        figures: list[dict[str, float]] = []
        run(
            tmp_path / precision, words, options, machine=Machine("cpu", precision),  # type: ignore[arg-type]
            after_epoch=lambda e, m, f, kept=figures: kept.append(f),
        )  # fmt: skip
        losses.append(figures[-1]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epochs": 0}, "epochs is 1 or more"),
        ({"rate": 0.0}, "above 0"),
        ({"label_smoothing": 1.0}, "below 1"),
        ({"schedule": "steps"}, "linear"),
    ],
)
def test_options_that_cannot_be(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        TrainOptions(**wrong)
