"""What a report is made of, before it is written in any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from earwitness.common.errors import OptionError
from earwitness.evaluation.bootstrap import Difference
from earwitness.evaluation.evaluate import Evaluation, Score, compare
from earwitness.evaluation.published import Published
from earwitness.evaluation.report.labels import label

# The score by which clips are ranked: the first of these that was computed.
_NO_CONTEST = ("vocabulary", "length", "fluency_error")
"""Scores of which more is not better."""
_RANKING = ("spider", "cider_d", "rouge_l", "meteor", "bleu_1", "match")


@dataclass(frozen=True)
class Report:
    """One or several evaluations on the same references, people's agreement and published rows.

    Raises
    ------
    OptionError
        There is no evaluation.
    """

    evaluations: tuple[Evaluation, ...]
    references: str = "references"
    human: Mapping[str, Score] = field(default_factory=dict)
    published: tuple[Published, ...] = ()

    def __post_init__(self) -> None:
        if not self.evaluations:
            raise OptionError("A report needs at least one evaluation.")

    @property
    def main(self) -> Evaluation:
        """The evaluation that the others are compared with."""
        return self.evaluations[0]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every score that occurs, in order, whether it could be computed or not."""
        return tuple(dict.fromkeys(name for evaluation in self.evaluations for name in evaluation.scores))

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Scores of which there is a value, ours or people's."""
        return tuple(
            name
            for name in self.names
            if any(name in e.scores and e.scores[name].value is not None for e in self.evaluations)
            or (name in self.human and self.human[name].value is not None)
        )

    def label(self, name: str) -> str:
        """What a score is called, with the model that judged where there was one."""
        judges = dict.fromkeys(e.scores[name].judge for e in self.evaluations if name in e.scores)
        named = ", ".join(judge for judge in judges if judge)
        return f"{label(name)} ({named})" if named else label(name)

    @cached_property
    def ranking(self) -> str | None:
        """The score by which clips are ranked, if any has values clip by clip."""
        scores = self.main.scores
        usable = [name for name in (*_RANKING, *scores) if name in scores and scores[name].items]
        return usable[0] if usable else None

    @cached_property
    def differences(self) -> dict[str, dict[str, Difference]]:
        """The main evaluation less each other, where they were scored on the same clips."""
        found = {}
        for other in self.evaluations[1:]:
            try:
                gaps = compare(self.main, other)
                found[other.name] = {name: gap for name, gap in gaps.items() if name not in _NO_CONTEST}
            except OptionError:
                continue
        return found
