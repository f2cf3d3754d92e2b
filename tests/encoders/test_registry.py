"""Names become encoders, or one sentence."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from earwitness.common.errors import OptionError
from earwitness.encoders.base import AudioTextEncoder
from earwitness.encoders.registry import load_encoder


@pytest.mark.parametrize("name", ["", "clip:x", "Clap:x", "laion/clap-htsat-unfused"])
def test_unknown_names_are_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(OptionError, match=r"there is no encoder .*tags, clap:<hub id.*imagebind:<file>"):
        load_encoder(name)


@pytest.mark.parametrize("name", ["clap", "clap:", "wavcaps", "tags:x"])
def test_half_names_are_refused(name: str) -> None:
    with pytest.raises(OptionError, match="is not a whole name"):
        load_encoder(name)


def test_options_of_another_encoder_are_refused() -> None:
    with pytest.raises(OptionError, match="the encoder clap has no such option"):
        load_encoder("clap:x", colour="red")
    with pytest.raises(OptionError, match="the encoder tags has no options, but was given tokenizer"):
        load_encoder("tags", tokenizer="x")
    assert load_encoder("tags", device="cuda").name == "tags", "it computes without torch wherever it is"


def test_tags_is_the_embedded_one() -> None:
    encoder = load_encoder("tags")
    assert isinstance(encoder, AudioTextEncoder) and encoder.name == "tags"


def test_without_torch_modules_import_and_use_names_the_extra() -> None:
    program = """
        import sys
        for absent in ("torch", "transformers", "safetensors.torch"):
            sys.modules[absent] = None
        from importlib import import_module
        from pkgutil import iter_modules
        for package in ("earwitness.encoders", "earwitness.language"):
            for module in iter_modules(import_module(package).__path__, package + "."):
                module.ispkg or import_module(module.name)
        from earwitness.encoders.registry import load_encoder
        from earwitness.common.errors import MissingExtraError
        for name in ("clap:x", "pe-audio:x", "wavcaps:x", "msclap:x", "imagebind:x"):
            try:
                load_encoder(name)
            except MissingExtraError as error:
                assert "pip install 'earwitness[torch]'" in str(error), error
            else:
                raise SystemExit(name)
        try:
            import_module("earwitness.encoders.pretrained.nets.logmel")
        except MissingExtraError:
            print("ok")
        """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert done.stdout == "ok\n", done.stderr
