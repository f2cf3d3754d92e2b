"""A report as one HTML file that needs nothing else: style, script, pictures and sounds are inside it.

Everything that comes from a table is escaped, and by its content security policy the page forbids itself
every connection, so a caption can neither run as code nor call home.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from earwitness.common.counting import counted
from earwitness.evaluation.published import Published
from earwitness.evaluation.report.charts import Mark, histogram, line
from earwitness.evaluation.report.clips import extremes, listing
from earwitness.evaluation.report.contents import Report
from earwitness.evaluation.report.labels import LABELS, interval, label, number, p_value, reasons
from earwitness.evaluation.report.markup import Markup, bullets, join, table, tag
from earwitness.evaluation.report.text import account

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; media-src data: file: 'self'"
)
_DISTRIBUTIONS = ("spider", "cider_d", "meteor", "rouge_l", "bleu_1", "fense", "match")


def to_html(report: Report, folder: Path | None = None) -> str:
    """Write a report as a page.

    Parameters
    ----------
    report : Report
        What it shows.
    folder : Path, optional
        Where the page will lie, so that sounds too large to be inside it are linked relatively.
    """
    title = ", ".join(evaluation.name for evaluation in report.evaluations) + f" · {report.references}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        tag("style", _resource("style.css")),
    )
    parts = (
        _head(report),
        _scores(report),
        _published(report),
        *_differences(report),
        _distributions(report),
    )
    main = tag("main", *parts, extremes(report, folder), listing(report, folder))
    return (
        "<!doctype html>"
        + tag("html", head, tag("body", main, tag("script", _resource("script.js"))), lang="en")
        + "\n"
    )


def _resource(name: str) -> Markup:
    return Markup(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _section(title: str, *content: str) -> Markup:
    return tag("section", tag("h2", title), *content)


def _head(report: Report) -> Markup:
    corpus, bootstrap = report.main.corpus, report.main.options.bootstrap
    names: list[str] = []
    for place, evaluation in enumerate(report.evaluations):
        names += [", "] * bool(place) + [tag("span", evaluation.name, class_=f"s{place}")]
    captions = counted(sum(map(len, corpus.references)), "reference caption")
    facts = (
        f"against {report.references}: {counted(len(corpus), 'clip')} · {captions} · "
        f"{100 * bootstrap.level:g} % intervals, {bootstrap.resamples} bootstrap resamples of the clips"
    )
    notes = [note for evaluation in report.evaluations for note in account(evaluation)]
    brand = tag("p", "earwitness evaluation", class_="brand")
    return tag("header", brand, tag("h1", *names), tag("p", facts), bullets(notes, "account"))


def _scores(report: Report) -> Markup:
    header = ["", *(tag("th", e.name, class_=f"s{place}") for place, e in enumerate(report.evaluations))]
    if report.human:
        header.append(tag("th", "people", class_="people"))
    legend = [tag("b", "●"), " ours with interval"]
    if report.human:
        legend += [
            " · ",
            tag("b", "◆", class_="people"),
            " people, each caption against the others of its clip",
        ]
    if report.published:
        legend += [" · ", tag("b", "|", class_="published"), " published by others"]
    missing = [
        f"No {', '.join(names)}: {reason}." for reason, names in reasons(list(report.main.scores.values()))
    ]
    rows = [_score_row(report, name) for name in report.shown]
    return _section(
        "Scores",
        table([*header, ""], rows, class_="scores"),
        tag("p", *legend, class_="note"),
        bullets(missing, "note"),
    )


def _score_row(report: Report, name: str) -> list[str]:
    cells: list[str] = [report.label(name)]
    marks = [
        Mark(f"{p.system}, published", "published", p.scores[name])
        for p in report.published
        if name in p.scores
    ]
    scores = [(e.name, f"s{place}", e.scores.get(name)) for place, e in enumerate(report.evaluations)]
    if report.human:
        scores.append(("people", "people", report.human.get(name)))
    for who, kind, score in scores:
        value, low, high = (score.value, score.low, score.high) if score else (None, None, None)
        cells.append(_with_small(number(name, value), interval(name, low, high)))
        if value is not None:
            marks.append(Mark(who, kind, value, low, high))
    return [*cells, tag("td", line(name, marks), class_="line")]


def _with_small(text: str, small: str) -> Markup:
    return join([text, tag("small", small)]) if small else join([text])


def _published(report: Report) -> Markup:
    if not report.published:
        return Markup()
    names = [name for name in LABELS if any(name in row.scores for row in report.published)]
    rows = [
        [_system(row), *(number(name, row.scores.get(name)) for name in names)] for row in report.published
    ]
    note = (
        "As their authors report them, by their own programs: clips, references and tokenisers may differ "
        "from those above."
    )
    wide = tag("div", table(["", *map(label, names)], rows), class_="wide")
    return _section("Published by others", tag("p", note, class_="note"), wide)


def _system(row: Published) -> Markup:
    source = tag("small", f"{row.training} · {row.source}")
    return join([row.system, " ", tag("span", "published", class_="badge"), source])


def _differences(report: Report) -> list[Markup]:
    return [_difference(report, other) for other in report.differences]


def _difference(report: Report, other: str) -> Markup:
    rows = [
        [
            label(name),
            _with_small(number(name, gap.value, signed=True), interval(name, gap.low, gap.high, signed=True)),
            p_value(gap.p_value),
            _with_small(f"{100 * gap.share_won:.0f} %", f"{gap.won} won, {gap.tied} even, {gap.lost} lost"),
        ]
        for name, gap in report.differences[other].items()
    ]
    header = ["", "difference", "p, paired bootstrap", "clips won"]
    return _section(f"{report.main.name} less {other}", table(header, rows))


def _distributions(report: Report) -> Markup:
    figures = []
    for name in _DISTRIBUTIONS:
        items = [
            e.scores[name].items for e in report.evaluations if name in e.scores and e.scores[name].items
        ]
        if items:
            figures.append(tag("figure", histogram(items), tag("figcaption", report.label(name))))
    return _section("Over the clips", tag("div", *figures, class_="figures")) if figures else Markup()
