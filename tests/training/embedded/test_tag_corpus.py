"""Vectors that sounds of a caption could have, and which captions are learned how often."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from earwitness.encoders.tags.encoder import DIM, HIGH_VOICE, LOW_VOICE, class_names
from earwitness.training.embedded.simulation import SmearOptions, TagSimulator
from earwitness.training.embedded.sound_bank import SoundBank, logit
from earwitness.training.embedded.tag_corpus import CorpusOptions, TagCorpus

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
CAPTIONS = ["a dog barks", "a man speaks and a dog barks", "rain falls on a roof"] * 3
PLAIN = CorpusOptions(min_word_count=1, parts_share=0.0)


def place(name: str) -> int:
    return class_names().index(name)


@pytest.fixture(scope="module")
def bank() -> SoundBank:
    """Made patches: "Dog" and "Bark" go together, everything else by itself."""
    rng = np.random.default_rng(0)
    logits = rng.normal(-6, 1, (400, 521))
    barking = rng.random(400) < 0.2
    logits[np.ix_(barking, [place("Dog"), place("Bark")])] = rng.normal(2, 0.5, (barking.sum(), 1))
    vectors = np.sqrt(1 / (1 + np.exp(-logits[:100])))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    even = np.full(400, 1 / 400, np.float32)
    return SoundBank(logits.astype(np.float32), even, vectors.astype(np.float32), even[:100] * 4)


@pytest.fixture(scope="module")
def simulator(bank: SoundBank) -> TagSimulator:
    return TagSimulator(bank)


def made(simulator: TagSimulator, name: str, count: int = 300, voices: object = (0, 0)) -> np.ndarray:
    classes, rng = np.full(count, place(name)), np.random.default_rng(1)
    sides = np.tile(np.array(voices, np.float32), (count, 1))
    return simulator.captions(classes, np.arange(count), np.zeros(count, bool), sides, rng)


def test_a_vector_is_a_unit_one_and_has_the_class_it_was_made_for(simulator: TagSimulator) -> None:
    rows = made(simulator, "Rain")
    assert rows.shape == (300, DIM) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    others = np.delete(rows[:, :521].mean(0), place("Rain"))
    assert rows[:, place("Rain")].mean() > 3 * others.max()
    assert rows[:, place("Rain")].std() > 0.05, "how surely it is heard varies"


def test_classes_that_belong_together_move_together(simulator: TagSimulator) -> None:
    rows = made(simulator, "Bark")
    assert rows[:, place("Dog")].mean() > 5 * rows[:, place("Rain")].mean()
    assert np.corrcoef(rows[:, place("Dog")], rows[:, place("Bark")])[0, 1] > 0.3


def test_a_voice_has_its_pitch_where_it_is_told(simulator: TagSimulator) -> None:
    low = made(simulator, "Speech", voices=(1, 0))
    assert low[:, LOW_VOICE].min() > 0 and low[:, HIGH_VOICE].max() == 0
    assert made(simulator, "Speech")[:, LOW_VOICE].max() == 0


def test_more_surely_heard_sounds_stand_out_more(bank: SoundBank) -> None:
    faint, clear = (TagSimulator(bank, SmearOptions(mean=m, spread=0.1)) for m in (-3.0, 3.0))
    rain = place("Rain")
    assert made(clear, "Rain")[:, rain].mean() > made(faint, "Rain")[:, rain].mean() + 0.1


def test_rare_sounds_are_drawn_more_often_than_they_occur(simulator: TagSimulator) -> None:
    with (ROOT / "data" / "class-captions" / "captions.tsv").open(encoding="utf-8") as file:
        varied = [line.rstrip("\n").split("\t")[1] for line in file][1::10]
    captions = [*varied, *["a man speaks"] * 1000, "rain falls on a roof"]
    flat = TagCorpus(captions, simulator, CorpusOptions(min_word_count=1, balance=0.0)).caption_rate
    even = TagCorpus(captions, simulator, PLAIN).caption_rate
    assert flat[-1] == pytest.approx(flat[-2])
    assert even[-1] > 4 * even[-2] and even.sum() == pytest.approx(1)


def test_an_epoch_is_the_same_for_the_same_seed(simulator: TagSimulator) -> None:
    corpus = TagCorpus(CAPTIONS, simulator, PLAIN)
    one, two = (corpus.epoch(np.random.default_rng(3)) for _ in range(2))
    assert one.texts == two.texts and len(one.texts) == len(CAPTIONS)
    vectors = [e.vectors([0, 1], np.random.default_rng(4)) for e in (one, two)]
    np.testing.assert_array_equal(*vectors)


def test_captions_written_for_a_class_teach_that_class(simulator: TagSimulator) -> None:
    """The name alone would not lead there: nothing in the words is near to "Zither"."""
    odd = [("Zither", "shimmering notes ring out while people speak")]
    corpus = TagCorpus(CAPTIONS, simulator, CorpusOptions(), named=odd)
    assert corpus.captions[-1] == odd[0][1], "a word that is rare is no misspelling here"
    parts = [corpus.parts[i] for i in corpus.part_ids[-1]]
    weights = corpus.weights[corpus.part_ids[-1]][:, place("Zither")]
    assert parts[int(weights.argmax())] == "shimmering notes ring out" and weights.max() >= 0.5
    assert weights.min() < 0.1, "the people who speak are no zither"


def test_a_bank_hears_a_folder_and_comes_back_from_disk(tmp_path: Path) -> None:
    bank = SoundBank.listen([EXAMPLES], per_collection=3)
    assert bank.vectors.shape == (3, 521) and 3 <= len(bank.logits) <= 18
    assert bank.weight.sum() == pytest.approx(1) and np.isfinite(bank.logits).all()
    bank.save(tmp_path / "bank.safetensors")
    again = SoundBank.load(tmp_path / "bank.safetensors")
    np.testing.assert_array_equal(again.logits, bank.logits)
    assert len(bank.sample(2)) == 2
    assert logit(np.array([0.5, 0.0], np.float32)).tolist() == pytest.approx([0.0, -13.8], abs=0.1)
