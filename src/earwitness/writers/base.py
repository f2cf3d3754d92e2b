"""What all writers share: all captions into one stream, or one file per sound."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from types import TracebackType
from typing import ClassVar

from earwitness.common.caption import Caption
from earwitness.common.errors import OptionError, OutputError
from earwitness.writers.places import Places
from earwitness.writers.sinks import Destination, File, Nowhere, fitting, sink_for


class Writer:
    """All captions into one stream; ``write`` is told how, by format."""

    format: ClassVar[str]
    extension: ClassVar[str]
    # a stopped run's lines are worth keeping
    incremental: ClassVar[bool] = False
    # called with a sound and the error where its own file cannot be written; unless set, the error is raised
    on_failure: Callable[[str, OutputError], None] | None = None

    def __init__(self, output: Destination = None, *, segments: bool = False) -> None:
        self.segments = segments
        self._sink = sink_for(output)

    def __enter__(self) -> Writer:
        self._sink.open()
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._sink.abandon(keep=self.incremental)
            return
        try:
            self.end()
        except BaseException:
            self._sink.abandon(keep=self.incremental)
            raise
        self._sink.close()

    def begin(self) -> None:
        """Write what stands before the first caption."""

    def write(self, caption: Caption) -> None:
        """Write one caption."""
        raise NotImplementedError

    def end(self) -> None:
        """Write what stands after the last caption."""


class SoundWriter(Writer):
    """One file per sound: several sounds need a folder, and one may go to a stream."""

    # kept beside the sound where neither an output nor a folder is named
    beside: ClassVar[bool] = False

    def __init__(
        self,
        output: Destination = None,
        *,
        folder: str | os.PathLike[str] | None = None,
        names: Mapping[str, PurePath] | None = None,
        segments: bool = False,
    ) -> None:
        self._folder = None if folder is None else Path(folder)
        self._own_files = self._folder is not None or (self.beside and output is None)
        super().__init__(output, segments=segments)
        if self._own_files:
            self._sink = Nowhere()
        self._names = names or {}
        self._places = Places(self._names, beside=self._folder is None)
        self._captions: list[Caption] = []
        # the file that each sound has had: none is written twice
        self._written: dict[Path, str] = {}
        self._finished = 0

    def write(self, caption: Caption) -> None:
        """Hold the caption until its sound is complete."""
        if self._captions and self._captions[0].path != caption.path:
            self._finish()
        if self._finished and not self._own_files:
            raise OptionError(
                f"The format {self.format} makes one file per sound: several sounds need an output folder."
            )
        self._captions.append(caption)

    def end(self) -> None:
        """Write the last sound; a stream without any gets what an empty file holds."""
        if self._captions:
            self._finish()
        elif not self._finished and not self._own_files:
            self._sink.put(self.render([]))

    def render(self, captions: list[Caption]) -> str | bytes:
        """The file of one sound."""
        raise NotImplementedError

    def _finish(self) -> None:
        captions, self._captions = self._captions, []
        self._finished += 1
        text = self.render(captions)
        if not self._own_files:
            self._sink.put(text)
            return
        try:
            self._put(text, File(self._target(captions[0].path)))
        except OutputError as error:
            if self.on_failure is None:
                raise
            self.on_failure(captions[0].path, error)

    def _put(self, text: str | bytes, sink: File) -> None:
        sink.open()
        try:
            sink.put(text)
        except BaseException:
            sink.abandon(keep=False)
            raise
        sink.close()

    def _target(self, path: str) -> Path:
        if self._folder is None:
            if path == "-":
                raise OutputError(f"the format {self.format} writes beside the sound, and - lies nowhere.")
            target = Path(path)
        else:
            relative = PurePath(self._names.get(path, PurePath(path).name))
            if relative.is_absolute() or ".." in relative.parts:
                raise OptionError(f"{relative} leads out of the output folder.")
            target = self._folder / relative
        bare = path in self._names and self._places.may_be_bare(path, target, self.extension)
        target = target.with_name(fitting(target.stem if bare else target.name, self.extension))
        if target in self._written:
            raise OptionError(
                f"{path} and {self._written[target]} would both be written to {target.name};"
                " names gives each sound a place of its own."
            )
        self._written[target] = path
        return target
