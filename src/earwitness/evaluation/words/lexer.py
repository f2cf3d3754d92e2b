"""The rules by which Stanford's PTBTokenizer 3.4.1, the one inside the COCO caption tools, cuts English.

At each place every rule is tried and the longest match wins, the first rule on a tie. As in lex, the context
that a rule asks to see behind its token counts as matched: that alone decides between ``'s`` (a clitic) and
```` ` ```` + ``sun`` (an opening quote). The rules were found by experiment, running the program on word
lists, on every string of up to four letters, on every character and on generated marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from earwitness.evaluation.words.abbreviations import ALWAYS, BEFORE_NUMBERS, either

CONTRACTIONS = frozenset(["cannot", "gonna", "gotta", "gimme", "lemme", "wanna"])
"""Words written as two tokens, the second beginning at the fourth letter."""

# A letter: a word character that is no digit, underscore or numeral (½ ² ①), or a mark that joins letters.
_LETTER = (
    r"(?:[^\W\d_\xb2\xb3\xb9\xbc-\xbe\u2070-\u218b\u2460-\u24ff\u2776-\u2793]|"
    r"[\u02c2-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065e\u0900-\u0963]|&[aeiouAEIOU](?:acute|grave|uml);)"
)
_ALNUM = rf"(?:{_LETTER}|\d)"
_APOS = r"(?:['\u2019\x92]|&apos;)"
_GAP = r"[ \t\xa0\u2000-\u200a\u3000]"
_SEGMENT = rf"(?:[dlDL]{_APOS}(?=[A-Za-z]{{2}})|[oO]{_APOS}(?=[A-Za-z0-9]{{2}}))?{_ALNUM}+"
_NUMBER = r"(?:\d*(?:[.:,]\d+)+|\d+)"
_WORD = rf"{_LETTER}{_ALNUM}*(?:[.!?]{_LETTER}{_ALNUM}*)*"
_HYPHENED = rf"{_SEGMENT}(?:[-\u2010\u2011]{_SEGMENT})*"
_ACRONYM = r"[A-Za-z](?:\.[A-Za-z])+\."
_CLITIC = rf"{_APOS}(?:[msdMSD]|[rR][eE]|[vV][eE]|[lL][lL])"
# Words that keep their apostrophe.
_APOSTROPHED = (
    rf"{_APOS}[nN]{_APOS}?|[ldjLDJ]{_APOS}|[dD]unkin{_APOS}|[sS]omethin{_APOS}|[oO]l{_APOS}|{_APOS}em|"
    rf"{_APOS}[cC]ause|[cC]{_APOS}mon|{_APOS}[2-9]0s|{_APOS}till?|[eE]v{_APOS}ry|[lL]i{_APOS}l|[cC]ap{_APOS}n|"
    rf"(?:[oO]|[nN]?[eE]|[hH]owe|[wW]h(?:at|en|ere)(?:so)?e){_APOS}er|[hH]allowe{_APOS}en|[sS]{_APOS}mores|"
    rf"(?:[sS]chool)?[mM]a{_APOS}am|[nN]or{_APOS}easter|[tT]a{_APOS}en|[jJ]usqu{_APOS}au"
)
_EXTENSION = (
    "bat|bmp|cgi|class|cpp|c|dll|docx?|exe|gif|gz|html?|h|jar|java|jpe?g|mov|mp3|pdf|php|pl|png|ppt|ps|py|sql|tar|"
    "txt|wav|xml|x|zip"
)
# A character inside an address.
_ADDRESS = r"[^\s\"<>|(){}\xa0]"
# Between the two tokens of a contraction.
_CUT = "\0"

_QUOTES = "`\u2018-\u201e\u2039\u203a\xab\xbb\x91-\x94"
_BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
_SYMBOLS = {
    **{c: "`" for c in "\u2018\u201b\u2039\x91"},
    **{c: "'" for c in "\u2019\u203a\x92"},
    **{c: "``" for c in "\u201c\xab\x93"},
    **{c: "''" for c in "\u201d\xbb\x94"},
    **{c: "--" for c in "\u2013\u2014\u2015\x96\x97"},
    **{c: "$" for c in "\u20ac\u20a0\xa4\x80"},
    **{"¢": "cents", "£": "#", "…": "...", "¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"},
    **{"&ndash;": "--", "&mdash;": "--", "&MD;": "--", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&apos;": "'"},
    **_BRACKETS,
}


class Rule(NamedTuple):
    """A pattern whose first group is the token, and how the token is written."""

    pattern: re.Pattern[str]
    write: Callable[[str], str]


def _rule(token: str, write: Callable[[str], str] = str, *, before: str = "") -> Rule:
    return Rule(re.compile(rf"({token}){before}"), write)


def _as(text: str) -> Callable[[str], str]:
    return lambda token: text


def _straight(token: str) -> str:
    return re.sub(_APOS, "'", token).replace("&amp;", "&")


def _unbracketed(token: str) -> str:
    return token.replace("(", "-lrb-").replace(")", "-rrb-")


RULES = [
    # markup and addresses
    _rule(r"</?[A-Za-z!?][\w:.-]*(?: +[A-Za-z][\w:.-]*(?:=(?:'[^'\n]*'|\"[^\"\n]*\"))?)* */?>"),
    _rule(r"<[!?][A-Za-z-][^>\n]*>"),
    _rule(rf"https?://{_ADDRESS}+[^\s\"<>|.!?(){{}},-]"),
    _rule(rf"www\.(?:[^\s\"<>|.!?(){{}},]+\.)+[a-zA-Z]{{2,4}}(?:/{_ADDRESS}+[^\s\"<>|.!?(){{}},-])?"),
    _rule(rf"<?[A-Za-z0-9]{_ADDRESS}*@(?:(?!\.){_ADDRESS})+(?:\.(?:(?!\.){_ADDRESS})+)*>?"),
    _rule(rf"@[A-Za-z_][A-Za-z0-9_]*|#{_LETTER}+|&(?:HT|TL|UR|LR|QC|QL|QR|odq|cdq|#\d+);"),
    _rule(rf"{_ALNUM}+(?:\.{_ALNUM}+)*\.(?i:{_EXTENSION})", before=r"[\s.?!,]"),
    # words
    _rule(f"(?i:{'|'.join(sorted(CONTRACTIONS))})", lambda t: f"{t[:3]}{_CUT}{t[3:]}"),
    _rule(r"'[tT]", before=r"(?:[iI][sS]|[wW][aA][sS])"),
    _rule(r"[A-Za-z]+", before=rf"[nN]{_APOS}[tT]"),
    _rule(rf"[nN]{_APOS}[tT]", _straight),
    _rule(_WORD, before=_CLITIC),
    _rule(_WORD),
    _rule(rf"{_ALNUM}+(?:_{_ALNUM}+)*"),
    _rule(r"[A-Za-z0-9]+(?:(?:[-_/]|\\/)[A-Za-z0-9]+)*"),
    _rule(_HYPHENED),
    _rule(rf"[A-Za-z0-9][A-Za-z0-9.,]*(?:[-\u2010\u2011](?:{_ACRONYM}|[A-Za-z0-9]+))+"),
    # names such as Xi'an, Shari'a, T'ang, N'Djamena
    _rule(rf"{_LETTER}+[aeiouyAEIOUY]['`\u2019][aeiouA-Z]{_LETTER}*|[A-HJ-XZn]['`\u2019]{_LETTER}{{2,}}"),
    _rule(_APOSTROPHED),
    _rule(rf"[yY]{_APOS}", before=r"[A-Za-z]"),
    _rule(_CLITIC, _straight, before=r"[^A-Za-z]"),
    _rule(_CLITIC, _straight),
    _rule(r"[A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+", _straight),
    _rule(r"[cC]\+\+|[cCfF]#|pro-|anti-"),
    # abbreviations
    _rule(rf"{_ACRONYM}|[pP][hH]\.[dD]\.|[A-Za-z]\.|{either(ALWAYS)}\."),
    _rule(rf"{either(BEFORE_NUMBERS)}\.", before=rf"{_GAP}?\d"),
    _rule(rf"(?:{_WORD}|{_HYPHENED})\.", before="[,;:]"),
    # numbers, money, telephones
    _rule(rf"[-+]?{_NUMBER}"),
    _rule(r"(?:\d{1,4}[- \xa0])?\d{1,4}(?:\\?/|\u2044)\d{1,4}"),
    _rule(rf"{_APOS}\d\d", before=r"\s"),
    _rule(
        r"(?:\(\d{2,3}\)[ \xa0]?|(?:\+\+?)?(?:\d{2,4}[- \xa0])?\d{2,4}[- \xa0])\d{3,4}[- \xa0]?\d{3,5}|"
        r"(?:(?:\+\+?)?\d{2,4}\.)?\d{2,4}\.\d{3,4}\.\d{3,5}",
        _unbracketed,
    ),
    _rule(r"[A-Z]*\$"),
    # faces
    _rule(r"[<>]?[:;=][-o*']?[()DPdpO\\{@|[\]]", _unbracketed, before=r"[^A-Za-z0-9]"),
    _rule(
        r"[-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\)|\([\^x=~<>']-[\^x=~<>'`]\)",
        _unbracketed,
    ),
    # marks
    _rule(r"\.{3,5}|(?:\.[ \xa0]){2,4}\.", _as("...")),
    _rule("-"),
    _rule("--{1,3}", _as("--")),
    _rule("-{5,}"),
    _rule(r"\"|&quot;", _as("``"), before="[A-Za-z0-9$]"),
    _rule(r"\"|&quot;", _as("''")),
    _rule(r"'", _as("`"), before=r"[A-Za-z][^ \t\n\r\xa0]"),
    _rule(r"''|[?!]+|\*+|\\\*|_+|@+|#+|<<|>>"),
    _rule(rf"[{_QUOTES}]{{1,2}}", lambda t: "".join(_SYMBOLS.get(c, c) for c in t)),
    _rule("|".join(map(re.escape, _SYMBOLS)), _SYMBOLS.__getitem__),
    # whatever else is printed; emoji, strange brackets and control characters are dropped
    _rule(
        r"[!-~\xa1-\xac\xae-\xff\u2016-\u203f\u2041-\u2044\u2070-\u208e\u20a4\u2100-\u215e\u2190-\u2bff"
        r"\u3001\u3002\u3012\u30fb\uff01-\uff65\uffe0-\uffe6]"
    ),
]


def tokens(text: str) -> Iterator[str]:
    """The tokens of one line, lowercase, punctuation included.

    Two full stops are given where the program gives three: ``etc. The`` ends both an abbreviation and a
    sentence there. The one more is punctuation and dropped by every user.

    >>> list(tokens("Isn't that Mr. Fox's 'tick-tock', at 5:30?"))
    ['is', "n't", 'that', 'mr.', 'fox', "'s", '`', 'tick-tock', "'", ',', 'at', '5:30', '?']
    """
    line = re.sub(r"[\r\n\x0b\x0c\u2028\u2029]", " ", text).replace("\xad", "").replace("&nbsp;", " ") + "\n"
    place = 0
    while place < len(line):
        matches = [(m, rule) for rule in RULES if (m := rule.pattern.match(line, place))]
        if not matches:
            place += 1
            continue
        match, rule = max(matches, key=lambda pair: pair[0].end())
        yield from rule.write(match[1]).lower().replace("\xa0", " ").replace(" ", "\xa0").split(_CUT)
        place = match.end(1)
