"""What can be heard, as the embedded classifier and those of transformers judge it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from earwitness.classifier.embedded import (
    HEAD,
    EmbeddedAudibility,
    Head,
    load_classifier,
    load_head,
    plain,
)
from earwitness.classifier.sequence import audible_label
from earwitness.common.errors import AssetError, OptionError
from earwitness.encoders.tags.minilm import DIM, remembered
from earwitness.evaluation import EvaluationOptions, Measured, evaluate
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.audibility import audibility_metric
from earwitness.training.classifier.data import read_sentences
from earwitness.training.classifier.figures import accuracy, roc_auc

HEARD = ("a dog barks", "Rain drums on a tin roof.", "a red car honks its horn", "people clap and cheer")
SEEN = ("a red car", "Wool comes from sheep.", "A silent film of a storm.", "a dog on a sofa")


def small_head(rng: np.random.Generator) -> Head:
    draw = [rng.normal(size=shape).astype(np.float32) for shape in ((DIM, 3), 3, 3)]
    return Head(*draw, 0.25, 2.0)


def test_what_can_be_heard_is_told_from_what_cannot() -> None:
    judge = load_classifier()
    assert judge.name == "embedded"
    chances = judge.audibility([*HEARD, *SEEN])
    assert chances.dtype == np.float64 and chances.shape == (8,)
    assert chances[:4].min() > 0.9 and chances[4:].max() < 0.4


GOLDEN = {
    "a dog barks": 0.9968,
    "a red car": 0.2693,
    "a red car honks its horn": 0.9968,
    "Rain drums on a tin roof.": 0.9957,
    "Wool comes from sheep.": 0.0066,
    "Audio of a man": 0.5332,
    "The bell was cast in 1820.": 0.0059,
    "music": 0.8054,
}


def test_the_shipped_weights_give_these_values() -> None:
    chances = load_classifier().audibility(list(GOLDEN))
    assert chances == pytest.approx(list(GOLDEN.values()), abs=2e-3)


def test_neither_company_nor_order_nor_memory_changes_a_result() -> None:
    texts = [*HEARD, *SEEN, HEARD[0]]

    def fresh() -> EmbeddedAudibility:
        remembered().clear()
        return EmbeddedAudibility()

    together = fresh().audibility(texts)
    again = fresh()
    backwards = again.audibility(texts[::-1])[::-1]
    alone = np.array([fresh().audibility([text])[0] for text in texts])
    for other in (backwards, alone, again.audibility(texts)):
        np.testing.assert_array_equal(other, together)
    assert together[0] == together[-1]


def test_a_text_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.ones((len(texts), DIM), np.float32)

    monkeypatch.setattr("earwitness.classifier.embedded.sentence_embeddings", embed)
    judge = EmbeddedAudibility(small_head(np.random.default_rng(0)))
    judge.audibility(["rain", "wind", "rain."])
    judge.audibility(["wind", "hail"])
    assert asked == ["rain", "wind", "hail"]


def test_no_text_gives_no_number_and_no_words_give_none() -> None:
    assert load_classifier().audibility([]).shape == (0,)
    assert load_classifier().audibility(["", " . ", "?"]).tolist() == [0.0, 0.0, 0.0]


def test_form_tells_nothing() -> None:
    judge = load_classifier()
    chances = judge.audibility(["A dog barks.", "a dog barks", " a DOG  barks ", "a dog barks..."])
    assert np.ptp(chances) < 1e-6
    assert plain("") == "" and plain("Mr. Fox barks.") == "Mr. Fox barks"


def test_the_more_of_a_sentence_is_there_the_surer_it_is() -> None:
    judge = load_classifier()
    car = judge.audibility(["a red car honks its horn", "a red car", "a red car is parked by the road"])
    assert car[0] > 0.9 and car[2] < 0.1 and car[1] < 0.5
    begun = "Audio of a dog"
    chances = judge.audibility([begun, f"{begun} barking", f"{begun} barking at the postman"])
    assert chances[1:].min() > 0.9 > chances[0]


def test_a_prompt_does_not_make_things_heard() -> None:
    judge = load_classifier()
    heard = judge.audibility([f"Audio of {text}" for text in ("a dog barking", "a woman singing")])
    seen = judge.audibility([f"Audio of {text}" for text in ("a red dress", "a book on a shelf")])
    assert heard.min() > 0.8 and seen.max() < 0.5


def test_a_head_is_what_its_layers_say_calibrated(rng: np.random.Generator) -> None:
    head = small_head(rng)
    rows = rng.normal(size=(5, DIM)).astype(np.float32)
    above = rows.astype(np.float64) @ head.hidden + head.hidden_bias
    plainly = (np.where(above > 0, above, 0) @ head.out + 0.25) / 2.0
    np.testing.assert_allclose(head.logits(rows), plainly, rtol=1e-4, atol=1e-4)


def test_a_head_is_read_back_as_it_was_written(rng: np.random.Generator, tmp_path: Path) -> None:
    head = small_head(rng)
    head.save(tmp_path / "mine" / HEAD, "mine")
    judge = load_classifier(str(tmp_path / "mine"))
    assert judge.name == "mine"
    rows = rng.normal(size=(4, DIM)).astype(np.float32) / DIM**0.5
    np.testing.assert_allclose(load_head(tmp_path / "mine" / HEAD).logits(rows), head.logits(rows), atol=0.05)


def test_damage_is_told(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    (tmp_path / HEAD).write_bytes(b"no weights at all")
    with pytest.raises(AssetError, match="cannot be read as a classifier"):
        load_classifier(str(tmp_path))
    save_file({"hidden": np.zeros((2, 2), np.float32)}, tmp_path / HEAD)
    with pytest.raises(AssetError, match="expected the format"):
        load_classifier(str(tmp_path))
    about = {"format": "earwitness-audible-1", "encoder": "minilm"}
    save_file({"hidden": np.zeros((2, 2), np.float32)}, tmp_path / HEAD, metadata=about)
    with pytest.raises(AssetError, match="no whole classifier"):
        load_classifier(str(tmp_path))


def test_the_core_judges_without_torch() -> None:
    code = (
        "import sys; from earwitness.classifier.embedded import load_classifier;"
        "load_classifier().audibility(['rain falls']); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "transformers"} & set(loaded.split())


@pytest.mark.shared
def test_sentences_of_the_paper_never_seen_are_told_apart(shared: Path) -> None:
    folder = shared / "data" / "audibility"
    found = read_sentences([folder / "audible.txt", folder / "not_audible.txt"])
    assert len(found.texts) > 15_000
    # one in six, of which both figures have a standard error below half a hundredth
    chances = load_classifier().audibility(found.texts[::6])
    assert accuracy(found.audible[::6], chances) >= 0.90
    assert roc_auc(found.audible[::6], chances) >= 0.96


def test_the_metric_is_the_mean_chance_and_names_its_judge() -> None:
    class Half:
        name = "half"

        def audibility(self, texts):
            return np.full(len(texts), 0.5)

    corpus = Corpus(("1", "2"), ("rain falls", ""), (("rain",), ("wind",)))
    found = audibility_metric(Half()).measure(corpus)["audibility"]
    assert isinstance(found, Measured)
    assert found.items == (0.5, 0.0) and found.value == 0.25 and found.judge == "half"


def test_evaluation_judges_audibility_with_the_embedded_classifier() -> None:
    result = evaluate(
        {"1": "a dog barks", "2": "a red chair"},
        {"1": ["barking"], "2": ["something"]},
        EvaluationOptions(metrics=("audibility",)),
    ).scores["audibility"]
    assert result.judge == "embedded" and result.items[0] > 0.9 > 0.1 > result.items[1]


LABELS = [
    ({0: "audible", 1: "not audible"}, 0),
    ({0: "NOT_AUDIBLE", 1: "AUDIBLE"}, 1),
    ({0: "inaudible", 1: "audible"}, 1),
    ({0: "notAudible", 1: "audible"}, 1),
    ({0: "non-audible", 1: "is audible"}, 1),
    ({0: "LABEL_0"}, 0),
]


@pytest.mark.parametrize(("labels", "audible"), LABELS)
def test_the_audible_label_is_found_by_its_name(labels: dict[int, str], audible: int) -> None:
    assert audible_label(labels, None, "m") == audible


def test_labels_without_a_name_need_a_number() -> None:
    names = {0: "LABEL_0", 1: "LABEL_1"}
    assert audible_label(names, 0, "m") == 0
    with pytest.raises(OptionError, match="'m#0' if it was trained by the paper's program"):
        audible_label(names, None, "m")
    with pytest.raises(OptionError, match="there is no label 2"):
        audible_label(names, 2, "m")
