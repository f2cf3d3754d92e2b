"""Addresses: never opened unasked, fetched where they were asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import earwitness
from earwitness.batch.places import is_address, place_of
from earwitness.batch.reading import fetch_one
from earwitness.cli.__main__ import main
from earwitness.common.errors import AudioError, OptionError
from tests.batch.helpers import folder


class Server:
    """A web server of a folder, and what it was asked for."""

    def __init__(self, root: Path) -> None:
        asked = self.asked = list[str]()

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, format: str, *words: Any) -> None:
                asked.append(self.path)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(folder(tmp_path_factory.mktemp("web"), 3, bad=[1]))
    yield made
    made.close()


def caption(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["caption", *words])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def test_nothing_is_opened_unasked(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"{server.address}/0000.wav"
    code, out, err = caption(capsys, address, "s3://bucket/a.wav")
    assert code == 1 and out == "" and f"{address} is an address" in err and "--remote" in err
    with pytest.raises(AudioError, match="no such file"):
        earwitness.caption(address)
    with pytest.raises(OptionError, match="is an address"):
        earwitness.caption_table([{"audio": address}], on_error="raise")
    assert server.asked == []


def test_what_is_asked_for_is_fetched_and_named_by_its_address(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    pytest.importorskip("pyarrow")
    pytest.importorskip("aiohttp")
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path))
    names = [f"{server.address}/{n:04d}.wav" for n in (0, 1, 2, 9)]
    code, out, err = caption(capsys, "--remote", "-f", "jsonl", *names)
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 1 and [row["path"] for row in found] == [names[0], names[2]]
    assert all(row["text"] for row in found)
    assert names[1] in err and names[3] in err and "2 of 4 sounds could not be captioned" in err
    code, _, _ = caption(capsys, "--remote", "-f", "csv", "-o", str(tmp_path / "o.csv"), names[0])
    assert code == 0 and names[0] in (tmp_path / "o.csv").read_text()


def test_large_objects_are_read_piece_by_piece(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    fsspec = pytest.importorskip("fsspec")
    monkeypatch.setattr("earwitness.batch.reading.WHOLE", 1000)
    store = fsspec.filesystem("memory")
    store.pipe("/sounds/a.wav", (Path(__file__).parents[2] / "examples" / "bell.wav").read_bytes())
    source = fetch_one("memory://sounds/a.wav", {}, {})
    assert source.name == "memory://sounds/a.wav" and not isinstance(source, bytes)
    here = earwitness.caption(Path(__file__).parents[2] / "examples" / "bell.wav")
    assert earwitness.caption(source).text == here.text


def test_a_store_lists_reads_and_writes_whole_files() -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("fsspec")
    place = place_of("memory://store")
    place.write("memory://store/out/a.txt", b"one")
    place.write("memory://store/out/deeper/b.txt", b"three")
    assert [(f.name, f.size) for f in place.walk("memory://store/out")] == [
        ("memory://store/out/a.txt", 3),
        ("memory://store/out/deeper/b.txt", 5),
    ]
    assert [f.name for f in place.glob("memory://store/out/*.txt")] == ["memory://store/out/a.txt"]
    assert place.names("memory://store/out") == {"a.txt"} and place.names("memory://store/no") == set()
    assert place.is_folder("memory://store/out") and not place.is_folder("memory://store/out/a.txt")
    place.remove("memory://store/out/a.txt")
    place.remove("memory://store/out/a.txt")
    assert place.size("memory://store/out/a.txt") == -1


@pytest.mark.parametrize("name", ["a.wav", "/a/b.wav", "C:/a.wav", "a://", "./https:/a", "-"])
def test_what_is_no_address(name: str) -> None:
    assert not is_address(name)
