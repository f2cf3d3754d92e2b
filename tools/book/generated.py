"""Pages of the book that are made of the code: the command line, the methods' options, the API over HTTP."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

sys.path.insert(
    0, str(Path(__file__).resolve().parents[2] / "src")
)  # this tree's, wherever another is installed


def pages() -> dict[str, str]:
    """Name in the book -> Markdown."""
    return {"reference/commands.md": commands(), "reference/http.md": http()}


def cell(text: object) -> str:
    """Words that may stand in a table.

    >>> cell("a|b <c>")
    'a&#124;b &lt;c&gt;'
    """
    plain = " ".join(str(text or "").split())
    return (
        plain.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace("|", "&#124;")
        .replace(">", "&gt;")
        .replace("*", "\\*")
    )


def code(text: str) -> str:
    """Code that may stand in a table."""
    return "<code>" + cell(text).replace("\\*", "*").replace("&#124;", "&#124;<wbr>") + "</code>"


def commands() -> str:
    """Every command with its arguments and options, as ``--help`` has them, and the options of methods and recipes."""
    from earwitness.cli.__main__ import COMMANDS, command
    from earwitness.cli.flags import page
    from earwitness.cli.flags.parameters import parameters_of

    out = ["# Command line", "", "Made of the program itself; `earwitness COMMAND --help` says the same.", ""]
    for name in COMMANDS:
        called = command(name)
        out += [f"## earwitness {name}", ""]
        out += ["```", page.usage(called).removeprefix("Usage: "), "```", ""]
        out += [cell(part) + "\n" for part in (inspect.getdoc(called.function) or "").split("\n\n")]
        rows = [
            f"| {code(page._named(p) if p.on else p.shown)} | {cell(page._explained(p))} |"
            for p in parameters_of(called.function)
        ]
        if rows:
            out += ["| argument or option | |", "|---|---|", *rows, ""]
    return "\n".join([*out, *_options()])


def _options() -> list[str]:
    from earwitness.common.options import describe
    from earwitness.methods.presets import PRESETS
    from earwitness.training.recipes import find_trainable

    out = [
        "## Options of the methods",
        "",
        "Each is a flag of `earwitness caption` and a keyword of `earwitness.load`.",
        "",
    ]
    for method in ("wsac", "zeraucap", "audibility"):
        out += [f"### {method}", "", *_described(describe(PRESETS[method].options))]
    out += ["## Presets", "", "| preset | |", "|---|---|"]
    out += [f"| {code(name)} | {cell(preset.about)} |" for name, preset in PRESETS.items()]
    out += ["", "## Options of the recipes", "", "Each is a flag of `earwitness train`.", ""]
    for recipe in ("wsac", "wsac-best", "small", "classifier"):
        out += [
            f"### {recipe} {{ #recipe-{recipe} }}",
            "",
            *_described(describe(find_trainable(recipe).options)),
        ]
    return out


def _described(options: Any) -> list[str]:
    rows = [
        f"| {code('--' + o.name.replace('_', '-'))} | {code(repr(o.value))} | {cell(o.help)} |"
        for o in options
    ]
    return ["| option | value | |", "|---|---|---|", *rows, ""]


def http() -> str:
    """Every address of ``earwitness serve``, from the description that it serves itself."""
    from earwitness.server.api.openapi import document

    described = document()
    out = [
        "# HTTP",
        "",
        "Made of `/openapi.json`, which `earwitness serve` answers with; [Live and server](../server.md) has",
        "",
    ]
    out[-2] += " examples."
    for path, operations in described["paths"].items():
        for verb, operation in operations.items():
            if verb == "parameters":
                continue
            out += [
                f"## {verb.upper()} {path.replace('{', '&#123;')}",
                "",
                cell(operation.get("summary", "")),
                "",
            ]
            if operation.get("description"):
                out += [cell(operation["description"]), ""]
            out += _fields(operation, described)
            answers: dict[str, list[str]] = {}
            for status, answer in operation["responses"].items():
                answers.setdefault(cell(_resolved(answer, described).get("description")), []).append(status)
            out += ["| answer | |", "|---|---|"]
            out += [f"| {', '.join(statuses)} | {about} |" for about, statuses in answers.items()]
            out.append("")
    return "\n".join(out)


def _fields(operation: dict[str, Any], described: dict[str, Any]) -> list[str]:
    rows = [
        (p["name"], p.get("schema", {}), p.get("description", "")) for p in operation.get("parameters", ())
    ]
    for kind in operation.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(kind.get("schema", {}), described)
        rows += [(n, s, s.get("description", "")) for n, s in schema.get("properties", {}).items()]
    seen = {name: (schema, about) for name, schema, about in rows}
    if not seen:
        return []
    out = ["| field | kind | |", "|---|---|---|"]
    for name, (schema, about) in seen.items():
        kind = schema.get("type", "")
        kind = " or ".join(kind) if isinstance(kind, list) else str(kind)
        values = schema.get("enum")
        kind += f": {', '.join(map(str, values))}" if values else ""
        out.append(f"| {code(name)} | {cell(kind)} | {cell(about or schema.get('description'))} |")
    return [*out, ""]


def _resolved(thing: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    place = thing.get("$ref")
    if not place:
        return thing
    found: Any = described
    for step in place.removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)
