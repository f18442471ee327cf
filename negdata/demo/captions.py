"""What people might say of a scene: true sentences that deny nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence

from negdata.demo.places import PLACES
from negdata.demo.scene import PlacedObject, Scene
from negdata.grammar.nouns import article

FORMS = 8
"""Sentences of different forms; each may begin with any of the scene's objects."""
ALL_FORMS = 4 * FORMS


def caption(scene: Scene, number: int = 0) -> str:
    """A true sentence about the scene; its number picks the form and the object that comes first.

    Forms 0 and 1 name every object, with colours and without; the others name one or two. Most say where it is.
    """
    form, turn = number % FORMS, number // FORMS % len(scene.objects)
    things = scene.objects[turn:] + scene.objects[:turn]
    place = PLACES[scene.place]
    first, second = things[0], things[1] if len(things) > 1 else None
    if form == 0:
        return f"{_capital(_listed([noun(thing, colored=True) for thing in things]))} {place.phrase}."
    if form == 1:
        return f"{_capital(_with_article(place.noun))} with {_listed([noun(thing) for thing in things])}."
    if form == 2:
        return f"{_capital(noun(first, colored=True))} {_doing(first)}{place.phrase}."
    if form == 3 and second is not None:
        return f"{_capital(noun(first))} {_relation(first, second)} {noun(second, colored=True)}."
    if form == 4:
        return f"There is {noun(first, colored=True)} {_on_side(first)} of the picture."
    if form == 5 and second is not None:
        return f"{_capital(noun(first))} {_doing(first)}and {noun(second)} {_doing(second)}{place.phrase}."
    if form == 6 and second is not None:
        return f"{_capital(noun(first, colored=True))} {_doing(first)}near {noun(second)}."
    if form == 7:
        verb = "is" if not first.doing else f"is {first.doing}"
        return f"{_capital(noun(first, colored=True))} {verb} {place.phrase}."
    return f"A picture of {noun(first, colored=True)}{f' {first.doing}' if first.doing else ''}."


def captions_of(scene: Scene, n: int, chance: random.Random) -> list[str]:
    """`n` different captions of the scene, 1 to 5; a scene of one object has no more."""
    numbers = [form + FORMS * chance.randrange(len(scene.objects)) for form in chance.sample(range(FORMS), FORMS)]
    return list(dict.fromkeys(caption(scene, number) for number in numbers))[:n]


def noun(thing: PlacedObject, *, colored: bool = False) -> str:
    """ "a dog", "a brown dog"."""
    return _with_article(f"{thing.color} {thing.name}" if colored else thing.name)


def _doing(thing: PlacedObject) -> str:
    return f"{thing.doing} " if thing.doing else ""


def _on_side(thing: PlacedObject) -> str:
    return "in the middle" if thing.side == "middle" else f"on the {thing.side} side"


def _relation(a: PlacedObject, b: PlacedObject) -> str:
    across, down = (mine - its for mine, its in zip(a.center, b.center, strict=True))
    if abs(across) >= abs(down):
        return "to the left of" if across < 0 else "to the right of"
    return "above" if down < 0 else "below"


def _with_article(words: str) -> str:
    return f"{article(words)} {words}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
