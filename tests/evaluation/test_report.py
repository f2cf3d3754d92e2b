"""The report in every format: complete, escaped, and in a real browser alive without a network."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import struct
import subprocess
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile

from earwitness.common.errors import OptionError
from earwitness.evaluation import BootstrapOptions, EvaluationOptions, evaluate
from earwitness.evaluation.evaluate import Score
from earwitness.evaluation.human import human_agreement
from earwitness.evaluation.published import published_rows
from earwitness.evaluation.report import Report, to_html, to_json, to_markdown, to_text, write_report
from earwitness.evaluation.report.charts import Mark, line
from earwitness.evaluation.report.clips import EXTREMES
from earwitness.evaluation.report.markup import table, tag
from earwitness.evaluation.report.spectrogram import HEIGHT, WIDTH, spectrogram_png

EVIL = "<script>document.title='run'</script> & \"quoted\" </style> a dog barks"
OPTIONS = EvaluationOptions(
    ("bleu", "rouge_l", "cider_d", "surface", "spice"), bootstrap=BootstrapOptions(20)
)

pytestmark = pytest.mark.usefixtures("no_java")


@pytest.fixture
def sounds(tmp_path):
    paths = {}
    for place in range(24):
        path = tmp_path / "sounds" / f"clip {place}#.wav"
        path.parent.mkdir(exist_ok=True)
        tone = 0.3 * np.sin(2 * np.pi * (200 + 100 * place) * np.arange(4000) / 8000)
        soundfile.write(path, tone, 8000)
        paths[f"clip {place}"] = path
    return paths


@pytest.fixture
def report(sounds) -> Report:
    references = {clip: (f"a dog barks {place} times", "barking") for place, clip in enumerate(sounds)}
    first = {clip: f"a dog barks {place} times"[: 3 + place] for place, clip in enumerate(sounds)}
    first["clip 3"] = EVIL
    second = dict.fromkeys(sounds, "a dog barks")
    del first["clip 5"]
    evaluations = (
        evaluate(
            first, references, OPTIONS, name="first <b>", sounds=sounds, failed={"clip 5": "it is <empty>"}
        ),
        evaluate(second, references, OPTIONS, name="second", sounds=sounds),
    )
    human = human_agreement(references, ("bleu", "rouge_l", "cider_d"), OPTIONS.bootstrap)
    return Report(evaluations, "dogs", human, published_rows("audiocaps"))


# --- the formats ------------------------------------------------------------------------------------


def test_every_format_names_every_score_and_every_reason(report) -> None:
    for written in (to_text(report), to_markdown(report), to_html(report)):
        for expected in (
            "BLEU-4",
            "CIDEr-D",
            "people",
            "ZerAuCap",
            "published",
            "SPICE",
            "pycocoevalcap",
            "clip 5",
        ):
            assert expected in written


def test_the_judge_of_a_match_is_named_wherever_it_is_shown(report) -> None:
    judged = Score("match", 0.5, items=(0.5,) * 24, judge="ears <1>")
    scores = {**report.main.scores, "match": judged}
    named = Report((dataclasses.replace(report.main, scores=scores),))
    assert "match (ears <1>)" in to_text(named) and "match (ears <1>)" in to_markdown(named)
    assert "match (ears &lt;1&gt;)" in to_html(named)
    assert json.loads(to_json(named))["evaluations"][0]["scores"]["match"]["judge"] == "ears <1>"


def test_json_is_strict_json_with_null_and_reason(report) -> None:
    told = json.loads(to_json(report), parse_constant=lambda name: pytest.fail(name))
    spice = told["evaluations"][0]["scores"]["spice"]
    assert (spice["value"], spice["low"]) == (None, None)
    assert "pycocoevalcap" in spice["reason"]
    assert told["evaluations"][0]["items"][3]["prediction"] == EVIL
    assert told["published"][1]["scores"]["cider_d"] == 0.281


def test_a_table_in_markdown_survives_bars_and_line_breaks_in_names() -> None:
    result = evaluate({"a": "x"}, {"a": ["x"]}, OPTIONS, name="one|two\nthree")
    rows = [line for line in to_markdown(Report((result,))).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}
    assert r"one\|two three" in rows[0]


def test_columns_of_text_are_aligned(report) -> None:
    header, *rows = to_text(report).split("\n\n")[1].splitlines()
    assert {len(row) for row in rows if row.startswith(("BLEU", "ROUGE", "CIDEr"))} == {len(header)}
    assert all(row[: header.index("first")].strip() for row in rows)


def test_a_report_of_nothing_is_refused() -> None:
    with pytest.raises(OptionError, match="at least one evaluation"):
        Report(())


def test_reports_are_written_whole_by_extension(report, tmp_path) -> None:
    for extension, start in ((".html", "<!doctype html>"), (".md", "## first"), (".json", "{")):
        path = tmp_path / f"out{extension}"
        write_report(report, path)
        assert path.read_text(encoding="utf-8").startswith(start)
    assert not list(tmp_path.glob("*.part"))


def test_published_numbers_are_those_of_the_sources() -> None:
    rows = {row.system: row.scores for row in published_rows("audiocaps")}
    assert rows["ZerAuCap"]["bleu_1"] == 0.448 and rows["ZerAuCap"]["spider"] == pytest.approx(0.183)
    assert rows["WavCaps"]["cider_d"] == pytest.approx(0.787)
    assert "bleu_4" not in rows["Audibility guidance"]
    assert published_rows("") == ()
    for row in published_rows("audiocaps") + published_rows("clotho"):
        if {"spider", "spice", "cider_d"} <= row.scores.keys():
            assert row.scores["spider"] == pytest.approx(
                (row.scores["spice"] + row.scores["cider_d"]) / 2, abs=2e-3
            )


# --- the page ---------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """Counts elements, keeps what they load, and checks that they close in order."""

    VOID = frozenset(["meta", "img", "input", "line", "circle", "path"])

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((name, dict(attributes)))
        if name not in self.VOID:
            self._open.append(name)

    def handle_endtag(self, name: str) -> None:
        if name not in self.VOID:
            assert self._open.pop() == name

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.seen if found == name]


def test_the_page_is_well_made_and_loads_nothing_from_elsewhere(report, tmp_path) -> None:
    page = to_html(report, tmp_path)
    found = Elements(page)
    loaded = [a["src"] for _, a in found.seen if a.get("src")]
    assert len(loaded) > 24
    assert all(source.startswith(("data:", "sounds/clip%20")) for source in loaded)
    assert not found.all("link") and len(found.all("script")) == len(found.all("style")) == 1
    assert "default-src 'none'" in found.all("meta")[1]["content"]
    assert "http" not in re.sub(r"http-equiv|data:[^\"]*", "", page)


def test_nothing_of_a_table_becomes_markup(report) -> None:
    page = to_html(report)
    assert EVIL not in page and "first <b>" not in page and "is <empty>" not in page
    assert page.count("&lt;script&gt;") >= 2
    assert "first &lt;b&gt;" in page and "it is &lt;empty&gt;" in page


def test_best_and_worst_clips_carry_their_sound_and_picture(report) -> None:
    page = to_html(report)
    found = Elements(page)
    assert len([a for a in found.all("img") if a["src"].startswith("data:image/png;base64,")]) == 2 * EXTREMES
    assert (
        len([a for a in found.all("audio") if a["src"].startswith("data:audio/wav;base64,")]) == 2 * EXTREMES
    )
    worst = page.partition("Worst clips")[2].partition("All clips")[0]
    assert "it is &lt;empty&gt;" in worst


def test_a_sound_that_cannot_be_read_is_a_note_and_not_the_end(report, sounds) -> None:
    for path in sounds.values():
        path.write_bytes(b"")
    assert to_html(report).count("is empty") == 2 * EXTREMES


def test_large_sounds_are_linked(report, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("earwitness.evaluation.report.sounds.EMBED_BYTES", 100)
    assert "data:audio" not in to_html(report, tmp_path)


def test_elements_escape_what_is_no_markup() -> None:
    assert tag("td", "<&>", title='"') == '<td title="&quot;">&lt;&amp;&gt;</td>'
    assert table(["", "<a>"], [["b", tag("td", "c", class_="x")]]) == (
        "<table><thead><tr><th></th><th>&lt;a&gt;</th></tr></thead>"
        '<tbody><tr><th>b</th><td class="x">c</td></tr></tbody></table>'
    )


def test_one_system_without_people_or_published_rows_is_a_page_too() -> None:
    result = evaluate({"a": "x"}, {"a": ["x"]}, EvaluationOptions(("spice",), bootstrap=BootstrapOptions(20)))
    assert result.scores["spice"] == Score("spice", None, reason=result.scores["spice"].reason)
    Elements(to_html(Report((result,))))


def test_scores_that_are_rounding_stand_at_zero_and_the_longest_at_the_end() -> None:
    def places(*values: float) -> list[str]:
        return re.findall(r'cx="([\d.]+)"', line("bleu_4", [Mark("x", "s0", value) for value in values]))

    assert places(4e-6, 1e-6) == ["8.1", "8.0"]
    assert places(0.25, 0.5) == ["160.0", "312.0"]


# --- the picture ------------------------------------------------------------------------------------


def pixels(data: bytes) -> np.ndarray:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    place, found = 8, {}
    while place < len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        (check,) = struct.unpack(">I", data[place + 8 + size : place + 12 + size])
        assert check == zlib.crc32(kind + body)
        found[kind] = body
        place += 12 + size
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), dtype=np.uint8).reshape(HEIGHT, WIDTH + 1)
    assert struct.unpack(">II", found[b"IHDR"][:8]) == (WIDTH, HEIGHT) and not rows[:, 0].any()
    return rows[:, 1:]


def test_a_tone_is_a_bright_line_where_it_belongs_and_higher_when_higher() -> None:
    seconds = np.arange(16000) / 16000
    low, high = (
        pixels(spectrogram_png((0.5 * np.sin(2 * np.pi * hertz * seconds)).astype(np.float32), 16000))
        for hertz in (500.0, 4000.0)
    )
    middle = slice(WIDTH // 4, 3 * WIDTH // 4)
    assert np.ptp(low[:, middle].argmax(axis=0)) <= 1
    assert low[:, WIDTH // 2].argmax() > high[:, WIDTH // 2].argmax() + 20


def test_a_sound_that_begins_late_is_dark_on_the_left() -> None:
    samples = np.zeros(16000, dtype=np.float32)
    samples[8000:] = np.random.default_rng(1).normal(0, 0.1, 8000)
    picture = pixels(spectrogram_png(samples, 16000))
    assert picture[:, : WIDTH // 3].max() == 0
    assert picture[:, -WIDTH // 3 :].mean() > 30


@pytest.mark.parametrize("count", [1, 7, 511])
def test_a_sound_of_few_samples_and_silence_have_a_picture(count) -> None:
    assert pixels(spectrogram_png(np.ones(count, dtype=np.float32), 8000)).shape == (HEIGHT, WIDTH)
    assert len(np.unique(pixels(spectrogram_png(np.zeros(count, dtype=np.float32), 8000)))) == 1


# --- in a browser -----------------------------------------------------------------------------------

DRIVER = """
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
window.addEventListener("load", async () => {
  const list = document.getElementById("list");
  const filter = document.getElementById("filter");
  const sort = document.getElementById("sort");
  const shown = () => Array.from(list.children).filter((card) => !card.hidden);
  const count = document.getElementById("count").textContent;
  const told = { title: document.title, all: shown().length, count };
  filter.value = "BARKS 7";
  filter.dispatchEvent(new Event("input"));
  told.filtered = shown().map((card) => card.querySelector("h3").textContent);
  filter.value = "";
  filter.dispatchEvent(new Event("input"));
  sort.value = "worst";
  sort.dispatchEvent(new Event("change"));
  told.worst = list.lastElementChild.dataset.rank;
  told.images = Array.from(document.images).every((image) => image.complete && image.naturalWidth > 0);
  const audio = document.querySelector("audio");
  audio.preload = "auto";
  audio.load();
  for (let turn = 0; turn < 50 && !(audio.duration > 0); turn += 1) await wait(20);
  told.seconds = audio.duration;
  document.body.setAttribute("data-told", JSON.stringify(told));
});
"""


@pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")),
    reason="no Chromium to open the page in",
)
def test_the_page_lives_in_a_browser(report, tmp_path, monkeypatch) -> None:
    monkeypatch.undo()  # programs may be looked for again
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    page = to_html(report, tmp_path).replace("</body>", f"<script>{DRIVER}</script></body>")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    quiet = "no-first-run disable-background-networking disable-component-update disable-sync"
    options = (
        f"headless no-sandbox disable-gpu {quiet} virtual-time-budget=4000 enable-logging=stderr dump-dom"
    )
    ran = subprocess.run(
        [
            browser,
            *(f"--{option}" for option in options.split()),
            f"--user-data-dir={tmp_path / 'profile'}",
            (tmp_path / "page.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "CONSOLE" not in ran.stderr, ran.stderr
    (body,) = [a for a in Elements(ran.stdout.replace("<!DOCTYPE html>", "")).all("body")]
    told = json.loads(body["data-told"])
    assert told["title"] == "first <b>, second · dogs"  # and not "run"
    assert (told["all"], told["count"]) == (24, "24 clips")
    assert told["filtered"] == ["clip 7", "clip 17"]
    assert told["worst"] == "0"
    assert told["images"] is True
    assert told["seconds"] == pytest.approx(0.5, abs=0.05)
