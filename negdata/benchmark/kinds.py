"""What kind of thing a phrase negates: an object, an action, an attribute, a relation or a location."""

from __future__ import annotations

from typing import Literal

from negdata.negation import Cue
from negdata.negation.text import is_word, tokenise
from negdata.vocabulary import vocabulary

Kind = Literal["object", "action", "attribute", "relation", "location"]
KINDS: tuple[Kind, ...] = ("object", "action", "attribute", "relation", "location")

_OBJECT_CUES = frozenset(
    {"no", "no one", "nobody", "none", "nothing", "without", "lacking", "lacks", "lack of", "sans"}
)
_OBJECT_CUES |= {"free of", "devoid of", "empty of", "bare of", "clear of", "absence of", "missing", "minus", "zero"}
_OBJECT_CUES |= {"neither", "-free"}
_LEADING = frozenset(
    "a an the any some be been being is are was were do does did can could will would really very"
    " quite fully completely entirely directly right even actually yet currently totally all his her its their it"
    " he she they that which".split()
)
_HAVING = frozenset(
    "wearing wear wears worn holding hold holds carrying carry carries having have has had containing contain contains"
    " including include includes covered topped featuring using".split()
)
"""What is said not to be worn, held or had is an object that isn't there."""
_PLACING = frozenset(
    "on in at inside within into onto above below over under underneath beneath off out up down".split()
)
_STATES = frozenset({"use", "bloom", "motion", "focus", "color", "colour", "service"})
"""After "in", a state and no place."""
_RELATING = frozenset(
    "next near beside behind between touching facing against beyond across toward towards around alongside by with"
    " attached connected close closest leaning looking covering matching as like than opposite adjacent".split()
)
_ATTRIBUTES = frozenset(
    "visible shown seen pictured open closed full empty blurry clear lit whole cut eaten finished sliced peeled ripe"
    " hidden used turned made showing show shows".split()
)
_NOT_ACTIONS = frozenset(
    "ceiling building thing anything something nothing morning evening string ring lettering writing clothing topping"
    " frosting icing".split()
)


def kind_of(text: str, cue: Cue, negated: str) -> Kind:
    """The kind of what a cue of a text negates, told by the words in its scope.

    Args:
        negated: what lies in the cue's scope, as ``negdata.negation.negated_spans`` tells it.
    """
    if cue.cue == "-less":
        return "attribute" if text[cue.start : cue.end].lower() == "sleeveless" else "object"
    words = [word for word in tokenise(negated).words if is_word(word)]
    while len(words) > 1 and (words[0] in _LEADING):
        words = words[1:]
    first = words[0] if words else ""
    if cue.cue in ("no one", "nobody"):
        return "object"
    if cue.cue in _OBJECT_CUES:
        return "action" if _is_action(first) and first not in _HAVING else "object"
    if first in _HAVING:
        return "object"
    if first in _RELATING or (len(words) > 1 and first in ("in", "on") and words[1] == "front"):
        return "relation"
    if first in _PLACING and (len(words) == 1 or words[1] in _STATES):
        return "attribute"
    if first in _PLACING:
        return "location"
    if first in _ATTRIBUTES:
        return "attribute"
    if _is_action(first):
        return "action"
    return "object" if _is_thing(negated) else "attribute"


def _is_action(word: str) -> bool:
    return len(word) > 4 and word.endswith("ing") and word not in _NOT_ACTIONS


def _is_thing(negated: str) -> bool:
    """Whether what is negated is a noun phrase: "not a ring", "not another black bag", "not his reflection"."""
    words = tokenise(negated).words
    if words and words[0] in ("a", "an", "the", "another", "any", "his", "her", "its", "their", "it"):
        return True
    return bool(words) and vocabulary().lookup(words[-1]) is not None
