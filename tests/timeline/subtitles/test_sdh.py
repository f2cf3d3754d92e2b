"""Sound descriptions of every caption that the project has written, by the style's rules."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from earwitness.common.errors import OptionError
from earwitness.timeline.subtitles.clauses import clauses
from earwitness.timeline.subtitles.layout import fits, lines_of
from earwitness.timeline.subtitles.marks import MARKS, marks_of
from earwitness.timeline.subtitles.sdh import described
from earwitness.timeline.subtitles.verbs import SINGULAR, VERBS, participle, third_person

CAPTIONS = Path(__file__).parents[3] / "data" / "class-captions" / "captions.tsv"


@pytest.fixture(scope="module")
def captions() -> list[str]:
    with CAPTIONS.open(encoding="utf-8", newline="") as file:
        return [row["caption"] for row in csv.DictReader(file, delimiter="\t")]


@pytest.mark.parametrize(
    ("caption", "cue"),
    [
        ("A dog barks", "[dog barking]"),
        ("A dog is barking and growling", "[dog barking and growling]"),
        ("Dogs bark while a siren wails", "[dogs barking, siren wailing]"),
        ("Thunder rumbles in the distance", "[thunder rumbling in the distance]"),
        ("Jazz music plays", "[♪ jazz music playing]"),
        ("Harpsichord music", "[♪ harpsichord music playing]"),
        ("An acoustic guitar is played gently", "[♪ acoustic guitar playing gently]"),
        ("A group of men chants in unison", "[♪ group of men chanting in unison]"),
        ("Someone flushes the toilet and water swirls down", "[flushing the toilet and water swirling down]"),
        ("A number is dialed while a man talks nearby", "[number being dialed]"),
        ("A man speaks, followed by a door that slams", "[door slamming]"),
        ("A crowd talks in a stadium", "[crowd talking in a stadium]"),
        ("A woman laughs", "[woman laughing]"),
        ("A man screams as people run", "[man screaming, people running]"),
        ("A bird calls and water drips", "[bird calling and water dripping]"),
        ("Ropes and wood creak on a ship", "[ropes and wood creaking on a ship]"),
        ("Loud bellowing that echoes off the walls", "[loud bellowing echoing off the walls]"),
        ("Rain falls on the roof before a train starts moving", "[rain falling on the roof, train moving]"),
        ("Someone talks to a cat that answers with a meow", "[cat answering with a meow]"),
        ("Rock and roll plays as people clap", "[♪ rock and roll playing, people clapping]"),
    ],
)
def test_captions_become_descriptions(caption: str, cue: str) -> None:
    assert described(caption) == cue


@pytest.mark.parametrize(
    "caption",
    [
        "A man speaks",
        "A woman is talking",
        "Someone talks into a microphone",
        "Narration by a man",
        "",
        " . ",
    ],
)
def test_ordinary_speech_and_nothing_have_no_cue(caption: str) -> None:
    assert described(caption) is None


def test_every_caption_keeps_the_rules(captions: list[str]) -> None:
    assert len(captions) == 2605
    silent = []
    for caption in captions:
        cue = described(caption)
        if cue is None:
            silent.append(caption)
            continue
        assert cue.startswith("[") and cue.endswith("]") and cue == cue.lower(), cue
        assert fits(cue), cue
        inside = cue[1:-1].removeprefix("♪ ")
        assert inside and not re.match(r"(?:a (?!cap)|an |the |,|and )", inside), cue
        # who does something is left out where it is nobody in particular, and stays within a sentence
        assert not re.search(r"\b(?:is|are|was|were|_)\b|(?:^|, )someone |  |,,", inside), (caption, cue)
        assert not re.search(r"(?:,| (?:and|of|with|the|a))$", inside), (caption, cue)
    # they tell of speech, and of little else
    assert len(silent) < 60 and all(
        re.search(r"spe[ae]|talk|chat|tell|story|narrat|monolog|read|say|voice", c) for c in silent
    )


def test_verbs_stand_in_the_present_participle(captions: list[str]) -> None:
    cues = [(c, cue) for c in captions if (cue := described(c))]
    finite = [
        c
        for c, cue in cues
        if (m := re.match(r"\[(?:♪ )?\w+ (\w+)\b", cue)) and m[1] in SINGULAR and "ing" not in cue
    ]
    assert len(finite) <= 0.015 * len(cues), finite
    moving = [c for c, cue in cues if "ing" in cue]
    assert len(moving) >= 0.93 * len(cues)


def test_forms_of_verbs() -> None:
    assert all(participle(v).endswith("ing") for v in VERBS)
    assert len({third_person(v) for v in VERBS}) == len(VERBS)
    assert [participle(v) for v in ("chop", "clip-clop", "cheer", "quack", "shuffle", "cry", "rev")] == [
        "chopping", "clip-clopping", "cheering", "quacking", "shuffling", "crying", "revving",
    ]  # fmt: skip


def test_clauses_know_their_verbs() -> None:
    found = clauses("A dog barks, then two cats hiss while music plays")
    assert [c.verb for c in found] == ["bark", "hiss", "play"]


def test_long_captions_lose_what_they_say_last() -> None:
    long = (
        "A big dog barks at a very long passing freight train while "
        + "rain falls on the old tin roof and " * 4
        + "wind blows"
    )
    cue = described(long)
    assert cue is not None and cue.startswith("[big dog barking") and fits(cue)
    assert described("A " + "very " * 40 + "old bell rings") is not None


def test_marks_of_languages() -> None:
    assert described("A dog barks", marks_of("fr-CA")) == "(dog barking)"
    assert described("Jazz music plays", MARKS["de"]) == "*♪ jazz music playing*"
    with pytest.raises(OptionError, match="marks for 'tlh'"):
        marks_of("tlh")


def test_lines_break_where_words_end() -> None:
    for text in ("[dog barking]", "[" + "rain " * 15 + "]", "[" + "x" * 60 + "]"):
        assert " ".join(lines_of(text)) == " ".join(text.split())
    assert not fits("[" + "x" * 60 + "]")
