"""Take the pictures of the book from the real pages: ``make pictures``.

    python tools/book/pictures.py [FOLDER]

The example sounds are dropped on the page of ``earwitness serve``, an archive of them is searched, and a recording is
drawn by ``earwitness show``; headless Chromium looks. FOLDER is docs/pictures unless given. Needs the extra serve,
Chromium, node, and ``npm install`` in tests/server/browser, as the page's own tests do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.pages.shelf import fill

SOUNDS = ("bell.wav", "kitten.wav", "trumpet.wav")


def chromium() -> str:
    """Where the browser is; leaves with a sentence where it is not."""
    found = next(
        (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
    )
    if found is None or shutil.which("node") is None:
        sys.exit("pictures need Chromium and node.")
    return found


def main() -> None:
    pictures = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "pictures").resolve()
    pictures.mkdir(exist_ok=True)
    browser = chromium()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "EARWITNESS_CACHE": str(folder / ".cache")}
        program = [sys.executable, "-m", "earwitness"]
        run = {"cwd": folder, "env": env, "check": True}
        subprocess.run([*program, "index", "recordings", "evening.flac", "--archive", "sounds.db"], **run)
        subprocess.run([*program, "show", "evening.flac", "-o", "evening.html"], **run)
        with (folder / "log").open("w+b") as log:
            serve = [*program, "serve", "--port", "0", "--archive", "sounds.db"]
            server = subprocess.Popen(serve, cwd=folder, env=env, stderr=log)
            try:
                address = listening(folder / "log", server)
                look = [
                    "node",
                    str(Path(__file__).with_name("pictures.mjs")),
                    browser,
                    address,
                    str(folder / "evening.html"),
                ]
                subprocess.run(
                    [*look, str(pictures), *(str(folder / s) for s in SOUNDS)], check=True, timeout=300
                )
            finally:
                server.terminate()
                server.wait(60)


def listening(log: Path, server: subprocess.Popen[bytes]) -> str:
    """The address that the server says it has, once it has one."""
    for _ in range(600):
        found = re.search(rb"http://\S+/", log.read_bytes())
        if found:
            return found[0].decode()
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"the server did not start: {log.read_text()}")


if __name__ == "__main__":
    main()
