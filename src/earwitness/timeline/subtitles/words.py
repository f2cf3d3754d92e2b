"""The small words of captions, by what they do in a sentence."""

from __future__ import annotations

import re

ARTICLES = frozenset(["a", "an", "the", "some"])
# a subject of nobody in particular is not said
NOBODY = frozenset(
    [
        "someone", "somebody", "something", "he", "she", "it", "they", "we", "i", "you", "who", "that",
        "which",
    ]
)  # fmt: skip
ONE = frozenset(
    [
        "a", "an", "one", "another", "someone", "somebody", "something", "everyone", "everything",
        "each", "he", "she", "it", "this", "that",
    ]
)  # fmt: skip
MANY = frozenset(
    [
        "two", "three", "four", "five", "several", "many", "both", "few", "people", "men", "women",
        "children", "mice", "geese", "sheep", "cattle", "feet", "teeth", "police", "they", "we",
        "kids", "oxen", "deer", "others",
    ]
)  # fmt: skip
NOT_MANY = re.compile(r".*(?:ss|us|is|'s|ous|as|blues|mains|news|lens)$|s$")
JOINTS = frozenset(
    [
        ",", ";", "and", "or", "but", "then", "while", "whilst", "as", "when", "before", "after",
        "until", "that", "which", "who", "where", "because", "so", "if",
    ]
)  # fmt: skip
# joints that a mere thing may follow
TIMES = frozenset(["before", "after", "until", "as", "if", "so", "but", "where"])
# joints between things that happen together, said with a comma
TOGETHER = frozenset(
    ["while", "whilst", "as", "when", "before", "after", "until", "so", "if", "but", "where"]
)
PREPOSITIONS = frozenset(
    [
        "of", "in", "on", "at", "by", "with", "without", "into", "onto", "from", "to", "through",
        "over", "under", "behind", "around", "near", "against", "along", "across", "inside", "outside",
        "like", "up", "down", "off", "out", "for", "between", "beside", "after",
    ]
)  # fmt: skip
BE = frozenset(["is", "are", "was", "were"])
BEGIN = frozenset(["start", "begin", "continue", "keep"])
# words that belong together though a joint stands between them
PAIRS = re.compile(
    r"\b(?:rock and roll|drum and bass|rhythm and blues|(\w+) and \1|back and forth|up and down|on and off|"
    r"in and out|(?:for|after|in) a while)\b"
)
ACTIVE = {"played": "play", "strummed": "strum"}
OWNERS = frozenset(["two", "three", "several", "many", "his", "her", "their", "its", "my", "our"])
ADJECTIVES = frozenset(["open", "shut", "close", "clear", "dry", "warm", "slow", "quiet", "lower", "fast"])
WITH_UP = {"backs": "back", "back": "back", "tunes": "tune", "tune": "tune", "warms": "warm"}
ADVERB = re.compile(
    r"(?!family|fly|butterfly|belly|bully|trolley)\w+ly$|then$|also$|again$|just$|once$|twice$|not$|never$"
)
PAST = re.compile(
    r"\w+(?:ed|en)$|(?:sung|rung|struck|blown|played|hit|cut|heard|set|torn|run|drawn|thrown|wound|shot|put|"
    r"shut|spun|swept|bowed|ground|sewn|sawn|told|read|said|swung|split|made)$"
)
PERSON = re.compile(
    r"(?:man|men|woman|women|person|people|child|children|boy|boys|girl|girls|kid|kids|male|female|adult|speaker|"
    r"speakers|narrator|announcer|host|teacher|student|students|voice|voices|someone|somebody|he|she|they|toddler|"
    r"preacher|commentator|reporter|guest|guests|friends|family|instructor|operator|pilot|driver|everyone|visitors|"
    r"workers|others|guide|officer|customers|passengers|tourists|shopper|shoppers|dj|narration|baby|parent|mother)$"
)
CROWD = re.compile(
    r"\b(?:crowds?|audience|babble|hubbub|murmur\w*|chatter\w*|party|stadium|loudspeakers?|robot\w*)\b"
)
TALK = re.compile(
    r"\b(?:speech|conversations?|monologue|narration|dialogue|talk|chat|interview|lecture|sermon)\b"
)
