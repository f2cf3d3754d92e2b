"""The page of what was measured."""

from __future__ import annotations

from typing import Any


def page(figures: dict[str, Any], before: str = "") -> str:
    """``archive.md``; a part that was not measured stays as it is on the page of before."""
    kept = {part.split("\n")[0]: f"## {part}" for part in ("\n" + before).split("\n## ")[1:]}
    parts = ["# Archives: how well and how fast they answer\n\nWritten by `benchmarks/archive.py`.\n"]
    for name, heading, write in (
        ("retrieval", "Retrieval", _retrieval),
        ("scale", "Scale", _scale),
        ("vectors", "Why no vector library", _vectors),
    ):
        if name in figures:
            parts.append(write(figures[name]))
        elif heading in kept:
            parts.append(kept[heading].rstrip() + "\n")
    return "\n".join(parts)


def _retrieval(figures: dict[str, Any]) -> str:
    rows: dict[str, dict[str, list[float]]] = figures["rows"]
    asked = list(next(iter(rows.values())))
    lines = [
        "## Retrieval",
        "",
        "Mean average precision, and recall among the first ten. ESC-10: the ten classes' names, and with three",
        "paraphrases each (`benchmarks/archive_queries.py` has all queries; these were written before any search was",
        f"tried). Among game sounds: {figures['games']} of them beside ESC-10's clips, out of Debian packages",
        "(`PACKAGES` in `benchmarks/archive_retrieval.py`). AudioCaps: the first of people's captions of a clip is the",
        "query, and the clip the one right answer.",
        "",
        f"*Named sounds* are what the weights were chosen by: {figures['choosing']} queries for other sounds than",
        "ESC-10's, in other words, on 272 labelled recordings, one to twenty of which are right for a query. Their",
        "figures are low since labels are narrow: the only right answers to “a bird of the night” are two files.",
        f"*Pairs* are {figures['pairs']} sounds made of two of these, together or in turn, among the single ones; a",
        "query tells of both (“a cow moos and a goat bleats”), and one sound is right.",
        "",
        "| | " + " | ".join(asked) + " |",
        "|---" * (len(asked) + 1) + "|",
    ]
    for way, row in rows.items():
        cells = [f"{row[a][0]:.3f} · {row[a][1]:.2f}" for a in asked]
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "*Text* is BM25 of the caption and of the keywords, *vector* the match of sound and query. A query is placed",
        "by what is said of each class, five captions (`data/class-captions`, written for the decoder long before);",
        "*classes by name* places it as captions are placed, by the classes' names alone. One that tells of several",
        "sounds is the mean of their places; *as one whole*, it is not (and the axes of voices are left out). *Hybrid*",
        "is what `earwitness search` does: it ranks by sound, by words and by the caption's meaning, takes the ten",
        "best, each by how near it comes to the very best, for what the query means, and ranks by sound and words",
        "again. A stretch shorter than two seconds counts by the root of its share (*brief*): a third of a second of a",
        "fighter's grunt says less than a sneeze.",
        "",
        "What places a query, its softmax, and the weights of words and feedback were chosen by the named sounds and",
        "their pairs; ESC-10's figures were seen meanwhile, and nothing was chosen by them. The weight of meaning, the",
        "ten best and *brief* are as they were, and had been chosen on ESC-10; what is near them in the table shows how",
        "much hangs on each.",
        "",
    ]
    for what, queries in figures["queries"].items():
        worst = sorted(queries.items(), key=lambda q: q[1])[:8]
        told = ", ".join(f"“{text}” {value:.2f}" for text, value in worst)
        lines += [f"The queries that go worst on ESC-10 {what} (average precision, hybrid): {told}.", ""]
    return "\n".join(lines)


def _scale(figures: dict[str, Any]) -> str:
    lines = [
        "## Scale",
        "",
        f"Made embeddings (mixtures of the encoder's background sounds), {figures['captions']} real captions, ten",
        "events a file. A search is the median and the slowest of twenty, each in the process's first time of that",
        "query, its embedding included; *first* is a new process's first search, which loads the encoder; *filtered*",
        "has four filters and `--not`. Times are the processor's, on one thread; the clock's stand beside the",
        "medians and the index speed, and say how busy the machine was. Memory is the process's peak.",
        "",
        "| events | index, events/s | by the clock | bytes/event | search, ms | by the clock | slowest | filtered |"
        " similar | first | MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in figures["sizes"]:
        times = [f"{1000 * row[k]:.0f}" for k in ("cpu", "median", "slowest", "filtered", "similar", "first")]
        rates = [f"{row[k]:,.0f}" if k in row else "–" for k in ("cpu_rate", "rate")]
        cells = [f"{row['events']:,}", *rates, f"{row['bytes']:,.0f}", *times, f"{row['memory']:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *figures.get("notes", [])]
    return "\n".join([*lines, ""])


def _vectors(figures: dict[str, Any]) -> str:
    lines = [
        "## Why no vector library",
        "",
        f"The same {figures['events']:,} made embeddings of 523 axes, twenty queries, the best twenty of each;",
        "recall is the share of those of an exact search in float32. Times are the processor's, on one thread.",
        "",
        "| | build, vectors/s | bytes/vector | search, ms (median) | recall |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['name']} | {r['rate']:,.0f} | {r['bytes']:,.0f} | {1000 * r['search']:.2f} | {r['recall']:.3f} |"
        for r in figures["rows"]
    ]
    lines += [
        "",
        "The archive's columns are part of its one file, are written in the transactions that write events, so that a",
        "killed run cannot leave them behind, are searched under any filter without loss, and keep nothing in memory.",
        "Their size includes the whole embedding in half precision, which the others would need beside them for",
        "export. A graph (HNSW) answers faster, in a file of its own that has to be kept in step, that lies in memory,",
        "and that gives too little where a filter lets few events pass. sqlite-vec reads every vector for a search, and",
        "needs a Python whose sqlite3 loads extensions, which many do not (this one: "
        + ("it does" if figures["extensions"] else "it does not")
        + ").",
        "",
    ]
    return "\n".join(lines)
