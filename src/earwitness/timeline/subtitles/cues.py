"""From captions of events to cues of sound descriptions, each readable where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from earwitness.common.caption import Caption
from earwitness.confidence.estimator import HARDLY
from earwitness.timeline.subtitles.marks import MARKS, Marks
from earwitness.timeline.subtitles.rules import Cue, Rules, broken, together
from earwitness.timeline.subtitles.sdh import described


def sound_cues(
    captions: Iterable[Caption], rules: Rules | None = None, marks: Marks = MARKS["en"]
) -> list[Cue]:
    """Cues for events in time.

    Speech has none. What goes on is said when it begins, and again after a pause (``Rules.again``). A cue
    stands while its sound lasts, but no less than it takes to read and no longer than ``Rules.most``.
    Where sounds crowd, the earlier cue gives way down to what it takes to read it; then the later one
    waits, at most ``Rules.late``; then both share one cue; and what still finds no place is left out.

    Parameters
    ----------
    captions : iterable of Caption
        Of one sound, as ``--events`` gives them.
    rules : Rules, optional
    marks : Marks
        Of the language.

    Returns
    -------
    list of Cue
        In order, none over another.

    Examples
    --------
    >>> dog, rain = Caption("f", 2, 3, "A dog barks", 0.9), Caption("f", 0, 90, "Rain falls", 0.9)
    >>> [(c.start, c.end, c.text) for c in sound_cues([rain, dog])]
    [(0, 1916, '[rain falling]'), (2000, 3000, '[dog barking]')]
    """
    rules = rules or Rules()
    heard: dict[str, float] = {}
    out: list[Cue] = []
    for caption in sorted(captions, key=lambda c: (c.start, -c.end)):
        text = described(caption.text, marks)
        if text is None or caption.text == HARDLY:  # a film's silence has no subtitle
            continue
        start, end = round(1000 * caption.start), round(1000 * caption.end)
        recent = text in heard and start - heard[text] < rules.again
        heard[text] = max(heard.get(text, end), end)
        if not recent:
            _place(out, Cue(start, end, broken(text, rules)), rules)
    return out


def _place(out: list[Cue], cue: Cue, rules: Rules) -> None:
    need = rules.need(cue.text)
    length = min(max(cue.end - cue.start, need), rules.most)
    if not out:
        out.append(replace(cue, end=cue.start + length))
        return
    last = out[-1]
    # the cue before gives way, as far as it can still be read
    end = min(last.end, max(cue.start - rules.gap, last.start + rules.need(last.text)))
    start = max(cue.start, end + rules.gap)
    if start - cue.start <= rules.late:
        out[-1] = replace(last, end=end)
        out.append(replace(cue, start=start, end=start + max(need, min(length, cue.end - start))))
        return
    both = together(last.text, cue.text, rules)
    if both is not None:
        end = min(max(last.end, last.start + rules.need(both)), last.start + rules.most)
        out[-1] = replace(last, end=end, text=both)
