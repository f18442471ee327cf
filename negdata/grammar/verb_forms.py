"""The finite forms of a verb that a question has in its base form: "Does anyone have" becomes "no one has"."""

from __future__ import annotations

from functools import lru_cache

from negdata.grammar import lexicon as lex

_EXTRA = {
    "be": ("is", "was"),
    "eat": ("eats", "ate"),
    "cost": ("costs", "cost"),
    "feel": ("feels", "felt"),
    "mean": ("means", "meant"),
    "sink": ("sinks", "sank"),
    "understand": ("understands", "understood"),
    "belong": ("belongs", "belonged"),
    "own": ("owns", "owned"),
}


@lru_cache(maxsize=1)
def _irregular() -> dict[str, tuple[str, str]]:
    table = {base: (third, past) for base, third, past in lex.irregular_forms()}
    return {**table, **_EXTRA}


def third_person(base: str) -> str:
    """ "has" for "have", "catches" for "catch"."""
    known = _irregular().get(base)
    return known[0] if known else lex.regular_forms(base)[0]


def past_tense(base: str) -> str:
    """ "had" for "have", "caught" for "catch"."""
    known = _irregular().get(base)
    return known[1] if known else lex.regular_forms(base)[1]


@lru_cache(maxsize=1)
def _bases() -> dict[str, str]:
    bases = {third: base for base, (third, _) in _irregular().items()}
    bases |= {lex.regular_forms(verb)[0]: verb for verb in lex.BASE if verb not in _irregular()}
    return bases | {"looked": "look", "seemed": "seem", "appeared": "appear"}


def base_form(verb: str) -> str:
    """ "have" for "has", which people write after "does"; any other word as it is."""
    return _bases().get(verb, verb)
