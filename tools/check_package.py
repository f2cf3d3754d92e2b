"""Build the wheel and the sdist, check them, and do with the wheel what a stranger would do first.

    python tools/check_package.py [FOLDER]

Run by ``make package`` before a release, and by tests/package/. The wheel is built from the sdist, so what the sdist
lacks is missed. Then the README's first block is copied as it is into an empty environment: a new venv, a new HOME, a
folder with four sounds, nothing of the checkout. With FOLDER the two files are left there, to be uploaded.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 95e6  # bytes; the package index takes files of 100 MB
SOUNDS = ("bell.wav", "horse.wav", "kitten.wav", "trumpet.wav")
# of what is installed for a few seconds, what is imported is compiled, and no more
PIP = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_COMPILE": "0"}


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def version() -> str:
    """The version, which one file states; leaves where a page, or the commit's tag, says another."""
    stated = re.search(r'__version__ = "(.+)"', (ROOT / "src/earwitness/common/version.py").read_text())[1]  # type: ignore[index]
    places = {
        "CITATION.cff": rf"^version: {re.escape(stated)}$",
        "CHANGELOG.md": rf"^## {re.escape(stated)} \(",
    }
    for name, pattern in places.items():
        if not re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE):
            sys.exit(f"{name} does not say {stated}, which src/earwitness/common/version.py says.")
    tags = ["git", "tag", "--points-at", "HEAD", "--list", "v*"]
    found = (
        subprocess.run(tags, cwd=ROOT, capture_output=True, text=True).stdout.split()
        if shutil.which("git")
        else []
    )
    if found and f"v{stated}" not in found:
        sys.exit(f"this commit is tagged {', '.join(found)}, but the version is {stated}.")
    return stated


def build(folder: Path, stated: str) -> tuple[Path, Path]:
    """The sdist, and the wheel made from it, checked."""
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    run(*command, cwd=folder.parent, env={**os.environ, **PIP})
    sdist, wheel = folder / f"earwitness-{stated}.tar.gz", folder / f"earwitness-{stated}-py3-none-any.whl"
    run(sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel), cwd=folder)
    for file in (sdist, wheel):
        if file.stat().st_size > LARGEST:
            sys.exit(
                f"{file.name} has {file.stat().st_size / 1e6:.0f} MB; {LARGEST / 1e6:.0f} MB is the most."
            )
    names = zipfile.ZipFile(wheel).namelist()
    strange = [n for n in names if not n.startswith(("earwitness/", f"earwitness-{stated}.dist-info/"))]
    missing = [n for n in ("earwitness/py.typed", "earwitness/assets/yamnet.onnx") if n not in names]
    if strange or missing:
        sys.exit(f"the wheel holds {strange}, and lacks {missing}.")
    return sdist, wheel


def first_blocks() -> tuple[str, list[str]]:
    """What the README says to type first, and the lines that it says come out."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    typed, shown = re.findall(r"^```(?:bash|text)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[:2]
    return typed, shown.splitlines()


def stranger(folder: Path, dist: Path) -> str:
    """Type the README's first block on a machine that has nothing; what it says."""
    home = folder / "home"
    (home / "recordings").mkdir(parents=True)
    for name in SOUNDS:
        shutil.copy(ROOT / "examples" / name, home / "recordings")
    venv.create(folder / "env", with_pip=True)
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("PYTHON", "EARWITNESS", "XDG", "HF_", "VIRTUAL"))
    }
    env = {**kept, "HOME": str(home), "PATH": f"{folder / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    env |= {"PIP_FIND_LINKS": str(dist), "PIP_QUIET": "2", **PIP}
    typed, shown = first_blocks()
    said = run("bash", "-euo", "pipefail", "-c", typed, cwd=home, env=env)
    sentences = [line.split("  ")[-1] for line in said.splitlines() if line.startswith("recordings/")]
    if sentences != [line.split("  ")[-1] for line in shown]:
        sys.exit(f"the README shows\n{chr(10).join(shown)}\nwhere an empty environment says\n{said}")
    place = run("python", "-c", "import earwitness; print(earwitness.__file__)", cwd=home, env=env).strip()
    if not Path(place).resolve().is_relative_to((folder / "env").resolve()):
        sys.exit(f"what was run is {place}, not what was installed.")
    return said


def main() -> None:
    stated = version()
    print(f"building {stated} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sdist, wheel = build(folder / "dist", stated)
        print("installing it where nothing is …", file=sys.stderr, flush=True)
        said = stranger(folder, folder / "dist")
        for file in (wheel, sdist):
            print(f"{file.name}  {file.stat().st_size / 1e6:.1f} MB")
        print(f"in an empty environment the README's first block says:\n{said.strip()}")
        if len(sys.argv) > 1:
            out = Path(sys.argv[1])
            out.mkdir(parents=True, exist_ok=True)
            for file in (wheel, sdist):
                shutil.copy(file, out)


if __name__ == "__main__":
    main()
