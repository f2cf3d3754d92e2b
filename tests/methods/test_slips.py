"""Slips that a reader sees, kind by kind, and sentences that hold none."""

from __future__ import annotations

import pytest

from earwitness.methods.slips import mended, slips

SOUND = [
    "A dog barks and then a cat meows",
    "An adult and a person are speaking",
    "Pigeons coo and flap their wings",
    "A car is revving its engine",
    "Someone clears their throat and then coughs",
    "Car engines roar as they pass by",
    "Several vehicles honk their horns",
    "A helicopter engine idles as it passes by",
    "Someone strikes a tuning fork and it rings",
    "A sitar plays a slow melody",
    "Water trickles down",
    "A series of beeps is heard",
    "Glass breaks",
    "A cow moos and bleats",
    "A person talks and music plays",
    "A horse's hooves clop on the ground",
    "A person dishes out food",
    "A pair of footsteps",
]
SLIPPED = [
    ("A sitar plays a slow", "unfinished"),
    ("A thunderstorm is", "unfinished"),
    ("Crashing sounds are", "unfinished"),
    ("A man speaks with a", "unfinished"),
    ("Car engines roar as it passes by", "number"),
    ("A pigeon coos and flap their wings", "number"),
    ("A dog are barking", "number"),
    ("Several dogs is barking", "number"),
    ("Birds chirp and flaps their wings", "number"),
    ("A cow moos and bleat", "number"),
    ("A horse hooves as it runs", "number"),
    ("A woman dishes while a man speaks", "number"),
    ("A whoosh of a whoosh", "repeated"),
    ("An engine is idling and then it idles", "repeated"),
    ("An insect flies nearby as it flies by", "repeated"),
    ("Someone plays a spiite, dank", "unknown word"),
    ("The halfat of a watch", "unknown word"),
]
MENDED = [
    ("A siren whales", "A siren wails"),
    ("Sirens whale in the distance", "Sirens wail in the distance"),
    ("An emergency siren is whaling", "An emergency siren is wailing"),
    ("Whales sing", "Whales sing"),
    ("Steam kisses", "Steam hisses"),
    ("A person kisses a baby", "A person kisses a baby"),
    ("A door creeks", "A door creaks"),
    ("Metal scrapping against a surface", "Metal scraping against a surface"),
    ("A music is played", "Music is played"),
    ("A music box plays", "A music box plays"),
    ("A thunderstorm is followed by a thunder", "A thunderstorm is followed by thunder"),
    ("Ducks quack", "Ducks quack"),
    ("A duck is quaking", "A duck is quacking"),
]


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_sentence_has_no_slip(text: str) -> None:
    assert slips(text) == () and mended(text) == text


@pytest.mark.parametrize(("text", "kind"), SLIPPED)
def test_a_slip_is_told_by_its_kind(text: str, kind: str) -> None:
    assert kind in slips(text)


@pytest.mark.parametrize(("text", "meant"), MENDED)
def test_what_has_one_correction_is_put_right(text: str, meant: str) -> None:
    assert mended(text) == meant and mended(meant) == meant
