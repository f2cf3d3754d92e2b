"""Languages by the codes that containers use: ISO 639-1, and both kinds of ISO 639-2."""

from __future__ import annotations

_CODES = """
ar ara|bg bul|bn ben|ca cat|cs cze ces|cy wel cym|da dan|de ger deu|el gre ell|en eng|es spa
et est|eu baq eus|fa per fas|fi fin|fr fre fra|ga gle|gl glg|he heb|hi hin|hr hrv|hu hun
hy arm hye|id ind|is ice isl|it ita|ja jpn|ka geo kat|kk kaz|ko kor|lt lit|lv lav|mk mac mkd
mn mon|mr mar|ms may msa|nb nob|nl dut nld|nn nno|no nor|pa pan|pl pol|pt por|ro rum ron|ru rus
sk slo slk|sl slv|sq alb sqi|sr srp|sv swe|sw swa|ta tam|te tel|th tha|tl tgl|tr tur|uk ukr
ur urd|vi vie||zh chi zho
"""

_LINES = [group.split() for group in _CODES.replace("\n", "|").split("|") if group]
_GROUPS = {code: codes[0] for codes in _LINES for code in codes}


def language(code: str) -> str:
    """One code for each language, whichever of its codes is given; what is unknown stays as it is.

    >>> language("ger"), language("DEU"), language("de-AT"), language("tlh"), language("und")
    ('de', 'de', 'de', 'tlh', '')
    """
    base = code.strip().lower().replace("_", "-").split("-")[0]
    return "" if base in ("und", "") else _GROUPS.get(base, base)
