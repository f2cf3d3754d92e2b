"""A reproduced table beside the published one: ours, theirs, the difference, and what it was run with."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from earwitness.common.counting import counted
from earwitness.common.files import whole_file
from earwitness.common.version import __version__
from earwitness.evaluation.report.labels import label
from earwitness.reproduce.row import Table
from earwitness.reproduce.standins import NOTICE

PACKAGES = (
    "numpy",
    "onnxruntime",
    "torch",
    "transformers",
    "soundfile",
    "soxr",
    "tokenizers",
    "pycocoevalcap",
)
OTHER = {"bleu": "BLEU (order not stated)"}


def environment() -> dict[str, Any]:
    """What the rows were run with."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return {
        "earwitness": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": found,
    }


def to_dict(table: Table, rows: Sequence[Mapping[str, Any]], *, small: bool) -> dict[str, Any]:
    """The report as plain JSON types: every row with published scores beside ours and their difference."""
    return {
        "table": table.name,
        "source": table.source,
        "about": table.about,
        "left_out": table.left_out,
        "notice": NOTICE if small else "",
        "environment": environment(),
        "rows": [_row(row) for row in rows],
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    settings = row["key"]["row"]
    published, scores = settings["published"], row["scores"]
    told = {}
    for name in dict.fromkeys([*published, *scores]):
        ours = scores.get(name, {"value": None, "low": None, "high": None, "reason": "not a score of ours"})
        theirs = published.get(name)
        both = theirs is not None and ours["value"] is not None
        told[name] = {**ours, "published": theirs, "difference": ours["value"] - theirs if both else None}
    return {
        "name": row["name"],
        "data": row["data"],
        "preset": settings["preset"],
        "options": settings["options"],
        "training": settings["training"],
        "clips": row["clips"],
        "failed": row["failed"],
        "data_sha256": row["data_sha256"],
        "seed": row["seed"],
        "scores": told,
        "captions": row["captions"],
        "seconds": row["seconds"],
    }


def to_markdown(report: Mapping[str, Any]) -> str:
    """The report for people: a line a row; each score as ours, published, difference, in hundredths."""
    lines = [f"# {report['table']}: {report['source']}", "", report["about"]]
    lines += ["", f"**{report['notice']}**"] if report["notice"] else []
    lines += ["", report["left_out"]] if report["left_out"] else []
    shown = [
        name
        for name in dict.fromkeys(n for row in report["rows"] for n in row["scores"])
        if any(_is_shown(row["scores"].get(name)) for row in report["rows"])
    ]
    lines += ["", "Ours, with a 95 % interval · published · difference; in hundredths.", ""]
    lines.append(f"| row | set | clips | {' | '.join(OTHER.get(n) or label(n) for n in shown)} | s |")
    lines.append("|---" * (len(shown) + 4) + "|")
    for row in report["rows"]:
        cells = [_cell(row["scores"].get(name)) for name in shown]
        clips = f"{row['clips']}" + (f" ({row['failed']} failed)" if row["failed"] else "")
        told = [row["name"], row["data"], clips, *cells, str(round(row["seconds"]))]
        lines.append(f"| {' | '.join(told)} |")
    reasons = {n: s["reason"] for row in report["rows"] for n, s in row["scores"].items() if s["reason"]}
    lines += ["", *(f"* {OTHER.get(n) or label(n)}: {why}" for n, why in reasons.items())]
    lines += ["", "Said of the first clips:", ""]
    for row in report["rows"]:
        lines.append(f"* {row['name']} ({row['data']}): {'; '.join(row['captions'].values())}")
    hashes = dict.fromkeys((row["data"], row["clips"], row["data_sha256"]) for row in report["rows"])
    lines += ["", *(f"* {name}, {counted(clips, 'clip')}: sha256 {value}" for name, clips, value in hashes)]
    about = report["environment"]
    packages = ", ".join(f"{n} {v}" for n, v in about["packages"].items() if v)
    lines += ["", f"earwitness {about['earwitness']}, Python {about['python']}, {packages}; "
              f"{about['processors']} processors, {about['system']} {about['machine']}.", ""]  # fmt: skip
    return "\n".join(lines)


def _is_shown(score: Mapping[str, Any] | None) -> bool:
    return score is not None and (score["value"] is not None or score["published"] is not None)


def _cell(score: Mapping[str, Any] | None) -> str:
    if score is None:
        return ""
    parts = ["–" if score["value"] is None else f"{100 * score['value']:.1f}"]
    if score["low"] is not None:
        parts[0] += f" [{100 * score['low']:.1f}, {100 * score['high']:.1f}]"
    if score["published"] is not None:
        parts.append(f"{100 * score['published']:.1f}")
    if score["difference"] is not None:
        parts.append(f"{100 * score['difference']:+.1f}")
    return " · ".join(parts)


def write_reports(report: Mapping[str, Any], folder: Path) -> None:
    """``report.json`` and ``report.md`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "report.json": json.dumps(report, ensure_ascii=False, indent=1) + "\n",
        "report.md": to_markdown(report),
    }
    for name, text in texts.items():
        with whole_file(folder / name) as file:
            file.write(text.encode("utf-8"))
