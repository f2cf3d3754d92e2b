"""The same captions as the plain way, token for token; the published figures; what a trace says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.common.errors import OptionError
from earwitness.encoders.background import Background
from earwitness.methods.prompting.examples import keyword_sets
from earwitness.methods.zeraucap import writer as guided
from earwitness.methods.zeraucap.forms import prompt_tokens
from earwitness.methods.zeraucap.method import ZerAuCap
from earwitness.methods.zeraucap.options import ZERAUCAP, ZerAuCapOptions
from earwitness.methods.zeraucap.prompts import chat_messages, paper_prompt
from earwitness.methods.zeraucap.steps import Candidates, likeliest, outright, plausible, weigh

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import zeraucap as plain
from tests.reference import zeraucap_tiny as tiny

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

NAMES = ("Rain", "Thunder", "Dog", "Engine", "Male speech", "Owl")
SETTINGS = {
    "published": {},
    "one keyword": {"l": 1},
    "no keyword": {"l": 0},
    "six keywords": {"l": 6},
    "three candidates": {"k": 3},
    "many candidates": {"k": 90},
    "strong guidance": {"beta": 3.0, "tau": 25.0},
    "no guidance": {"beta": 0.0},
    "published slip": {"legacy_penalty": True},
    "published slip, strong guidance": {"legacy_penalty": True, "beta": 2.0, "gamma": 0.3},
    "against repetition": {"alpha": 0.4, "k": 8},
    "against repetition, published slip": {"alpha": 0.6, "k": 8, "legacy_penalty": True, "l": 1},
    "short tail": {"text_tokens": 4, "l": 3},
}


def oracle(language: Any, encoder: Any, sound: np.ndarray, names: list[str], o: ZerAuCapOptions) -> Any:
    s = plain.Settings(
        o.k, o.beta, o.tau, o.alpha, o.gamma, o.max_tokens, o.text_tokens, legacy=o.legacy_penalty
    )
    tokenizer = language.tokenizer
    asked = paper_prompt(names, o.keyword_prompt, o.sentence_prompt)
    # a sentence begins with its first word's own space
    prompt = tokenizer.encode(asked if o.legacy_space else asked.rstrip())
    strip = str if o.legacy_space else str.lstrip
    written = plain.write(
        language._model,
        tokenizer,
        lambda texts: plain.embed(encoder._model, encoder._tokenizer, [*map(strip, texts)], 60),
        torch.from_numpy(sound),
        prompt,
        s,
    )
    said = o.sentence_prompt if o.legacy_space else o.sentence_prompt.rstrip()
    return written, plain.text(tokenizer, prompt, written, said).lstrip()


def nearest(encoder: Any, sound: np.ndarray, count: int) -> list[str]:
    cosines = plain.embed(encoder._model, encoder._tokenizer, list(NAMES), 60).numpy() @ sound
    return [NAMES[i] for i in np.argsort(-cosines, kind="stable")[:count]]


WITHOUT_SPACE = ("published", "six keywords", "no guidance")


@pytest.mark.parametrize(
    ("setting", "space"),
    [*((s, "published space") for s in SETTINGS), *((s, "no space") for s in WITHOUT_SPACE)],
)
def test_token_for_token_as_the_plain_way_alone_and_in_a_batch(
    language: Any, encoder: Any, setting: str, space: str
) -> None:
    changes = SETTINGS[setting]
    # The prompts are of different lengths; there is room for a dozen tokens after them.
    room = {"max_tokens": 30 + 9 * changes.get("l", 2), "legacy_space": space == "published space"}
    options = ZerAuCapOptions(**{**room, **changes})
    method = ZerAuCap(encoder, language, options, keyword_list=NAMES)
    sounds = tiny.sounds(2, encoder.dim)
    together = method.write(sounds)
    writer = guided.GuidedWriter(encoder, language, options)
    for sound, written in zip(sounds, together, strict=True):
        names = nearest(encoder, sound, options.l)
        tokens, text = oracle(language, encoder, sound, names, options)
        assert [k.text for k in written.keywords] == names
        assert writer.write([prompt_tokens(language, names, options)], sound[None])[0].tokens == tokens
        # the published program gives its whole prompt where nothing follows it
        assert written.sentences[0].text == ("" if text.endswith("sound of") else text)
        assert method.write(sound[None])[0] == written


def test_close_calls_are_settled_alone(language: Any, encoder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ZerAuCapOptions(max_tokens=50)
    sounds = tiny.sounds(4, encoder.dim, seed=1)
    method = ZerAuCap(encoder, language, options, keyword_list=NAMES)
    monkeypatch.setattr(guided, "CLOSE", {"float32": 0.0, "half": 0.0})
    never = method.write(sounds)
    monkeypatch.setattr(guided, "CLOSE", {"float32": np.inf, "half": np.inf})
    read: list[int] = []
    prompt = type(language).prompt_tokens
    monkeypatch.setattr(
        type(language), "prompt_tokens", lambda m, r, *c: read.append(len(r)) or prompt(m, r, *c)
    )
    always = method.write(sounds)
    assert never == always
    assert read[0] == 4 and len(read) > 8 and set(read[1:]) == {1}


@pytest.mark.parametrize(
    ("ends", "right", "published"), [({0}, 1, 0), ({1}, 0, 1), ({2}, 1, 1)], ids=["0", "1", "2"]
)
def test_golden_vectors(ends: set[int], right: int, published: int) -> None:
    candidates = Candidates((10, 11, 12), np.array([0.5, 0.3, 0.2]), np.inf)
    breaks = [i in ends for i in range(3)]
    for legacy, expected in ((False, right), (True, published)):
        options = ZerAuCapOptions(legacy_penalty=legacy)
        w = weigh(candidates, [0.10, 0.30, 0.20], np.zeros(3), breaks, 3, options)
        np.testing.assert_allclose(w.match, [0.090031, 0.665241, 0.244728], atol=5e-7)
        np.testing.assert_allclose(w.score / w.factor, [0.545015, 0.632620, 0.322364], atol=5e-7)
        assert w.winner == expected


def test_a_sentence_cannot_end_at_once() -> None:
    candidates = Candidates((10, 11), np.array([0.9, 0.01]), np.inf)
    for step, expected in ((0, 1), (10, 0)):
        assert weigh(candidates, [0.3, 0.3], np.zeros(2), [True, False], step, ZERAUCAP).winner == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Bark", "Dog"], "Objects: Bark, and a Dog. This is a sound of "),
        (["Dog"], "Objects: , and a Dog. This is a sound of "),
        (["Bark", "Dog", "Engine"], "Objects: Bark, Dog, and an Engine. This is a sound of "),
        ([], "This is a sound of "),
    ],
)
def test_the_published_prompt(names: list[str], expected: str) -> None:
    assert paper_prompt(names, "Objects: ", "This is a sound of ") == expected


def test_a_prompt_begins_and_sentences_end_as_the_tokenizer_says(language: Any, encoder: Any) -> None:
    tokens = prompt_tokens(language, ["Bark", "Dog"], replace(ZERAUCAP, legacy_space=True))
    assert prompt_tokens(language, ["Bark", "Dog"], ZERAUCAP) == language.tokenizer.encode(
        "Objects: Bark, and a Dog. This is a sound of"
    )
    end = language.tokenizer.eos_token_id
    own = language._model.config.model_type == "opt"
    assert (tokens[0] == end) == own
    assert language.decode(tokens) == "Objects: Bark, and a Dog. This is a sound of "
    breaks = guided.GuidedWriter(encoder, language, ZERAUCAP).breaks
    assert breaks == set(language.tokenizer.encode(". ! ?")) and (end in breaks) == own


def test_a_prompt_that_leaves_no_room_gives_no_words(language: Any, encoder: Any) -> None:
    method = ZerAuCap(encoder, language, ZerAuCapOptions(max_tokens=5), keyword_list=NAMES)
    (written,) = method.write(tiny.sounds(1, encoder.dim))
    assert [(s.text, s.fit) for s in written.sentences] == [("", 0.0)] and not written.trace


def test_a_trace_says_why(language: Any, encoder: Any) -> None:
    options = ZerAuCapOptions(max_tokens=50, alpha=0.2, k=12)
    sounds = tiny.sounds(2, encoder.dim)
    method = ZerAuCap(encoder, language, options, keyword_list=NAMES, explain=True)
    silent = ZerAuCap(encoder, language, options, keyword_list=NAMES)
    for written, other in zip(method.write(sounds), silent.write(sounds), strict=True):
        assert written.sentences == other.sentences and written.trace and not other.trace
        assert json.loads(json.dumps(written.trace)) == list(written.trace)
        for i, step in enumerate(written.trace):
            best = step["candidates"][0]
            assert step["step"] == i and step["chosen"] == best["text"] and len(step["candidates"]) == 8
            values = [c["score"] for c in step["candidates"]]
            assert values == sorted(values, reverse=True)
            for c in step["candidates"]:
                bare = 0.8 * c["probability"] - 0.2 * c["penalty"] + 0.5 * c["match"]
                assert c["score"] == pytest.approx(bare * c["factor"])
                assert c["factor"] in (1.0, pytest.approx(0.1 * i))
                assert set(c) == {"text", "probability", "match", "cosine", "penalty", "factor", "score"}
        assert "".join(written.trace[-1]["text"].split()).startswith(
            "".join(written.sentences[0].text.split())
        )


def test_examples_take_no_room_from_the_sentence(language: Any, encoder: Any) -> None:
    options = ZerAuCapOptions(form="examples", max_tokens=6, k=5)
    method = ZerAuCap(encoder, language, options, keyword_list=NAMES, explain=True)
    (written,) = method.write(tiny.sounds(1, encoder.dim))
    assert 1 <= len(written.trace) <= 6


@pytest.mark.parametrize("form", ["examples", "chat"])
def test_other_forms_write_one_line(language: Any, encoder: Any, form: Any) -> None:
    options = ZerAuCapOptions(
        form=form, lower=True, l=3, drafts=3, new_tokens=7, rerank=0.5, drift=0.1, sentence=True, k=10
    )
    background = Background(tiny.sounds(20, encoder.dim, 5), np.linspace(-1, 1, 11, dtype=np.float32))
    method = ZerAuCap(encoder, language, options, background, keyword_list=NAMES)
    sounds = tiny.sounds(3, encoder.dim)
    together = method.write(sounds)
    assert together == [method.write(s[None])[0] for s in sounds]
    for written in together:
        assert 1 <= len(written.sentences) <= 3 and len(written.keywords) == 3
        for s in written.sentences:
            assert "\n" not in s.text and s.text[:1] == s.text[:1].upper() and 0 <= s.fit <= 1


def test_the_chat_is_the_tokenizers_or_chatml(language: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ZerAuCapOptions(form="chat", lower=True)
    text = language.tokenizer.decode(prompt_tokens(language, ["Owl"], options))
    assert text.startswith("<|im_start|>system\n") and text.endswith(
        "<|im_start|>user\nSounds: owl<|im_end|>\n<|im_start|>assistant\n"
    )
    template = "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}[assistant]"
    monkeypatch.setattr(language.tokenizer, "chat_template", template)
    text = language.tokenizer.decode(prompt_tokens(language, ["Owl"], options))
    assert text.endswith("[user] Sounds: owl\n[assistant]")
    assert text.count("[") == len(chat_messages(["owl"])) + 1


def test_a_classifier_may_choose_among_drafts(language: Any, encoder: Any) -> None:
    class Short:
        name = "short"

        def audibility(self, texts: Any) -> Any:
            return np.array([1 - len(t) / 1000 for t in texts])

    options = ZerAuCapOptions(l=4, drafts=4, max_tokens=60, audible=1e6)
    method = ZerAuCap(encoder, language, options, keyword_list=NAMES, classifier=Short())
    lengths = [[len(s.text) for s in w.sentences] for w in method.write(tiny.sounds(3, encoder.dim))]
    assert all(some == sorted(some) for some in lengths) and max(map(len, lengths)) > 1


def test_keyword_sets() -> None:
    assert keyword_sets(["a", "b"], 2, 2) == [["a", "b"], ["a"]]
    assert keyword_sets(["a", "b"], 2, 5) == [["a", "b"], ["a"], ["b"]]
    assert keyword_sets(["a", "b", "c"], 2, 9) == [["a", "b"], ["a"], ["b"]]
    assert keyword_sets([], 0, 3) == [[]]


@pytest.mark.parametrize(
    "wrong",
    [{"k": 0}, {"l": -1}, {"alpha": 1.5}, {"drift": 1.0}, {"tau": 0.0}, {"form": "poem"}, {"drafts": 0}],
)
def test_options_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="not"):
        replace(ZERAUCAP, **wrong)


def test_a_sentence_ends_with_the_models_end_not_with_its_beginning() -> None:
    class Begun:
        """Marks a text's beginning, and ends it otherwise, as Gemma does."""

        end_tokens = frozenset([1])

        def encode(self, text: str, special: bool = False) -> list[int]:
            return [2] * special + [7, 8, 9]

    assert guided.break_tokens(Begun()) == {7, 8, 9, 1}


def test_tokens_without_text_are_no_candidates() -> None:
    logits = torch.tensor([[5.0, 2.0, 1.0, 0.0]]).log_softmax(1)
    (found,) = likeliest(logits, 3, [0])
    assert found.tokens == (1, 2, 3)
    np.testing.assert_allclose(found.probability, torch.tensor([2.0, 1.0, 0.0]).softmax(0), rtol=1e-6)
    assert likeliest(logits, 2)[0].tokens == (0, 1)


def test_only_plausible_candidates_are_weighed() -> None:
    some = Candidates((4, 7, 9), np.array([0.5, 0.06, 0.04]), 2.0)
    kept = plausible(some, 0.1)
    assert kept.tokens == (4, 7) and kept.probability.tolist() == [0.5, 0.06]
    assert kept.gap == pytest.approx(np.log(0.06 / 0.05))  # a near miss or hit at the edge is a close call
    assert plausible(some, 1e-9).tokens == some.tokens and plausible(some, 1e-9).gap == 2.0
    assert plausible(some, 1.0).tokens == (4,)


def test_matches_are_left_out_only_where_they_decide_nothing() -> None:
    rng = np.random.default_rng(0)
    sure = 0
    for _ in range(300):
        p = np.sort(rng.dirichlet(np.full(6, 0.15)))[::-1]
        candidates = Candidates(tuple(range(6)), p, np.inf)
        ends, step = list(rng.random(6) < 0.3), int(rng.integers(0, 14))
        options = replace(ZERAUCAP, beta=float(rng.choice([0.0, 0.1, 0.5])), tau=30.0)
        if outright(candidates, ends, step, options):
            sure += 1
            alone = weigh(candidates, np.zeros(6), np.zeros(6), ends, step, options).winner
            for cosines in rng.uniform(-1, 1, (20, 6)):
                assert weigh(candidates, cosines, np.zeros(6), ends, step, options).winner == alone
    assert 50 < sure < 290
    for unsure in ({"alpha": 0.1}, {"legacy_penalty": True}):
        assert not outright(
            Candidates((1, 2), np.array([0.99, 0.01]), np.inf), [False] * 2, 3, replace(ZERAUCAP, **unsure)
        )


def test_what_could_not_be_heard_is_left_out_of_every_draft(
    language: Any, encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deaf:
        name = "deaf"

        def audibility(self, texts: Any) -> Any:
            return np.zeros(len(texts))

    method = ZerAuCap(encoder, language, ZerAuCapOptions(heard=0.2), keyword_list=NAMES, classifier=Deaf())
    monkeypatch.setattr(method, "_text", lambda draft: "A dog barks as it is being held")
    (written,) = method.write(tiny.sounds(1, encoder.dim))
    assert [s.text for s in written.sentences] == ["A dog barks"]
