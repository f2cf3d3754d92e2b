"""What is found, why, and what is not; against a plain search that weighs every event in full."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earwitness.archive import Archive, Filters, IndexOptions, SearchOptions
from earwitness.archive.finding.candidates import Candidates
from earwitness.archive.finding.query import Query, asked_for
from earwitness.archive.finding.search import nearness, weigh
from earwitness.archive.finding.times import since
from earwitness.archive.telling.output import written
from earwitness.common.errors import OptionError
from earwitness.encoders.background import Background
from tests.archive.conftest import AXES, NameCaptioner, WordEncoder, make_sound
from tests.reference.archive_search import plain_search


@pytest.fixture
def filled(archive: Archive, folder: Path, captioner: NameCaptioner) -> Archive:
    archive.index([folder], captioner=captioner)
    return archive


def names(hits: list) -> list[str]:
    return [Path(h.path).stem for h in hits]


@pytest.mark.parametrize("count", [2, 7, 50])
def test_events_that_were_heard_alike_are_equally_relevant(count: int) -> None:
    sound, asked = np.random.default_rng(3).normal(size=(2, 523)).astype(np.float32)
    alike = np.repeat((sound + asked)[None], count, 0)
    ones = np.ones(count, np.float32)
    found = Candidates(np.arange(count), alike, ones, ones, ones)
    query = Query("rain", None, asked, (), np.zeros((0, 523), np.float32))
    for options in (SearchOptions(feedback=0.0), SearchOptions()):
        assert len(set(weigh(found, query, options).tolist())) == 1


def test_words_and_sounds_are_found_and_why_is_told(filled: Archive) -> None:
    hits = filled.search("a dog barking")
    assert names(hits)[:2] == ["dog_barks", "dog_and_rain"]
    assert hits[0].relevance > hits[1].relevance > hits[2].relevance
    assert "says dog, barks" in hits[0].why and "heard Dog 0.60" in hits[0].why
    assert hits[0].text == "A dog barks" and (hits[0].start, hits[0].end) == (0.0, 1.0)


def test_what_is_not_wanted_is_left_out(filled: Archive) -> None:
    assert names(filled.search("dog", SearchOptions(without=["rain"])))[0] == "dog_barks"
    assert "dog_and_rain" not in names(filled.search("dog", SearchOptions(without=["rain"])))
    assert set(names(filled.search(None, SearchOptions(without=["rain", "bell"])))) == {
        "dog_barks", "bird_sings", "engine_idles",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "wanted", "unwanted"),
    [
        ("a dog far away, no traffic", "a dog far away", ("traffic",)),
        ("rain without any thunder.", "rain", ("thunder",)),
        ("Water, but NOT the sea, no wind", "Water", ("sea", "wind")),
        ("a crowd but no music and no speech", "a crowd", ("music", "speech")),
        ("without words", "without words", ()),
        ("a dog without", "a dog without", ()),
        ("a dog, without the", "a dog, without the", ()),
        ("nothing, notes of a piano", "nothing, notes of a piano", ()),
        ("knock at no door", "knock at no door", ()),
    ],
)
def test_a_query_says_at_its_end_what_is_not_wanted(query: str, wanted: str, unwanted: tuple) -> None:
    assert asked_for(query) == (wanted, unwanted)


def test_what_a_query_says_is_not_wanted_is_left_out(filled: Archive) -> None:
    assert "dog_and_rain" in names(filled.search("dog"))
    assert "dog_and_rain" not in names(filled.search("a dog, no rain"))


def test_the_sound_itself_comes_first_however_short_it_is(filled: Archive, tmp_path: Path) -> None:
    for name, seconds in (("bell", 0.2), ("bell_and_rain", 9.0)):
        make_sound(tmp_path / "more" / f"{name}.wav", seconds)
    filled.index([tmp_path / "more"], captioner=NameCaptioner())
    best = filled.search(like=tmp_path / "more" / "bell.wav")[0]
    assert best.score == pytest.approx(1.0, abs=1e-3) and best.text in ("A bell", "A bell rings")
    assert filled.search(like=tmp_path / "more" / "bell_and_rain.wav")[0].text == "A bell and rain"


def test_a_sound_finds_what_is_like_it(filled: Archive, folder: Path) -> None:
    assert names(filled.search(like=folder / "rain_falls.wav"))[:2] == ["rain_falls", "dog_and_rain"]
    both = filled.search("dog", like=folder / "rain_falls.wav")
    assert names(both)[0] == "dog_and_rain"
    event = filled.search("bell")[0].event
    assert event not in [h.event for h in filled.similar(event)]
    with pytest.raises(OptionError, match="no event 999"):
        filled.similar(999)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"path": "field/*"}, {"bird_sings", "engine_idles"}),
        ({"path": "field"}, {"bird_sings", "engine_idles"}),
        ({"path": "*/dog_*"}, {"dog_barks", "dog_and_rain"}),
        ({"path": "dog_barks.wav"}, {"dog_barks"}),
        ({"longer": 2}, {"long_crowd"}),
        ({"longer": 2, "shorter": 5}, set()),
        ({"shorter": 2, "path": "*[Bb]ell*"}, {"bell_rings"}),
        ({"min_confidence": 0.95}, set()),
    ],
)
def test_filters(
    filled: Archive, folder: Path, captioner: NameCaptioner, filters: dict, expected: set
) -> None:
    make_sound(folder / "long_crowd.wav", seconds=8)
    filled.index([folder], captioner=captioner)
    options = SearchOptions(filters=Filters(**filters))
    assert set(names(filled.search("dog", options))) == expected == set(names(filled.search(None, options)))


def test_files_changed_since(filled: Archive, folder: Path, captioner: NameCaptioner) -> None:
    for path in folder.rglob("*.wav"):
        os.utime(path, (time.time() - 1e6,) * 2)
    make_sound(folder / "crowd.wav")
    filled.index([folder], captioner=captioner)
    recent = SearchOptions(filters=Filters(since=datetime.now() - timedelta(days=1)))
    assert names(filled.search("dog", recent)) == ["crowd"]


def test_times_as_people_write_them() -> None:
    now = datetime(2024, 5, 10)
    assert since("3 days", now) == datetime(2024, 5, 7) and since("12h", now).hour == 12
    assert since("2024-05-01T10:00Z").tzinfo is not None
    with pytest.raises(OptionError, match="'yesterday' is no time"):
        since("yesterday")


def test_without_a_query_all_is_listed_in_order(filled: Archive) -> None:
    hits = filled.search()
    assert [h.path for h in hits] == sorted(h.path for h in hits) and len(hits) == 6


@pytest.mark.parametrize("query", ["", "   ", "\t"])
def test_an_empty_query_is_refused(filled: Archive, query: str) -> None:
    with pytest.raises(OptionError, match="at least one word"):
        filled.search(query)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=40).filter(str.strip))
def test_no_query_is_an_operator(filled: Archive, query: str) -> None:
    assert len(filled.search(query)) == 6
    filled.search("dog", SearchOptions(without=[query]))


@pytest.mark.parametrize("query", ["a dog", "rain and a bell", "engine"])
def test_the_order_is_that_of_the_plain_search(
    archive: Archive, captioner: NameCaptioner, tmp_path: Path, query: str
) -> None:
    rng = np.random.default_rng(3)
    for i in range(30):
        words = "_".join(rng.choice(AXES, size=rng.integers(1, 4), replace=False))
        make_sound(tmp_path / "s" / f"{words}_{i}.wav", seconds=float(rng.uniform(0.3, 4)))
    archive.index([tmp_path / "s"], captioner=captioner)
    options = SearchOptions(top=100)
    found = archive.search(query, options)
    plain = plain_search(archive.path, archive.encoder, query, options)
    position = {event: i for i, event in enumerate(plain)}
    # ties of rounding may change places with their neighbours
    assert max(abs(position[h.event] - i) for i, h in enumerate(found)) <= 1


def test_queries_are_placed_by_an_encoder_that_tells_them_from_captions(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    class Asked(WordEncoder):
        """Knows that a hound is a dog, which captions never say."""

        def embed_query(self, texts: Any) -> np.ndarray:
            return self.embed_text([t.replace("hound", "dog") for t in texts])

        def query_background(self) -> Background:
            return Background(np.eye(len(AXES), dtype=np.float32), np.array([0, 1], np.float32))

    archive.index([folder], captioner=captioner)
    assert names(archive.search("a hound"))[0] != "dog_barks"
    with Archive(archive.path, encoder=Asked()) as asked:
        hits = asked.search("a hound", SearchOptions(without=["rain"]))
    assert names(hits)[0] == "dog_barks" and "dog_and_rain" not in names(hits)
    assert hits[0].score == pytest.approx(1.0, abs=0.01)  # the background's percentile is the cosine


@pytest.mark.parametrize(
    ("relevance", "counts"), [((2.0, 1.8, 1.6, 0.1), (1, 0.5, 0, 0)), ((0.0, 0.0), (0, 0))]
)
def test_what_is_far_from_the_best_says_nothing_of_a_query(relevance: tuple, counts: tuple) -> None:
    np.testing.assert_allclose(nearness(np.array(relevance, np.float32)), counts, atol=1e-6)


def test_blocks_and_tail_give_what_rows_give(
    archive: Archive, captioner: NameCaptioner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import earwitness.archive.store.blocks as blocks
    from earwitness.archive.store.database import transaction

    monkeypatch.setattr(blocks, "BLOCK", 16)
    for i in range(50):
        make_sound(tmp_path / "s" / f"{AXES[i % 6]}_{i}.wav", seconds=1 + i % 3)
    archive.index([tmp_path / "s"], captioner=captioner)
    connection = archive._connection()
    counts = [part.count for part in blocks.parts(connection, 6)]
    assert counts == [16, 16, 16, 2] and all(isinstance(p, blocks.Block) for p in blocks.parts(connection, 6))
    sealed = names(archive.search("dog"))
    with transaction(connection):
        connection.execute("DELETE FROM blocks")
        connection.execute("DELETE FROM columns")
    assert [type(p).__name__ for p in blocks.parts(connection, 6)] == ["Tail"]
    assert names(archive.search("dog")) == sealed
    (tmp_path / "s" / "dog_0.wav").unlink()
    make_sound(tmp_path / "s" / "dog_6.wav", seconds=2, seed=1)
    archive.index([tmp_path / "s"], IndexOptions(prune=True), captioner=captioner)
    found = names(archive.search("dog", SearchOptions(top=9)))
    assert "dog_0" not in found and found.count("dog_6") == 1


def test_results_in_every_format(filled: Archive) -> None:
    hits = filled.search("dog", SearchOptions(top=2))
    rows = json.loads(written(hits, "json"))
    assert [r["text"] for r in rows] == [h.text for h in hits] and rows[0]["why"]
    assert [json.loads(x)["event"] for x in written(hits, "jsonl").splitlines()] == [h.event for h in hits]
    table = list(csv.DictReader(io.StringIO(written(hits, "csv").decode())))
    assert [r["path"] for r in table] == [h.path for h in hits] and float(table[0]["end"]) == 1.0
    playlist = written(hits, "m3u").decode().splitlines()
    assert playlist[0] == "#EXTM3U" and playlist[2] == "#EXTVLCOPT:start-time=0.000"
    assert [x for x in playlist if not x.startswith("#")] == [h.path for h in hits]
    assert "A dog barks" in written(hits, "text").decode()
    with pytest.raises(OptionError, match="text, json"):
        written(hits, "xml")
