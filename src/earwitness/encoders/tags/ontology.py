"""The ontology of sound classes: what is a kind of what, and how a kind is spoken of in general.

Classes and parents follow AudioSet's ontology (Gemmeke et al. 2017); a class may have several parents, as a
siren is an alarm and a part of an emergency vehicle. A node that can be spoken of has a subject and a verb,
out of which its general sentence is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.common.errors import AssetError


@dataclass(frozen=True)
class Node:
    """A kind of sound: the kinds it belongs to, and the sentence that says it in general, "" for none."""

    name: str
    parents: tuple[str, ...]
    sentence: str = ""


def general_sentence(subject: str, verb: str, *, plural: bool = False) -> str:
    """A sentence in the simple present: the verb's first word is put into the subject's number.

    >>> general_sentence("an animal", "call"), general_sentence("waves", "break", plural=True)
    ('An animal calls', 'Waves break')
    >>> general_sentence("something", "be struck"), general_sentence("people", "be heard", plural=True)
    ('Something is struck', 'People are heard')
    """
    first, space, rest = verb.partition(" ")
    if first == "be":
        first = "are" if plural else "is"
    elif not plural:
        first = third_person(first)
    text = f"{subject} {first}{space}{rest}"
    return text[:1].upper() + text[1:]


def third_person(verb: str) -> str:
    """The third person singular of a regular verb.

    >>> [third_person(v) for v in ("call", "rush", "cry", "play", "go", "buzz")]
    ['calls', 'rushes', 'cries', 'plays', 'goes', 'buzzes']
    """
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in tuple("aeiou"):
        return verb[:-1] + "ies"
    return verb + "s"


class Ontology:
    """Nodes by name; each node stands after none of its own descendants.

    Parameters
    ----------
    nodes : sequence of Node
        Every parent is among them.

    Raises
    ------
    AssetError
        A parent is missing, or a node is an ancestor of itself.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes: Mapping[str, Node] = {node.name: node for node in nodes}
        self._above: dict[str, frozenset[str]] = {}
        for name in self.nodes:
            self._climb(name, ())

    @classmethod
    def read(cls, path: Path) -> Ontology:
        """Read ``ontology.json``."""
        rows = json.loads(path.read_text(encoding="utf-8"))["nodes"]
        return cls([_node(row) for row in rows])

    def ancestors(self, name: str) -> frozenset[str]:
        """A node and all that it belongs to; nothing for a name that the ontology lacks.

        >>> sorted(sound_ontology().ancestors("Bark"))[:2]
        ['Animal', 'Bark']
        """
        return self._above.get(name, frozenset())

    def spoken(self) -> tuple[Node, ...]:
        """The nodes that have a general sentence, in the ontology's order."""
        return tuple(node for node in self.nodes.values() if node.sentence)

    def members(self, axis_names: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which axes lie below which spoken node: (spoken nodes, axes)."""
        above = [self.ancestors(name) for name in axis_names]
        return np.array([[node.name in up for up in above] for node in self.spoken()], bool)

    def _climb(self, name: str, below: tuple[str, ...]) -> frozenset[str]:
        if name in below:
            raise AssetError(f"the ontology turns in a circle at {name!r}.")
        if name not in self.nodes:
            raise AssetError(f"the ontology lacks {name!r}, the parent of {below[-1]!r}.")
        if name not in self._above:
            parents = self.nodes[name].parents
            self._above[name] = frozenset({name}).union(*(self._climb(p, (*below, name)) for p in parents))
        return self._above[name]


def _node(row: Mapping[str, object]) -> Node:
    parents = row.get("parents", ())
    assert isinstance(parents, Sequence)
    name, subject, verb = (str(row.get(key, "")) for key in ("name", "subject", "verb"))
    sentence = general_sentence(subject, verb, plural=bool(row.get("plural"))) if subject else ""
    return Node(name, tuple(map(str, parents)), sentence)


@lru_cache(maxsize=1)
def sound_ontology() -> Ontology:
    """The ontology that is shipped: the embedded encoder's classes and what lies above them."""
    from earwitness.encoders.runtime import asset

    return Ontology.read(asset("ontology.json"))
