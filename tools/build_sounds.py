"""Listen to the unlabelled sounds of a handful of Debian packages; write .cache/sounds.safetensors.

    python tools/build_sounds.py

Needs apt (it fetches, and installs nothing). Takes a few minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sources import CACHE, SOUND_PACKAGES, sound_folder

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from earwitness.training.embedded.sound_bank import SoundBank


def main() -> None:
    folders = [sound_folder(package) for package in SOUND_PACKAGES]
    bank = SoundBank.listen(folders, progress=lambda folder: print(f"heard {folder.name}", flush=True))
    bank.save(CACHE / "sounds.safetensors")
    print(f"{len(bank.vectors)} sounds, {len(bank.logits)} patches")


if __name__ == "__main__":
    main()
