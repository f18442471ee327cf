"""Absence told of a noun in the caption, right behind it: "a motorcycle with no rider parked …"."""

from __future__ import annotations

from collections.abc import Iterator

from negdata.grammar import relations as rel
from negdata.grammar.analysis import VIEWS, Analysis, Phrase
from negdata.grammar.drafts import Draft, Position
from negdata.grammar.hosts import Host, hosts, is_person, phrase_names, place_after, relation, with_before
from negdata.grammar.nouns import Absent
from negdata.vocabulary import vocabulary
from negdata.vocabulary.wearable import WEARABLE


def attached_drafts(a: Analysis, y: Absent, people_named: bool) -> Iterator[Draft]:
    """What can be said of one of the caption's nouns; empty where the object goes with none of them."""
    if a.question or a.negated:
        return
    for host in hosts(a, y):
        follows = place_after(a, host.phrase)
        if follows is None:
            continue
        if host.how in ("wear", "hold"):
            yield from _on_person(a, y, host, follows)
        elif host.how == "animal-wear":
            yield from _on_animal(a, y, host, follows)
        elif host.how == "occupant":
            yield from _occupant(a, y, host, follows, people_named)
        elif host.how == "place":
            yield from _in_place(a, y, host, follows)
        else:
            yield from _part(a, y, host, follows)
    yield from _list_drafts(a, y)
    yield from _parenthesis(a, y)
    yield from _existential(a, y)
    yield from _sibling(a, y)


def _at(a: Analysis, phrase: Phrase) -> tuple[int, Position]:
    offset = a.tokens[phrase.full_last].end
    return offset, ("end" if offset >= a.end else "middle")


def _draft(a: Analysis, host: Host, name: str, weight: float, words: str) -> Draft:
    offset, position = _at(a, host.phrase)
    return Draft(name, position, weight, offset, words)


_HAVING = frozenset({"has", "have", "contains", "contain", "features", "includes", "with"})


def _misattaches(a: Analysis, y: Absent, host: Host, follows: str) -> bool:
    """Whether what follows would be read of the absent thing: "no people walking", "by a desk with no lamp holding"."""
    acts = y.is_a("person", "animal", "vehicle")
    if follows == "EN":
        return a.word_at(host.phrase.full_last + 1) not in rel.POSTURES or (acts and y.name != "rider")
    return follows == "ING" and (acts or not host.is_subject)


def _part(a: Analysis, y: Absent, host: Host, follows: str) -> Iterator[Draft]:
    if _misattaches(a, y, host, follows) or a.word_at(host.phrase.full_last + 1) in _HAVING:
        return
    noun = y.plural if host.phrase.plural and y.countable else y.bare
    an = noun if host.phrase.plural or y.mass or y.prefers_plural else y.strict_an
    if not with_before(a, host.phrase.first):
        yield _draft(a, host, "with-no", 6, f" with no {noun}")
        yield _draft(a, host, "without", 6, f" without {an}")
        if (
            host.name in rel.SURFACES
            and follows != "ING"
            and host.name not in ("bed", "couch", "sofa", "chair", "wall")
        ):
            it = "them" if host.phrase.plural else "it"
            yield _draft(a, host, "with-no-on-it", 3, f" with no {noun} on {it}")
    if follows in ("END", "FIN") or host.is_subject:
        yield _draft(a, host, "lacking", 2, f" lacking {an}")
    have = "have" if host.phrase.plural else "has"
    if follows in ("FIN", "END", "PREP") and _indefinite(a, host.phrase):
        yield _draft(a, host, "that-has-no", 3, f" that {have} no {noun}")
        do = "don't" if host.phrase.plural else "doesn't"
        yield _draft(a, host, "doesnt-have", 3, f" that {do} have {an}")


def _indefinite(a: Analysis, phrase: Phrase) -> bool:
    return a.tokens[phrase.first].lower not in ("the", "this", "that", "its", "their", "his", "her")


def _in_place(a: Analysis, y: Absent, host: Host, follows: str) -> Iterator[Draft]:
    if _misattaches(a, y, host, follows) or follows == "ING" or a.word_at(host.phrase.full_last + 1) in _HAVING:
        return
    noun = y.plural if host.phrase.plural and y.countable else y.bare
    indoors = host.name in rel.INDOOR_PLACES
    if not with_before(a, host.phrase.first):
        yield _draft(a, host, "with-no", 6, f" with no {noun}")
        yield _draft(a, host, "without", 5, f" without {noun if noun == y.plural else y.an}")
    if (y.prefers_plural or y.mass) and _indefinite(a, host.phrase):
        yield _draft(a, host, "free-of", 4, f" free of {y.many}")
        if not indoors:
            if follows == "END" and _indefinite(a, host.phrase):
                yield _draft(a, host, "where-there-is-no", 3, f" where there {y.be} no {noun}")
            yield _draft(a, host, "devoid-of", 1.5, f" devoid of {y.many}")
            yield _draft(a, host, "empty-of", 1.5, f" empty of {y.many}")
    if indoors:
        if host.is_subject or follows == "END":
            yield _draft(a, host, "lacking", 3, f" lacking {noun if noun == y.plural else y.an}")
        if (host.is_subject or follows == "END") and _indefinite(a, host.phrase):
            do = "don't" if host.phrase.plural else "doesn't"
            yield _draft(a, host, "doesnt-have", 3, f" that {do} have {y.an}")


def _occupant(a: Analysis, y: Absent, host: Host, follows: str, people_named: bool) -> Iterator[Draft]:
    if (
        (people_named and y.is_a("person"))
        or host.phrase.coordinated
        or with_before(a, host.phrase.first)
        or follows == "ING"
    ):
        return
    it = "them" if host.phrase.plural else "it"
    nobody = {"person": ("nobody", "no one")}.get(y.name, (f"no {y.bare}",))
    for where in rel.OCCUPIED[host.name]:
        if where.startswith("riding") and not y.is_a("person"):
            continue
        for who in nobody:
            yield _draft(
                a, host, "nobody" if y.name == "person" else "with-no-on-it", 8, f" with {who} {where.format(it=it)}"
            )


def _on_animal(a: Analysis, y: Absent, host: Host, follows: str) -> Iterator[Draft]:
    noun = y.plural if host.phrase.plural and y.countable else y.bare
    an = noun if y.mass or y.prefers_plural or host.phrase.plural else y.strict_an
    if not with_before(a, host.phrase.first):
        yield _draft(a, host, "with-no", 6, f" with no {noun}")
        yield _draft(a, host, "without", 6, f" without {an}")
    if y.name not in ("leash",) and follows in ("FIN", "END"):
        be = "aren't" if host.phrase.plural else "isn't"
        yield _draft(a, host, "isnt-wearing", 3, f" that {be} wearing {an}")


_DRESSED = frozenset({"wearing", "sporting", "donning", "holding", "carrying"})


def _on_person(a: Analysis, y: Absent, host: Host, follows: str) -> Iterator[Draft]:
    plural = host.phrase.plural or (host.is_subject and a.subject_last != host.phrase.full_last)
    noun = y.plural if plural and y.countable else y.bare
    an = noun if y.mass or y.pair or plural else y.strict_an
    worn = host.how == "wear"
    doing = "wearing" if worn else ("carrying" if len(a.text) % 2 else "holding")
    be = "aren't" if plural else "isn't"
    clothed = follows == "PREP" and a.word_at(host.phrase.full_last + 1) == "in"
    grouped = host.phrase.coordinated
    next_word = a.word_at(host.phrase.full_last + 1)
    # "with no earrings wearing glasses" and "with no book eating" would be read of the absent thing.
    aside = follows == "ING" and next_word not in rel.POSTURES and (not worn or next_word in _DRESSED)
    if not with_before(a, host.phrase.first) and not clothed and not grouped and not aside:
        yield _draft(a, host, "with-no", 5 if worn else 3, f" with no {noun}")
        yield _draft(a, host, "without", 5 if worn else 4, f" without {an}")
    if follows == "FIN" and not grouped:
        yield _draft(a, host, "isnt-wearing" if worn else "isnt-holding", 6, f" who {be} {doing} {an}")
        yield _draft(a, host, "not-wearing" if worn else "not-holding", 4, f", not {doing} {an},")
    if not host.is_subject:
        if follows == "END" and not grouped:
            yield _draft(a, host, "not-wearing" if worn else "not-holding", 4, f" who {be} {doing} {an}")
        return
    others = [
        p
        for p in a.phrases
        if p is not host.phrase and not p.pronoun and p.head != host.phrase.head and is_person(phrase_names(a, p))
    ]
    if others or a.rest or _hangs(a):
        return
    if (a.kind == "clause" and a.subject_last == host.phrase.full_last and a.tokens[a.verb].lower in ("is", "are")) or (
        a.kind == "clause"
        and not grouped
        and a.tokens[a.verb].lower not in ("was", "were", "has", "have")
        and not a.breaks
    ):
        yield Draft("isnt-wearing" if worn else "isnt-holding", "end", 6, a.end, f" but {be} {doing} {an}")
    if f"{doing}" not in (t.lower for t in a.tokens):
        yield Draft("not-wearing" if worn else "not-holding", "end", 6, a.end, f", not {doing} {an}")
        if worn:
            yield Draft("wearing-no", "end", 3, a.end, f", wearing no {noun}")
        elif not with_before(a, a.last):
            yield Draft(
                "with-no-in-hand", "end", 2, a.end, f" with no {y.bare} in {'their hands' if plural else 'hand'}"
            )
    if a.kind == "clause" and worn and not with_before(a, a.last):
        yield Draft("without", "end", 3, a.end, f" without wearing {an}")


def _hangs(a: Analysis) -> bool:
    """Whether the caption's end is far from its subject: behind a relative or subordinate clause."""
    return bool(a.breaks) or any(t.tag in ("REL", "STOP") for t in a.tokens[: a.last])


_LISTERS = {
    "with": "with",
    "has": "with",
    "have": "with",
    "having": "with",
    "featuring": "with",
    "containing": "with",
    "contains": "with",
    "includes": "with",
    "include": "with",
    "including": "with",
    "features": "with",
    "wearing": "wear",
    "wears": "wear",
    "holding": "hold",
    "holds": "hold",
    "carrying": "hold",
    "carries": "hold",
}


def _list_drafts(a: Analysis, y: Absent) -> Iterator[Draft]:
    """ "… with a stove and a sink but no microwave": the absent thing ends a list that it could have been in."""
    for index, phrase in enumerate(a.phrases):
        if phrase.pronoun or phrase.of or phrase.first == 0:
            continue
        kind = _LISTERS.get(a.tokens[phrase.first - 1].lower)
        if kind is None:
            if a.tokens[phrase.first - 1].lower == "in" and _clothing(phrase_names(a, phrase)):
                kind = "wear"
            else:
                continue
        items = [phrase]
        for later in a.phrases[index + 1 :]:
            if later.of and later.first <= items[-1].full_last:
                continue
            between = [t.tag for t in a.tokens[items[-1].full_last + 1 : later.first]]
            if between and set(between) <= {"CONJ", "COMMA"} and len(between) <= 2:
                items.append(later)
            else:
                break
        follows = place_after_list(a, items[-1])
        if follows is None:
            continue
        if kind == "wear":
            fits = y.name in WEARABLE and any(_clothing(phrase_names(a, p)) for p in items)
        elif kind == "hold":
            fits = y.name in rel.HOLDABLE and any(not phrase_names(a, p).isdisjoint(rel.HOLDABLE) for p in items)
        else:
            owner = phrase_names(a, a.phrases[index - 1]) if index else frozenset[str]()
            fits = _of_owner(a, index, y) or (
                not is_person(owner)
                and owner.isdisjoint(rel.PLACES)
                and any(_beside(phrase_names(a, p), y) for p in items)
            )
        if not fits:
            continue
        offset = a.tokens[items[-1].full_last].end
        position: Position = "end" if offset >= a.end else "middle"
        yield Draft("but-no", position, 9, offset, f" but no {y.bare}")
        if kind == "with" and len(items) == 1:
            yield Draft("and-no", position, 4, offset, f" and no {y.bare}")


def _existential(a: Analysis, y: Absent) -> Iterator[Draft]:
    """ "There are two beds but no lamp in the room"."""
    if a.kind != "existential" or a.subject is None or y.name in phrase_names(a, a.subject):
        return
    where = [p for p in a.phrases if p.first > a.subject_last and not p.pronoun]
    belongs = _beside(phrase_names(a, a.subject), y) or (where and relation(phrase_names(a, where[0]), y) is not None)
    if belongs and a.tag_at(a.subject_last + 1) == "PREP" and a.word_at(a.subject_last + 1) in _LOCATIVE:
        yield Draft("but-no", "middle", 5, a.tokens[a.subject_last].end, f" but no {y.bare}")


def _parenthesis(a: Analysis, y: Absent) -> Iterator[Draft]:
    """ "A bird, with no dog nearby, is perched …": between a clause's subject and its verb."""
    if a.subject is None or a.subject.pronoun or a.kind == "existential":
        return
    if a.kind == "clause":
        if a.verb != a.subject_last + 1:
            return
    else:
        names = phrase_names(a, a.subject)
        animate = is_person(names) or not names.isdisjoint({"animal", "vehicle"})
        if not (animate and y.sizable and a.tag_at(a.subject_last + 1) == "ING") or a.tag_at(a.subject.first) == "NOUN":
            return
    offset = a.tokens[a.subject_last].end
    if a.tokens[a.subject.first].lower in ("this", "that", "these", "those", "it", "everyone") or a.rest:
        return
    where = "nearby" if y.sizable else "in sight"
    if a.kind == "nominal":
        yield Draft("parenthesis", "middle", 0.4, offset, f", with no {y.bare} {where},")
        return
    yield Draft("parenthesis", "middle", 0.5, offset, f", with no {y.bare} {where},")
    yield Draft("parenthesis", "middle", 0.4, offset, f", with no {y.bare} {'around' if y.sizable else 'to be seen'},")
    yield Draft("parenthesis", "middle", 0.2, offset, f", without {y.an} in sight,")


def place_after_list(a: Analysis, phrase: Phrase) -> str | None:
    """The tag behind a list if it can be added to, else None."""
    index = phrase.full_last + 1
    tag = a.tag_at(index)
    if tag == "END" or tag == "SUB":
        return tag
    return (
        tag
        if tag == "PREP" and a.word_at(index) in ("on", "in", "at", "near", "by", "behind", "inside", "outside")
        else None
    )


def _clothing(names: frozenset[str]) -> bool:
    return not names.isdisjoint(WEARABLE) or "clothing" in names


def _siblings(names: frozenset[str], y: Absent) -> bool:
    return not rel.SIBLING_KINDS.isdisjoint(names & y.kinds)


def _of_owner(a: Analysis, index: int, y: Absent) -> bool:
    """Whether the absent thing goes with what has the list: "a kitchen with …"."""
    if index == 0 or a.tokens[a.phrases[index].first].tag == "POSS":
        return False
    how = relation(phrase_names(a, a.phrases[index - 1]), y)
    return how is not None and how[0] in ("part", "place", "animal-wear")


def _sibling(a: Analysis, y: Absent) -> Iterator[Draft]:
    """ "A cat but no dog lying on a couch": the absent thing could have been beside the subject."""
    s = a.subject
    if s is None or s.pronoun or not _beside(phrase_names(a, s), y) or a.tokens[s.last].lower in VIEWS:
        return
    follows = a.tag_at(a.subject_last + 1)
    offset = a.tokens[a.subject_last].end
    noun = y.plural if s.plural and y.countable and y.is_a("animal", "person", "food") else y.singular
    if offset < a.end and not _stays(a, a.subject_last + 1):
        return
    if follows in ("ING", "EN") and y.is_a("person") and "vehicle" in phrase_names(a, s):
        return  # no passenger is parked
    if offset >= a.end:
        yield Draft("but-no", "end", 6, offset, f" but no {noun}")
    elif follows == "FIN":
        yield Draft("but-no", "middle", 4, offset, f", but no {noun},")
    elif follows in ("ING", "EN") or (follows == "PREP" and a.word_at(a.subject_last + 1) in _LOCATIVE):
        yield Draft("but-no", "middle", 4, offset, f" but no {noun}")


def _stays(a: Analysis, index: int) -> bool:
    """Whether the words from ``index`` on only say where or in what posture: that holds of an absent thing too."""
    if a.tag_at(index) == "FIN" and a.word_at(index) in ("is", "are", "was", "were"):
        index += 1
    if a.tag_at(index) == "PREP":
        return a.word_at(index) in _LOCATIVE
    return a.word_at(index) in rel.POSTURES and a.tag_at(index + 1) in ("PREP", "END", "ADV")


_LOCATIVE = frozenset({"on", "in", "at", "by", "near", "inside", "behind", "under", "outside", "next", "beside"})


def _beside(names: frozenset[str], y: Absent) -> bool:
    """Whether a thing of these names and the absent one are a pair that one would look for together."""
    if y.name in names or not names.isdisjoint(rel.PLACES) or "table" in names:
        return False
    if is_person(names):
        return y.is_a("person") and not rel.PAIRED_PEOPLE.isdisjoint(names) and y.name in rel.PAIRED_PEOPLE
    if "animal" in names:
        return y.is_a("animal", "person")
    if "vehicle" in names:
        return y.is_a("vehicle") or y.name in ("person", "passenger", "driver")
    if y.is_a("animal", "person", "vehicle"):
        return False
    if "food" in names and not y.is_a("food", "drink", "dish", "cutlery", "cup", "drinking glass"):
        return False
    return _siblings(names, y) or _same_scene(names, y)


def _same_scene(names: frozenset[str], y: Absent) -> bool:
    known = vocabulary().entries
    return (
        any(
            name in known and not rel.NARROW_SCENES.isdisjoint(y.scenes & frozenset(known[name].scenes))
            for name in names
        )
        and y.name not in WEARABLE
    )
