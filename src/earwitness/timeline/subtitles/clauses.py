"""A caption's sentence into clauses in the present participle: "a dog barks" into "dog barking".

There is no parser here, only what captions are made of: a subject, a verb that agrees with it, what
follows, and words that join. Agreement is what tells a verb from a noun: after "a dog" only "barks" can be
its verb, after "dogs" only "bark".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from earwitness.timeline.subtitles.verbs import SINGULAR, SPEECH, VERBS, participle
from earwitness.timeline.subtitles.words import (
    ACTIVE,
    ADJECTIVES,
    ADVERB,
    ARTICLES,
    BE,
    BEGIN,
    CROWD,
    JOINTS,
    MANY,
    NOBODY,
    NOT_MANY,
    ONE,
    OWNERS,
    PAIRS,
    PAST,
    PERSON,
    PREPOSITIONS,
    TALK,
    TIMES,
    TOGETHER,
    WITH_UP,
)


@dataclass(frozen=True)
class Clause:
    """One thing that happens: what stands before its verb, the verb's plain form, and all of it rewritten."""

    subject: tuple[str, ...]
    verb: str
    words: tuple[str, ...]
    joint: str = ""

    @property
    def text(self) -> str:
        """The words, commas closed up."""
        return re.sub(r"\s+([,;])", r"\1", " ".join(self.words)).replace("_", " ")


def clauses(sentence: str) -> list[Clause]:
    """Cut a sentence where something else begins to happen, each clause in the present participle.

    >>> [c.text for c in clauses("A dog barks and growls while birds chirp in the background")]
    ['dog barking', 'growling', 'birds chirping in the background']
    >>> [c.text for c in clauses("A car door is closed and the engine starts running")]
    ['car door being closed', 'engine running']
    """
    tokens = re.findall(r"[^\s,;.]+|[,;]", PAIRS.sub(lambda m: m[0].replace(" ", "_"), sentence.lower()))
    out: list[Clause] = []
    for joint, words in _cut(tokens):
        clause = _clause(joint, words, out[-1] if out else None)
        if not clause.words:
            continue
        if not out or (clause.verb and joint != "or") or (joint in TOGETHER and joint not in TIMES):
            out.append(clause)
        else:  # a thing that is joined to what was said: "with drums and bells"
            last = out.pop()
            out.append(replace(last, words=(*last.words, joint, *words)))
    return out


def _cut(tokens: list[str]) -> list[tuple[str, list[str]]]:
    """Pieces between joints, each with the joint before it; "as if" and "such as" join nothing."""
    pieces: list[tuple[str, list[str]]] = [("", [])]
    for token in tokens:
        joint, words = pieces[-1]
        if token not in JOINTS or (words and words[-1] == "such"):
            words.append(token)
        elif words:
            pieces.append((token, []))
        elif not joint or joint in (",", ";", "and", "but"):
            pieces[-1] = (token if token != "then" or not joint else joint, [])
    return [p for p in pieces if p[1]]


def _clause(joint: str, words: list[str], before: Clause | None) -> Clause:
    found = _verb(words, joint, before)
    if found is None:
        if joint in ("that", "which", "who", "because"):
            return Clause((), "", (), joint)
        if joint in TIMES and before is not None:  # "before a concert"
            return Clause((), "", tuple(words), joint)
        going = [i for i, w in enumerate(words) if w in _BASES]
        verb = _BASES[words[going[0]]] if going else ""
        return Clause(tuple(words[: going[0]] if going else words), verb, tuple(_bare(words)), joint)
    at, count, verb, said = found
    if joint in ("that", "which", "who", "because") and verb == "be" and said in ([], ["being"]):
        return Clause((), "", (), joint)  # "who is upset"
    subject = words[:at]
    adverbs = [w for w in subject if ADVERB.fullmatch(w)] if at and _all_adverbs(subject) else []
    kept = adverbs or _bare(subject)
    if relative := (joint in ("that", "which", "who") and before is not None and not kept):
        subject = list(_thing_at_end(before))
    return Clause(tuple(subject), verb, (*kept, *said, *words[at + count :]), "that" if relative else joint)


def _all_adverbs(words: list[str]) -> bool:
    return all(ADVERB.fullmatch(w) for w in words)


def _bare(subject: list[str]) -> list[str]:
    """A subject without its article; nobody in particular is left out."""
    words = subject[1:] if subject and subject[0] in ARTICLES and subject[1:2] != ["few"] else subject
    return [] if len(words) == 1 and words[0] in NOBODY else words


def _thing_at_end(clause: Clause | None) -> tuple[str, ...]:
    """What a relative clause is about: the last thing of the clause before it."""
    words = clause.words if clause is not None else ()
    cut = [i for i, w in enumerate(words) if w in PREPOSITIONS or w in ARTICLES]
    return words[cut[-1] + 1 :] if cut else words


def _verb(words: list[str], joint: str, before: Clause | None) -> tuple[int, int, str, list[str]] | None:
    """Where the verb is, how many words it takes, its plain form, and the participle."""
    shared = before is not None and before.verb != "" and joint not in TOGETHER
    relative = joint in ("that", "which", "who")
    for i, word in enumerate(words):
        subject = words[:i]
        own = bool(subject) and not _all_adverbs(subject)
        if not own and not (shared or relative):
            continue
        if not own and i and not _all_adverbs(subject):
            continue
        if word in BE and (own or relative or shared):
            return _being(words, i)
        plain = _plain(word, words[i + 1 :], _number(subject if own else [], joint, before))
        if plain is None or (own and not _may_end(subject, words[i + 1 :], word)):
            continue
        following = words[i + 1 : i + 2]
        if plain in BEGIN and following and following[0].endswith("ing"):
            return i, 2, _base(following[0]), [following[0]]
        if (
            plain in BEGIN
            and words[i + 1 : i + 2] == ["to"]
            and words[i + 2 : i + 3]
            and words[i + 2] in VERBS
        ):
            return i, 3, words[i + 2], [participle(words[i + 2])]
        return i, 1, plain, [participle(plain)]
    return None


def _plain(word: str, after: list[str], number: str) -> str | None:
    """The plain form of a word that can be a verb of a number ("one", "many", "either"); else None."""
    if word == "has":
        return "have"
    if word in WITH_UP and after[:1] == ["up"]:
        return WITH_UP[word]
    if word in SINGULAR and number != "many":
        return SINGULAR[word]
    return word if word in VERBS and number != "one" else None


def _number(subject: Sequence[str], joint: str, before: Clause | None) -> str:
    """Whether a verb agrees with one thing, with many, or may with either."""
    heads = [w for w in subject if not ADVERB.fullmatch(w)]
    if not heads:  # shared with the clause before; nobody in particular is one
        return _number(before.subject, "", None) if before is not None and before.subject else "one"
    if joint == "and" and before is not None and not before.verb:
        return "either"  # "ropes and wood creak", "thunk and a can rolls out"
    if "of" in heads:
        return "either" if _plural(heads[-1]) or _plural(heads[heads.index("of") - 1]) else "one"
    if heads[0] in ONE:
        return "one"
    return "many" if any(w in MANY for w in heads) or _plural(heads[-1]) else "one"


def _plural(word: str) -> bool:
    return word in MANY or (word.endswith("s") and not NOT_MANY.fullmatch(word))


def _may_end(subject: list[str], after: list[str], word: str) -> bool:
    """Whether a subject can end before a word: not after "of" or "the", nor where the word is a noun
    itself."""
    if subject[-1] in PREPOSITIONS or subject[-1] in ARTICLES or subject[-1] in OWNERS:
        return False
    if (
        word not in SINGULAR
        or subject[0] in ("a", "an", "one", "another")
        or word in ("goes", "plays", "makes")
    ):
        return True
    # "bird calls echo": the verb comes next, and this is its plural subject
    return not after or after[0] not in (VERBS - ADJECTIVES - PREPOSITIONS) | BE


def _being(words: list[str], i: int) -> tuple[int, int, str, list[str]]:
    """Forms of be: "is barking", "is slowly poured", "are heard", "is loud"."""
    j = i + 1
    adverbs = []
    while j < len(words) and ADVERB.fullmatch(words[j]):
        adverbs.append(words[j])
        j += 1
    following = words[j] if j < len(words) else ""
    if following == "being" and j + 1 < len(words):
        return i, j + 2 - i, "be", [*adverbs, "being", words[j + 1]]
    if following.endswith("ing"):
        return i, j + 1 - i, _base(following), [*adverbs, following]
    if following == "heard":
        return i, j + 1 - i, "be", []
    if following in ACTIVE:  # what a player does to an instrument, the instrument does
        return i, j + 1 - i, ACTIVE[following], [*adverbs, participle(ACTIVE[following])]
    if PAST.fullmatch(following):
        return i, j + 1 - i, "be", [*adverbs, "being", following]
    return i, j - i, "be", [*adverbs, "being"] if following and following not in PREPOSITIONS else adverbs


_BASES = {participle(v): v for v in VERBS}


def _base(word: str) -> str:
    return _BASES.get(word, word)


def is_speech(clause: Clause) -> bool:
    """Whether a clause tells of ordinary speech: a person who talks, not one who laughs or shouts, nor a
    crowd."""
    if CROWD.search(clause.text):
        return False
    if not clause.verb or clause.verb == "be":
        return bool(TALK.search(clause.text))
    if clause.verb not in SPEECH:
        return any(TALK.search(w) for w in clause.subject) and clause.verb in (
            "continue",
            "occur",
            "take",
            "follow",
        )
    said = [w for w in clause.subject if not ADVERB.fullmatch(w)]
    return not said or any(PERSON.fullmatch(w) for w in said) or any(TALK.search(w) for w in said)
