"""Gives each word of a caption one part of speech, from closed lists and from its neighbours.

Tags: DET NUM POSS PRON ADJ NOUN PREP CONJ SUB REL ADV FIN (a finite verb) ING EN (a past participle) INF TO EX NEG
COMMA STOP MARK. Ambiguous words are settled by agreement: after a singular subject "rides" may be finite, after a
plural one "ride" may.
"""

from __future__ import annotations

from functools import lru_cache

from negdata.grammar import lexicon as lex
from negdata.grammar.tokens import Token
from negdata.vocabulary import vocabulary

_SINGULAR_DETERMINERS = frozenset({"a", "an", "one", "this", "another", "each", "every", "1"})
_PLURAL_DETERMINERS = (lex.NUMBERS - {"one"}) | frozenset(
    {"these", "those", "both", "many", "several", "few", "various", "multiple", "numerous", "some", "all"}
)
_GROUPS = frozenset(
    [
        "group",
        "groups",
        "couple",
        "crowd",
        "bunch",
        "herd",
        "team",
        "flock",
        "number",
        "pair",
        "lot",
        "lots",
        "row",
        "family",
        "variety",
    ]
)
_PLURAL_NOUNS = frozenset(
    [
        "people",
        "men",
        "women",
        "children",
        "sheep",
        "cattle",
        "kids",
        "guys",
        "boys",
        "girls",
        "deer",
        "police",
        "geese",
        "fish",
        "mice",
        "teeth",
        "feet",
        "oxen",
        "bison",
        "policemen",
        "firemen",
        "firefighters",
        "personnel",
    ]
)
_AFTER_VERB = frozenset({"DET", "PREP", "ADV", "POSS", "NUM", "PRON", "TO", "END", "STOP", "COMMA", "ING", "SUB", "EN"})
_COMPOUND_EN = frozenset(
    [
        "covered",
        "filled",
        "lined",
        "capped",
        "shaped",
        "themed",
        "colored",
        "coloured",
        "flavored",
        "sized",
        "paneled",
        "tiled",
        "walled",
        "topped",
        "based",
        "powered",
        "painted",
        "decorated",
        "styled",
        "looking",
        "faced",
        "eyed",
        "haired",
        "printed",
        "wrapped",
        "shaded",
        "fed",
        "dried",
        "laden",
        "made",
    ]
)


def tag(tokens: list[Token]) -> None:
    """Sets the ``tag`` of every token, left to right."""
    noun_seen = False  # in the current noun phrase
    plural: bool | None = None  # of the current noun phrase's head
    determiner = ""
    finite_seen = False
    conjoined = False
    idioms = _idioms(tokens)
    for i, token in enumerate(tokens):
        if i in idioms:
            token.tag = "ADV"
            continue
        before = tokens[i - 1].tag if i else "START"
        guess = _tag_of(tokens, i, before, noun_seen, plural, finite_seen, conjoined)
        token.tag = guess
        if guess in ("DET", "NUM", "POSS"):
            noun_seen, determiner = False, token.lower
            plural = (
                True if token.lower in _PLURAL_DETERMINERS or (token.text.isdigit() and token.text != "1") else None
            )
        elif guess == "NOUN":
            noun_seen = True
            if token.lower in _GROUPS or token.lower in _PLURAL_NOUNS or determiner in _PLURAL_DETERMINERS:
                plural = True
            elif determiner in _SINGULAR_DETERMINERS:
                plural = False
            else:
                plural = looks_plural(token.lower)
        elif guess == "FIN":
            finite_seen, noun_seen, conjoined = True, False, False
        elif guess == "CONJ":
            conjoined = noun_seen
            noun_seen = False
            determiner = ""
        elif guess in ("SUB", "REL", "STOP"):
            finite_seen, determiner = False, ""
            noun_seen = guess == "REL"
            conjoined = False
        elif guess == "PREP":
            determiner = ""
            noun_seen = False
        elif guess in ("ING", "EN", "COMMA", "TO", "INF", "PRON"):
            noun_seen, determiner = guess == "PRON", ""
            if guess == "PRON":
                plural = token.lower in ("they", "we", "you", "i", "them")


def _idioms(tokens: list[Token]) -> frozenset[int]:
    """Indexes of the words of "side by side", "face to face", "one by one": adverbs as a whole."""
    found: set[int] = set()
    for i in range(len(tokens) - 2):
        if tokens[i].lower == tokens[i + 2].lower and tokens[i + 1].lower in ("by", "to", "in"):
            found |= {i, i + 1, i + 2}
    return frozenset(found)


def looks_plural(word: str) -> bool:
    """Whether a noun has the look of a plural."""
    if word in _PLURAL_NOUNS:
        return True
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))


def _next(tokens: list[Token], i: int) -> str:
    """A rough tag of the word after ``i``: enough to tell a verb from a noun."""
    if i + 1 >= len(tokens):
        return "END"
    word = tokens[i + 1].lower
    if not tokens[i + 1].is_word:
        return "COMMA" if word == "," else "STOP" if word[0] in ".!?;:" else "MARK"
    if word in lex.DETERMINERS:
        return "DET"
    if word in lex.NUMBERS or word.isdigit():
        return "NUM"
    if word == "to":
        return "TO"
    if word in lex.PREPOSITIONS:
        return "PREP"
    if word in lex.PRONOUNS:
        return "PRON"
    if word in lex.SUBORDINATORS:
        return "SUB"
    if word in lex.CONJUNCTIONS:
        return "CONJ"
    if word in lex.AUXILIARIES:
        return "FIN"
    if word in lex.ADVERBS or (word.endswith("ly") and word not in lex.LY_NOT_ADVERBS):
        return "ADV"
    if word in lex.ADJECTIVES:
        return "ADJ"
    if word.endswith("ing") and word not in lex.ING_NOUNS and len(word) > 4:
        return "ING"
    if word in lex.PARTICIPLE and word not in lex.NOT_ED_VERBS:
        return "EN"
    return "NOUN"


def _tag_of(
    tokens: list[Token],
    i: int,
    before: str,
    noun_seen: bool,
    plural: bool | None,
    finite_seen: bool,
    conjoined: bool,
) -> str:
    token = tokens[i]
    word = token.lower
    if token.quoted:
        return "NOUN" if token.is_word else "MARK"
    if not token.is_word:
        return "COMMA" if word == "," else "STOP" if word[0] in ".!?;:" else "MARK"
    after = _next(tokens, i)
    in_phrase = before in ("DET", "ADJ", "NUM", "POSS")
    if word == "there" and after == "FIN":
        return "EX"
    if word == "that":
        if noun_seen or before == "NOUN":
            return "REL"
        return "DET" if after in ("NOUN", "ADJ", "FIN") else "REL"
    if word in ("which", "who", "whom", "whose"):
        return "REL"
    if word == "to":
        return (
            "PREP"
            if i and tokens[i - 1].lower in ("next", "close", "adjacent", "up", "attached", "connected")
            else "TO"
        )
    if word == "it's" and after in ("NOUN", "ADJ"):
        return "POSS"
    if word == "other" and i and tokens[i - 1].lower == "each":
        return "NOUN"
    if word in ("top", "side", "bottom", "middle") and (after == "PREP" or before == "NOUN"):
        return "NOUN"
    if word in ("no", "not", "never", "none", "nothing", "nobody"):
        return "NEG"
    if word in lex.AUXILIARIES and not (word == "can" and before in ("DET", "ADJ", "NOUN", "NUM")):
        if word in ("am", "will", "may") and in_phrase:
            return "NOUN"
        if before == "FIN" or (before == "ADV" and i > 1 and tokens[i - 2].tag == "FIN"):
            return "FIN"
        return "FIN"
    if word in ("being", "been", "having", "be"):
        return "ING" if word in ("being", "having") else "FIN"
    if word == "her":
        return "POSS" if after in ("NOUN", "ADJ", "NUM", "EN", "ING") else "PRON"
    if word in ("his", "its", "their", "my", "our", "your") or (word.endswith("'s") and after in ("NOUN", "ADJ")):
        return "POSS"
    if word.endswith("s'") and after in ("NOUN", "ADJ"):
        return "POSS"
    if word in lex.NUMBERS or token.text.isdigit():
        return "NUM" if word not in ("dozen", "hundred", "thousand") or before not in ("DET",) else "NOUN"
    if word == "one":
        return "PRON" if after in ("FIN", "PREP") else "NUM"
    if word in ("up", "down", "off", "out", "over", "around") and before in ("ING", "EN", "FIN"):
        return "ADV" if after in ("PREP", "END", "STOP", "COMMA", "CONJ", "TO", "SUB") else "PREP"
    if word == "close" and after == "PREP" and tokens[i + 1].lower == "up":
        return "ADJ"
    if word == "up" and i and tokens[i - 1].lower == "close":
        return "NOUN"
    if word in (
        "back",
        "past",
        "front",
        "inside",
        "outside",
        "round",
        "like",
        "off",
        "opposite",
        "next",
        "near",
        "down",
    ):
        if word in ("inside", "outside") and before == "DET" and after in ("PREP", "END", "STOP"):
            return "NOUN"
        if word == "next" and before == "DET":
            return "ADJ"
        if word in ("back", "front", "round", "opposite", "past") and (
            in_phrase or (after == "NOUN" and word != "past")
        ):
            return "ADJ" if after in ("NOUN", "ADJ") else "NOUN"
        if word == "front":
            return "NOUN"
        if word == "back":
            return "ADV" if before != "PREP" else "NOUN"
        if word == "like" and before in ("PRON", "TO"):
            return "FIN" if before == "PRON" else "INF"
    if word in lex.PREPOSITIONS:
        if word in ("up", "down", "off", "about", "around", "by", "outside", "inside") and after in (
            "PREP",
            "END",
            "STOP",
        ):
            return "ADV"
        if word == "about" and after == "TO":
            return "ADJ"
        return "PREP"
    if word in lex.SUBORDINATORS:
        return "SUB"
    if word in lex.CONJUNCTIONS:
        return "CONJ"
    if word in lex.PRONOUNS:
        return "PRON"
    if word in lex.DETERMINERS:
        if word == "lots" and after == "PREP":
            return "NOUN"
        if word in ("much", "more", "most", "half") and before in ("DET", "POSS"):
            return "ADJ"
        return "DET"
    if word in lex.ADVERBS or (word.endswith("ly") and word not in lex.LY_NOT_ADVERBS):
        return "ADV"
    if before == "TO":
        return "INF" if word in lex.BASE else _noun_or_adjective(word, after)
    if word.endswith("ing") and len(word) > 4:
        return _ing(tokens, i, before, after, noun_seen)
    if _looks_participle(word):
        return _participle(word, before, after, noun_seen)
    if word in lex.PAST and not in_phrase:
        return "FIN"
    animate = before == "NOUN" and _animate(tokens[i - 1].lower)
    # "a herd of cows stands": the verb agrees with the herd.
    of_group = animate and i >= 3 and tokens[i - 2].lower == "of" and looks_plural(tokens[i - 1].lower)
    if _finite(word, after, noun_seen, False if of_group and word in lex.THIRD else plural, before, conjoined, animate):
        return "FIN"
    if word in lex.BASE and before == "FIN" and word not in lex.ADJECTIVES and word not in lex.NOUNS_LIKE_VERBS:
        return "INF"
    return _noun_or_adjective(word, after)


def _noun_or_adjective(word: str, after: str) -> str:
    if word in lex.ADJECTIVES:
        return "ADJ"
    if (
        after in ("NOUN", "ADJ")
        and len(word) > 4
        and word.endswith(("ful", "ous", "less", "ish", "ive", "able", "ible", "ic"))
        and vocabulary().lookup(word) is None
    ):
        return "ADJ"
    return "NOUN"


def _ing(tokens: list[Token], i: int, before: str, after: str, noun_seen: bool) -> str:
    word = tokens[i].lower
    following = tokens[i + 1].lower if i + 1 < len(tokens) else ""
    if before == "NOUN" and following in lex.ING_COMPOUND_HEADS and word not in ("wearing", "holding", "riding"):
        return "NOUN"
    if following in lex.ING_COMPOUND_HEADS and word in ("parking", "living", "dining", "swimming", "skiing", "cutting"):
        return "NOUN"
    if before == "DET" and tokens[i - 1].lower in ("all", "both", "each", "some"):
        return "ING"  # "two men and a woman, all wearing hats"
    if before in ("DET", "ADJ", "NUM", "POSS"):
        return "NOUN" if word in lex.ING_NOUNS or after not in ("NOUN", "ADJ", "ING") else "ADJ"
    if word in lex.ING_NOUNS:
        if (
            after in ("DET", "POSS", "PRON")
            and word in lex.ING
            and before in ("NOUN", "FIN", "CONJ", "ADV", "START", "PRON")
        ):
            return "ING"
        if before in ("FIN", "ADV") and word in (
            "swimming",
            "skiing",
            "shopping",
            "boarding",
            "landing",
            "meeting",
            "living",
        ):
            return "ING"
        if (
            before == "NOUN"
            and word in ("swimming", "skiing", "shopping", "crossing", "landing", "dining")
            and after
            in (
                "PREP",
                "END",
                "STOP",
                "ADV",
            )
        ):
            return "ING"
        if (
            before == "NOUN"
            and word in ("opening", "setting", "dressing", "serving", "gathering", "filling")
            and after != "END"
        ):
            return "ING" if after in ("DET", "PREP", "NOUN", "ADJ") and word not in ("filling",) else "NOUN"
        return "NOUN"
    return "ING"


def _looks_participle(word: str) -> bool:
    if word in lex.NOT_ED_VERBS:
        return False
    return word in lex.PARTICIPLE or (word.endswith("ed") and len(word) > 4 and "-" not in word)


def _participle(word: str, before: str, after: str, noun_seen: bool) -> str:
    if "-" in word or (
        before in ("DET", "ADJ", "NUM", "POSS", "ADV") and not noun_seen and after in ("NOUN", "ADJ", "EN", "ING")
    ):
        return "ADJ"
    if word in ("cut", "hit", "set", "split", "put", "left", "stuffed", "hurt", "let", "spread", "run", "lit"):
        if before in ("DET", "ADJ") and not noun_seen:
            return "ADJ" if after in ("NOUN", "ADJ") else "NOUN"
        if word == "left":
            return "EN" if before in ("FIN", "NOUN") and after in ("PREP", "ADV") else "ADJ"
    if before == "NOUN" and (after == "NOUN" or (word in _COMPOUND_EN and after == "ADJ")):
        return "ADJ"  # "a snow covered hill", "a chocolate frosted doughnut"
    if before in ("CONJ", "COMMA") and after in ("NOUN", "ADJ") and not noun_seen:
        return "ADJ"
    if before in ("PREP", "START", "DET", "ADJ", "NUM", "POSS", "EN") and after in ("NOUN", "ADJ", "CONJ"):
        return "ADJ"
    return "EN"


@lru_cache(maxsize=4096)
def _animate(noun: str) -> bool:
    """Whether a noun names one who acts, so that "cat drinks" is a subject and its verb, as "bus stops" need not be."""
    known = vocabulary()
    entry = known.lookup(noun)
    return entry is not None and not known.ancestors(entry.name).isdisjoint(("person", "animal"))


def _finite(
    word: str, after: str, noun_seen: bool, plural: bool | None, before: str, conjoined: bool, animate: bool
) -> bool:
    """Whether a word that may be a verb is one here: by its subject's number and by what follows."""
    if not noun_seen and before not in ("REL", "PRON", "ADV", "CONJ"):
        return False
    if word in lex.THIRD and word not in lex.BASE:
        return _third_person(word, after, plural, before, conjoined, animate)
    if word in lex.BASE:
        if before == "CONJ" or word in lex.ADJECTIVES or not (plural or conjoined):
            return False
        if word in lex.NOUNS_LIKE_VERBS or word in lex.NOUN_FIRST:
            objectless = after in ("DET", "POSS", "TO", "PREP", "ADV") and word not in ("water", "glass")
            return plural is True and (objectless or word == "ride")
        return after in _AFTER_VERB or (after in ("NOUN", "ADJ") and plural is True)
    if plural is False and before == "NOUN" and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")):
        return after in ("DET", "POSS")  # an unknown verb: "a lady explains the process"
    return False


def _third_person(word: str, after: str, plural: bool | None, before: str, conjoined: bool, animate: bool) -> bool:
    if before == "CONJ":
        return after in _AFTER_VERB - {"END", "STOP", "COMMA", "PREP"} and not conjoined
    if animate and plural is False:
        return after not in ("END", "STOP", "COMMA", "CONJ", "FIN") or word not in lex.NOUNS_LIKE_VERBS
    if plural and before != "REL" and not conjoined:
        return False
    if word in lex.NOUNS_LIKE_VERBS or word[:-1] in lex.NOUN_FIRST:
        posture = word in ("stands", "walks") and after in ("ADJ", "ING", "EN")
        return plural is False and (posture or after in ("DET", "POSS", "PREP", "TO", "PRON", "ADV"))
    return after in _AFTER_VERB or after in ("NOUN", "ADJ")
