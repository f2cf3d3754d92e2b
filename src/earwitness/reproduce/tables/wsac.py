"""WSAC: decoders trained on text alone, by what stood in for sounds, and three ways to decode."""

from __future__ import annotations

from itertools import product

from earwitness.reproduce.row import Row, Set, Table, Training

SETS: tuple[Set, Set] = ("audiocaps", "clotho")
# noise injection, embedding shift, both: the paper's section 3.2
VARIANTS = ((True, False, "noise"), (False, True, "shift"), (True, True, "noise + shift"))
# audio, nearest-neighbour and projection decoding: section 3.3
BRIDGES = (("audio", "AD"), ("nearest", "NND"), ("projection", "PD"))


def _rows() -> tuple[Row, ...]:
    own = [
        Row(f"{told}, {short}", data, "wsac-paper", {"bridge": bridge}, training=Training(data, "wsac", *how))
        for data, (*how, told), (bridge, short) in product(SETS, VARIANTS, BRIDGES)
    ]
    cross = [
        Row(
            f"trained on {source}, {short}", data, "wsac-paper", {"bridge": bridge}, training=Training(source)
        )
        for source, data in (SETS, SETS[::-1])
        for bridge, short in BRIDGES
    ]
    return tuple(own + cross)


WSAC = Table(
    "wsac",
    "Kouzelis and Katsouros 2023, arXiv 2309.12242",
    "AudioCaps and Clotho, trained on either; noise and shift; audio, nearest-neighbour and projection.",
    _rows(),
    memory=8,
    hours=40,
    left_out="Published scores stand beside no row: the paper's tables could not be read here.",
)
