"""An archive behind the page and the API."""

from __future__ import annotations

import io
from pathlib import Path

import soundfile

import tests.server.conftest  # noqa: F401 - skips where the extras are not there
from earwitness import load
from earwitness.archive import Archive
from earwitness.server.api.archive import FIELDS
from earwitness.server.app import create_app
from earwitness.server.settings import ServerSettings

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_an_archive_is_searched_and_heard(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    with Archive(tmp_path / "a.db", create=True) as archive:
        archive.index([EXAMPLES / "rooster.wav", EXAMPLES / "car.wav"])
    settings = ServerSettings(archive=tmp_path / "a.db", uploads=tmp_path / "up")
    with TestClient(create_app(load, settings), base_url="http://127.0.0.1") as client:
        hits = client.get("/v1/archive/search", params={"q": "a rooster crows", "top": 1}).json()["hits"]
        assert [Path(h["path"]).name for h in hits] == ["rooster.wav"] and hits[0]["why"]
        sound = client.get(f"/v1/archive/sounds/{hits[0]['event']}")
        samples, rate = soundfile.read(io.BytesIO(sound.content))
        assert abs(len(samples) / rate - (hits[0]["end"] - hits[0]["start"])) < 0.01
        assert client.get("/v1/archive/sounds/999").status_code == 404
        paths = client.get("/openapi.json").json()["paths"]
        example = paths["/v1/archive/search"]["get"]["responses"]["200"]["content"]["application/json"][
            "example"
        ]
        assert set(example["hits"][0]) == set(hits[0]) and "/v1/archive/sounds/{event}" in paths
        asked = {p["name"] for p in paths["/v1/archive/search"]["get"]["parameters"]}
        assert asked == set(FIELDS)
        for wrong in ({"top": "0.5"}, {"longer": "x"}, {"since": "soon"}, {"nothing": "1"}, {"top": "nan"}):
            assert client.get("/v1/archive/search", params=wrong).status_code == 422
        assert b'href="/archive">Archive<' in client.get("/").content
        assert "Search" in client.get("/archive").text


def test_without_one_there_is_no_such_page(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    with TestClient(
        create_app(load, ServerSettings(uploads=tmp_path)), base_url="http://127.0.0.1"
    ) as client:
        assert (
            client.get("/archive").status_code == 404 and client.get("/v1/archive/search").status_code == 404
        )
