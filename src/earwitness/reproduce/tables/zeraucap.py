"""ZerAuCap's test rows and its component ablation (Salewski et al. 2023, tables 1 and 2)."""

from __future__ import annotations

from typing import Any

from earwitness.reproduce.row import Row, Set, Table, scores

NINE = ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "meteor", "rouge_l", "cider_d", "spice", "spider")
TEN = ("nlg_mean", *NINE)
LAION: dict[str, Any] = {"encoder": "clap:laion/clap-htsat-fused"}
# the published list of ChatGPT's words is the user's to put beside the data: see needs.py
BOTH_LISTS: dict[str, Any] = {"keyword_list": "audioset+{data}/keywords/chatgpt_audio_tags.csv"}
OFF: dict[str, Any] = {"beta": 0.0}
SILENT: dict[str, Any] = {"l": 0}


def _row(name: str, data: Set, percent: str, names: tuple[str, ...] = NINE, **options: Any) -> Row:
    return Row(name, data, "zeraucap-paper", options, scores(names, percent) if percent else {})


ZERAUCAP = Table(
    "zeraucap",
    "Salewski et al. 2023, arXiv 2311.08396",
    "AudioCaps and Clotho, and on AudioCaps what keywords, guidance, keyword lists and models give.",
    (
        _row("ZerAuCap", "audiocaps", "44.8 25.2 13.9 6.8 12.3 33.1 28.1 8.6 18.3"),
        _row("ZerAuCap", "clotho", "- - - 2.9 9.4 25.4 14.0 5.3 9.7"),
        _row("no audio", "audiocaps", "18.8 1.1 0 0 4.1 17.8 0.1 0 0", **OFF, **SILENT),
        _row("no audio", "clotho", "- - - 0 3.8 16.6 0.2 0.1 0.2", **OFF, **SILENT),
        _row("the paper's end penalty", "audiocaps", "", legacy_penalty=False),
        _row("the paper's end penalty", "clotho", "", legacy_penalty=False),
        _row("WavCaps, no keywords", "audiocaps", "7.3 22.3 7.0 2.7 0 5.9 20.7 2.5 2.4 2.4", TEN, **SILENT),
        _row("WavCaps, AudioSet, unguided", "audiocaps", "20.8 43.9 24.6 13.5 6.3 12.0 32.8 28.1 8.2 18.1",
             TEN, **OFF),
        _row("WavCaps, both lists", "audiocaps", "17.9 40.2 20.5 10.7 4.7 11.2 29.6 21.9 7.4 14.6", TEN,
             **BOTH_LISTS),
        _row("WavCaps, both lists, unguided", "audiocaps", "17.1 39.2 19.8 10.4 4.8 10.7 28.9 20.1 6.8 13.4",
             TEN, **BOTH_LISTS, **OFF),
        _row("LAION, no keywords", "audiocaps", "6.8 21.4 5.6 1.9 0 5.5 20.3 1.4 2.7 2.0", TEN, **LAION,
             **SILENT),
        _row("LAION, AudioSet", "audiocaps", "19.5 42.3 22.3 11.2 5.1 11.5 30.9 26.7 8.2 17.4", TEN, **LAION),
        _row("LAION, AudioSet, unguided", "audiocaps", "19.1 41.8 22.0 11.4 5.3 11.1 31.1 25.2 7.4 16.3", TEN,
             **LAION, **OFF),
        _row("LAION, both lists", "audiocaps", "19.1 40.8 20.8 10.6 5.2 11.6 29.9 26.3 8.9 17.6", TEN,
             **LAION, **BOTH_LISTS),
        _row("LAION, both lists, unguided", "audiocaps", "18.9 40.6 20.8 11.2 5.5 11.3 29.9 25.6 8.3 16.9",
             TEN, **LAION, **BOTH_LISTS, **OFF),
    ),
    memory=12,
    hours=30,
    left_out="The rows of AudioCLIP: its keywords were embedded letter by letter, so they compare nothing.",
)  # fmt: skip
