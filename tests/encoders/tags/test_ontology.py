"""What is a kind of what, and whether its general sentences are sentences."""

from __future__ import annotations

import re

import pytest

from earwitness.common.errors import AssetError
from earwitness.encoders.tags.encoder import class_names
from earwitness.encoders.tags.ontology import Node, Ontology, sound_ontology


def test_every_class_of_the_tagger_is_there_and_all_but_a_few_can_be_spoken_of_in_general() -> None:
    ontology = sound_ontology()
    assert not [name for name in class_names() if name not in ontology.nodes]
    mute = ~ontology.members(class_names()).any(0)
    assert mute.mean() < 0.06


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("Bark", {"Dog", "Animal"}),
        ("Helicopter", {"Aircraft", "Motors", "Vehicle"}),
        ("Police car (siren)", {"Siren", "Alarm", "Vehicle"}),
        ("Rain on surface", {"Rain", "Water sounds"}),
        ("Violin, fiddle", {"Musical instrument", "Music"}),
        ("Baby cry, infant cry", {"Human voice", "Human sounds"}),
    ],
)
def test_a_class_belongs_to_its_kinds(name: str, kinds: set[str]) -> None:
    above = sound_ontology().ancestors(name)
    assert kinds <= above and "Animal" not in above - kinds


def test_general_sentences_are_short_and_begin_like_sentences() -> None:
    sentences = [node.sentence for node in sound_ontology().spoken()]
    assert len(sentences) > 80
    for sentence in sentences:
        assert re.fullmatch(r"[A-Z][a-z]*(?: [a-z-]+){1,7}", sentence), sentence
        assert not re.match(r"A [aeiou]|An [^aeiou]", sentence), sentence


def test_what_is_wider_covers_more() -> None:
    ontology = sound_ontology()
    covers = dict(
        zip([n.name for n in ontology.spoken()], ontology.members(class_names()).sum(1), strict=True)
    )
    assert (
        covers["Dog"] < covers["Animal"] and covers["Guitar"] < covers["Musical instrument"] < covers["Music"]
    )


def test_a_circle_or_a_missing_parent_is_named() -> None:
    with pytest.raises(AssetError, match="circle at 'a'"):
        Ontology([Node("a", ("b",)), Node("b", ("a",))])
    with pytest.raises(AssetError, match="lacks 'b', the parent of 'a'"):
        Ontology([Node("a", ("b",))])
