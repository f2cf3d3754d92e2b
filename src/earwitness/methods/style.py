"""How a caption looks: sentence case, no stray spaces, and whether it says the same thing twice."""

from __future__ import annotations

import re
from itertools import pairwise

from earwitness.common.joints import CLAIMS, any_of

# Words and marks that join the sounds of a caption.
JOINTS = re.compile(rf"\s*(?:[,;]|\.\s|\b(?:{any_of(CLAIMS)})\b)\s*", re.I)

# One person by several words: "an adult female" is "a woman".
AGES = r"(?:(?:adult|young|younger|elderly|old|older|middle[- ]aged|grown)\s+)*"
PEOPLE = (
    (re.compile(rf"\b{AGES}(?:woman|female|lady)\b", re.I), "woman"),
    (re.compile(rf"\b{AGES}(?:man|male|guy|gentleman)\b", re.I), "man"),
)

# An article before a word; words that begin with a consonant's sound, and with a silent one.
ARTICLE = re.compile(r"\b(an?)(\s+)([a-z][\w'-]*)", re.I)
CONSONANT = re.compile(r"(?:u(?:ni(?![dmn])|s[aeiu]|t[ei])|eu|ewe|one\b|once)", re.I)
SILENT = re.compile(r"(?:hour|honest|honou?r|heir)", re.I)

ARTICLES = re.compile(r"^(?:a|an|the|some|another|more|is|are)\s+", re.I)


def as_sentence(text: str) -> str:
    """Sentence case and single spaces, no final period: captions are phrases as often as sentences.

    >>> as_sentence("  a dog barks  twice. ")
    'A dog barks twice'
    """
    text = re.sub(r"\s+([,.;])", r"\1", " ".join(text.split())).rstrip(" .,;")
    return text[:1].upper() + text[1:]


def tidied(text: str) -> str:
    """Spaces before marks and short forms taken out, as transformers' tokenizers once did to every text.

    >>> tidied("a dog ' s bark , isn 't it !")
    "a dog's bark, isn 't it!"
    """
    for mark in (".", "?", "!", ","):
        text = text.replace(f" {mark}", mark)
    text = text.replace(" ' ", "'")
    for short in ("n't", "'m", "'s", "'ve", "'re"):
        text = text.replace(f" {short}", short)
    return text


def right_articles(text: str) -> str:
    """The article that a noun's first sound asks for: keywords put into a prompt mislead a small model.

    >>> right_articles("A ambulance passes an car and a hour-long a union"), right_articles("An one")
    ('An ambulance passes a car and an hour-long a union', 'A one')
    """

    def right(match: re.Match[str]) -> str:
        article, space, word = match.groups()
        vowel = word[0].lower() in "aeiou" and not CONSONANT.match(word)
        wanted = "an" if vowel or SILENT.match(word) else "a"
        return (wanted.capitalize() if article[0] == "A" else wanted) + space + word

    return ARTICLE.sub(right, text)


def parts(caption: str) -> list[str]:
    """Cut a caption where its sounds are joined; a lone word stays with what follows it.

    >>> parts("a man speaks while birds chirp, followed by a splash")
    ['a man speaks', 'birds chirp', 'a splash']
    >>> parts("people and dogs run")
    ['people and dogs run']
    """
    out: list[str] = []
    for piece in (p.strip(" .") for p in JOINTS.split(caption)):
        if not piece:
            continue
        if out and len(out[-1].split()) < 2:
            out[-1] += " and " + piece
        else:
            out.append(piece)
    if len(out) > 1 and len(out[-1].split()) < 2:
        last = out.pop()
        out[-1] += " and " + last
    return out or [caption]


def claims(caption: str) -> list[str]:
    """Cut a caption into what each part of it claims to be heard.

    Its ``parts``, but a lone word ends before a phrase with an article of its own, and one at the end is said
    of what the part begins with.

    >>> claims("gurgling and a person speaks"), claims("people and dogs run")
    (['gurgling', 'a person speaks'], ['people and dogs run'])
    >>> claims("a person sneezes and speaks")
    ['a person sneezes', 'a person speaks']
    """
    out: list[str] = []
    for part in parts(caption):
        first, joint, rest = part.partition(" and ")
        before, _, last = part.rpartition(" and ")
        if joint and len(first.split()) == 1 and ARTICLES.match(rest):
            out += [first, rest]
        elif joint and len(last.split()) == 1 and ARTICLES.match(before) and len(before.split()) > 2:
            out += [before, f"{' '.join(before.split()[:2])} {last}"]
        else:
            out.append(part)
    return out


def repeats_itself(text: str) -> bool:
    """Whether two parts of a caption say the same, or a word follows itself.

    >>> repeats_itself("A dog barks and a dog barks"), repeats_itself("A dog barks and a man speaks")
    (True, False)
    >>> repeats_itself("Water splashes and splashes")
    True
    >>> repeats_itself("An adult female is speaking, and a woman speaks")
    True
    """
    for person, word in PEOPLE:
        text = person.sub(word, text)
    words = re.findall(r"[a-z']+", text.lower())
    if any(a == b for a, b in pairwise(words)):
        return True
    said = [ARTICLES.sub("", p.lower()) for p in JOINTS.split(text) if p.strip()]
    return any(_within(a, b) for i, a in enumerate(said) for j, b in enumerate(said) if i != j)


def _within(a: str, b: str) -> bool:
    """Whether every word of ``a`` but its inflections is in ``b``: "splashes" is within "water splashes"."""
    stems = {_stem(w) for w in b.split()} | {"is", "are"}
    return bool(a.split()) and all(_stem(w) in stems for w in a.split())


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|es|ed|s|e)$", "", word) if len(word) > 4 else word
