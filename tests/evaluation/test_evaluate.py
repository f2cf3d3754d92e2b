"""Every clip is accounted for; every score has a value or a reason."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.audio import Clip
from earwitness.common.errors import OptionError, TableError
from earwitness.datasets import read_references
from earwitness.evaluation import (
    BootstrapOptions,
    EvaluationOptions,
    Metric,
    Unavailable,
    compare,
    evaluate,
    match_metric,
    metric_names,
    of_items,
    register_metric,
)
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.human import human_agreement
from earwitness.evaluation.metrics.base import compute, mean_of, select
from earwitness.evaluation.metrics.nlg_mean import NINE

REFERENCES = {"a": ["rain falls", "it rains"], "b": ["a dog barks"], "c": ["wind blows in trees"]}
FEW = BootstrapOptions(resamples=20)


def options(*metrics: str, missing: str = "empty") -> EvaluationOptions:
    return EvaluationOptions(metrics or ("rouge_l",), missing, FEW)


def test_a_missing_clip_is_named_and_scored_as_empty() -> None:
    result = evaluate({"a": "rain falls", "b": "  "}, REFERENCES, options())
    assert result.missing == ("b", "c")
    assert result.corpus.ids == ("a", "b", "c")
    assert result.scores["rouge_l"].items == (1.0, 0.0, 0.0)
    assert result.scores["rouge_l"].value == pytest.approx(1 / 3)


def test_a_missing_clip_can_be_left_out() -> None:
    result = evaluate({"a": "rain falls"}, REFERENCES, options(missing="skip"))
    assert result.corpus.ids == ("a",) and result.missing == ("b", "c")
    assert result.scores["rouge_l"].value == 1.0


def test_a_missing_clip_can_be_an_error() -> None:
    with pytest.raises(TableError, match="mine: 2 of 3 clips have no caption, 'b' the first"):
        evaluate({"a": "rain falls"}, REFERENCES, options(missing="error"), name="mine")


def test_failures_keep_their_words_and_strangers_are_named() -> None:
    result = evaluate({"a": "rain", "x": "?"}, REFERENCES, options(), failed={"b": "it is empty", "x": "no"})
    assert result.failed == {"b": "it is empty"}
    assert result.unknown == ("x",)


def test_predictions_for_other_clips_altogether_are_an_error() -> None:
    with pytest.raises(TableError, match="first predicted clip is 'x', the first reference 'a'"):
        evaluate({"x": "rain"}, REFERENCES, options())


def test_leaving_out_everything_is_an_error() -> None:
    with pytest.raises(TableError, match="none of the 3 clips has a caption"):
        evaluate({}, REFERENCES, options(missing="skip"))


def test_scores_have_intervals_or_reasons(no_java) -> None:
    result = evaluate(dict.fromkeys(REFERENCES, "a dog barks"), REFERENCES, EvaluationOptions(bootstrap=FEW))
    for score in result.scores.values():
        assert (score.value is None) == (score.reason is not None), score
        assert score.value is None or score.items
        if score.value is not None and score.name != "vocabulary":
            assert score.low <= score.value <= score.high
    missing = {name for name, score in result.scores.items() if score.value is None}
    assert missing == {
        "meteor", "spice", "spider", "nlg_mean", "fluency_error", "spider_fl", "fense", "match",
    }  # fmt: skip


def test_spider_and_the_nlg_mean_exist_only_with_all_their_parts() -> None:
    parts = {name: of_items([0.1 * place, 0.3]) for place, name in enumerate(NINE)}
    assert mean_of(parts, NINE).value == pytest.approx(np.mean([parts[name].value for name in NINE]))
    parts["spice"] = Unavailable("no jars")
    assert mean_of(parts, ("cider_d", "spice")) == Unavailable("needs spice: no jars")


def test_the_nlg_mean_of_the_published_system_is_the_published_mean() -> None:
    # the row of ZerAuCap's ablation table, fractions, and the mean given with it
    row = dict(zip(NINE, (0.448, 0.252, 0.139, 0.068, 0.123, 0.331, 0.281, 0.086, 0.183), strict=True))
    assert mean_of({name: of_items([value]) for name, value in row.items()}, NINE).value == pytest.approx(
        0.212, abs=5e-4
    )


def test_metrics_are_chosen_by_their_name_or_a_scores() -> None:
    assert [metric.name for metric in select(["BLEU-4", "rouge_l"])] == ["bleu", "rouge_l"]
    assert [metric.name for metric in select(["spider"])] == ["cider_d", "spice", "spider"]
    with pytest.raises(OptionError, match="There is no metric 'bertscore'; there are bleu, meteor"):
        select(["bertscore"])


def test_a_registered_metric_takes_the_place_kept_for_it(registry) -> None:
    assert "audibility" in metric_names()
    register_metric(
        Metric("audibility", ("audibility",), lambda corpus: {"audibility": of_items([0.5] * len(corpus))})
    )
    result = evaluate({"a": "rain"}, REFERENCES, options("audibility"))
    assert result.scores["audibility"].value == 0.5


def test_comparing_is_refused_on_different_clips() -> None:
    first = evaluate({"a": "rain"}, REFERENCES, options(missing="skip"))
    second = evaluate({"a": "rain", "b": "dog"}, REFERENCES, options(missing="skip"))
    with pytest.raises(OptionError, match="not scored on the same clips"):
        compare(first, second)


def test_people_agree_as_far_as_leaving_one_out_says() -> None:
    captions = {"a": ("x y", "x y", "q"), "b": ("x", "z"), "alone": ("never seen",)}
    found = human_agreement(captions, ["rouge_l"], FEW)["rouge_l"]
    # a: 1, 1, 0 over the rounds; b: x against z, z against x, x against z
    assert found.items == (pytest.approx(2 / 3), 0.0)
    assert found.value == pytest.approx(1 / 3)


def test_people_who_are_alone_agree_with_nobody() -> None:
    assert human_agreement({"a": ("x",)}) == {}


@pytest.mark.parametrize("name", ["audiocaps", "clotho"])
def test_people_agree_on_a_test_set_as_pycocoevalcap_says(name, shared, golden) -> None:
    captions = read_references(shared / "data" / name / "test.csv").captions
    found = human_agreement(captions, ["bleu", "rouge_l", "cider_d"], FEW)
    frozen = golden["scores"][name]["human"]
    assert {score: found[score].value for score in frozen} == pytest.approx(frozen, rel=0, abs=1e-9)


class Ears:
    """An encoder that hears one of three pitches and reads one of three words."""

    name, rate, window_seconds, dim = "ears", 8000, 10.0, 3

    def embed_audio(self, clips: list[Clip]) -> np.ndarray:
        return np.stack(
            [np.eye(3, dtype=np.float32)[int(np.abs(np.fft.rfft(c.samples)).argmax()) % 3] for c in clips]
        )

    def embed_text(self, texts: list[str]) -> np.ndarray:
        return np.stack([np.eye(3, dtype=np.float32)[len(text) % 3] for text in texts])


def tones(folder, pitches):
    import soundfile

    paths = {}
    for clip, hertz in pitches.items():
        paths[clip] = folder / f"{clip}.wav"
        soundfile.write(paths[clip], 0.5 * np.sin(2 * np.pi * hertz * np.arange(8000) / 8000), 8000)
    return paths


def test_the_match_score_is_the_mean_cosine_of_sound_and_caption(tmp_path) -> None:
    corpus = Corpus(
        tuple("abcd"),
        ("xxx", "x", "", "xx"),
        (("r",),) * 4,
        tones(tmp_path, {"a": 300, "b": 301, "c": 300, "d": 300}),
    )
    found = compute(corpus, ["match"], [match_metric(Ears())])["match"]
    assert found.items == (1.0, 1.0, 0.0, 0.0)
    assert found.judge == "ears"


def test_a_match_without_sounds_says_so(tmp_path) -> None:
    result = evaluate({"a": "rain"}, REFERENCES, options("match"), replacing=[match_metric(Ears())])
    assert result.scores["match"].reason == "the sound of 3 clips is not at hand, 'a' the first"
    (tmp_path / "a.wav").write_bytes(b"not a sound")
    corpus = Corpus(("a",), ("rain",), (("rain",),), {"a": tmp_path / "a.wav"})
    found = compute(corpus, ["match"], [match_metric(Ears())])["match"]
    assert found.reason.startswith("a sound could not be read: ")
