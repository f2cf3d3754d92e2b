"""A captioner in one word or a table: a preset or a folder, and what of it is to be otherwise.

``audibility:lambda2=0.06`` is the preset with another weight, ``my-model:bridge=nearest,memory=texts.json`` a
folder with another memory. A file of runs has one ``[[run]]`` each:

    [[run]]
    name = "AD"
    captioner = "my-model"
    bridge = "audio"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.common.errors import OptionError
from earwitness.methods.presets import PRESETS

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner

FILES = ("model", "memory", "classifier")
"""What may be a file or a folder: where one is replaced, captions made with the other are not taken up."""


@dataclass(frozen=True)
class CaptionerSpec:
    """A captioner that is not loaded yet: its name in tables, and the keywords of ``load``."""

    name: str
    given: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Captioner:
        """The captioner; see ``earwitness.load``."""
        from earwitness.captioning.loading import load

        return load(**self.given)

    def files(self) -> list[str]:
        """Files and folders that it is made of."""
        named = [str(self.given[part]) for part in FILES if self.given.get(part)]
        return [name for name in named if Path(name).exists()]


def parse_spec(text: str) -> CaptionerSpec:
    """A captioner as it is written on the command line.

    Parameters
    ----------
    text : str
        A preset or a folder; behind a colon options of its method, and encoder, lm, classifier, memory,
        device, model and preset, joined by commas. A comma within a value stays there.

    Raises
    ------
    OptionError
        It begins with no preset and no folder, or an option has no value.

    >>> parse_spec("audibility:lambda2=0.06,lm=gpt2").given
    {'preset': 'audibility', 'lambda2': '0.06', 'lm': 'gpt2'}
    >>> parse_spec("zeraucap:keyword_list=a,b.txt").given["keyword_list"]
    'a,b.txt'
    """
    for end in (len(text), *(i for i in range(len(text) - 1, 0, -1) if text[i] == ":")):
        base = text[:end]
        if base in PRESETS or Path(base).exists():
            return CaptionerSpec(text, {**_base(base), **_options(text, text[end + 1 :])})
    raise OptionError(
        f"{text!r} begins with no preset and no exported folder; the presets are {', '.join(PRESETS)}. "
        "Options stand behind a colon: audibility:lambda2=0.06,lm=gpt2."
    )


def read_specs(texts: Sequence[str]) -> list[CaptionerSpec]:
    """Captioners of the command line, those of a .toml file in its order, each name once.

    Raises
    ------
    OptionError
        See ``parse_spec``; or two captioners have one name.
    """
    found: list[CaptionerSpec] = []
    for text in texts:
        found += _table(Path(text)) if text.endswith(".toml") else [parse_spec(text)]
    kept: dict[str, CaptionerSpec] = {}
    for spec in found:
        if kept.setdefault(spec.name, spec) != spec:
            raise OptionError(f"two captioners are called {spec.name!r}; give each run a name of its own.")
    return list(kept.values())


def _base(name: str) -> dict[str, str]:
    return {"preset": name} if name in PRESETS else {"model": name}


def _options(text: str, written: str) -> dict[str, str]:
    options: dict[str, str] = {}
    last = ""
    for part in written.split(",") if written else []:
        key, equals, value = part.partition("=")
        key = key.strip().replace("-", "_")
        if equals and key.isidentifier():
            last = key
            options[last] = value
        elif last:
            options[last] += f",{part}"
        else:
            raise OptionError(f"{text!r}: {part!r} is no option; write name=value.")
    return options


def _table(path: Path) -> list[CaptionerSpec]:
    try:
        rows = _toml(path).get("run")
    except OSError as error:
        raise OptionError(f"the table of runs {path} cannot be read ({error}).") from error
    if not isinstance(rows, list) or not rows:
        raise OptionError(f"{path} holds no run; begin each with a line [[run]].")
    specs = []
    for number, row in enumerate(rows, 1):
        given = {key.replace("-", "_"): value for key, value in row.items()}
        base = str(given.pop("captioner", "embedded"))
        name = str(given.pop("name", f"{base} {number}"))
        specs.append(CaptionerSpec(name, {**parse_spec(base).given, **given}))
    return specs


def _toml(path: Path) -> dict[str, Any]:
    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomli as tomllib  # type: ignore[import-not-found,no-redef,unused-ignore]
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{path} is no toml file ({error}).") from error
