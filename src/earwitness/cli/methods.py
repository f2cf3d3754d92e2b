"""``earwitness methods``: the methods and presets, the options of each, and how to cite it."""

from __future__ import annotations

from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.tables import write_options, write_table


def methods(
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="A method or preset, to see its options.")
    ] = None,
    format: Annotated[str, Option("--format", "-f", help="text or json.")] = "text",
) -> None:
    """List the ways of captioning and their presets; with a name, its options, their values, and its paper.

    Each option is a flag of 'earwitness caption', such as --beams 4, and a keyword of earwitness.load().
    """
    from earwitness.language.offline.choosing import OFFLINE
    from earwitness.methods.presets import PAPERS, PRESETS, find_preset

    if name is None:
        presets = [
            {"name": n, "method": p.method, "encoder": p.encoder, "lm": p.language_model, "about": p.about}
            for n, p in PRESETS.items()
        ]
        write_table(format, presets, ("name", "about"))
        return
    preset = find_preset(name)
    lm = preset.language_model.replace("offline", f"{' or else '.join(OFFLINE)} (earwitness models get NAME)")
    models = f"encoder {preset.encoder}" + f", language model {lm}" * bool(lm)
    models += f", classifier {preset.classifier}" * bool(preset.classifier)
    bring = "".join(f"To bring: {n.what} (--{n.part}); {n.source}.\n" for n in preset.needs)
    cite = f"Cite: {PAPERS[preset.method]}" if preset.method in PAPERS else ""
    write_options(format, preset.options, f"{name}: {preset.about}\nWith {models}.\n{bring}{cite}\n")
