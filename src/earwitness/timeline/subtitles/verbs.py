"""The verbs of captions, and their present participles: what sounds do, and what people do that can be
heard."""

from __future__ import annotations

import re
from importlib.resources import files

# Words that name a thing as often as what it does (drums, waves, pipes) are not in the list: as verbs they
# are rare in captions, and as nouns they would be taken for the end of a subject.
VERBS = frozenset(files(__package__).joinpath("verbs.txt").read_text(encoding="utf-8").split())
"""What sounds do, and what people do that can be heard."""

SPEECH = frozenset(
    [
        "answer", "ask", "chat", "comment", "converse", "demonstrate", "describe", "dictate", "discuss",
        "explain", "instruct", "interview", "introduce", "lecture", "narrate", "pronounce", "read",
        "recite", "remark",
        "reply", "respond", "say", "speak", "talk", "tell", "thank", "think", "utter",
    ]
)  # fmt: skip
"""Those of ordinary speech."""

_DOUBLED = frozenset(["begin", "unwrap", "unzip", "unplug", "control", "propel"])
_IRREGULAR = {
    "clip-clop": "clip-clopping",
    "have": "having",
    "tiptoe": "tiptoeing",
    "hee-haw": "hee-hawing",
    "ribbit": "ribbiting",
}
_SINGLE = re.compile(r"(?:[^aeiou]|qu)*[aeiouy][bdfgklmnprtvz]")


def participle(base: str) -> str:
    """The present participle of a verb.

    >>> [participle(v) for v in ("bark", "chop", "race", "die", "whir", "squeal", "see", "open", "begin")]
    ['barking', 'chopping', 'racing', 'dying', 'whirring', 'squealing', 'seeing', 'opening', 'beginning']
    """
    if base in _IRREGULAR:
        return _IRREGULAR[base]
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    # one short vowel and one consonant after it: the consonant is doubled
    if base in _DOUBLED or _SINGLE.fullmatch(base):
        return base + base[-1] + "ing"
    return base + "ing"


def third_person(base: str) -> str:
    """The form that follows "it": barks, crashes, cries.

    >>> [third_person(v) for v in ("bark", "crash", "cry", "play", "go", "have")]
    ['barks', 'crashes', 'cries', 'plays', 'goes', 'has']
    """
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    if base in ("whiz", "quiz"):
        return base + "zes"
    return base + (
        "es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) and not base.endswith("oo") else "s"
    )


SINGULAR = {third_person(base): base for base in VERBS}
"""Form after one: its verb."""
