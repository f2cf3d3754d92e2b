"""The captioner: the same result alone, in a batch and in any order; long sounds, silence, segments."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

import earwitness
from earwitness.audio import Clip
from earwitness.captioning.captioner import Captioner
from earwitness.captioning.listener import plan_windows
from earwitness.captioning.matching import match_sentences
from earwitness.captioning.merging import merge
from earwitness.captioning.options import CaptionOptions
from earwitness.common.caption import Caption
from earwitness.common.errors import AudioError, AudioNotFoundError, EmptyAudioError, OptionError
from earwitness.encoders.tags.minilm import remembered

EXAMPLES = Path(__file__).parents[2] / "examples"
RATE = 16000


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    return earwitness.load()


@pytest.fixture(scope="module")
def sounds() -> list[str]:
    return sorted(str(p) for p in EXAMPLES.iterdir() if p.suffix in (".wav", ".mp3"))


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(RATE * seconds)).clip(-1, 1)


def test_a_caption_is_the_same_twice_alone_in_a_batch_and_in_any_order(sounds: list[str]) -> None:
    """To the last bit, all that is said of it: nothing that was embedded before is remembered."""

    def captions(some: list[str], workers: int = 2) -> list[Caption]:
        remembered().clear()
        outcomes = earwitness.load(workers=workers).caption_many(some, CaptionOptions(top=4))
        return [o.captions[0] for o in outcomes]

    alone = [caption for s in sounds for caption in captions([s])]
    assert alone == captions(sounds) == captions(sounds[::-1])[::-1] == captions(sounds, workers=1)


def test_every_kind_of_source_gives_the_same_caption(captioner: Captioner, sounds: list[str]) -> None:
    path = next(s for s in sounds if s.endswith(".wav"))
    samples, rate = soundfile.read(path)
    data = Path(path).read_bytes()
    texts = {captioner.caption(s).text for s in (path, Path(path), data, io.BytesIO(data), (samples, rate))}
    assert len(texts) == 1 and texts != {""}


def test_the_keys_are_those_promised(captioner: Captioner, sounds: list[str]) -> None:
    row = captioner.caption(sounds[0]).to_dict()
    assert list(row) == [
        "path", "start", "end", "text", "confidence", "fit", "score", "keywords", "method", "encoder", "notes",
    ]  # fmt: skip
    assert row["method"] == "wsac" and row["encoder"] == "tags" and 0 <= row["fit"] <= 1
    assert 0 < row["confidence"] < 1 and row["score"] == row["confidence"]


def test_silence_is_noted_and_nothing_is_invented(captioner: Captioner) -> None:
    caption = captioner.caption((np.zeros(5 * RATE), RATE))
    assert caption.text == "" and caption.score == 0 and "silent" in caption.notes and not caption.keywords


def test_silent_stretches_do_not_dilute_a_sound(captioner: Captioner) -> None:
    sound = noise(10)
    padded = np.concatenate([sound, np.zeros(20 * RATE)])
    caption = captioner.caption((padded, RATE))
    assert caption.text == captioner.caption((sound, RATE)).text
    assert caption.end == 30 and any(n.startswith("silent: 20.0 s") for n in caption.notes)


def test_segments_cover_the_sound_in_order_and_end_with_it(captioner: Captioner) -> None:
    pieces = [noise(8), 0.3 * np.sin(2 * np.pi * 440 * np.arange(8 * RATE) / RATE), noise(5, 1)]
    captions = captioner.caption_segments((np.concatenate(pieces), RATE), CaptionOptions(segments=4))
    assert captions[0].start == 0 and captions[-1].end == 21
    for a, b in pairwise(captions):
        assert a.end == b.start and a.text != b.text


@pytest.mark.parametrize(
    ("segments", "plan"), [(None, (10, None)), (3, (3, 1)), (10, (10, 1)), (25, (25 / 3, 3))]
)
def test_stretches_are_cut_in_equal_windows(segments: float | None, plan: tuple[float, int | None]) -> None:
    assert plan_windows(10, segments) == plan


@pytest.mark.parametrize("seconds", [10, 20, 30])
def test_exact_multiples_of_the_window_make_no_extra_segment(captioner: Captioner, seconds: int) -> None:
    rng = np.random.default_rng(seconds)
    samples = np.concatenate(
        [rng.normal(0, 0.05 * (1 + i % 2), 10 * RATE) for i in range(seconds // 10)]
    ).clip(-1, 1)
    captions = captioner.caption_segments((samples, RATE), CaptionOptions(segments=10))
    assert captions[-1].end == seconds and sum(c.end - c.start for c in captions) == seconds


def test_alternatives_are_different_sentences_best_first(captioner: Captioner, sounds: list[str]) -> None:
    caption = next(captioner.caption_many(sounds[:1], CaptionOptions(top=4))).captions[0]
    texts = [a.text for a in caption.alternatives]
    assert len(texts) == len(set(texts)) == 4 and texts[0] == caption.text


def test_a_sound_that_fails_stops_no_other(captioner: Captioner, sounds: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    outcomes = list(
        captioner.caption_many([sounds[0], tmp_path / "empty.wav", tmp_path / "none.wav", sounds[1]])
    )
    assert [type(o.error) for o in outcomes] == [type(None), EmptyAudioError, AudioNotFoundError, type(None)]
    assert outcomes[3].captions[0].text
    with pytest.raises(AudioError, match="empty"):
        captioner.caption(tmp_path / "empty.wav")


def test_a_clip_keeps_its_place(captioner: Captioner) -> None:
    caption = captioner.caption(Clip(noise(2).astype(np.float32), RATE, start=30.0, source="tape"))
    assert (caption.path, caption.start, caption.end) == ("tape", 30.0, 32.0)


def test_no_caption_says_the_same_thing_twice(captioner: Captioner, sounds: list[str]) -> None:
    from earwitness.methods.style import repeats_itself

    assert not [c.text for o in captioner.caption_many(sounds) for c in o.captions if repeats_itself(c.text)]


def test_matching_ranks_the_true_sentence_first() -> None:
    ranked = match_sentences(EXAMPLES / "rooster.wav", ["rain falls", "a rooster crows", "a car passes by"])
    assert ranked[0].text == "a rooster crows" and ranked[0].score > ranked[-1].score


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: match_sentences(EXAMPLES / "rooster.wav", []), "at least one sentence"),
        (lambda: match_sentences(EXAMPLES / "rooster.wav", [" "]), "none of them empty"),
        (lambda: match_sentences((np.zeros(RATE), RATE), ["rain"]), "silent"),
        (lambda: CaptionOptions(segments=0), "above 0"),
        (lambda: CaptionOptions(top=0), "at least 1"),
        (lambda: earwitness.load("no-such-folder"), "no-such-folder"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(call: object, message: str) -> None:
    from earwitness.common.errors import AssetError

    with pytest.raises((OptionError, AssetError), match=message):
        call()  # type: ignore[operator]


def test_merging_keeps_neighbours_that_differ() -> None:
    from earwitness.common.caption import Caption

    captions = [Caption("x", 0, 4, "a", 0.5), Caption("x", 4, 8, "a", 0.7), Caption("x", 8, 9, "b", 0.1)]
    assert [(c.start, c.end, c.text, round(c.fit, 2)) for c in merge(captions)] == [
        (0, 8, "a", 0.6),
        (8, 9, "b", 0.1),
    ]
