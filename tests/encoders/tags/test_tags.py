"""The embedded audio–text model: its contract, and agreement with the float32 originals."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from earwitness.archive.finding.candidates import strong_axes
from earwitness.audio import Clip
from earwitness.common.errors import OptionError
from earwitness.encoders.base import AudioTextEncoder, HasQueries, normalise
from earwitness.encoders.runtime import ASSETS
from earwitness.encoders.tags.encoder import DIM, TagEncoder, class_names, class_weights
from earwitness.encoders.tags.minilm import remembered, sentence_embeddings, tokens
from earwitness.encoders.tags.voice import voice_pitch, voice_side
from earwitness.encoders.tags.yamnet import (
    PATCH_HOP_SECONDS,
    magnitudes,
    mel_matrix,
    patches,
    probabilities,
)

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parents[2] / "data" / "embedded.safetensors"
TEXTS = [
    "a dog barks",
    "rain falls on a roof",
    "an adult male speaks",
    "a woman laughs while music plays",
    "x",
]


@pytest.fixture(scope="module")
def encoder() -> TagEncoder:
    return TagEncoder()


def noise(seconds: float, seed: int = 0, level: float = 0.1) -> Clip:
    samples = np.random.default_rng(seed).normal(0, level, round(16000 * seconds))
    return Clip(samples.clip(-1, 1).astype(np.float32), 16000)


def test_it_keeps_the_contract(encoder: TagEncoder) -> None:
    assert isinstance(encoder, AudioTextEncoder)
    for rows in (encoder.embed_audio([noise(1), noise(12)]), encoder.embed_text(TEXTS)):
        assert rows.dtype == np.float32 and rows.shape[1] == encoder.dim == DIM
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_nothing_in_gives_nothing_out(encoder: TagEncoder) -> None:
    assert encoder.embed_audio([]).shape == encoder.embed_text([]).shape == (0, DIM)


def test_a_sound_is_the_same_alone_in_a_batch_and_in_another_order(encoder: TagEncoder) -> None:
    clips = [noise(s, seed) for seed, s in enumerate((0.2, 3, 10, 17))]
    together = encoder.embed_audio(clips)
    for row, clip in zip(together, clips, strict=True):
        np.testing.assert_array_equal(row, encoder.embed_audio([clip])[0])
    np.testing.assert_array_equal(together[::-1], encoder.embed_audio(clips[::-1]))


def test_a_sentence_is_the_same_alone_in_a_batch_and_in_another_order() -> None:
    """To the last bit: a run that was stopped asks about fewer sentences at once than one that was not."""
    texts = [*TEXTS, *(f"{name.lower()} is heard" for name in class_names()[:40])]

    def embedded(some: list[str]) -> np.ndarray:
        remembered().clear()
        return TagEncoder().embed_text(some)

    together = embedded(texts)
    np.testing.assert_array_equal(together, np.concatenate([embedded([text]) for text in texts]))
    np.testing.assert_array_equal(together, np.concatenate([embedded(texts[:3]), embedded(texts[3:])]))
    np.testing.assert_array_equal(together[::-1], embedded(texts[::-1]))


def test_a_query_is_the_same_alone_and_among_others() -> None:
    together = TagEncoder().embed_query(TEXTS)
    for row, text in zip(together, TEXTS, strict=True):
        remembered().clear()
        np.testing.assert_array_equal(row, TagEncoder().embed_query([text])[0])


def test_a_long_clip_is_the_mean_of_its_windows(encoder: TagEncoder) -> None:
    clip = noise(20)
    halves = [Clip(clip.samples[i : i + 160000], 16000) for i in (0, 160000)]
    mean = encoder.embed_audio(halves).mean(0)
    np.testing.assert_allclose(encoder.embed_audio([clip])[0], mean / np.linalg.norm(mean), atol=1e-6)


def test_the_wrong_rate_is_refused(encoder: TagEncoder) -> None:
    with pytest.raises(OptionError, match="16000 Hz, not 8000"):
        encoder.embed_audio([Clip(np.ones(8000, np.float32), 8000)])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a dog barks", "Bark"),
        ("the toilet is flushed", "Toilet flush"),
        ("a baby cries", "Baby cry, infant cry"),
    ],
)
def test_a_sentence_lies_on_the_axis_of_what_it_says(encoder: TagEncoder, text: str, name: str) -> None:
    assert class_names()[int(encoder.embed_text([text])[0, :521].argmax())] == name


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("burning wood pops", "Crackle"),
        ("a cockerel greets the morning", "Crowing, cock-a-doodle-doo"),
        ("ring ring, out of my way on two wheels", "Bicycle bell"),
    ],
)
def test_a_query_lies_near_what_is_said_of_a_class(encoder: TagEncoder, query: str, name: str) -> None:
    strongest = np.argsort(-encoder.embed_query([query])[0])[:3]
    assert name in [class_names()[i] for i in strongest]


def test_a_query_of_several_sounds_lies_on_the_axes_of_each(encoder: TagEncoder) -> None:
    both, dog, train = encoder.embed_query(
        ["A dog barks, followed by a train passing by", "A dog barks", "a train passing by"]
    )
    np.testing.assert_allclose(both, normalise((dog + train)[None])[0], atol=1e-6)


def test_queries_keep_the_contract_and_lie_on_no_more_axes_than_captions(encoder: TagEncoder) -> None:
    assert isinstance(encoder, HasQueries) and encoder.embed_query([]).shape == (0, DIM)
    queries, captions = encoder.embed_query(TEXTS), encoder.embed_text(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(queries[1], encoder.embed_query(TEXTS[1:2])[0])
    assert queries[2, -2] > 0 == queries[0, -2]  # the low voice, of which only a man's sentence speaks
    assert np.median([len(strong_axes(q)) for q in queries]) <= 2 * np.median(
        [len(strong_axes(c)) for c in captions]
    )
    quantiles = encoder.query_background().quantiles
    assert (
        len(quantiles) == 1001 and (np.diff(quantiles) >= 0).all() and 0 <= quantiles[0] < quantiles[-1] < 1
    )


def test_classes_are_the_means_of_their_captions() -> None:
    tensors = load_file(ASSETS / "queries.safetensors")
    with (ROOT / "data" / "class-captions" / "captions.tsv").open(encoding="utf-8", newline="") as file:
        told = [r["caption"] for r in csv.DictReader(file, delimiter="\t") if r["class"] == "Sneeze"]
    mean = sentence_embeddings(told).mean(0)
    row = class_names().index("Sneeze")
    np.testing.assert_allclose(
        tensors["classes"][row] * tensors["scales"][row], mean, atol=float(tensors["scales"][row])
    )


def test_men_and_women_lie_on_the_axes_of_their_voices(encoder: TagEncoder) -> None:
    man, woman, person = encoder.embed_text(["a man speaks", "a woman speaks", "a person speaks"])[:, 521:]
    assert man[0] > 0.1 and man[1] == 0
    assert woman[1] > 0.1 and woman[0] == 0
    assert not person.any()


def test_class_weights_sum_to_one() -> None:
    np.testing.assert_allclose(class_weights(sentence_embeddings(TEXTS)).sum(1), 1, atol=1e-5)


def test_yamnet_agrees_with_the_float32_network() -> None:
    """Frozen by tools/build_models.py from the torch network of the original float32 weights."""
    golden = load_file(GOLDEN)
    for i in (0, 1):
        found = probabilities(golden[f"sound{i}"])
        assert np.abs(found - golden[f"probabilities{i}"]).max() <= 1e-2


def test_minilm_agrees_with_float32_transformers() -> None:
    names = [f"{n.lower()} is heard nearby" for n in class_names()[:64]]
    golden = load_file(GOLDEN)
    cosines = (sentence_embeddings(names) * golden["sentences"]).sum(1)
    assert cosines.min() >= 0.996 and cosines.mean() >= 0.998


def test_long_texts_are_cut_and_not_refused(encoder: TagEncoder) -> None:
    assert len(tokens("rain " * 1000)) == 128
    assert np.isfinite(encoder.embed_text(["rain " * 1000, "", "雨"])).all()


@pytest.mark.parametrize(("samples", "count"), [(1, 1), (15600, 1), (15601, 2), (23280, 2), (160000, 20)])
def test_patches_cover_the_sound_and_no_more(samples: int, count: int) -> None:
    assert patches(np.zeros(samples, np.float32)).shape == (count, 96, 64)


def test_magnitudes_are_those_of_windowed_transforms() -> None:
    frames = np.random.default_rng(0).normal(0, 0.1, (50, 400)).astype(np.float32)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    expected = np.abs(np.fft.rfft(frames.astype(np.float64) * window, 512))
    np.testing.assert_allclose(magnitudes(frames), expected, atol=2e-5)


def test_mel_filters_are_triangles_with_one_peak() -> None:
    filters = mel_matrix()
    assert filters.shape == (257, 64) and filters.min() == 0 and filters.max() <= 1
    peaks = filters.argmax(0)
    assert (np.diff(peaks) >= 0).all() and 125 <= peaks[0] * 31.25 <= 200 and peaks[-1] * 31.25 <= 7500


@pytest.mark.parametrize(("hertz", "axis"), [(110, 0), (220, 1), (170, None)])
def test_the_pitch_of_a_clear_voice_decides_its_axis(hertz: int, axis: int | None) -> None:
    time = np.arange(3 * 16000) / 16000
    buzz = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 9)).astype(np.float32) * 0.2
    frequency, clarity = voice_pitch(buzz)
    assert abs(np.median(frequency) - hertz) < 3 and clarity.min() > 0.9
    ones, zeros = np.ones(6, np.float32), np.zeros(6, np.float32)
    found = voice_side(buzz, ones, zeros, PATCH_HOP_SECONDS)
    assert [i for i, v in enumerate(found) if v] == ([] if axis is None else [axis])
    # another sound with a pitch of its own, or none that speaks: it is not the voice's
    assert voice_side(buzz, ones, ones, PATCH_HOP_SECONDS) == (False, False)
    assert voice_side(buzz, zeros, zeros, PATCH_HOP_SECONDS) == (False, False)


def test_no_voice_no_axis() -> None:
    ones, zeros = np.ones(6, np.float32), np.zeros(6, np.float32)
    assert voice_side(noise(3).samples, ones, zeros, PATCH_HOP_SECONDS) == (False, False)


def test_what_is_usual_is_computed_once_for_texts_that_stay() -> None:
    background, texts = TagEncoder().background(), TagEncoder().embed_text(TEXTS)
    sound = TagEncoder().embed_text(["a dog barks in the rain"])[0]
    again = background.standardised(sound, texts, background.usual_match(texts))
    np.testing.assert_array_equal(background.standardised(sound, texts), again)
