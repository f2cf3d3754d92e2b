"""A report into a file, in the format its extension names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from earwitness.common.errors import OptionError
from earwitness.common.files import whole_file
from earwitness.evaluation.report.contents import Report
from earwitness.evaluation.report.json import to_json
from earwitness.evaluation.report.page import to_html
from earwitness.evaluation.report.text import to_markdown


def _markdown(report: Report, folder: Path) -> str:
    return to_markdown(report)


def _json(report: Report, folder: Path) -> str:
    return to_json(report)


_WRITERS: dict[str, Callable[[Report, Path], str]] = {
    ".html": to_html,
    ".htm": to_html,
    ".md": _markdown,
    ".json": _json,
}


def check_report_path(path: Path) -> Path:
    """The path if a report can have its extension and its folder is there; to be asked before the long work.

    Raises
    ------
    OptionError
        It cannot.
    """
    if path.suffix.lower() not in _WRITERS:
        raise OptionError(f"A report ends in {', '.join(_WRITERS)}; {path.name} does not.")
    if not path.absolute().parent.is_dir():
        raise OptionError(f"There is no folder {path.parent} to write {path.name} into.")
    return path


def write_report(report: Report, path: Path) -> None:
    """Write a report, whole or not at all.

    Raises
    ------
    OptionError
        Its extension is unknown, or it cannot be written there.
    """
    text = _WRITERS[check_report_path(path).suffix.lower()](report, path.absolute().parent)
    try:
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise OptionError(f"{path} cannot be written: {error.strerror or error}.") from error
