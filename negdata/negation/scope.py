"""What a cue negates: the noun phrase or predicate beside it, as a light reading of English finds it.

It reads outward from the cue until a word that can't belong to what is negated. Errors go to the short side: a scope
that is too wide would let captions pass that negate something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from negdata.negation.detect import CONTRACTION, Cue, find_cues
from negdata.negation.lexicon import Side
from negdata.negation.text import Tokens, is_word, tokenise

_DETERMINERS = frozenset(
    "a an the any some one single his her its their our my your this that these those all every each other more"
    " another such much many enough even of".split()
)
_DEFINITE = frozenset({"the", "it", "its", "them", "him", "her", "this", "that", "their", "his"})
_LIST = frozenset({"or", "nor", "and", "&", "/"})
_PREPOSITIONS = frozenset(
    "on in at by near beside behind above below under underneath beneath over between among amid around along across"
    " against inside outside within into onto through toward towards from to for with without next atop during off up"
    " down beyond past alongside about like upon out instead".split()
)
_BREAKS = frozenset(
    "but while as when where who whom whose which because although though so if than then since until yet just only"
    " however whereas there here".split()
)
_CARRIED = frozenset("as than like yet here there who that which because if just only".split())
"""Words that go on with what is said: "taller than", "dressed as", "a man who"."""
_FINITE = frozenset(
    "is are was were am be been being has have had does do did can could will would should may might must isn't aren't"
    " wasn't weren't sits stands lies rides walks runs looks waits plays holds wears eats".split()
)
_AUXILIARIES = frozenset("is are was were am be been being has have had does do did can could will would".split())
_GERUND_NOUNS = frozenset(
    "building ceiling railing clothing painting evening morning wedding king ring string wing thing earring icing"
    " pudding stuffing seasoning dressing topping lighting awning parking swing spring sling sibling duckling"
    " gosling dumpling bedding wiring siding paneling flooring furnishing drawing carving crossing covering frosting"
    " landing opening filling housing anything something living dining sleeping washing cutting baking surfing fishing"
    " mixing frying rolling measuring parking swimming writing recycling traveling shopping cooking hiking skiing"
    " skating sewing remaining visible identifying marking vending"
    " steering filing drinking diving".split()
)
_ADVERBS = frozenset("right quite very really also ever even yet too still mostly".split())
_LY_NOUNS = frozenset("family belly jelly butterfly lily bully gully trolley holly elderly silly curly jolly".split())
_PRESENCE = frozenset(
    "visible present seen shown there here around nearby pictured included found featured depicted evident apparent"
    " detected available displayed".split()
)
_CANS = frozenset(
    "trash garbage soda beer tin watering spray paint waste rubbish milk coke pop oil gas recycling".split()
)
"""Before "can", which is a thing after them and a verb after any other word."""
MAX_PREDICATE_WORDS = 9
MAX_SUBJECT_WORDS = 8


@dataclass(frozen=True, slots=True)
class Scope:
    """A cue and the tokens ``first..last`` that it negates; more than one scope may belong to a cue."""

    cue: Cue
    first: int
    last: int


def negated_spans(text: str) -> list[tuple[Cue, int, int]]:
    """What each cue of a text negates, as (cue, start, end) with character offsets."""
    tokens = tokenise(text)
    return [(s.cue, tokens.spans[s.first][0], tokens.spans[s.last][1]) for s in scopes(text)]


def scopes(text: str) -> list[Scope]:
    """The scopes of all cues of a text."""
    tokens = tokenise(text)
    return [scope for cue in find_cues(text) for scope in scopes_of(tokens, cue)]


def denied(tokens: Tokens, scope: Scope) -> range:
    """The tokens of a scope that are said to be absent: "nobody on the bench" leaves the bench there."""
    if scope.cue.side in (Side.PREDICATE, Side.PRONOUN) and scope.first > scope.cue.last:
        for index in range(scope.first, scope.last + 1):
            if tokens.words[index] in _DEFINITE:
                return range(scope.first, index)
    return range(scope.first, scope.last + 1)


def scopes_of(tokens: Tokens, cue: Cue) -> Iterator[Scope]:
    """The scopes of one cue: to its right, to its left, or the word that it is a part of."""
    if cue.side is Side.WITHIN:
        yield Scope(cue, cue.first, cue.last)
        return
    if cue.side is Side.BEFORE:
        yield from _scope(cue, _compound_start(tokens, cue.first - 1), cue.first - 1)
        return
    right = cue.last + 1
    gerund = cue.side is Side.PHRASE and _is_gerund(tokens.at(right)) and cue.cue not in ("no", "zero")
    if cue.side is Side.PHRASE:
        end = _predicate_end(tokens, right) if gerund else _phrase_end(tokens, right)
        yield from _scope(cue, right, end)
        if cue.cue == "no":
            return
    elif cue.side is Side.EITHER:
        inverted = _inverted_subject(tokens, cue)
        start = right if inverted is None else inverted
        end = _phrase_end(tokens, start)
        if end >= start:
            yield from _scope(cue, start, end)
        else:
            yield from _scope(cue, *_subject(tokens, cue.first - 1))
    else:
        end = _predicate_end(tokens, right)
        if end < right and cue.side is Side.PRONOUN:  # "a bench with nobody": all that is denied is the cue's own
            yield Scope(cue, cue.first, cue.last)
        yield from _scope(cue, right, end)
        if cue.cue in ("not", CONTRACTION, "no longer", "never") and _tells_presence(tokens, right):
            yield from _scope(cue, *_subject(tokens, cue.first - 1))


def _scope(cue: Cue, first: int, last: int) -> Iterator[Scope]:
    if first <= last:
        yield Scope(cue, first, last)


def _compound_start(tokens: Tokens, index: int) -> int:
    """Where the noun that ends at ``index`` begins: it may be of two words, as "traffic light-free" is."""
    word = tokens.at(index - 1)
    outside = not word or not is_word(word) or word in _DETERMINERS | _PREPOSITIONS | _BREAKS | _FINITE | _LIST
    return index if outside else index - 1


def ends_clause(tokens: Tokens, index: int) -> bool:
    """Whether what is said before ``index`` ends there: at a mark, a finite verb, or a word that opens a clause."""
    word = tokens.words[index]
    return (
        (not is_word(word) and word not in "'\"’-")
        or (word in _BREAKS and word not in _CARRIED)
        or is_finite(tokens, index)
    )


def is_finite(tokens: Tokens, index: int) -> bool:
    """Whether a finite verb stands at ``index``; "can" is none in "trash can"."""
    word = tokens.words[index]
    return word in _FINITE and not (word == "can" and tokens.at(index - 1) in _CANS)


def _ends_in_ing(word: str) -> bool:
    return len(word) > 4 and word.endswith("ing")


def _is_gerund(word: str) -> bool:
    return _ends_in_ing(word) and word not in _GERUND_NOUNS


def _phrase_end(tokens: Tokens, index: int) -> int:
    """The last token of a noun phrase, or list of them, that begins at ``index``; ``index - 1`` where none does."""
    last, content = index - 1, False
    while index < len(tokens):
        word = tokens.words[index]
        if word == "that" and content and tokens.words[index - 1] not in _LIST:  # "no hat that fits"
            break
        if word in _DETERMINERS or (word == "-" and content):
            pass
        elif content and (word in _LIST or word == ","):
            if not _list_goes_on(tokens, index):
                break
        elif (
            (not is_word(word) and word not in "'\"“”‘’")
            or word in _PREPOSITIONS
            or word in _BREAKS
            or is_finite(tokens, index)
            or (content and _is_gerund(word))
            or (content and _is_participle(word) and tokens.at(index + 1) in _PREPOSITIONS)
        ):
            break
        else:
            content = content or is_word(word)
            last = index
        index += 1
    return last


def _is_participle(word: str) -> bool:
    return len(word) > 4 and word.endswith("ed")


def _list_goes_on(tokens: Tokens, index: int) -> bool:
    """Whether the "or", "and" or comma at ``index`` joins another thing to what is negated.

    "or" and "nor" do; "and" does before a bare noun ("no cars and trucks", not "no hat and a red shirt"); a comma does
    where one of them follows within four words.
    """
    word, after = tokens.words[index], tokens.at(index + 1)
    if not after or after in _PREPOSITIONS or after in _BREAKS or after in _FINITE or _is_gerund(after):
        return word in ("or", "nor", "/") and after in _PREPOSITIONS
    if word in ("or", "nor", "/"):
        return True
    if word == ",":
        if after in ("or", "nor"):
            return True
        ahead = tokens.words[index + 1 : index + 6]
        for place, other in enumerate(ahead):
            if other in ("or", "nor", "/"):
                return True
            if other in ("but", "while", "with") or other in _FINITE or (other in _PREPOSITIONS and place):
                return False
            if other == "and":
                return _list_goes_on(tokens, index + 1 + place) and after not in _DETERMINERS
        return False
    return after not in _DETERMINERS and after not in ("no", "not", "without")


def _predicate_end(tokens: Tokens, index: int) -> int:
    """The last token of a predicate that begins at ``index``: verbs and prepositions, then one noun phrase."""
    start = index
    while index < len(tokens) and index - start < MAX_PREDICATE_WORDS:
        word = tokens.words[index]
        if index == start and word in ("so", "yet", "just", "there", "here"):
            index += 1
            continue
        if not is_word(word) or (word in _BREAKS and word not in ("there", "here")):
            return index - 1
        if word in _LIST and index > start:
            if word in ("or", "nor") and _ends_in_ing(tokens.at(index + 1)):
                index += 1
                continue
            return index - 1
        if word in _DETERMINERS:
            return max(_phrase_end(tokens, index), index - 1)
        if (
            word in _PREPOSITIONS
            or word in _AUXILIARIES
            or _ends_in_ing(word)
            or _is_verb_form(word)
            or _is_adverb(word)
        ):
            index += 1
            continue
        return max(_phrase_end(tokens, index), index)
    return index - 1


_VERBS = frozenset(
    "wear hold carry ride have has eat use play sit stand show include contain feature see touch hit drive drink own"
    " need worn held carried ridden seen shown eaten found driven accompanied attached joined equipped covered filled"
    " surrounded topped decorated occupied used paired served appear look visible present yet quite very really"
    " currently actually also ever been get take bring pull push follow chase watch catch cross read".split()
)


def _is_verb_form(word: str) -> bool:
    return word in _VERBS or _is_participle(word)


def _tells_presence(tokens: Tokens, index: int) -> bool:
    """Whether a predicate says that its subject is there: "visible", "in the picture", "to be seen", "nearby"."""
    ahead = [word for word in tokens.words[index : index + 4] if is_word(word)]
    if not ahead:
        return True
    if ahead[0] in _PRESENCE or (ahead[0] in ("be", "currently", "clearly") and ahead[1:2] and ahead[1] in _PRESENCE):
        return True
    places = {"sight", "view", "picture", "photo", "image", "scene", "frame", "photograph", "shot", "seen", "found"}
    return ahead[0] in ("in", "within", "to", "part", "anywhere", "on", "among", "a") and not places.isdisjoint(
        tokens.words[index : index + 6]
    )


def _is_auxiliary(tokens: Tokens, index: int) -> bool:
    return tokens.words[index] in _AUXILIARIES and is_finite(tokens, index)


def _is_adverb(word: str) -> bool:
    return word in _ADVERBS or (len(word) > 4 and word.endswith("ly") and word not in _LY_NOUNS)


def _inverted_subject(tokens: Tokens, cue: Cue) -> int | None:
    """Where the subject begins in "noticeably absent from the image is a chair"; None where nothing is inverted."""
    before = cue.first - 1
    while before >= 0 and _is_adverb(tokens.words[before]):
        before -= 1
    if before >= 0 and is_word(tokens.words[before]) and tokens.words[before] not in ("but", "and", "while", "yet"):
        return None
    for index in range(cue.last + 1, min(len(tokens), cue.last + 8)):
        word = tokens.words[index]
        if word in ("is", "are", "was", "were"):
            return index + 1
        if not is_word(word):
            return None
    return None


def _subject(tokens: Tokens, index: int) -> tuple[int, int]:
    """The noun phrase, or list of them, that ends before a predicate at or left of ``index``."""
    while index >= 0 and (
        _is_auxiliary(tokens, index) or tokens.words[index] == "," or _is_adverb(tokens.words[index])
    ):
        index -= 1
    last = index
    while index >= 0 and last - index < MAX_SUBJECT_WORDS:
        word = tokens.words[index]
        if not (is_word(word) or word == "-") or word in _BREAKS or is_finite(tokens, index):
            break
        if word == "that" and tokens.at(index + 1) in _DETERMINERS and index < last:
            break
        if word in _PREPOSITIONS or (_is_gerund(word) and index < last):
            break
        if word == "and" and tokens.at(index + 1) in _DETERMINERS:
            break
        index -= 1
    return index + 1, last
