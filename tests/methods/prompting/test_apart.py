"""Keywords that are heard well, in usual words, each of another kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from earwitness.encoders.background import Background
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.prompting.apart import KINDS, is_above, keywords_apart
from earwitness.methods.prompting.asking import Asking, AskOptions
from earwitness.methods.prompting.keywords import KeywordIndex
from earwitness.methods.prompting.lists import audioset_names, keyword_list
from earwitness.methods.prompting.spoken import SPOKEN, spoken
from earwitness.methods.slips import known_words


class Axes:
    """An encoder in which a name lies where it was put."""

    dim = 4

    def __init__(self, places: dict[str, list[float]]) -> None:
        self.places, self.name = places, str(places)

    def embed_text(self, texts: Any) -> Any:
        rows = np.array([self.places[text] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def said(places: dict[str, list[float]], sound: list[float], count: int = 4, **more: Any) -> list[str]:
    encoder: Any = Axes(places)
    vector = np.array(sound, np.float32) / np.linalg.norm(sound).astype(np.float32)
    return [k.text for k in keywords_apart(KeywordIndex(encoder, list(places)), vector, count, **more)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path))


def test_the_most_particular_that_is_heard_is_named_and_nothing_above_it() -> None:
    places = {"Vehicle": [1, 0.4, 0, 0], "Helicopter": [0.6, 1, 0, 0], "Rain": [0, 0, 1, 0]}
    assert said(places, [1, 0.9, 0.6, 0]) == ["Helicopter", "Rain"]
    assert said(places, [1, 0.2, 0.6, 0]) == ["Helicopter", "Rain"]  # half as well heard, and says more
    assert said({**places, "Helicopter": [-0.9, 1, 0, 0]}, [1, 0.3, 0.6, 0]) == ["Vehicle", "Rain"]


def test_what_means_the_same_is_said_once_and_what_is_hardly_heard_is_not() -> None:
    places = {"Bee": [1, 0.1, 0, 0], "Fly": [1, 0.3, 0, 0], "Rain": [0, 1, 0, 0], "Piano": [0, 0, 0, 1]}
    assert said(places, [1, 0.4, 0, 0.1]) == ["Fly", "Rain"]
    assert said(places, [1, 0.4, 0, 0.1], 1) == ["Fly"]


@pytest.mark.parametrize("name", ["Silence", "Inside, small room", "Outside, rural or natural", "Canidae"])
def test_places_silence_and_words_of_no_caption_are_no_keywords(name: str) -> None:
    first = name.split(",")[0]
    assert said({first: [1, 0, 0, 0], "Rain": [0.6, 1, 0, 0]}, [1, 0.5, 0, 0]) == ["Rain"]


def test_a_class_goes_by_its_first_name_and_a_name_of_ones_own_by_itself() -> None:
    places = {"wasp": [1, 0, 0, 0], "Bee": [0.9, 0.4, 0, 0], "gizmo xyz": [0, 0, 1, 0]}
    assert said(places, [1, 0.2, 0.9, 0]) == ["Bee", "gizmo xyz"]


def test_what_stands_out_counts_beside_what_is_near() -> None:
    places = {"Speech": [1, 0.0, 0, 0], "Cricket": [0, 1, 0, 0], "Rain": [0, 0, 1, 0]}
    usual = Background(
        np.array([[1, 0, 0, 0], [0.9, 0.05, 0.4, 0], [0.8, 0, 0.6, 0]], np.float32),
        np.array([0, 1], np.float32),
    )
    assert said(places, [1, 0.4, 0.1, 0]) == ["Speech", "Cricket"]
    assert said(places, [1, 0.4, 0.1, 0], background=usual) == ["Cricket", "Speech"]


def test_every_class_has_its_kinds_those_too_that_the_ontology_lacks() -> None:
    names = audioset_names()
    assert all(is_above(KINDS[place], names[place].split(",")[0].strip()) for place in KINDS)
    firsts = [name.split(",")[0].strip() for name in names]
    above = {(a, b) for a in ("Animal", "Vehicle", "Music", "Water") for b in firsts if is_above(a, b)}
    assert {
        ("Animal", "Dog"),
        ("Vehicle", "Helicopter"),
        ("Music", "Funny music"),
        ("Water", "Rain"),
    } <= above
    assert not {pair for pair in above if pair[0] == pair[1]}


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("a dog barks while rain falls", {"Rain", "Bark"}),
        ("thunder rumbles", {"Thunder", "Thunderstorm"}),
        ("a woman sings to a guitar", {"Guitar", "Female singing", "Singing"}),
    ],
)
def test_the_embedded_model_names_what_a_sentence_tells_of(words: str, kinds: set[str]) -> None:
    encoder = TagEncoder()
    index = KeywordIndex(encoder, keyword_list("audioset"))
    vector = encoder.embed_text([words])[0]
    found = [k.text for k in keywords_apart(index, vector, 4, encoder.background())]
    assert found and set(found) & kinds
    firsts = {name.split(",")[0].strip() for name in audioset_names()}
    assert set(found) <= firsts and not any(is_above(a, b) for a in found for b in found)


def test_what_is_said_for_a_name_is_of_a_class_and_in_words_of_captions() -> None:
    firsts = {name.split(",")[0].strip() for name in audioset_names()}
    assert SPOKEN.keys() <= firsts
    assert {word for said in SPOKEN.values() for word in said.split()} <= known_words()
    assert spoken("a name of one's own") == "a name of one's own"


def test_prompts_show_captions_after_those_that_show_none() -> None:
    encoder = TagEncoder()
    vector = encoder.embed_text(["a dog barks while rain falls"])[0]
    options = AskOptions(2, "apart", True, True, drafts=3, near=2, near_drafts=1)
    asking = Asking(encoder, encoder.background(), options, keyword_list("audioset"))
    keywords = asking.choose(vector)
    prompts = asking.prompts(vector, keywords)
    names = tuple(spoken(k.text) for k in keywords)
    assert "dog bark" in names
    assert [p.keywords for p in prompts] == [names, names[:1], names[1:], names]
    assert [len(p.more) for p in prompts] == [0, 0, 0, 2]
