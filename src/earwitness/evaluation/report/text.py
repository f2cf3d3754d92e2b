"""A report as plain text for a terminal and as Markdown for a page: the same tables, drawn twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from earwitness.common.counting import counted
from earwitness.evaluation.evaluate import Evaluation
from earwitness.evaluation.report.contents import Report
from earwitness.evaluation.report.labels import LABELS, NOTHING, interval, label, number, p_value, reasons

Table = list[list[str]]
_NAMED = 5
"""Missing clips that are named; the rest is counted."""


def to_text(report: Report) -> str:
    """Write a report as text: aligned columns, no line wider than its longest row."""
    return _write(report, _aligned, "{}", "  {}")


def to_markdown(report: Report) -> str:
    """Write a report as Markdown."""
    return _write(report, _piped, "## {}", "- {}")


def _write(report: Report, draw: Callable[[Table], list[str]], heading: str, item: str) -> str:
    parts = [heading.format(_title(report)), "\n".join(draw(scores(report)))]
    for other, table in _difference_tables(report):
        parts += [heading.format(_plain(f"{report.main.name} less {other}")), "\n".join(draw(table))]
    if report.published:
        parts += [heading.format("published by others"), "\n".join(draw(_published_table(report)))]
    notes = [item.format(_plain(note)) for note in _notes(report)]
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])]) + "\n"


def _title(report: Report) -> str:
    corpus = report.main.corpus
    clips, captions = counted(len(corpus), "clip"), sum(map(len, corpus.references))
    names = ", ".join(evaluation.name for evaluation in report.evaluations)
    return _plain(f"{names} against {report.references}: {clips}, {counted(captions, 'reference caption')}")


def scores(report: Report) -> Table:
    """Scores down, systems across, people last."""
    level = f"{100 * report.main.options.bootstrap.level:g} %"
    header = ["score"]
    for evaluation in report.evaluations:
        header += [_plain(evaluation.name), level]
    header += ["people", level] if report.human else []
    return [header, *(_score_row(report, name) for name in report.shown)]


def _score_row(report: Report, name: str) -> list[str]:
    cells = [_plain(report.label(name))]
    found = [evaluation.scores.get(name) for evaluation in report.evaluations]
    for score in [*found, *([report.human.get(name)] if report.human else [])]:
        cells += (
            [number(name, score.value), interval(name, score.low, score.high)] if score else [NOTHING, ""]
        )
    return cells


def _published_table(report: Report) -> Table:
    names = [name for name in LABELS if any(name in row.scores for row in report.published)]
    rows = [
        [row.system, row.training, *(number(name, row.scores.get(name)) for name in names)]
        for row in report.published
    ]
    return [["system", "trained", *map(label, names)], *rows]


def _difference_tables(report: Report) -> Iterator[tuple[str, Table]]:
    for other, gaps in report.differences.items():
        table = [
            ["score", "difference", f"{100 * report.main.options.bootstrap.level:g} %", "p", "clips won"]
        ]
        for name, gap in gaps.items():
            table.append(
                [
                    label(name),
                    number(name, gap.value, signed=True),
                    interval(name, gap.low, gap.high, signed=True),
                    p_value(gap.p_value),
                    f"{100 * gap.share_won:.0f} % ({gap.won} won, {gap.tied} even, {gap.lost} lost)",
                ]
            )
        yield other, table


def _notes(report: Report) -> Iterator[str]:
    for evaluation in report.evaluations:
        yield from account(evaluation)
    for reason, names in reasons(list(report.main.scores.values())):
        yield f"no {', '.join(names)}: {reason}"
    if report.human:
        yield "people: each human caption against the others of its clip, one fewer than a captioner has"
    for source in dict.fromkeys(row.source for row in report.published):
        systems = ", ".join(row.system for row in report.published if row.source == source)
        yield f"published, {systems}: {source}"


def account(evaluation: Evaluation) -> Iterator[str]:
    """One sentence for each way in which clips and captions do not match up."""
    fate = {"empty": "scored as empty", "skip": "left out", "error": ""}[evaluation.options.missing]
    failed, missing = evaluation.failed, [c for c in evaluation.missing if c not in evaluation.failed]
    if failed:
        named = [f"{clip} ({reason})" for clip, reason in failed.items()]
        yield f"{evaluation.name}: {counted(len(failed), 'clip')} failed, {fate}: {_list(named)}"
    if missing:
        without = counted(len(missing), "clip")
        yield f"{evaluation.name}: {without} without a caption, {fate}: {_list(missing)}"
    if evaluation.unknown:
        unknown = counted(len(evaluation.unknown), "clip")
        yield f"{evaluation.name}: {unknown} without references, ignored: {_list(evaluation.unknown)}"


def _list(names: Sequence[str]) -> str:
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _plain(text: str) -> str:
    """Text on one line without control characters, which a table of unknown origin may hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _aligned(table: Table) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        first, *rest = [
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join([first, *rest]).rstrip())
    return lines


def _piped(table: Table) -> list[str]:
    rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table]
    rule = "|---|" + "---:|" * (len(table[0]) - 1)
    return [rows[0], rule, *rows[1:]]
