"""Classifiers of transformers as judges of what can be heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from earwitness.classifier.embedded import load_classifier
from earwitness.common.errors import AssetError, OptionError
from tests.reference import audible_tiny as tiny

TEXTS = ["a dog barks", "a red car", "rain falls on the roof", "a bell rings", "a blue chair is parked"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_distilbert(tmp_path_factory.mktemp("m"), {0: "not audible", 1: "audible"})


def plainly(folder: Path, texts: list[str], label: int) -> list[float]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        rows = [model(**tokens(text, return_tensors="pt", truncation=True)).logits[0] for text in texts]
    return [float(row.softmax(0)[label]) for row in rows]


def test_the_chance_is_the_softmax_of_the_audible_label(folder: Path) -> None:
    judge = load_classifier(str(folder))
    chances = judge.audibility(TEXTS)
    assert judge.name == str(folder) and chances.dtype == np.float64
    np.testing.assert_allclose(chances, plainly(folder, TEXTS, 1), atol=1e-6)
    assert np.ptp(chances) > 0.05


def test_a_number_behind_the_name_chooses_the_label(folder: Path) -> None:
    both = load_classifier(f"{folder}#0").audibility(TEXTS) + load_classifier(f"{folder}#1").audibility(TEXTS)
    np.testing.assert_allclose(both, 1, atol=1e-6)


def test_neither_company_nor_order_changes_a_result(folder: Path) -> None:
    together = load_classifier(str(folder)).audibility(TEXTS)
    backwards = load_classifier(str(folder)).audibility(TEXTS[::-1])[::-1]
    alone = np.concatenate([load_classifier(str(folder)).audibility([text]) for text in TEXTS])
    np.testing.assert_allclose(backwards, together, atol=1e-6)
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_no_text_gives_no_number_and_no_words_give_none(folder: Path) -> None:
    assert load_classifier(str(folder)).audibility([]).shape == (0,)
    assert load_classifier(str(folder)).audibility([""]).tolist() == [0.0]


def test_longer_texts_than_the_model_reads_are_cut(folder: Path) -> None:
    long = "a dog barks " * 20
    assert load_classifier(str(folder)).audibility([long])[0] == pytest.approx(
        plainly(folder, [long], 1)[0], abs=1e-6
    )


def test_one_output_is_the_logit_of_audible(tmp_path: Path) -> None:
    tiny.save_distilbert(tmp_path, {0: "LABEL_0"})
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokens, model = (k.from_pretrained(tmp_path) for k in (AutoTokenizer, AutoModelForSequenceClassification))
    with torch.inference_mode():
        logit = model.eval()(**tokens("a dog barks", return_tensors="pt")).logits[0, 0]
    chance = load_classifier(str(tmp_path)).audibility(["a dog barks"])[0]
    assert chance == pytest.approx(float(logit.sigmoid()), abs=1e-6) and chance != 1


def test_what_was_read_before_every_sentence_in_training_is_read_again(folder: Path, tmp_path: Path) -> None:
    names = {0: "not audible", 1: "audible"}
    tiny.save_distilbert(tmp_path, names, audibility_prompt="Audio of a ")
    judge = load_classifier(str(tmp_path))
    expected = plainly(folder, ["Audio of a dog barks"], 1)
    assert judge.audibility(["dog barks"])[0] == pytest.approx(expected[0], abs=1e-6)
    assert judge.audibility(["Audio of a dog barks"])[0] == pytest.approx(expected[0], abs=1e-6)


def test_labels_that_do_not_say_are_an_error(tmp_path: Path) -> None:
    tiny.save_distilbert(tmp_path, {0: "LABEL_0", 1: "LABEL_1"})
    with pytest.raises(OptionError, match="does not say which of its labels is audible"):
        load_classifier(str(tmp_path))
    assert load_classifier(f"{tmp_path}#0").audibility(["rain"]).shape == (1,)


def test_what_is_no_classifier_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="cannot be loaded"):
        load_classifier(str(tmp_path / "nothing"))
    tiny.save_distilbert(tmp_path)
    with pytest.raises(AssetError, match=r"missing classifier.bias"):
        load_classifier(str(tmp_path))
