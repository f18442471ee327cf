"""The words that negate in English captions, and the turns of phrase that only look like it.

A cue form is written as its words, apart. A look-alike is a regular expression over the words of a caption, lower-cased
and a space apart (punctuation marks are words of their own), in which the cue stands in braces and ``<end>`` is the end
of the text or a mark that ends a sentence. Nothing but these tables says what counts as a negation.
"""

from __future__ import annotations

from enum import Enum


class Side(Enum):
    """Where what a cue negates is to be looked for."""

    PHRASE = "the noun phrase to its right"
    PREDICATE = "the predicate to its right, or the subject of a predicate of presence (is not visible)"
    PRONOUN = "the cue itself, and the predicate to its right"
    BEFORE = "the word before it (leaf-free)"
    WITHIN = "the word that it is part of (shirtless)"
    EITHER = "the noun phrase to its right if there is one, or its subject"


# The canonical cue, its side, and its forms.
CUES: tuple[tuple[str, Side, tuple[str, ...]], ...] = (
    ("no", Side.PHRASE, ("no",)),
    ("no longer", Side.PREDICATE, ("no longer",)),
    ("no one", Side.PRONOUN, ("no one", "no - one", "noone")),
    ("nobody", Side.PRONOUN, ("nobody", "no body")),
    ("none", Side.PRONOUN, ("none",)),
    ("nothing", Side.PRONOUN, ("nothing",)),
    ("nowhere", Side.EITHER, ("nowhere", "no where")),
    ("not", Side.PREDICATE, ("not", "cannot")),
    ("never", Side.PREDICATE, ("never",)),
    ("without", Side.PHRASE, ("without", "w / o", "with out")),
    ("neither", Side.PHRASE, ("neither",)),
    ("nor", Side.PREDICATE, ("nor",)),
    ("lacking", Side.PHRASE, ("lacking", "lacking in")),
    ("lacks", Side.PHRASE, ("lacks", "lacked", "lack")),
    ("lack of", Side.PHRASE, ("lack of", "lacks of")),
    ("free of", Side.PHRASE, ("free of", "free from")),
    ("devoid of", Side.PHRASE, ("devoid of", "void of")),
    ("empty of", Side.PHRASE, ("empty of",)),
    ("bare of", Side.PHRASE, ("bare of",)),
    ("clear of", Side.PHRASE, ("clear of",)),
    ("absence of", Side.PHRASE, ("absence of",)),
    ("absent", Side.EITHER, ("absent",)),
    ("missing", Side.EITHER, ("missing",)),
    ("minus", Side.PHRASE, ("minus",)),
    ("sans", Side.PHRASE, ("sans",)),
    ("zero", Side.PHRASE, ("zero",)),
)
WEAK_CUES: tuple[tuple[str, Side, tuple[str, ...]], ...] = (
    ("instead of", Side.PHRASE, ("instead of",)),
    ("rather than", Side.PHRASE, ("rather than",)),
)
"""What they name is absent, but they compare rather than deny: counted apart, and no caption passes by them alone."""

_AUXILIARIES = (
    "is are was were am do does did has have had can could will would should must might need ought sha wo ca ai dare"
).split()
CONTRACTIONS = frozenset(a + "n't" for a in _AUXILIARIES) | frozenset(
    # With the apostrophe lost. "wont", "cant" and "aint" are words of their own, which no caption means.
    "isnt arent wasnt werent dont doesnt didnt hasnt havent hadnt cant couldnt wont wouldnt shouldnt aint".split()
)
"""One word, as "isn't" and "isnt"; the cue is "n't"."""

SPLIT_CONTRACTIONS = frozenset(c[:-2] for c in CONTRACTIONS if c.endswith("n't")) | {"do", "does"}
"""What stands before the apostrophe where tokenised text tears it off: "isn ' t"."""

FREE_NOT_NEGATING = frozenset(
    "hands hand duty toll tax care scot home cost risk royalty rent get set cruelty for it them be buy and".split()
)
"""X in "X-free" where nothing visible is said to be absent: "hands-free"."""
FREE_WITH_SPACE = frozenset(
    "leaf snow car cloud traffic ice litter clutter crowd people person smoke sugar gluten dairy fat grass tree dust"
    " stain blemish weed obstacle pedestrian vehicle".split()
)
"""X where "X free" without a hyphen also negates; any other ("wandering free") doesn't."""

LESS_WORDS: dict[str, str] = {
    word: word.removesuffix("less")
    for word in (
        "shirtless cloudless leafless riderless driverless hatless helmetless treeless windowless hairless shoeless"
        " snowless roofless bladeless wheelless topless armless legless doorless peopleless carless headless faceless"
        " mouthless sleeveless waveless waterless bunless crustless lidless beardless passengerless pilotless"
    ).split()
} | {"topless": "shirt"}
"""Adjectives in -less that say that a visible thing is absent, and what that is."""

_ACTS = (
    "parking smoking stopping standing trespassing swimming fishing diving loitering dumping skating skateboarding"
    " peddling soliciting littering camping hunting biking cycling walking cursing passing honking running climbing"
    " riding driving turning entry entrance trespass turns turn outlet vacancy exit admittance stops jumping"
    " rollerblading texting thru through"
)
SIGN_ACTS = frozenset(_ACTS.split())
"""X in "no X" on a sign."""
SIGN_COMPOUNDS = frozenset("sign signs zone zones area areas symbol symbols notice sticker graphic logo lane".split())
"""What may follow in "a no X sign" without making "no X" a negation again, as "no parking meter" is."""
AFTER_SIGN_ACTS = frozenset(
    "allowed permitted here at on in from between except or and beyond past any anytime".split()
)
"""What may follow the act where a caption tells of a sign elsewhere in it; not the noun of "no diving board"."""
SIGN_BEARERS = frozenset(
    "sign signs board notice graffiti sticker shirt banner light signal marking markings label placard letters word"
    " words writing poster text message tag plaque warning lettering".split()
)
SAYING = frozenset(
    "say says saying said read reads reading state states stating notifying letting telling tells tell means meaning"
    " warns warning prohibiting indicating indicates informing labeled labelled written spells spelling asking asks"
    " printed directing".split()
)
SAYING_ENDS = frozenset("with without but while has have having wearing where . ; !".split())
"""After these, a sign no longer speaks: "signs indicating the exit, but there's no car"."""
CERTAIN_SAYING = frozenset("say says saying states stating reads read written labeled labelled".split())
IMPERATIVES = frozenset(
    "enter walk cross touch park disturb block feed stop litter pass smoke open climb swim step proceed drive honk"
    " cross cross turn sit".split()
)

LOOKALIKES: dict[str, tuple[str, ...]] = {
    "number": (r"{no} [.#°]? ?#? ?\d+",),
    "sign text": (
        r"{not} in service",
        r"(?:do )?{not} (?:walk|cross) (?:sign|signal|symbol|light|lit|lights|hand)s?",
        r"(?:a|an|the|red|orange|yellow|white|street) {no} (?:\w+ ){1,2}(?:signs?|symbols?|zones?|lane)",
        r"{no} u - ?turn",
        r"{no} (?:left|right) turn",
        r"{no} \w+ , \w+ (?:or|and) \w+ signs?",
        r"{no} - (?:parking|smoking|entry|turn|stopping|fly|wake)",
        r"{no} (?:fly|wake) zone",
        r"{no} (?:dogs|pets|animals|bicycles|bikes|cars|trucks) (?:allowed|permitted) sign",
        r"(?:warning|warns|told|tells|telling|asks|asking) (?:\w+ )?{not} to",
        r"(?:people|drivers|pedestrians|visitors) to {not} (?:walk|enter|cross|stop)",
    ),
    "figure of speech": (
        r"{no} (?:doubt|matter|wonder|problem|worries|kidding|sooner)",
        r"{no} other than",
        r"{no} big deal",
        r"{no} (?:more|less|fewer) than",
        r"in {no} time",
        r"{no} (?:man|mans|man's) (?:land|')",
        r"{no} - ?(?:name|nonsense|fuss|brainer|hitter|look|bake|frills|go|show|man|mans|man's)",
        r"{no} (?:nonsense|frills|brainer|hitter|way)",
        r"(?:oh|or|yes|/) {no} <end>",
        r"{nothing} (?:but|except|short|like|more|less|beats?|quite|better)",
        r"{nothing} (?:is|can be|are) (?:as|so|like|better|quite|more)",
        r"(?:next to|good for|for) {nothing}",
        r"{none} other than",
        r"{none} the (?:less|wiser|worse)",
        r"second to {none}",
        r"{not} (?:only|just|merely|simply|unlike|least|surprisingly|necessarily|until)",
        r"{not} to mention",
        r"{not} (?:too )?(?:far|long) (?:away|off|from|after|behind)",
        r"(?:whether|believe it) or {not}",
        r"or {not} <end>",
        r"(?:why|if) {not}",
        r"(?:often|likely) (?:than|as) {not}",
        r"{not} (?:help|wait|miss|be missed|be beaten|be beat)",
        r"why {n't}",
        r"{n't} (?:help|wait|miss|be missed|be beaten|be beat|beat)",
        r"{n't} (?:it|he|she|they|you|we) <end>",
        r"{n't} (?:you|we)",
        r"{never} (?:- )?(?:ending|mind|fails?|before)",
        r"{never} (?:been|looked|seemed|tasted|felt|looks) (?:so|better|more|this)",
        r"(?:middle|out) of {nowhere}",
        r"{without} (?:any |a )?(?:doubt|question|saying|further|delay|fail)",
        r"(?:within|with|and|or) (?:or|and) {without}",
        r"(?:do|does|go|goes) {without} <end>",
        r"{clear of} (?:the )?way",
        r"(?:steer|stay|keep|stand)(?:s|ing|ed)? {clear of}",
        r"(?:break|get|pull|set|struggle|jump|shake|roam|run|wiggle)(?:s|ing|ting|ning)? {free of}",
        r"{free of} (?:charge|cost|captivity)",
        r"{absent} - ?minded(?:ly)?",
        r"{absent} (?:mindedly|minded|mind)",
    ),
    "name or other word": (
        r"(?:dr|doctor) (?:\. )?{no}",
        r"(?:comic|open|gill|lucida) {sans}",
        r"{sans} serif",
        r"{minus} (?:signs?|symbols?|\d+)",
        r"plus (?:and|or|/) {minus}",
        r"{zero} (?:gravity|degrees?|percent|tolerance|g|-)",
        r"(?:ground|sub|below|patient|coke|square|from) (?:- )?{zero}",
        r"(?:a|an|the|old|new|small|open|blue|red|yellow|green|black|white) {not} (?:books?|pads?)",
        r"{without} of",
    ),
    "failed act": (
        r"(?:swinging|swings|swing|tries|trying|jumps|but) (?:and |but )*{missing}",
        r"{missing} (?:the|a|an|his|her|it|that) (?:tennis )?(?:ball|shot|catch|frisbee|target|putt|hit|swing|pitch"
        r"|hoop|goal|serve|return)",
        r"{missing} (?:persons?|child|cat|dog|pet) (?:poster|sign|flyer|notice)s?",
        r"(?:just|narrowly|almost|nearly|barely) {missing}",
    ),
    "about the task": (
        r"(?:is|was) {no} (?:image|picture|photo) (?:here|to|again|available|loaded|provided)",
        r"{no} image (?:again|here|found|available|loaded)",
        r"(?:image|picture|photo) (?:did|does|will|would|could|is) {not} (?:load|loading|show up|showing up|available)",
        r"(?:image|picture|photo) {n't} (?:load|loading|show up|showing up|available)",
        r"i(?:'m| am) {not} (?:\w+ )?(?:sure|certain)",
        r"i (?:do|can|could) {not} (?:know|tell|see)",
        r"i {not} (?:know|tell|see)",
        r"i {n't} (?:know|tell|see)",
    ),
    "misspelt": (r"{no} (?:a|an|the)", r"no {not}", r"not {no}"),
}
