"""From a published checkpoint to its captions on the command line, and tables of runs with options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

from earwitness.captioning.specs import parse_spec, read_specs
from earwitness.cli.__main__ import main
from earwitness.cli.published_arguments import PROGRAMS, hint
from earwitness.common.errors import AssetError, OptionError
from earwitness.methods.presets import PRESETS
from earwitness.methods.published import check_needs

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from earwitness.training.decoder.corpus.vocabulary import make_vocabulary
from tests.encoders.pretrained import test_wavcaps as wavcaps
from tests.reference import encoders_tiny as tiny
from tests.reference import published_wsac as published

WORDS = make_vocabulary("wordpiece", ()).tokenizer
SECONDS = (1.3, 10.0, 14.2)


def run(*arguments: Any) -> int:
    with pytest.raises(SystemExit) as done:
        main([str(a) for a in arguments])
    return int(done.value.code or 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A published encoder, decoder and memory, short, ten-second and long sounds, and an import of them."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("made")
    checkpoint = wavcaps.make(folder, "cnn14")
    torch.manual_seed(1)
    decoder = published.Decoder(24, width=16, layers=1, heads=2, vocab=30600, places=40)
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    torch.save(decoder.state_dict(), folder / "epoch-0.pt")
    captions = ["caption_1", *(tiny.SENTENCES[i % 6] + " and rain" * (i % 7) for i in range(1005))]
    (folder / "clotho.json").write_text(json.dumps(captions))
    sounds = folder / "sounds"
    sounds.mkdir()
    for i, seconds in enumerate(SECONDS):
        soundfile.write(sounds / f"{i}.wav", tiny.noise(32000, seconds, i), 32000, subtype="FLOAT")
    options = ["--encoder", f"wavcaps:{checkpoint}", "--memory", folder / "clotho.json", "--heads", "2"]
    cache = ["--cache", folder / "cache"]
    assert run("import", "wsac", folder / "epoch-0.pt", "-o", folder / "model", *options, *cache) == 0
    return {"folder": folder, "decoder": decoder, "captions": captions, "sounds": sounds, "options": options}


def expected(made: dict[str, Any], way: str) -> list[str]:
    from earwitness.encoders.registry import load_encoder

    encoder = load_encoder(f"wavcaps:{made['folder'] / 'CNN14-BERT.pt'}")
    memory = encoder.embed_text(made["captions"])
    out = []
    for i, seconds in enumerate(SECONDS):
        with torch.no_grad():
            sound = wavcaps.plain_audio("cnn14", tiny.noise(32000, seconds, i), 0)
        tokens = published.write(made["decoder"], published.bridged(memory, sound, way))
        out.append(published.text(WORDS, tokens, tidy=True))
    return out


def captions(capsys: pytest.CaptureFixture[str], *arguments: Any) -> list[str]:
    capsys.readouterr()
    assert run("caption", *arguments, "-f", "jsonl") == 0
    return [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("way", ["audio", "nearest", "projection"])
def test_short_and_long_sounds_are_captioned_as_published(
    made: dict[str, Any], way: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(made["folder"] / "cache"))
    given = ["--model", made["folder"] / "model", "--preset", "wsac-paper", "--bridge", way]
    memory = ["--memory", made["folder"] / "clotho.json"] if way != "audio" else []
    assert captions(capsys, made["sounds"], *given, *memory) == expected(made, way)


def test_without_the_preset_captions_are_sentences(
    made: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found = captions(capsys, made["sounds"], "--model", made["folder"] / "model")
    assert found != expected(made, "projection")
    assert all(not text or text[0] == text[0].upper() for text in found)


def test_a_table_of_bridges_and_memories_is_one_command(
    made: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(made["folder"] / "cache"))
    rows = ["file_name,caption_1,caption_2", *(f"{i}.wav,a dog barks,rain falls" for i in range(3))]
    (tmp_path / "references.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "few.txt").write_text("\n".join(tiny.SENTENCES) + "\n")
    model = made["folder"] / "model"
    (tmp_path / "runs.toml").write_text(
        f'[[run]]\nname = "AD"\ncaptioner = "{model}"\nbridge = "audio"\n'
        f'[[run]]\nname = "NND"\ncaptioner = "{model}"\nbridge = "nearest"\nmemory = "{tmp_path / "few.txt"}"\n'
    )
    given = [
        "-d",
        tmp_path / "references.csv",
        "--audio",
        made["sounds"],
        "-o",
        tmp_path / "out",
        "-m",
        "rouge_l",
    ]
    assert (
        run("compare", tmp_path / "runs.toml", f"{model}:temperature=0.5,max-tokens=4", *given, "-f", "json")
        == 0
    )
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert "NND" in json.dumps(report) and f"{model}:temperature=0.5,max-tokens=4" in json.dumps(report)
    journals = {p.name: p.read_text() for p in (tmp_path / "out/journals").iterdir()}
    assert len(journals) == 3


def test_specs() -> None:
    spec = parse_spec("audibility:lambda2=0.06,encoder=wavcaps:a,b.pt?length=whole,step-size=0.1")
    assert spec.given == {
        "preset": "audibility", "lambda2": "0.06", "encoder": "wavcaps:a,b.pt?length=whole", "step_size": "0.1",
    }  # fmt: skip
    assert [s.name for s in read_specs(["embedded", "embedded", "wsac:beams=2"])] == [
        "embedded",
        "wsac:beams=2",
    ]
    for wrong in ("nothing:beams=2", "wsac:beams"):
        with pytest.raises(OptionError):
            parse_spec(wrong)


def test_the_published_arguments_are_known_to_error_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "captions.txt").write_text("a dog barks\nrain falls\n")
    assert run("train", "small", tmp_path / "captions.txt", "-o", tmp_path / "run", "--bs", "4") == 1
    assert "--bs is --batch here" in capsys.readouterr().err
    assert all(hint(f"--{name}") for arguments in PROGRAMS.values() for name in arguments)


def test_the_recipe_wsac_takes_no_encoder_silently(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "captions.txt").write_text("a dog barks\nrain falls\n")
    assert run("train", "wsac", tmp_path / "captions.txt", "-o", tmp_path / "run") == 1
    assert "name the encoder" in capsys.readouterr().err


@pytest.mark.parametrize("name", [n for n in PRESETS if n.endswith("-paper")])
def test_presets_as_published_turn_on_every_legacy_option_and_say_what_they_need(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from earwitness.common.options import describe

    preset = PRESETS[name]
    legacy = [o for o in describe(preset.options) if o.name.startswith("legacy_")]
    assert legacy and all(o.value is True for o in legacy)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssetError, match=r"put here as .* or named with --"):
        check_needs(preset.needs, ())
    check_needs(preset.needs, {"encoder", "model", "classifier", "lm"})
