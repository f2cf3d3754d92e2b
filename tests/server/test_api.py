"""What is asked by HTTP, and how it is answered."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.server.conftest import FakeMethod, multipart, sound

CAPTIONS = "/v1/audio/captions"


def test_a_multipart_sound_gets_its_caption(client: TestClient) -> None:
    answer = client.post(CAPTIONS, **multipart(sound(1.0), name="../../dog.wav"))
    assert answer.status_code == 200
    body = answer.json()
    assert body["text"] == "A <b>dog</b> barks"
    assert body["captions"][0]["path"] == "dog.wav"
    assert (body["captions"][0]["start"], body["captions"][0]["end"]) == (0.0, 1.0)
    assert "alternatives" not in body["captions"][0]


def test_what_openais_clients_send_is_understood(client: TestClient) -> None:
    fields = {"model": "whisper-1", "language": "en", "prompt": "p", "temperature": "0", "response_format": "verbose_json",
              "timestamp_granularities[]": "segment"}  # fmt: skip
    body = client.post(CAPTIONS, **multipart(sound(1.0), **fields)).json()
    assert {"task", "language", "duration", "text", "segments"} <= set(body)
    assert body["segments"][0]["id"] == 0 and body["segments"][0]["end"] == body["duration"] == 1.0


def test_a_raw_body_takes_its_options_from_the_address(client: TestClient) -> None:
    answer = client.post(
        f"{CAPTIONS}?top=2&name=bark.flac",
        content=sound(1.0, format="FLAC"),
        headers={"content-type": "audio/flac"},
    )
    caption = answer.json()["captions"][0]
    assert caption["path"] == "bark.flac" and len(caption["alternatives"]) == 2


def test_options_have_their_names_from_python(client: TestClient) -> None:
    body = client.post(CAPTIONS, **multipart(sound(4.0), segments="2", top="3", keywords="2")).json()
    # the two segments say the same, so they are one
    assert [(c["start"], c["end"]) for c in body["captions"]] == [(0.0, 4.0)]
    assert len(body["captions"][0]["alternatives"]) == 3 and len(body["captions"][0]["keywords"]) == 2


@pytest.mark.parametrize(
    ("format", "kind", "text"),
    [
        ("text", "text/plain", "A <b>dog</b> barks\n"),
        ("srt", "application/x-subrip", "1\n00:00:00,000 --> 00:00:01,000\nA <b>dog</b> barks\n\n"),
        ("vtt", "text/vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nA &lt;b&gt;dog&lt;/b&gt; barks\n"),
    ],
)  # fmt: skip
def test_formats(client: TestClient, format: str, kind: str, text: str) -> None:
    answer = client.post(CAPTIONS, **multipart(sound(1.0), response_format=format))
    assert answer.headers["content-type"].startswith(kind)
    assert answer.text == text


def test_csv_is_the_command_lines(client: TestClient) -> None:
    rows = list(
        csv.DictReader(io.StringIO(client.post(CAPTIONS, **multipart(sound(), response_format="csv")).text))
    )
    assert rows[0]["path"] == "dog.wav" and rows[0]["text"] == "A <b>dog</b> barks"


def test_events_and_sound_descriptions(client: TestClient) -> None:
    quiet, loud = sound(3.0, level=0.0), sound(3.0)
    import numpy as np
    import soundfile

    parts = [soundfile.read(io.BytesIO(data))[0] for data in (quiet, loud, quiet)]
    file = io.BytesIO()
    soundfile.write(file, np.concatenate(parts), 8000, format="WAV")
    body = client.post(CAPTIONS, **multipart(file.getvalue(), events="true", min_event="1")).json()
    assert [c["text"] for c in body["captions"] if c["text"]] and len(body["captions"]) >= 1
    told = client.post(CAPTIONS, **multipart(sound(4.0), response_format="vtt", style="sdh"))
    assert told.status_code == 200 and told.text.startswith("WEBVTT")


def test_silence_is_never_given_a_sentence(client: TestClient) -> None:
    body = client.post(CAPTIONS, **multipart(sound(1.0, level=0.0))).json()
    assert body["text"] == "" and body["captions"][0]["notes"] == ["silent"]
    assert (
        client.post(CAPTIONS, **multipart(sound(1.0, level=0.0), response_format="text")).text
        == "(silence)\n"
    )


def test_match_and_keywords(client: TestClient) -> None:
    answer = client.post("/v1/audio/match", **multipart(sound(), text=["a dog", "rain", "an aardvark"]))
    matches = answer.json()["matches"]
    assert sorted(m["text"] for m in matches) == ["a dog", "an aardvark", "rain"]
    assert matches == sorted(matches, key=lambda m: -m["cosine"])
    listed = client.post(
        "/v1/audio/match", **multipart(sound(), sentences=json.dumps(["a dog", "rain", "an aardvark"]))
    )
    assert listed.json() == answer.json()
    names = client.post("/v1/audio/keywords", **multipart(sound(), top="4")).json()["keywords"]
    assert len(names) == 4 and {"keyword", "cosine"} == set(names[0])


def test_status(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    model = client.get("/v1/models").json()["data"][0]
    assert model["object"] == "model" and model["encoder"] == "fake"


def test_metrics_count_what_happened(client: TestClient) -> None:
    client.post(CAPTIONS, **multipart(sound(2.0)))
    client.post(CAPTIONS, **multipart(b""))
    client.get("/nowhere-1")
    client.get("/nowhere-2")
    text = client.get("/metrics").text
    assert 'earwitness_requests_total{route="/v1/audio/captions",status="200"} 1' in text
    assert 'earwitness_requests_total{route="/v1/audio/captions",status="422"} 1' in text
    assert 'earwitness_requests_total{route="none",status="404"} 2' in text  # not a line for every address
    assert "earwitness_captions_total 1" in text and "earwitness_sound_seconds_total 2" in text
    assert 'earwitness_request_seconds_count{route="/v1/audio/captions"} 2' in text


def test_a_model_that_cannot_be_loaded_is_said_where_readiness_is_asked(
    method: FakeMethod, tmp_path: Any
) -> None:
    from earwitness.common.errors import AssetError
    from earwitness.server.app import create_app
    from earwitness.server.settings import ServerSettings

    def fails() -> Any:
        raise AssetError("/secret/place is missing")

    app = create_app(fails, ServerSettings(uploads=tmp_path))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        app.state.service.worker.ready.wait(10)
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        answer = client.post(CAPTIONS, **multipart(sound()))
        assert answer.status_code == 503 and "secret" not in answer.text


def test_the_page_and_its_parts_come_from_the_server_itself(client: TestClient) -> None:
    import re

    for address in ("/", "/docs"):
        page = client.get(address)
        assert page.headers["content-type"].startswith("text/html")
        assert "script-src 'self'" in page.headers["content-security-policy"]
        # what is hidden is shown where the server was given an archive, and is there then
        shown = re.sub(r"<a [^>]*\bhidden\b[^>]*>", "", page.text)
        links = re.findall(r'(?:src|href)="([^"#]+)"', shown)
        assert links and all(link.startswith("/") for link in links)
        assert all(client.get(link).status_code == 200 for link in links)
    tag = client.get("/static/app.js").headers["etag"]
    assert client.get("/static/app.js", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize("name", ["..%2f..%2fapp.py", "%2e%2e/run.py", "routes.py", "%00", "app.js/"])
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}", follow_redirects=False).status_code == 404


def test_openapi_lists_every_route_and_its_examples_are_true(client: TestClient) -> None:
    from starlette.routing import Route

    document = client.get("/openapi.json").json()
    app: Any = client.app
    routes = {r.path for r in app.routes if isinstance(r, Route)} - {
        "/",
        "/docs",
        "/openapi.json",
        "/static/{name}",
    }
    assert set(document["paths"]) == routes
    example = document["components"]["schemas"]["Caption"]["example"]
    assert set(example) <= set(document["components"]["schemas"]["Caption"]["properties"])
    answer = client.post(CAPTIONS, **multipart(sound())).json()
    assert set(answer["captions"][0]) == set(example)


def test_every_option_of_captions_is_an_option_here(client: TestClient) -> None:
    from dataclasses import fields

    from earwitness.captioning.options import CaptionOptions

    paths = client.get("/openapi.json").json()["paths"]
    form = paths[CAPTIONS]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert {f.name for f in fields(CaptionOptions)} - {"limits", "embeddings"} <= set(form)


def test_a_busy_server_says_when_to_come_back(make: Callable[..., TestClient], method: FakeMethod) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = make(queue=2, deadline_seconds=20)
    method.gate.clear()
    with ThreadPoolExecutor(12) as pool:
        answers = [
            pool.submit(client.post, CAPTIONS, **multipart(sound(), top=str(1 + i % 3))) for i in range(12)
        ]
        while sum(a.done() for a in answers) < 6:
            pass
        refused = next(a.result() for a in answers if a.done())
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
        assert refused.json()["code"] == "too_busy"
        method.gate.set()
        assert {a.result().status_code for a in answers} == {200, 429}


def test_an_answer_that_takes_too_long_is_given_up(
    make: Callable[..., TestClient], method: FakeMethod
) -> None:
    client = make(deadline_seconds=0.3)
    method.gate.clear()
    answer = client.post(CAPTIONS, **multipart(sound()))
    assert answer.status_code == 504 and answer.json()["code"] == "deadline"
    method.gate.set()
    assert client.post(CAPTIONS, **multipart(sound())).status_code == 200


def test_the_loop_is_free_while_the_model_works(client: TestClient, method: FakeMethod) -> None:
    import time
    from concurrent.futures import ThreadPoolExecutor

    method.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(client.post, CAPTIONS, **multipart(sound()))
        began = time.perf_counter()
        for _ in range(20):
            assert client.get("/healthz").status_code == 200
        assert not slow.done() and time.perf_counter() - began < 10
        method.gate.set()
        assert slow.result().status_code == 200
