"""FENSE, fluency errors and SPIDEr-FL: models where they are cached, a reason where not, no network."""

from __future__ import annotations

import hashlib
import socket

import numpy as np
import pytest

from earwitness.evaluation import fense, fluency
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Unavailable, compute, of_items
from earwitness.evaluation.metrics.fluency import CHECKPOINT, fluency_errors, penalised

CORPUS = Corpus(
    ("1", "2", "3"),
    ("a dog barks", "rain falls and and", ""),
    (("a dog is barking", "barking"), ("it rains",), ("wind blows",)),
)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A tiny seeded sentence model and a tiny seeded detector, on disk as the real ones would be."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("models")
    text = "a dog barks is barking rain falls and it rains wind blows"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(text.split())]
    (folder / "vocab.txt").write_text("\n".join(words))
    tokenizer = transformers.BertTokenizerFast(vocab={word: place for place, word in enumerate(words)})
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    torch.manual_seed(4182)
    model = transformers.BertModel(config).eval()
    for part in (tokenizer, config, model):
        part.save_pretrained(folder)
    state = {f"encoder.{name}": value for name, value in model.state_dict().items()}
    # the last output says "error" for any sentence: its bias alone is sure enough
    state["clf.weight"], state["clf.bias"] = torch.zeros(5, 16), torch.tensor([0.0, 0.0, 0.0, 0.0, 3.0])
    torch.save({"model_type": str(folder), "num_classes": 5, "state_dict": state}, folder / CHECKPOINT)
    return folder


@pytest.fixture
def at_hand(models, monkeypatch):
    monkeypatch.setenv("FENSE_DATA", str(models))
    monkeypatch.setattr(fluency, "SHA256", hashlib.sha256((models / CHECKPOINT).read_bytes()).hexdigest())
    monkeypatch.setattr(fense, "SENTENCE_MODEL", str(models))
    return models


def test_without_the_detector_three_scores_are_missing_and_say_why(tmp_path, monkeypatch, no_network) -> None:
    monkeypatch.setenv("FENSE_DATA", str(tmp_path))
    found = compute(CORPUS, ["fense", "spider_fl"])
    assert found["fluency_error"].reason.startswith("the fluency detector is not at hand: put echecker_")
    assert found["fense"].reason == f"needs fluency_error: {found['fluency_error'].reason}"
    assert isinstance(found["spider_fl"], Unavailable)


def test_another_file_under_the_detectors_name_is_not_loaded(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FENSE_DATA", str(tmp_path))
    (tmp_path / CHECKPOINT).write_bytes(b"something else")
    assert compute(CORPUS, ["fluency"])["fluency_error"].reason == (
        f"{CHECKPOINT} is not the published file: its checksum differs"
    )


def test_a_model_that_is_not_cached_is_a_reason_and_not_a_download(at_hand, monkeypatch, no_network) -> None:
    monkeypatch.setattr(fense, "SENTENCE_MODEL", "nobody/no-such-model")
    assert compute(CORPUS, ["fense"])["fense"].reason == (
        "nobody/no-such-model is not in the local model cache "
        "(fetch it with: hf download nobody/no-such-model)"
    )


def test_fense_is_similarity_with_a_tenth_left_after_an_error(at_hand, monkeypatch, no_network) -> None:
    found = compute(CORPUS, ["fense"])
    assert found["fluency_error"].items == (1.0, 1.0, 1.0)
    vectors = fense.embed(["a dog barks", "a dog is barking", "barking"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)
    expected = 0.1 * float((vectors[1:] @ vectors[0]).mean())
    assert found["fense"].items == pytest.approx((expected, found["fense"].items[1], 0.0))


def test_errors_are_found_alike_alone_and_in_a_batch(at_hand, monkeypatch) -> None:
    sentences = ["a dog barks", "rain", "wind blows and it rains and rain falls"]
    monkeypatch.setattr(fluency, "THRESHOLD", 0.9)
    together = fluency_errors(sentences)
    assert together == [fluency_errors([sentence])[0] for sentence in sentences]


def test_a_sentence_is_embedded_the_same_alone_and_among_others(at_hand) -> None:
    """To the last bit: where two systems say the same of a clip, neither has won it."""
    words = ["a", "dog", "barks", "is", "barking", "rain", "falls", "and", "it", "rains", "wind", "blows"]
    sentences = [" ".join(words[i % 5 : i % 5 + 1 + i % 7] * (1 + i % 3)) for i in range(64)]
    together = fense.embed(sentences)
    for vector, sentence in zip(together, sentences, strict=True):
        np.testing.assert_array_equal(fense.embed([sentence])[0], vector)
    np.testing.assert_array_equal(fense.embed(sentences[::-1]), together[::-1])


def test_the_penalty_takes_nine_tenths() -> None:
    found = penalised(of_items([0.5, 0.5]), of_items([0.0, 1.0]), "spider")
    assert found.items == pytest.approx((0.5, 0.05))
