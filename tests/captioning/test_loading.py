"""A captioner by names: methods, presets, options, encoders that fit and encoders that do not."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import earwitness
from earwitness.common.errors import OptionError
from earwitness.common.options import changed, describe
from earwitness.methods.presets import EMBEDDED, PRESETS
from earwitness.methods.wsac.method import Wsac, WsacOptions

TESTS = Path(__file__).resolve().parents[1]
ROOSTER = TESTS.parent / "examples" / "rooster.wav"


def test_nothing_named_is_the_embedded_model() -> None:
    method = earwitness.load().method
    assert isinstance(method, Wsac) and method.options == EMBEDDED and method.memory is None


def test_a_preset_and_its_options_can_be_named() -> None:
    captioner = earwitness.load(preset="wsac", beams=3, temperature="0.02", no_repeat="3")
    method = captioner.method
    assert isinstance(method, Wsac) and method.memory is not None
    assert (method.options.bridge, method.options.temperature) == ("projection", 0.02)
    assert (method.options.search.beams, method.options.search.no_repeat) == (3, 3)
    assert "rooster" in captioner.caption(ROOSTER).text.lower()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "nothing"}, "no method or preset 'nothing'"),
        ({"preset": "wsac", "method": "zeraucap"}, "of the method wsac, not of zeraucap"),
        ({"beta": 0.5}, "no option 'beta'"),
        ({"beams": "many"}, "beams is a number, not 'many'"),
        ({"standardise": "perhaps"}, "yes or no, not 'perhaps'"),
        ({"beams": 0}, "at least 1"),
        ({"lm": "smollm2"}, "takes no language model"),
        ({"encoder": "clap:x"}, "cannot read that of 'clap:x'"),
        ({"method": "zeraucap", "model": "x"}, "takes no model folder"),
    ],
)
def test_what_does_not_go_together_is_said(given: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        earwitness.load(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PRESETS)
def test_every_option_of_every_preset_explains_itself(name: str) -> None:
    options = describe(PRESETS[name].options)
    assert len({o.name for o in options}) == len(options)
    assert all(o.help.endswith(".") and len(o.help) < 120 for o in options), [o.name for o in options]


def test_options_are_read_by_their_type() -> None:
    new = changed(
        WsacOptions(), {"temperature": "1", "standardise": "on", "max-tokens": "7", "bridge": "audio"}
    )
    assert (new.temperature, new.standardise, new.search.max_tokens, new.bridge) == (1.0, True, 7, "audio")
    assert WsacOptions() == WsacOptions(), "the given options stay as they are"


def test_the_explanation_adds_up() -> None:
    caption = earwitness.load(explain=True).caption(ROOSTER)
    (step,) = caption.trace
    assert step["chosen"] == caption.text == step["candidates"][0]["text"]
    for row in step["candidates"]:
        assert row["total"] == pytest.approx(row["search"] + row["match"] + row["support"])
    totals = [row["total"] for row in step["candidates"]]
    assert totals == sorted(totals, reverse=True)
    assert caption.to_dict()["trace"] == [step]
    assert earwitness.load().caption(ROOSTER).trace == ()


def test_a_decoder_trained_with_clap_captions_through_clap(tmp_path: Path) -> None:
    """Train, export, move CLAP elsewhere, caption: the whole way of an encoder that is not embedded."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from earwitness.cli.__main__ import main

    torch.set_num_threads(1)
    from tests.encoders.pretrained import test_clap as clap
    from tests.reference import wsac_tiny as tiny

    encoder = clap.make(tmp_path / "clap", fused=False)
    captions, run, model = tmp_path / "captions.txt", tmp_path / "run", tmp_path / "model"
    captions.write_text("\n".join(tiny.CAPTIONS) + "\n")
    sizes = ["--words", "learned:120", "--width", 32, "--layers", 1, "--heads", 2, "--epochs", 1]
    for command in (
        ["train", "small", captions, "-o", run, "--encoder", f"clap:{encoder}", *sizes],
        ["export", run, "-o", model, "--memory", captions],
    ):
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, command)))
        assert ended.value.code == 0
    sound = (np.random.default_rng(0).normal(0, 0.1, 96000).clip(-1, 1).astype(np.float32), 48000)
    for bridge in ("audio", "nearest", "projection"):
        caption = earwitness.load(str(model), bridge=bridge).caption(sound)
        assert caption.encoder == f"clap:{encoder}" and caption.method == "wsac"
    (tmp_path / "clap").rename(tmp_path / "moved")
    moved = earwitness.load(str(model), encoder=f"clap:{tmp_path / 'moved'}", bridge="projection")
    assert moved.caption(sound).text == caption.text


@pytest.fixture(scope="module")
def tiny_lm(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("transformers")
    from tests.reference import zeraucap_tiny as plain

    return str(plain.language_folder(tmp_path_factory.mktemp("lm"), "GPT2"))


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("clap", (False,)),
        ("pe_audio", ()),
        ("wavcaps", ("htsat",)),
        ("wavcaps", ("cnn14",)),
        ("msclap", ()),
        ("imagebind", ()),
    ],
    ids=["clap", "pe-audio", "wavcaps-htsat", "wavcaps-cnn14", "msclap", "imagebind"],
)
def test_every_encoder_captions_and_matches_from_the_command_line(
    kind: str,
    made: tuple[object, ...],
    tiny_lm: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    maker = import_module(f"tests.encoders.pretrained.test_{kind}")
    (tmp_path / "model").mkdir()
    source = maker.make(tmp_path / "model", *made)
    names = [f"{kind.replace('_', '-')}:{source}"]
    guided = ["caption", ROOSTER, "--encoder", *names, "--lm", tiny_lm, "-f", "jsonl", "--audibility"]
    for method, sizes in (
        ("zeraucap", ["--k", 3, "--new-tokens", 3]),
        ("audibility", ["--candidates", 4, "--tokens", 2]),
    ):
        row = json.loads(spoken(capsys, *guided, "--method", method, *sizes))
        assert (row["method"], row["encoder"]) == (method, names[0]) and 0 <= row["audibility"] <= 1
    matches = spoken(capsys, "match", ROOSTER, "a rooster crows", "rain", "--encoder", *names, "-f", "jsonl")
    assert len(matches.splitlines()) == 2


def spoken(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command prints; it has to end well."""
    from earwitness.cli.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main(list(map(str, arguments)))
    captured = capsys.readouterr()
    assert ended.value.code == 0, captured.err
    return captured.out


def test_a_language_model_computes_in_what_is_asked_for(tiny_lm: str) -> None:
    torch = pytest.importorskip("torch")
    captioner = earwitness.load(method="zeraucap", lm=tiny_lm, dtype="bfloat16")
    assert next(captioner.method.model._model.parameters()).dtype == torch.bfloat16
    with pytest.raises(OptionError, match="float32, bfloat16, float16, not 'int3'"):
        earwitness.load(method="zeraucap", lm=tiny_lm, dtype="int3")
