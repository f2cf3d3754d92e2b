"""The picture of a sound: well made, self-contained, and alive in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from earwitness.common.caption import Caption, Keyword
from earwitness.common.errors import OptionError
from earwitness.show import writer_for
from earwitness.show.drawing import clock, drawing, lanes_of
from earwitness.show.page import to_page, to_svg
from earwitness.show.portrait import Portrait, portrait
from earwitness.show.shrinking import Shrinking

RATE = 16000


class Tagger:
    axis_names = ("Dog", "Silence")
    patch_seconds = 0.48

    def patch_tags(self, clip: object) -> np.ndarray:
        return np.tile(np.array([[0.7, 0.1]], np.float32), (20, 1))

    window_tags = embed_tags = patch_tags


@pytest.fixture(scope="module")
def made() -> Portrait:
    rng = np.random.default_rng(1)
    sound = (rng.normal(0, 0.1, RATE * 12).clip(-1, 1).astype(np.float32), RATE)
    events = [
        Caption("a", 0, 12, "Rain <falls> & falls", 0.9, (Keyword("Rain", 0.8),), notes=("background",)),
        Caption("a", 2, 3, "A dog barks", 0.8, (Keyword("Dog", 0.7),)),
        Caption("a", 2.5, 4, "A cat meows", 0.8),
        Caption("a", 5, 6, "", 0.0, notes=("silent",)),
    ]
    return portrait(sound, "night & day.wav", events, Tagger(), RATE)


def test_what_is_gathered(made: Portrait) -> None:
    assert made.seconds == pytest.approx(12.0) and [c.name for c in made.curves] == ["Dog"]
    assert made.levels.shape[1] == len(made.peaks) == 600 and float(made.levels.max()) == 0.0
    assert len(made.said) == 3 and made.sound[:2] in (b"ID", b"\xff\xfb", b"\xff\xf3")


def test_no_event_covers_another(made: Portrait) -> None:
    assert [(lane, e.text[:5]) for lane, e in lanes_of(made.said)] == [
        (2, "Rain "),
        (0, "A dog"),
        (1, "A cat"),
    ]


def test_svg_is_well_formed_and_shows_every_event(made: Portrait) -> None:
    root = ElementTree.fromstring(to_svg(made))
    said = " ".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}title"))
    assert all(e.text in said for e in made.said)
    assert "<script" not in to_svg(made)


def test_page_needs_nothing_else(made: Portrait) -> None:
    page = to_page(made)
    assert not re.search(r"""(?:src|href)="(?!data:)""", page) and "<falls>" not in page
    assert "default-src 'none'" in page and "audio/mpeg" in page


def test_pictures_are_written(made: Portrait, tmp_path: Path) -> None:
    for name, head in (("a.html", b"<!doctype"), ("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
        writer_for(name)(made, tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(head)
    with pytest.raises(OptionError, match=r"\.html, \.svg or \.png"):
        writer_for("a.pdf")


def test_an_empty_picture_can_be_drawn() -> None:
    one = portrait((np.zeros(100, np.float32), RATE), "nothing", [], None, RATE)
    assert "nothing" in drawing(one) and "Nothing was heard" in to_page(one)


def test_rows_shrink_to_the_greatest_of_each_stretch(rng: np.random.Generator) -> None:
    whole, rows = np.zeros((0, 2), np.float32), Shrinking(16)
    for _ in range(60):
        new = rng.random((int(rng.integers(0, 30)), 2)).astype(np.float32)
        whole = np.concatenate([whole, new])
        rows.push(new)
        got, each = rows.rows(), rows.each
        assert len(got) <= 17
        plain = [whole[i : i + each].max(0) for i in range(0, len(whole), each)]
        assert np.array_equal(got, np.array(plain, np.float32).reshape(got.shape))


def test_clock() -> None:
    assert [clock(0), clock(59.96), clock(3599.99), clock(60, False)] == [
        "0:00.0",
        "1:00.0",
        "1:00:00.0",
        "1:00",
    ]


def test_the_page_lives_in_a_browser(made: Portrait, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium is installed")
    page = tmp_path / "a.html"
    # a click into the middle of the picture, as a person would make it
    click = (
        "<script>addEventListener('load',()=>{const s=document.querySelector('#picture svg');"
        "const r=s.getBoundingClientRect();s.dispatchEvent(new MouseEvent('click',"
        "{clientX:r.left+64+(r.width-80)*2.6/12,clientY:r.top+100,bubbles:true}))})</script>"
    )
    page.write_text(to_page(made).replace("</body>", click + "</body>"), encoding="utf-8")
    arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1300,800",
        f"--user-data-dir={tmp_path}/u",
    ]
    shot = tmp_path / "a.png"
    try:
        dom = subprocess.run(
            [browser, *arguments, "--dump-dom", page.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        subprocess.run(
            [browser, *arguments, f"--screenshot={shot}", page.as_uri()],
            capture_output=True,
            timeout=120,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        pytest.skip(f"Chromium does not run here: {type(error).__name__}")
    cursor = re.search(r'id="cursor"[^>]*x1="([\d.]+)"', dom.stdout) or re.search(
        r'x1="([\d.]+)"[^>]*id="cursor"', dom.stdout
    )
    assert cursor and float(cursor[1]) == pytest.approx(64 + 1120 * 2.6 / 12, abs=6)
    # the row and the bar of what sounds then are marked
    assert len(re.findall(r'class="event now"', dom.stdout)) == 2 and dom.stdout.count('class="now"') == 3
    assert shot.stat().st_size > 10_000
