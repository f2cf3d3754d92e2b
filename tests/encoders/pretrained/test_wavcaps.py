"""WavCaps: both kinds of checkpoint, their published names, equal to plain networks; wrong files refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.audio import Clip
from earwitness.common.errors import AssetError, AudioLimitError, OptionError
from earwitness.encoders.pretrained.wavcaps import WavCapsEncoder
from earwitness.encoders.registry import load_encoder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import encoders_contract as contract
from tests.reference import encoders_plain as plain
from tests.reference import encoders_tiny as tiny

TESTS = Path(__file__).resolve().parents[2]

DEPTHS, HEADS, WIDTHS = [2, 1, 2, 1], [1, 2, 2, 4], [2, 4, 4, 8, 8, 16]
AUDIO, TEXT = "audio_encoder.audio_enc.", "text_encoder.text_encoder."
BAND = (50, 14000)


def weights(kind: str) -> dict[str, Any]:
    """A checkpoint's weights with every name of a published one, its front end included."""
    audio = plain.htsat_shapes(8, DEPTHS, HEADS) if kind == "htsat" else plain.cnn14_shapes(WIDTHS)
    width = 64 if kind == "htsat" else 16
    shapes = {AUDIO + name: shape for name, shape in audio.items()}
    shapes |= {TEXT + name: shape for name, shape in plain.bert_shapes(150, 64, 2, 96, 40).items()}
    for name, n in (("audio_proj", width), ("text_proj", 64)):
        shapes |= {f"{name}.0.weight": (24, n), f"{name}.0.bias": (24,)}
        shapes |= {f"{name}.2.weight": (24, 24), f"{name}.2.bias": (24,)}
    out = {name: tiny.weight(name, shape) for name, shape in shapes.items()}
    front = AUDIO + "audio_feats_extractor."
    out |= plain.front_end(front + "mel_trans", front + "log_trans", 32000, BAND)
    return {**out, "temp": torch.tensor(0.07)}


def make(folder: Path, kind: str) -> Path:
    torch.set_num_threads(1)
    tiny.bert_tokenizer(folder)
    file = folder / f"{kind.upper()}-BERT.pt"
    content = {"model": weights(kind), "epoch": 3, "best": np.float64(0.5), "optimizer": {"lr": 1e-5}}
    torch.save(content, file)
    return file


def plain_audio(kind: str, samples: np.ndarray, least: int = 320000) -> np.ndarray:
    w = weights(kind)
    mel = plain.log_mel(np.pad(samples, (0, max(0, least - len(samples)))), 32000, BAND)
    tower = {k.removeprefix(AUDIO): v for k, v in w.items()}
    x = plain.htsat(tower, mel, DEPTHS, HEADS) if kind == "htsat" else plain.cnn14(tower, mel, len(WIDTHS))
    return project(w, "audio_proj", x)


def plain_text(kind: str, ids: list[int]) -> np.ndarray:
    w = weights(kind)
    return project(w, "text_proj", plain.bert({k.removeprefix(TEXT): v for k, v in w.items()}, ids, 1))


def project(w: dict[str, Any], name: str, x: Any) -> np.ndarray:
    x = (w[f"{name}.0.weight"] @ x + w[f"{name}.0.bias"]).relu()
    x = w[f"{name}.2.weight"] @ x + w[f"{name}.2.bias"]
    return (x / x.norm()).numpy()


@pytest.fixture(scope="module", params=["htsat", "cnn14"])
def file(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def encoder(file: Path) -> Any:
    return load_encoder(f"wavcaps:{file}")


def test_contract(encoder: WavCapsEncoder) -> None:
    assert (encoder.rate, encoder.window_seconds, encoder.dim) == (32000, 10.0, 24)
    contract.check_contract(encoder, tiny.noise)


def test_equal_to_the_plain_way(encoder: WavCapsEncoder, file: Path) -> None:
    kind = file.parent.name.rstrip("0")
    for seconds in (10.0, 10.05, 1.7):
        samples = tiny.noise(32000, seconds)
        with torch.no_grad():
            expected = plain_audio(kind, samples)
        np.testing.assert_allclose(encoder.embed_audio([Clip(samples, 32000)])[0], expected, atol=2e-5)
    texts = [*tiny.TEXTS, "rain and " * 20]
    for text, row in zip(texts, encoder.embed_text(texts), strict=True):
        ids = encoder._tokenizer(text)["input_ids"]
        ids = ids if len(ids) <= 30 else [*ids[:29], ids[-1]]
        np.testing.assert_allclose(row, plain_text(kind, ids), atol=1e-5)


def test_a_whole_file_is_neither_padded_nor_cut_as_wsac_s_program_hears_it(file: Path) -> None:
    kind = file.parent.name.rstrip("0")
    encoder = load_encoder(f"wavcaps:{file}?length=whole")
    assert encoder.name.endswith("?length=whole")
    for seconds in (0.7, 3.3, 10.0, 10.2, *([23.4] if kind == "cnn14" else [])):
        samples = tiny.noise(32000, seconds)
        with torch.no_grad():
            expected = plain_audio(kind, samples, 0)
        np.testing.assert_allclose(encoder.embed_audio([Clip(samples, 32000)])[0], expected, atol=1e-5)
    padded = load_encoder(f"wavcaps:{file}")
    short = [Clip(tiny.noise(32000, 3.3), 32000)]
    assert np.abs(padded.embed_audio(short) - encoder.embed_audio(short)).max() > 1e-3


def test_whole_files_beyond_what_the_tower_hears_are_refused_with_the_length(file: Path) -> None:
    encoder = load_encoder(f"wavcaps:{file}", length="whole")
    if file.parent.name.startswith("htsat"):
        longest = Clip(tiny.noise(32000, 10.24)[:-1], 32000, source="a.wav")
        assert encoder.embed_audio([longest]).shape == (1, 24)
        with pytest.raises(AudioLimitError, match=r"a\.wav lasts 10\.24 s.*less than 10\.24 s.*CNN14"):
            encoder.embed_audio([Clip(tiny.noise(32000, 10.24), 32000, source="a.wav")])
    shortest = 63 * 320 if file.parent.name.startswith("cnn14") else 513
    assert encoder.embed_audio([Clip(tiny.noise(32000, 1.0)[:shortest], 32000)]).shape == (1, 24)
    with pytest.raises(AudioLimitError, match=r"needs at least 0\.\d\d s of a whole sound"):
        encoder.embed_audio([Clip(tiny.noise(32000, 1.0)[: shortest - 1], 32000)])
    with pytest.raises(OptionError, match="'padded' or 'whole'"):
        load_encoder(f"wavcaps:{file}?length=half")


def test_a_captioner_hears_a_whole_file_as_one(file: Path) -> None:
    from earwitness.captioning.listener import Listener, plan_windows, stretches

    if not file.parent.name.startswith("cnn14"):
        pytest.skip("HTSAT hears no file of this length whole")
    from earwitness.audio import stream_windows

    encoder = load_encoder(f"wavcaps:{file}?length=whole")
    samples = tiny.noise(32000, 14.0)
    for segments, count in ((None, 1), (7.0, 2)):
        seconds, number = plan_windows(encoder.window_seconds, segments)
        windows = stream_windows((samples, 32000), 32000, seconds)
        heard = [Listener(encoder, 0).hear(s) for s in stretches(windows, number)]
        assert len(heard) == count
        with torch.no_grad():
            expected = plain_audio("cnn14", samples[: len(samples) // count], 0)
        np.testing.assert_allclose(heard[0].vector, expected, atol=1e-5)


def test_golden(encoder: WavCapsEncoder, file: Path) -> None:
    from safetensors.numpy import load_file

    golden, kind = load_file(TESTS / "data/encoders/wavcaps.safetensors"), file.parent.name.rstrip("0")
    audio = encoder.embed_audio([Clip(tiny.noise(32000, 2.0), 32000)])
    np.testing.assert_allclose(audio, golden[f"{kind}.audio"], atol=1e-4)
    np.testing.assert_allclose(encoder.embed_text(tiny.TEXTS), golden[f"{kind}.text"], atol=1e-4)


@pytest.mark.parametrize("rate", [32000, 44100])
def test_log_mel_is_torchlibrosas(rate: int) -> None:
    from earwitness.encoders.pretrained.nets.logmel import LogMel, librosa_filters

    filters = librosa_filters(rate, 1024, 64, *BAND)
    np.testing.assert_allclose(filters, plain.slaney_filters(rate, 1024, 64, *BAND), atol=1e-9)
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)
    for samples in (tone, 1e-3 * tone, tiny.noise(rate, 1.0), np.zeros(rate, np.float32)):
        ours = LogMel(1024, 320, filters)(torch.from_numpy(samples)[None])[0, 0]
        np.testing.assert_allclose(ours, plain.log_mel(samples, rate, BAND), atol=1e-4)


def saved(folder: Path, content: Any) -> str:
    torch.save(content, folder / "changed.pt")
    return str(folder / "changed.pt")


def test_without_front_end_and_unused_tables_it_is_the_same(encoder: Any, file: Path) -> None:
    dropped = ("feats_extractor", "attn_mask", "index", "tscam", ".head.", "position_ids", "temp")
    content = torch.load(file, weights_only=False)["model"]
    kept = {k: v for k, v in content.items() if not any(part in k for part in dropped)}
    bare = WavCapsEncoder(saved(file.parent, {f"module.{k}": v for k, v in kept.items()}))
    clip = Clip(tiny.noise(32000, 3.0), 32000)
    np.testing.assert_allclose(bare.embed_audio([clip]), encoder.embed_audio([clip]), atol=1e-5)


def test_an_unusual_front_end_is_obeyed(encoder: Any, file: Path) -> None:
    content = torch.load(file, weights_only=False)["model"]
    front = AUDIO + "audio_feats_extractor."
    clip = Clip(tiny.noise(32000, 3.0), 32000)
    # the same transform with its bins turned by a phase: another kernel, the same power
    for name in ("conv_real", "conv_imag"):
        content[f"{front}mel_trans.stft.{name}.weight"] = -content[f"{front}mel_trans.stft.{name}.weight"]
    turned = WavCapsEncoder(saved(file.parent, content))
    np.testing.assert_allclose(turned.embed_audio([clip]), encoder.embed_audio([clip]), atol=1e-5)
    content[front + "log_trans.melW"] = content[front + "log_trans.melW"].flip(1)
    flipped = WavCapsEncoder(saved(file.parent, content))
    assert np.abs(flipped.embed_audio([clip]) - encoder.embed_audio([clip])).max() > 1e-4


def test_names_that_do_not_fit_are_listed(file: Path) -> None:
    content = torch.load(file, weights_only=False)["model"]
    content["text_projection.0.bias"] = content.pop("text_proj.0.bias")
    content["audio_proj.2.bias"] = torch.zeros(7)
    with pytest.raises(AssetError) as caught:
        WavCapsEncoder(saved(file.parent, content))
    for part in (
        "missing text_proj.0.bias",
        "unknown text_projection.0.bias",
        "of another shape audio_proj.2.bias",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as the checkpoint"),
        (b"not a checkpoint at all", "cannot be read as the checkpoint"),
        ({"weights": [1, 2]}, "holds no table of weights"),
        ({"model": {"a": torch.zeros(2)}}, "does not fit a WavCaps model"),
        ({"model": {"a": torch.zeros(2), "b": Path("x")}}, "cannot be read as the checkpoint"),
        (torch.zeros(3), "holds no table of weights"),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: Any, message: str) -> None:
    file = tmp_path / "x.pt"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        torch.save(content, file)
    with pytest.raises(AssetError, match=message) as caught:
        WavCapsEncoder(str(file))
    assert "\n" not in str(caught.value)


def test_truncated_and_absent_files(file: Path) -> None:
    short = file.with_name("short.pt")
    short.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(AssetError, match="truncated"):
        WavCapsEncoder(str(short))
    with pytest.raises(AssetError, match="there is no file"):
        WavCapsEncoder(str(file.with_name("absent.pt")))


def test_a_pickle_that_runs_code_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return Path(tmp_path / "ran").touch, ()

    torch.save({"model": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(AssetError, match="cannot be read"):
        WavCapsEncoder(str(tmp_path / "evil.pt"))
    assert not (tmp_path / "ran").exists()


def test_a_tokenizer_that_is_nowhere(file: Path, tmp_path: Path) -> None:
    alone = tmp_path / file.name
    alone.write_bytes(file.read_bytes())
    with pytest.raises(
        AssetError, match="put its files in a folder 'bert-base-uncased' beside the checkpoint"
    ):
        WavCapsEncoder(str(alone))
    tiny.bert_tokenizer(tmp_path / "bert-base-uncased")
    found = WavCapsEncoder(str(alone)).embed_text(["rain"])
    given = WavCapsEncoder(str(alone), tokenizer=str(file.parent)).embed_text(["rain"])
    np.testing.assert_array_equal(found, given)
