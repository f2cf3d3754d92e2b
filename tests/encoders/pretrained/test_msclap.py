"""MS-CLAP 2023: its published names, equal to plain networks, and a prefix read once changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.audio import Clip
from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.msclap import MsClapEncoder
from earwitness.encoders.registry import load_encoder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import encoders_contract as contract
from tests.reference import encoders_plain as plain
from tests.reference import encoders_tiny as tiny

TESTS = Path(__file__).resolve().parents[2]

DEPTHS, HEADS = [1, 2, 1, 1], [1, 2, 2, 4]
AUDIO, TEXT = "audio_encoder.base.htsat.", "caption_encoder.base."
BAND = (50, 14000)


def weights() -> dict[str, Any]:
    """A checkpoint's weights with every name of the published one, its front end included."""
    shapes = {AUDIO + name: shape for name, shape in plain.htsat_shapes(8, DEPTHS, HEADS).items()}
    shapes |= {TEXT + name: shape for name, shape in plain.gpt2_shapes(361, 128, 2, 90).items()}
    for tower, n in (("audio_encoder", 64), ("caption_encoder", 128)):
        p = f"{tower}.projection"
        shapes |= {f"{p}.linear1.weight": (24, n), f"{p}.linear2.weight": (24, 24)}
        shapes |= {f"{p}.layer_norm.weight": (24,), f"{p}.layer_norm.bias": (24,)}
    out = {name: tiny.weight(name, shape) for name, shape in shapes.items()}
    front = plain.front_end(AUDIO + "spectrogram_extractor", AUDIO + "logmel_extractor", 44100, BAND)
    return {**out, **front, "logit_scale": torch.tensor(2.7)}


def make(folder: Path) -> Path:
    torch.set_num_threads(1)
    tiny.bpe_tokenizer(folder)
    torch.save({"model": weights()}, folder / "CLAP_weights_2023.pth")
    return folder / "CLAP_weights_2023.pth"


def project(w: dict[str, Any], tower: str, x: Any) -> np.ndarray:
    p = f"{tower}.projection."
    first = w[f"{p}linear1.weight"] @ x
    x = first + w[f"{p}linear2.weight"] @ torch.nn.functional.gelu(first)
    x = torch.nn.functional.layer_norm(x, x.shape, w[f"{p}layer_norm.weight"], w[f"{p}layer_norm.bias"])
    return (x / x.norm()).numpy()


def plain_audio(samples: np.ndarray) -> np.ndarray:
    w = weights()
    whole = (
        samples if len(samples) > 7 * 44100 else np.tile(samples, 7 * 44100 // len(samples) + 1)[: 7 * 44100]
    )
    tower = {k.removeprefix(AUDIO): v for k, v in w.items()}
    return project(w, "audio_encoder", plain.htsat(tower, plain.log_mel(whole, 44100, BAND), DEPTHS, HEADS))


def plain_text(ids: list[int], at: int = -1) -> np.ndarray:
    w = weights()
    hidden = plain.gpt2({k.removeprefix(TEXT): v for k, v in w.items()}, ids, 2)
    return project(w, "caption_encoder", hidden[at])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("msclap"))


@pytest.fixture(scope="module")
def encoder(file: Path) -> Any:
    return load_encoder(f"msclap:{file}")


def test_contract(encoder: MsClapEncoder) -> None:
    assert (encoder.rate, encoder.window_seconds, encoder.dim) == (44100, 7.0, 24)
    contract.check_contract(encoder, tiny.noise)


def test_continuations(encoder: MsClapEncoder) -> None:
    contract.check_continuations(encoder)


def test_the_prefix_is_really_shared(encoder: MsClapEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    widths: list[tuple[int, ...]] = []
    run = encoder._model._run
    monkeypatch.setattr(
        encoder._model, "_run", lambda ids, past: (widths.append(tuple(ids.shape)), run(ids, past))[1]
    )
    encoder._cache.clear()
    encoder.embed_continuations("rain falls on a tin roof and", [" a dog", " rain", " birds"])
    prefix = len(encoder._open_tokens("rain falls on a tin roof and"))
    assert widths[0] == (1, prefix) and all(n < prefix for _, n in widths[1:])
    widths.clear()
    encoder.embed_continuations("rain falls on a tin roof and", [" rain", " a dog"])
    assert not widths  # remembered


def test_equal_to_the_plain_way(encoder: MsClapEncoder) -> None:
    for seconds in (7.0, 7.05, 1.7):
        samples = tiny.noise(44100, seconds)
        with torch.no_grad():
            expected = plain_audio(samples)
        np.testing.assert_allclose(encoder.embed_audio([Clip(samples, 44100)])[0], expected, atol=2e-5)
    end = encoder._tokenizer.eos_token_id
    for text, row in zip(tiny.TEXTS, encoder.embed_text(tiny.TEXTS), strict=True):
        ids = [*encoder._tokenizer(text + " ")["input_ids"], end]
        np.testing.assert_allclose(row, plain_text(ids), atol=1e-5)


def test_a_long_text_is_read_at_its_end_marker(encoder: MsClapEncoder) -> None:
    ids = encoder._tokens(["rain and thunder " * 60])[0]
    assert len(ids) == 77 and ids[-1] == encoder._tokenizer.eos_token_id
    np.testing.assert_allclose(encoder.embed_text(["rain and thunder " * 60])[0], plain_text(ids), atol=1e-5)


def test_exclamation_marks_read_right_or_as_published(encoder: MsClapEncoder, file: Path) -> None:
    published = MsClapEncoder(str(file), published_end=True)
    texts = ["a dog barks", "a dog! barks", "!"]
    for text, ours, theirs in zip(texts, encoder.embed_text(texts), published.embed_text(texts), strict=True):
        ids = encoder._tokens([text])[0]
        np.testing.assert_allclose(ours, plain_text(ids), atol=1e-5)
        padded = np.array(ids + [0] * (77 - len(ids)))
        at = int((padded != 0).sum()) - 1
        np.testing.assert_allclose(theirs, plain_text(padded.tolist(), at), atol=1e-5)
    contract.check_continuations(published)


def test_golden(encoder: MsClapEncoder) -> None:
    from safetensors.numpy import load_file

    golden = load_file(TESTS / "data/encoders/msclap.safetensors")
    audio = encoder.embed_audio([Clip(tiny.noise(44100, 2.0), 44100)])
    np.testing.assert_allclose(audio, golden["audio"], atol=1e-4)
    np.testing.assert_allclose(encoder.embed_text(tiny.TEXTS), golden["text"], atol=1e-4)


def test_another_models_checkpoint_is_refused(tmp_path: Path) -> None:
    torch.save(
        {"model": {"text_encoder.text_encoder.embeddings.position_ids": torch.zeros(1)}}, tmp_path / "x.pth"
    )
    with pytest.raises(AssetError, match=r"x\.pth does not fit MS-CLAP 2023: missing audio_encoder\.base"):
        MsClapEncoder(str(tmp_path / "x.pth"))
