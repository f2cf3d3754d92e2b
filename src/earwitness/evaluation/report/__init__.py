"""Evaluations as text, Markdown, JSON, and one HTML page that needs nothing else."""

from __future__ import annotations

from earwitness.evaluation.report.contents import Report
from earwitness.evaluation.report.json import to_json
from earwitness.evaluation.report.page import to_html
from earwitness.evaluation.report.text import to_markdown, to_text
from earwitness.evaluation.report.write import check_report_path, write_report

__all__ = ["Report", "check_report_path", "to_html", "to_json", "to_markdown", "to_text", "write_report"]
