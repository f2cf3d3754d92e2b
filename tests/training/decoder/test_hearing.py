"""A folder of unlabelled sounds as embeddings, and the shift estimated from it by the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.cli.__main__ import main
from earwitness.common.errors import OptionError
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.training.decoder.corpus.gap import read_shift, shift
from earwitness.training.decoder.corpus.sound_embeddings import hear_folder


@pytest.fixture
def folder(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Two sounds, a silence and a broken file."""
    path = tmp_path / "sounds"
    path.mkdir()
    soundfile.write(path / "noise.wav", rng.normal(0, 0.1, 16000).clip(-1, 1), 16000)
    soundfile.write(path / "tone.wav", 0.3 * np.sin(np.arange(16000) * 0.2), 16000)
    soundfile.write(path / "silence.wav", np.zeros(16000), 16000)
    (path / "broken.wav").write_bytes(b"RIFF and nothing else")
    return path


def test_what_cannot_be_heard_is_counted(folder: Path) -> None:
    vectors, failed = hear_folder(folder, TagEncoder())
    assert (vectors.shape, failed) == ((2, 523), 2)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for name in ("noise.wav", "tone.wav"):
        (folder / name).unlink()
    with pytest.raises(OptionError, match="2 were tried"):
        hear_folder(folder, TagEncoder())


def test_the_command_writes_the_shift(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, output = tmp_path / "captions.csv", tmp_path / "shift.safetensors"
    table.write_text("file_name,caption_1,caption_2\nx.wav,rain falls,heavy rain\ny.wav,a dog,a dog barks\n")
    with pytest.raises(SystemExit) as stop:
        main(["gap", str(table), "--sounds", str(folder), "-o", str(output)])
    assert stop.value.code in (0, None)
    said = json.loads(capsys.readouterr().out)
    assert (said["sounds"], said["unreadable_or_silent"], said["captions"]) == (2, 2, 4)
    encoder = TagEncoder()
    expected = shift(
        hear_folder(folder, encoder)[0],
        encoder.embed_text(["rain falls", "heavy rain", "a dog", "a dog barks"]),
    )
    np.testing.assert_allclose(read_shift(output, "tags"), expected, atol=1e-6)
    with pytest.raises(SystemExit):
        main(["gap", str(table), "--sounds", str(folder)])
    assert "takes both --sounds" in capsys.readouterr().err
