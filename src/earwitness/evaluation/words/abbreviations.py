"""The abbreviations that keep their full stop in Stanford's Penn Treebank tokenisation."""

from __future__ import annotations

from collections.abc import Iterable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALWAYS = _words(
    """
    adj adm adv al ala alex apr ariz ark assn assoc asst atty aug ave az bhd bldg blvd brig bros calif capt cf
    cie cmdr co col colo comdr conn corp cos cpl ct dak dec del dept det dr drs elec ens esq est etc ext feb
    fla fri ft ga gen gov govs hon ill inc ind insp intl invt jan jos jr jul jun kan kans ky la lieut lt ltd
    maj mar mass md mfg mich minn miss mlle mme mo mon mont mr mrs ms msgr mt mtg natl neb nev nov oct okla
    ore pa penn pfc ph plc ppte ppty pres prof profs pte ptes pty ptys pvt rd rep reps rev rt sen sens sep
    sept seq sfc sgt spc sq sr st ste supt sys tel tenn tex thu thurs treas tue tues univ va vs vt wash wed
    wis wisc wm wyo
    """
)
BEFORE_NUMBERS = _words("art ca fig figs no nos op pp prop")

# Ordinary words when in lowercase ("la", "mass", "ill"): abbreviations with a capital only.
_CAPITALISED = _words("ark az del ill la mass miss ore pa tex wash")
# Not found with every letter a capital.
_NEVER_CAPITALS = _words("mfg mtg ppte ppty pte ptes pty ptys")


def either(words: Iterable[str]) -> str:
    """A pattern for any of the words in the spellings known: lowercase, capitalised, capitals.

    >>> either(["mass", "vs"])
    '(?:MASS|Mass|VS|Vs|vs)'
    """
    forms = {word.capitalize() for word in words}
    forms |= {word for word in words if word not in _CAPITALISED}
    forms |= {word.upper() for word in words if word not in _NEVER_CAPITALS}
    return "(?:" + "|".join(sorted(forms)) + ")"
