"""Lists of names, their embeddings on disk, and the command that shows the nearest."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.common.errors import OptionError
from earwitness.encoders.background import Background
from earwitness.encoders.tags.encoder import TagEncoder, class_names
from earwitness.methods.prompting.keywords import KeywordIndex, cache_path, nearest_keywords
from earwitness.methods.prompting.lists import LACKING, audioset_entries, audioset_names, keyword_list
from tests.invoking import invoke

EXAMPLES = Path(__file__).parents[3] / "examples"


class Counting:
    """An encoder of letters that says what it was asked for."""

    rate, window_seconds, dim = 16000, 10.0, 26

    def __init__(self, name: str, turn: float = 0.0) -> None:
        self.name, self.turn, self.asked = name, turn, []  # type: ignore[var-annotated]

    def embed_text(self, texts: Any) -> Any:
        self.asked += list(texts)
        rows = np.array([[t.lower().count(chr(97 + i)) + self.turn * i for i in range(26)] for t in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_audioset_has_527_names_614_entries_611_distinct() -> None:
    assert len(audioset_names()) == 527 and len(class_names()) == 521 and len(LACKING) == 6
    assert len(audioset_entries()) == 614 and len(keyword_list("audioset")) == 611
    assert tuple(n for n in audioset_names() if n not in LACKING.values()) == class_names()


@pytest.mark.shared
def test_audioset_is_the_published_list(shared: Path) -> None:
    with (shared / "data/audioset/class_labels_indices.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(row["display_name"] for row in csv.DictReader(file)) == audioset_names()


@pytest.mark.shared
def test_the_union_with_the_published_extra_list(shared: Path) -> None:
    extra = shared / "data/keywords/chatgpt_audio_tags.csv"
    assert len(keyword_list(str(extra))) == 1843
    both = keyword_list(f"audioset+{extra}")
    assert len(both) == 2449 and both[:611] == keyword_list("audioset")


def test_lists_of_ones_own(tmp_path: Path) -> None:
    lines, table, own = tmp_path / "a+b.txt", tmp_path / "t.csv", tmp_path / "own.csv"
    lines.write_text("\ufeffkettle\n\n  door bell \nkettle\n", encoding="utf-8")
    table.write_text('index,mid,display_name\n0,/m/1,"Bark, yap it"\n1,/m/2,Meow\n', encoding="utf-8")
    own.write_text('"hiss, loud"\nhum\n', encoding="utf-8")
    assert keyword_list(str(lines)) == ("kettle", "door bell")
    assert keyword_list(str(table)) == ("Bark", "yap it", "Meow")
    assert keyword_list(str(own)) == ("hiss, loud", "hum")
    assert keyword_list(f"audioset+{table}+{own}")[611:] == ("yap it", "hiss, loud", "hum")
    lines.write_text("\n \n", encoding="utf-8")
    with pytest.raises(OptionError, match="holds no name"):
        keyword_list(str(lines))
    with pytest.raises(OptionError, match=r"cannot be read .*give audioset, a text file"):
        keyword_list("audioset+nowhere.txt")


def test_nearest_by_cosine_or_by_what_stands_out() -> None:
    encoder: Any = Counting("letters")
    index = KeywordIndex(encoder, ["aab", "b", "c"])
    sound = encoder.embed_text(["aabb"])[0]
    found = index.nearest(sound, 2)
    assert [k.text for k in found] == ["aab", "b"]
    assert found[0].score == pytest.approx(float(index.vectors[0] @ sound))
    usual = Background(encoder.embed_text(["a", "aa", "ab"]), np.array([0, 1], np.float32))
    assert [k.text for k in index.nearest(sound, 1, usual)] == ["b"]


def test_embedded_once_and_kept(cache: Path) -> None:
    names = ("kettle", "bell", "horn", "rain", "wind")
    first: Any = Counting("some/model")
    vectors = KeywordIndex(first, names).vectors
    KeywordIndex(first, names)
    assert first.asked == list(names)
    path = cache_path("some/model", names)
    assert [p.name for p in (cache / "keywords").iterdir()] == [path.name]
    second: Any = Counting("some/model")
    np.testing.assert_array_equal(KeywordIndex(second, names).vectors, vectors)
    assert second.asked == ["kettle", "wind"]  # the probes
    assert cache_path("other", names) != path != cache_path("some/model", names[:-1])


def test_a_model_that_changed_behind_its_name_is_asked_again() -> None:
    names = ("kettle", "bell", "horn")
    KeywordIndex(Counting("folder/model"), names)  # type: ignore[arg-type]
    for turn in (0.5, 0.5):
        trained: Any = Counting("folder/model", turn)
        vectors = KeywordIndex(trained, names).vectors
        np.testing.assert_array_equal(vectors, Counting("x", turn).embed_text(names))
    assert trained.asked == ["kettle", "horn"]  # the second time from the new file


@pytest.mark.parametrize("broken", [b"", b"\x08\0\0\0\0\0\0\0{}      ", b"nonsense"])
def test_a_broken_file_is_made_anew(broken: bytes) -> None:
    names = ("kettle", "bell")
    path = cache_path("m", names)
    vectors = KeywordIndex(Counting("m"), names).vectors  # type: ignore[arg-type]
    path.write_bytes(broken or path.read_bytes()[:-4])
    np.testing.assert_array_equal(KeywordIndex(Counting("m"), names).vectors, vectors)  # type: ignore[arg-type]
    again: Any = Counting("m")
    KeywordIndex(again, names)
    assert again.asked == ["kettle", "bell"] and path.stat().st_size > 100


def test_a_folder_that_cannot_be_written_is_no_error(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert len(KeywordIndex(Counting("m"), ("kettle",)).vectors) == 1  # type: ignore[arg-type]


def test_the_embedded_encoder_is_an_encoder_like_any_other(cache: Path) -> None:
    encoder = TagEncoder()
    sound = encoder.embed_text(["a church bell rings"])[0]
    found = nearest_keywords(encoder, sound, 3)
    assert "Church bell" in [k.text for k in found]
    assert len(list((cache / "keywords").iterdir())) == 1
    assert nearest_keywords(TagEncoder(), sound, 3) == found


def run(*arguments: object) -> Any:
    return invoke("keywords", *arguments)


def test_the_command_shows_names_with_scores(tmp_path: Path) -> None:
    bell = EXAMPLES / "bell.wav"
    lines = run(bell).stdout.splitlines()
    assert len(lines) == 10 and any("ell" in line for line in lines[:3])
    assert sorted(lines, key=lambda x: -float(x.split()[0])) == lines
    names = tmp_path / "names.txt"
    names.write_text("tubular bells\nkitten\n", encoding="utf-8")
    page = json.loads(run(bell, "--list", names, "-f", "json").stdout)
    assert [k["keyword"] for k in page["keywords"]] == ["tubular bells", "kitten"]
    rows = [json.loads(x) for x in run(bell, "--top", 2, "-f", "jsonl").stdout.splitlines()]
    assert len(rows) == 2 and set(rows[0]) == {"keyword", "cosine"}
    assert isinstance(run(bell, "-f", "xml").exception, OptionError)


def test_silence_has_no_keywords() -> None:
    from earwitness.captioning.matching import sound_keywords

    with pytest.raises(OptionError, match="is silent"):
        sound_keywords((np.zeros(16000), 16000), TagEncoder(), ("rain",), 1)


def test_silence_is_no_keyword_where_it_is_not_wanted() -> None:
    encoder = TagEncoder()
    index = KeywordIndex(encoder, ["Silence", "Rain", "Dog"])
    vector = encoder.embed_text(["silence"])[0]
    assert index.nearest(vector, 1)[0].text == "Silence"
    assert "Silence" not in [k.text for k in index.nearest(vector, 3, silence=False)]
    assert len(index.nearest(vector, 3, silence=False)) == 2
