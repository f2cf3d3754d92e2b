"""Clips in the page: what was said of each, what people said, and how that was scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from earwitness.evaluation.report.contents import Report
from earwitness.evaluation.report.labels import label, number
from earwitness.evaluation.report.markup import Markup, bullets, join, tag
from earwitness.evaluation.report.sounds import picture, player

EXTREMES = 8
"""Best and worst clips shown with their sound."""
MOST = 5000
"""Clips listed; a page with more is slow to open, and the JSON has them all."""
_CHIPS = ("spider", "cider_d", "meteor", "rouge_l", "bleu_1", "bleu_4", "fense", "match")
_ORDERS = {"place": "in the order of the table", "best": "best first", "worst": "worst first"}


def ranked(report: Report) -> list[int]:
    """Places of the clips, best first by the ranking score; the order of the table where there is none."""
    places = list(range(len(report.main.corpus)))
    if report.ranking is None:
        return places
    items = report.main.scores[report.ranking].items
    return sorted(places, key=lambda place: -items[place])


def extremes(report: Report, folder: Path | None) -> Markup:
    """The best and the worst clips, sounds inside the page. A small set is shown once, best first."""
    order = ranked(report)
    if len(order) <= 2 * EXTREMES:
        return _group("Clips, best first", order, report, folder)
    best = _group("Best clips", order[:EXTREMES], report, folder)
    return join([best, _group("Worst clips", order[: -EXTREMES - 1 : -1], report, folder)])


def _group(title: str, places: Sequence[int], report: Report, folder: Path | None) -> Markup:
    by = [" ", tag("small", f"by {label(report.ranking)}")] if report.ranking else []
    cards = [card(report, place, folder, full=True) for place in places]
    return tag("section", tag("h2", title, *by), tag("div", *cards, class_="cards"))


def listing(report: Report, folder: Path | None) -> Markup:
    """Every clip, to be filtered and sorted."""
    order = ranked(report)[:MOST]
    rank = {place: count for count, place in enumerate(order)}
    cards = [card(report, place, folder, rank=rank[place]) for place in sorted(order)]
    hint = "Filter by words in captions, references or names"
    controls = (
        tag("input", id="filter", type="search", placeholder=hint, aria_label="Filter clips"),
        tag("select", *(tag("option", text, value=key) for key, text in _ORDERS.items()), id="sort"),
        tag("output", id="count"),
    )
    cut = f"The first {MOST} of {len(report.main.corpus)} clips." if len(report.main.corpus) > MOST else ""
    return tag(
        "section",
        tag("h2", "All clips"),
        tag("div", *controls, class_="controls"),
        tag("p", cut, class_="note"),
        tag("div", *cards, id="list"),
    )


def card(
    report: Report, place: int, folder: Path | None, *, full: bool = False, rank: int | None = None
) -> Markup:
    """One clip: name, sound, a caption of each system with its scores, references."""
    corpus = report.main.corpus
    clip = corpus.ids[place]
    path = corpus.sounds.get(clip)
    sound = [] if path is None else [*([picture(path)] if full else []), player(path, folder, embed=full)]
    said = [part for system in range(len(report.evaluations)) for part in _said(report, system, clip)]
    parts = [tag("h3", clip), *([tag("div", *sound, class_="sound")] if sound else []), *said]
    where = {} if rank is None else {"data_place": place, "data_rank": rank}
    return tag("article", *parts, bullets(corpus.references[place], "references"), **where)


def _said(report: Report, system: int, clip: str) -> list[Markup]:
    evaluation = report.evaluations[system]
    who = [tag("b", evaluation.name, class_=f"s{system}"), " "] if len(report.evaluations) > 1 else []
    if clip not in evaluation.places:
        return [tag("p", *who, tag("i", "not scored"), class_="said")]
    there = evaluation.places[clip]
    text = evaluation.corpus.predictions[there].strip()
    words = text or tag("i", evaluation.failed.get(clip, "no caption"))
    chips = [
        tag("span", label(name), " ", tag("b", number(name, evaluation.scores[name].items[there])))
        for name in _CHIPS
        if name in evaluation.scores and evaluation.scores[name].items
    ]
    return [tag("p", *who, words, class_="said"), tag("p", *chips, class_="chips")]
