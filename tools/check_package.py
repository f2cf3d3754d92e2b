"""Build the wheel and the sdist, check them, and caption a sound with the wheel outside of the checkout.

    python tools/check_package.py

Run by ``make package``, before a release. The sound is made here; nothing of the checkout is importable there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def noise(path: Path) -> None:
    """Two seconds that swell and fade, as a wav file."""
    import random

    draw = random.Random(0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        frames = (int(draw.uniform(-8000, 8000) * (1 - abs(i / 16000 - 1))) for i in range(32000))
        file.writeframes(b"".join(f.to_bytes(2, "little", signed=True) for f in frames))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT), cwd=folder)
        files = sorted((folder / "dist").iterdir())
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, files), cwd=folder)
        (wheel,) = (f for f in files if f.suffix == ".whl")
        venv.create(folder / "env", with_pip=True)
        python = folder / "env" / "bin" / "python"
        env = {**os.environ, "HOME": str(folder), "PYTHONPATH": ""}
        run(str(python), "-m", "pip", "install", "--quiet", str(wheel), cwd=folder, env=env)
        noise(folder / "swell.wav")
        said = run(str(folder / "env/bin/earwitness"), "caption", "swell.wav", cwd=folder, env=env)
        for file in files:
            print(f"{file.name}  {file.stat().st_size / 1e6:.1f} MB")
        print(f"installed outside the checkout, it says: {said.strip()}")


if __name__ == "__main__":
    main()
