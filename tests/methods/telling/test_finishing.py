"""What guided methods wrote, completed and put in order; as it was where nothing more is known of a sound."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from earwitness.common.caption import Alternative
from earwitness.encoders.base import normalise
from earwitness.encoders.tags.encoder import TagEncoder, class_names
from earwitness.methods.base import Written
from earwitness.methods.telling.finishing import Finishing
from earwitness.methods.telling.order import CHANGES

ENCODER = TagEncoder()
BACKGROUND = ENCODER.background()


def finishing(**options: Any) -> Finishing:
    asked = {"also": 2, "ordered": True, "explain": False, **options}
    return Finishing.of(ENCODER, BACKGROUND, **asked)


def heard(**probabilities: float) -> np.ndarray:
    row = np.zeros(len(class_names()), np.float32)
    for name, probability in probabilities.items():
        row[class_names().index(name)] = probability
    return row


def said(*texts: str) -> Written:
    return Written(tuple(Alternative(text, 0.5) for text in texts))


def views(*thirds: str) -> np.ndarray:
    rows = ENCODER.embed_text([" and ".join(thirds), thirds[0], *thirds])
    return rows[None]


def of_an_end(vectors: np.ndarray, _: Any, surest: Any, brief: np.ndarray) -> list[Written]:
    """A method that is asked again: what it hears of three sounds, and nothing is to be added to that."""
    assert vectors.ndim == 2 and brief.all() and len(brief) == len(vectors) == len(surest)
    known = ["A clock ticks", "Rain falls", "A dog barks"]
    return [said(known[int(best)]) for best in (vectors @ ENCODER.embed_text(known).T).argmax(1)]


def never(*_: Any) -> list[Written]:
    raise AssertionError("nothing changes here")


SOUND = views("a clock ticks", "a clock ticks", "rain falls")
BIRDS = heard(Bird=0.9)[None]


def test_what_is_left_out_is_added_and_what_came_first_is_said_first() -> None:
    steady = SOUND.copy()
    dog = ENCODER.embed_text(["a dog barks"])[0]
    steady[0, 2:] = normalise(steady[0, 2:] + 1.2 * dog)  # and all along a dog
    assert steady[0, 2] @ steady[0, 4] > CHANGES
    written = said("Rain falls as a clock ticks", "A bell rings")
    [done] = finishing().finished([written], steady, BIRDS, None, never)
    assert [s.text for s in done.sentences] == [
        "A clock ticks and birds chirp, then rain falls",
        "A bell rings as birds chirp",
    ]


def test_a_sound_that_changes_is_told_in_turn() -> None:
    [done] = finishing().finished([said("A clock and rain")], SOUND, BIRDS, None, of_an_end)
    assert [s.text for s in done.sentences] == [
        "A clock ticks, then rain falls",
        "A clock as birds chirp, then rain",
    ]
    short = np.array([True])
    [done] = finishing().finished([said("A clock and rain")], SOUND, BIRDS, short, never)
    assert [s.text for s in done.sentences] == ["A clock, then rain"]


def test_each_text_has_its_own_fit_and_stands_once() -> None:
    written = said("A bell rings", "A bell rings as birds chirp")
    [done] = finishing(ordered=False).finished([written], SOUND, BIRDS, None, of_an_end)
    assert [s.text for s in done.sentences] == ["A bell rings as birds chirp"]
    cosine = ENCODER.embed_text(["A bell rings as birds chirp"])[0] @ SOUND[0, 0]
    assert done.sentences[0].fit == pytest.approx(float(BACKGROUND.percentile(cosine)))


@pytest.mark.parametrize(
    ("vectors", "surest", "brief"),
    [
        (SOUND[:, 0], None, None),  # a sound that is known as one vector
        (SOUND[:, 0], BIRDS, np.array([True])),  # too short to have anything beside
        (SOUND[:, 0], heard(Bird=0.01)[None], None),
    ],
)
def test_a_sentence_stays_where_nothing_more_is_known(vectors: Any, surest: Any, brief: Any) -> None:
    written = said("Rain falls as a clock ticks")
    assert finishing().finished([written], vectors, surest, brief, never) == [written]
    assert finishing().finished([Written(())], vectors, surest, brief, never) == [Written(())]


def test_nothing_is_read_that_nothing_is_done_with() -> None:
    assert finishing().reads_views
    assert not finishing(also=0, ordered=False).reads_views
    other: Any = SimpleNamespace(name="other", dim=3)  # hears no moments
    assert not Finishing.of(other, None, also=2, ordered=True, explain=False).reads_views
    written = said("Rain falls")
    lone = np.ones((1, 3), np.float32)
    assert Finishing.of(other, None, also=2, ordered=True, explain=False).finished(
        [written], lone, None, None, never
    ) == [written]


def test_the_explanation_goes_on_with_what_was_made_of_a_sentence() -> None:
    step = {"step": 0, "chosen": "A", "candidates": []}
    written = replace(said("A bell rings"), trace=(step,))
    [done] = finishing(explain=True, ordered=False).finished([written], SOUND, BIRDS, None, of_an_end)
    assert done.trace[0] == step and done.trace[1]["step"] == 1
    assert done.trace[1]["chosen"] == done.sentences[0].text == "A bell rings as birds chirp"
    assert [row["text"] for row in done.trace[1]["candidates"]] == ["A bell rings as birds chirp"]


def test_sounds_do_not_depend_on_those_beside_them() -> None:
    both = np.concatenate([SOUND, views("a dog barks", "a dog barks", "a dog barks")])
    written = [said("Rain falls as a clock ticks"), said("A dog barks")]
    surest = np.concatenate([BIRDS, heard(Wind=0.9)[None]])
    brief = np.array([False, True])
    together = finishing().finished(written, both, surest, brief, of_an_end)
    assert together[1] == written[1]
    alone = [
        finishing().finished(
            written[i : i + 1], both[i : i + 1], surest[i : i + 1], brief[i : i + 1], of_an_end
        )
        for i in (0, 1)
    ]
    assert together == [one for some in alone for one in some]
