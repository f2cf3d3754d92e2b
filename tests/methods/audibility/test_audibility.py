"""Audibility guidance equals the plain way, in captions and in losses; alone and in company."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.common.errors import OptionError
from earwitness.common.options import changed, describe
from earwitness.encoders.background import Background
from earwitness.language.rows import longest_within
from earwitness.methods.audibility.beams import Beam
from earwitness.methods.audibility.method import AudibilityGuidance
from earwitness.methods.audibility.options import PAPER, PROGRAM, AudibilityOptions
from earwitness.methods.presets import find_preset
from earwitness.methods.prompting.asking import Beginning
from earwitness.methods.prompting.examples import BEFORE_MORE
from earwitness.methods.prompting.examples import EXAMPLES as CAPTIONS

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import audibility as plain
from tests.reference import audibility_tiny as tiny

SMALL = AudibilityOptions(tokens=4, iterations=2, candidates=24)
WAYS = {
    "target": {},
    "target, no audibility": {"lambda2": 0.0},
    "expectation": {"objective": "expectation"},
    "expectation, no audibility": {"objective": "expectation", "lambda2": 0.0},
    "three beams": {"beams": 3, "end_factor": 40.0},
    "three beams, expectation": {"beams": 3, "end_factor": 40.0, "objective": "expectation", "lambda2": 0.1},
    "three beams, one sum": {"beams": 3, "end_factor": 40.0, "legacy_beam_sum": True},
    "few candidates, repetition": {"candidates": 5, "repetition_penalty": 1.5, "fusion": 0.7, "lambda2": 0.5},
}


# a tower that reads both ways, and one that shares beginnings
PAIRS = {"GPT2": "clap", "Llama": "imagebind"}


@pytest.fixture(scope="module", params=list(PAIRS))
def parts(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """A language model and an encoder."""
    torch.set_num_threads(1)
    kind, folder = request.param, tmp_path_factory.mktemp
    return tiny.language_model(kind, folder("model")), tiny.encoder(PAIRS[kind], folder("encoder"))


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Any:
    torch.set_num_threads(1)
    return tiny.language_model("GPT2", tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="module")
def long_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One that has room for examples."""
    torch.set_num_threads(1)
    return tiny.language_model("GPT2", tmp_path_factory.mktemp("long"), n_positions=2048)


@pytest.fixture(scope="module")
def clap(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tiny.encoder("clap", tmp_path_factory.mktemp("one"))


def one_by_one(encoder: Any) -> Any:
    """Texts embedded each by itself, nothing remembered."""

    def embed(texts: list[str]) -> np.ndarray:
        rows = []
        for text in texts:
            encoder._cache.clear()
            rows.append(encoder.embed_text([text])[0])
        return np.stack(rows)

    return embed


def the_plain_way(method: AudibilityGuidance, encoder: Any, classifier: Any) -> Any:
    lm = method.language_model
    judge = classifier.audibility
    return plain.Plain(
        lm._model, lm.tokenizer, method._words.prompt, one_by_one(encoder), judge, method.options
    )


def losses_of(written: Any) -> list[list[dict[str, float]]]:
    return [entry["losses"] for entry in written.trace]


def check_equal(method: AudibilityGuidance, encoder: Any, classifier: Any, vectors: np.ndarray) -> Any:
    written = method.write(vectors)
    reference = the_plain_way(method, encoder, classifier)
    for result, vector in zip(written, vectors, strict=True):
        expected = reference.caption(vector)
        texts = list(dict.fromkeys(reference.text(h.tokens).strip() for h in expected))
        assert [s.text for s in result.sentences] == texts
        best = expected[0]
        assert [e["step"] for e in result.trace] == list(range(len(best.tokens)))
        for given, wanted in zip(losses_of(result), best.losses, strict=True):
            for a, b in zip(given, wanted, strict=True):
                assert a == pytest.approx(b, abs=2e-4)
    return written


@pytest.mark.parametrize("way", WAYS)
def test_equal_to_the_plain_way(way: str, parts: tuple[Any, Any]) -> None:
    model, encoder = parts
    options, classifier = replace(SMALL, **WAYS[way]), tiny.HashClassifier()
    method = AudibilityGuidance(encoder, model, classifier, options, explain=True)
    check_equal(method, encoder, classifier, tiny.sounds(2, encoder.dim))


def test_equal_with_a_transformers_classifier(gpt2: Any, clap: Any, tmp_path: Path) -> None:
    classifier = tiny.BertClassifier(tmp_path)
    options = replace(SMALL, lambda2=0.3)
    method = AudibilityGuidance(clap, gpt2, classifier, options, explain=True)
    check_equal(method, clap, classifier, tiny.sounds(2, clap.dim))


def test_beams_stop_at_different_times(clap: Any, tmp_path: Path) -> None:
    options = replace(SMALL, beams=3, end_factor=40.0, prompt="a sound of the")
    model, classifier = tiny.language_model("Llama", tmp_path), tiny.HashClassifier()
    method = AudibilityGuidance(clap, model, classifier, options, explain=True)
    written = check_equal(method, clap, classifier, tiny.sounds(3, clap.dim))
    texts = [s.text for w in written for s in w.sentences]
    stopped = {len(model.encode(t)) for t in texts if t.endswith(".")}
    assert len(stopped) > 2 and not all(t.endswith(".") for t in texts)


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("objective", ["target", "expectation"])
def test_a_clip_alone_is_the_clip_in_company(parts: tuple[Any, Any], objective: Any, beams: int) -> None:
    model, encoder = parts
    options = replace(SMALL, objective=objective, beams=beams, end_factor=40.0)
    vectors = tiny.sounds(5, encoder.dim, seed=1)

    def write(some: np.ndarray) -> list[Any]:
        encoder._cache.clear()
        return AudibilityGuidance(encoder, model, tiny.HashClassifier(), options, explain=True).write(some)

    together = write(vectors)
    for i, whole in enumerate(together):
        (alone,) = write(vectors[i : i + 1])
        assert [s.text for s in alone.sentences] == [s.text for s in whole.sentences]
        np.testing.assert_allclose(
            [s.fit for s in alone.sentences], [s.fit for s in whole.sentences], atol=1e-5
        )
        assert [e["chosen"] for e in alone.trace] == [e["chosen"] for e in whole.trace]
    turned = write(np.ascontiguousarray(vectors[::-1]))
    assert [w.sentences[0].text for w in turned[::-1]] == [w.sentences[0].text for w in together]
    again = write(vectors)
    assert again == together


def test_more_clips_than_are_remembered_at_once(
    gpt2: Any, clap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = tiny.sounds(5, clap.dim, seed=2)
    method = AudibilityGuidance(clap, gpt2, tiny.HashClassifier(), SMALL)
    together = [w.sentences[0].text for w in method.write(vectors)]
    monkeypatch.setattr("earwitness.methods.audibility.method.LIMIT", 2 * 2 * SMALL.candidates)
    assert [w.sentences[0].text for w in method.write(vectors)] == together


def test_a_text_is_embedded_and_judged_once(gpt2: Any, clap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    compute = clap._compute_texts

    def counted(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return compute(texts)

    monkeypatch.setattr(clap, "_compute_texts", counted)
    clap._cache.clear()
    classifier = tiny.HashClassifier()
    AudibilityGuidance(clap, gpt2, classifier, SMALL).write(tiny.sounds(3, clap.dim))
    assert len(asked) == len(set(asked)) and len(classifier.asked) == len(set(classifier.asked))
    most = 3 * SMALL.tokens * SMALL.iterations * SMALL.candidates
    assert SMALL.candidates < len(classifier.asked) < most / 2


def test_without_weight_nobody_is_asked(gpt2: Any, clap: Any) -> None:
    vectors, options = tiny.sounds(2, clap.dim), replace(SMALL, lambda2=0.0)
    classifier = tiny.HashClassifier()
    given = AudibilityGuidance(clap, gpt2, classifier, options).write(vectors)
    assert not classifier.asked
    assert given == AudibilityGuidance(clap, gpt2, None, options).write(vectors)
    with pytest.raises(OptionError, match="needs a classifier"):
        AudibilityGuidance(clap, gpt2, None, SMALL)


def test_guidance_changes_what_is_written(gpt2: Any, clap: Any) -> None:
    vectors = tiny.sounds(6, clap.dim, seed=3)

    def texts(**options: Any) -> list[str]:
        method = AudibilityGuidance(clap, gpt2, tiny.HashClassifier(), replace(SMALL, **options))
        return [w.sentences[0].text for w in method.write(vectors)]

    unguided = texts(iterations=0)
    assert len(set(unguided)) == 1  # the language model alone knows nothing of the sounds
    assert len(set(texts())) > 3
    assert texts() != texts(lambda2=0.0) and texts() != texts(objective="expectation")


def test_the_trace_is_plain_and_whole(gpt2: Any, clap: Any) -> None:
    options = replace(SMALL, lambda2=0.1)
    method = AudibilityGuidance(clap, gpt2, tiny.HashClassifier(), options, explain=True)
    (written,) = method.write(tiny.sounds(1, clap.dim))
    assert json.loads(json.dumps(written.trace)) == [*written.trace]
    assert "".join(e["chosen"] for e in written.trace).strip() == written.sentences[0].text
    assert written.trace[-1]["text"] == written.sentences[0].text
    for entry in written.trace:
        assert len(entry["candidates"]) == 8 and len(entry["losses"]) == options.iterations
        best, *_ = entry["candidates"]
        assert best["text"] == entry["chosen"]  # one beam: the likeliest is taken
        probabilities = [c["probability"] for c in entry["candidates"]]
        assert probabilities == sorted(probabilities, reverse=True) and probabilities[0] <= 1
        for c in entry["candidates"]:
            assert c["score"] == pytest.approx(c["match"] + 0.1 * c["audibility"])
            assert 0 <= c["before"] <= 1 and 0 <= c["target"] <= 1
        assert entry["losses"][0]["fluency"] == pytest.approx(0, abs=1e-6)  # nothing has moved yet
        assert entry["losses"][1]["fluency"] > 1e-6
    assert (
        not AudibilityGuidance(clap, gpt2, tiny.HashClassifier(), options)
        .write(tiny.sounds(1, clap.dim))[0]
        .trace
    )


def test_words_of_the_result(gpt2: Any, clap: Any) -> None:
    vectors = tiny.sounds(1, clap.dim)

    def text(**options: Any) -> str:
        method = AudibilityGuidance(clap, gpt2, tiny.HashClassifier(), replace(SMALL, **options))
        return method.write(vectors)[0].sentences[0].text

    bare, kept = text(), text(legacy_keep_prompt=True)
    assert kept.startswith("Audio of a") and kept.removeprefix("Audio of a").strip() == bare
    assert text(sentence=True)[:1] == bare[:1].upper()


def test_the_classifier_may_read_the_caption_alone(gpt2: Any, clap: Any) -> None:
    for judge_prompt in (True, False):
        classifier = tiny.HashClassifier()
        options = replace(SMALL, judge_prompt=judge_prompt)
        AudibilityGuidance(clap, gpt2, classifier, options).write(tiny.sounds(1, clap.dim))
        assert all(t.startswith("Audio of a") == judge_prompt for t in classifier.asked)


def test_scores_are_calibrated_where_there_is_a_background(gpt2: Any, clap: Any) -> None:
    vectors, classifier = tiny.sounds(1, clap.dim), tiny.HashClassifier()
    background = Background(tiny.sounds(3, clap.dim), np.array([-1.0, 1.0], np.float32))
    bare = AudibilityGuidance(clap, gpt2, classifier, SMALL).write(vectors)[0].sentences[0]
    calibrated = AudibilityGuidance(clap, gpt2, classifier, SMALL, background).write(vectors)[0].sentences[0]
    cosine = float((clap.embed_text([bare.text]) @ vectors[0])[0])
    assert calibrated.text == bare.text
    assert bare.fit == pytest.approx(max(0.0, cosine)) and calibrated.fit == pytest.approx(
        (cosine + 1) / 2, abs=1e-6
    )


def test_no_clip_no_caption(gpt2: Any, clap: Any) -> None:
    method = AudibilityGuidance(clap, gpt2, None, replace(SMALL, lambda2=0.0))
    assert method.write(np.zeros((0, clap.dim), np.float32)) == []


def test_what_stands_before_the_prompt(gpt2: Any, clap: Any) -> None:
    def prompt(**options: Any) -> list[int]:
        return AudibilityGuidance(clap, gpt2, None, replace(SMALL, lambda2=0.0, **options))._words.prompt

    words = gpt2.encode("Audio of a")
    marker = gpt2.tokenizer.convert_tokens_to_ids("<|endoftext|>")
    assert prompt() == [marker, *words] and prompt(start="none") == words
    assert prompt(start="!") == [*gpt2.encode("!"), *words]
    with pytest.raises(OptionError, match="has no token '<nothing>'"):
        prompt(start="<nothing>")
    with pytest.raises(OptionError, match="fewer than two tokens"):
        prompt(prompt="a", start="none")


def test_presets() -> None:
    assert (PAPER.candidates, PAPER.iterations, PAPER.tokens, PAPER.lambda2) == (512, 3, 8, 0.015)
    assert (PROGRAM.candidates, PROGRAM.iterations, PROGRAM.tokens, PROGRAM.lambda2) == (256, 7, 7, 1.0)
    for preset in (PAPER, PROGRAM):
        assert (preset.lambda0, preset.lambda1, preset.temperature, preset.step_size) == (0.2, 1.0, 0.01, 0.3)
    assert all(o.help for o in describe(PAPER))
    # its prompt speaks of a sound, whatever the caption says
    assert not find_preset("audibility-small").options.judge_prompt
    assert changed(PAPER, {"objective": "expectation", "lambda2": "0.3"}).lambda2 == 0.3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"beams": 0}, "beams is 1 or more"),
        ({"tokens": 0}, "tokens is 1 or more"),
        ({"iterations": -1}, "iterations is 0 or more"),
        ({"lambda2": -0.1}, "lambda2 is 0 or more"),
        ({"temperature": 0.0}, "temperature is above 0"),
        ({"fusion": 1.1}, "fusion is between 0 and 1"),
        ({"objective": "both"}, "objective is 'target' or 'expectation'"),
        ({"form": "poem"}, "form is 'paper' or 'examples'"),
        ({"l": 2}, "set form, or l and near_drafts to 0"),
        ({"near_drafts": 1}, "set form, or l and near_drafts to 0"),
        ({"choice": "best", "form": "examples"}, "choice is nearest, apart"),
        ({"heard": 2.0}, "heard is between 0 and 1"),
        ({"drafts": 0}, "drafts is 1 or more"),
    ],
)
def test_options_that_cannot_be(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        AudibilityOptions(**wrong)


EXAMPLES = replace(
    SMALL, form="examples", l=3, drafts=3, rerank=0.5, audible=1.0, stop_at_end=True, sentence=True
)


def with_examples(model: Any, encoder: Any, **changes: Any) -> AudibilityGuidance:
    background = Background(tiny.sounds(20, encoder.dim, seed=9), np.linspace(-1, 1, 11, dtype=np.float32))
    return AudibilityGuidance(encoder, model, tiny.HashClassifier(), replace(EXAMPLES, **changes), background)


def test_after_examples_the_best_of_several_drafts(long_gpt2: Any, clap: Any, tmp_path: Path) -> None:
    vectors = tiny.sounds(2, clap.dim)
    method = with_examples(long_gpt2, clap)
    together = method.write(vectors)
    assert [w.sentences for w in together] == [method.write(v[None])[0].sentences for v in vectors]
    for written in together:
        assert written.keywords is not None and len(written.keywords) == 3
        assert 1 <= len(written.sentences) <= 3
        for sentence in written.sentences:
            assert "Caption" not in sentence.text and sentence.text[:1] == sentence.text[:1].upper()


def test_examples_are_read_once_for_all_drafts(
    long_gpt2: Any, clap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = with_examples(long_gpt2, clap)
    long_gpt2._kept.clear()
    read: list[int] = []
    forward = type(long_gpt2).forward

    def counted(model: Any, tokens: Any, *rest: Any, **more: Any) -> Any:
        read.append(tokens.numel())
        return forward(model, tokens, *rest, **more)

    monkeypatch.setattr(type(long_gpt2), "forward", counted)
    common = len(method._prompts.common(Beginning()))
    method.write(tiny.sounds(2, clap.dim))
    assert read[0] == common and max(read[1:]) < 2 * 3 * 60 < 2 * 3 * common
    read.clear()
    method.write(tiny.sounds(2, clap.dim, seed=4))
    assert max(read) < 2 * 3 * 60  # not again in the same run


def test_drafts_after_captions_that_match_the_sound_come_beside_the_others(
    long_gpt2: Any, clap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = with_examples(long_gpt2, clap, drafts=2, near=2, near_drafts=1)
    asked: list[tuple[str, int]] = []
    write = method._writer.write

    def noted(prompts: Any, vectors: Any, families: Any, commons: Any) -> Any:
        asked.extend((long_gpt2.decode(p), len(longest_within(p, commons))) for p in prompts)
        return write(prompts, vectors, families, commons)

    monkeypatch.setattr(method._writer, "write", noted)
    vectors = tiny.sounds(2, clap.dim)
    together = method.write(vectors)
    shown = [text.count("Caption:") for text, _ in asked]
    assert shown == [len(CAPTIONS) + 1] * 4 + [BEFORE_MORE + 2 + 1] * 2
    assert all(read > 100 for _, read in asked) and len({read for _, read in asked}) == 2
    assert [w.sentences for w in together] == [method.write(v[None])[0].sentences for v in vectors]


def test_the_best_draft_is_whole_likely_near_and_audible(long_gpt2: Any, clap: Any) -> None:
    method = with_examples(long_gpt2, clap)
    vector = tiny.sounds(1, clap.dim)[0]
    whole, cut = Beam((5, 6), -2.0, True, unguided=-4.0), Beam((7, 8), -2.0, False, unguided=-4.0)
    order = method._order(vector, {"a dog": whole, "rain": cut}, np.zeros(2, np.float32))
    assert order[0] > order[1] + 5  # one that does not end loses against any that does
    likelier = Beam((9, 6), -2.0, True, unguided=-2.0)
    alone = method._order(vector, {"a dog": whole}, np.zeros(1, np.float32))
    assert method._order(vector, {"a dog": likelier}, np.zeros(1, np.float32)) == pytest.approx(alone + 1)
    audible = tiny.HashClassifier().audibility(["a dog"])
    weighed = with_examples(long_gpt2, clap, audible=3.0)._order(vector, {"a dog": whole}, np.zeros(1))
    assert weighed == pytest.approx(alone + 2 * audible)
    nearest = with_examples(long_gpt2, clap, rerank=0.0)
    assert nearest._order(vector, {"a dog": cut, "rain": whole}, np.array([0.5, 0.2])).tolist() == [0.5, 0.2]


def test_without_keywords_all_sounds_share_the_prompt(long_gpt2: Any, clap: Any) -> None:
    method = with_examples(long_gpt2, clap, l=0, drafts=1)
    (written,) = method.write(tiny.sounds(1, clap.dim))
    assert written.keywords is None
    text = long_gpt2.decode(method._words.prompt)
    assert "Sounds:" not in text and text.endswith(
        "laughs.\nCaption: Keys jingle while people talk.\nCaption:"
    )
