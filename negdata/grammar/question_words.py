"""The words that questions about pictures turn on, beside those of captions in ``lexicon``."""

from __future__ import annotations

from negdata.grammar import lexicon as lex


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BE = _words("is are was were am")
DO = _words("do does did")
HAVE = _words("has have had")
MODALS = _words("can could will would should might must may")
AUXILIARIES = BE | DO | HAVE | MODALS

ALSO_NOUNS = _words("light glass orange metal plastic home vegetarian vegan human male female adult")
"""Adjectives and adverbs that name a thing behind "the": "Is the light green?"."""

PERSONAL = _words("it he she they we you i")
DEMONSTRATIVES = _words("this that these those")
SOMEONE = {
    **dict.fromkeys(("anyone", "anybody", "someone", "somebody"), "no one"),
    **dict.fromkeys(("anything", "something"), "nothing"),
    **dict.fromkeys(("anywhere", "somewhere", "anyplace", "someplace"), "nowhere"),
}
EVERYONE = _words("everyone everybody everything")
INDEFINITE = _words("any some a an one")
AMOUNT_NOUNS = _words("lot lots few couple number bunch single little bit dozen ton large majority half")
"""X in "a X (of)" where "no X of" would say something else."""
COUNTED = _words("too many much several multiple enough more less fewer only just exactly lots numerous various few")
VIEWER = _words("you i we me us your my our")
IMAGE = _words("picture photo image photograph scene pic shot pictures photos images frame view")
PLACES_IN_IMAGE = IMAGE | _words("background foreground front back middle center centre left right corner distance")
PLACE_ADVERBS = _words(
    "here there outside inside outdoors indoors nearby together away up down upstairs downstairs off on out in home "
    "underwater overhead alone apart underneath around airborne midair side"
)
OPENING_ADVERBS = _words(
    "also still really actually currently even now already just only likely probably obviously ever"
)
"""Adverbs between the auxiliary's subject and its predicate; the predicate begins with them."""
DEGREES = _words(
    "super too very so really quite all both each completely fully mostly still about almost still more most"
)
PERCEIVING = _words(
    "watching seeing filming photographing observing viewing taking getting having keeping making letting"
)
"""After these an object may do something: "watching the dog swim"."""

# Verbs in their base form that are seldom nouns in questions, so that "Does the train station have" is cut right.
SURE_VERBS = _words(
    "have look appear seem need want know contain belong include be get make go come take give become feel think eat "
    "wear own understand allow require say tell mean provide prefer enjoy fit add put see hear live sit stand believe "
    "consist happen remain has looked seemed appeared looks appears seems needs wants knows contains belongs wears "
    "makes goes"
)
VERBS = lex.BASE | _words(
    "work match like fit use care mind weigh own offer function enjoy belong accept receive survive understand win "
    "lose fall die break sink fear trust recognize agree approve finish sound taste smell suggest speak exist qualify "
    "want appear rain snow spell blend clash compete collide crash tip taste complement coordinate differ slope curve "
    "indicate promote prevent affect produce move act behave pose play travel occur occupy describe celebrate ask fly "
    "face hit bite wear shave tie untie untwist flush tell resemble share touch overlap help seat hold ride fold bring "
    "forget notice realize form control miss poo tickle flow unlock lock dispense dominate wake proceed unbox overrun "
    "come discriminate slow mow dress cause worry object lack cry laugh fail die attract depict symbolize respect "
    "open close spell have be get make go allow let keep smile frown speak scare require lean double carry"
)
LINKING = _words("look looks seem seems appear appears feel sound smell taste looking")
STATES = _words("have need want like know own belong cost weigh match fit contain mean deserve exist resemble require")

ADJECTIVES = _words(
    "asian caucasian hispanic overcast barefoot greyscale grayscale ripe vegetarian vegan healthy unhealthy dangerous "
    "safe married related cooked tidy scared afraid hungry thirsty lit real fake normal common expensive cheap edible "
    "legal illegal identical adult mature young older younger taller shorter bigger larger smaller longer higher lower "
    "daytime nighttime vacant available occupied deep famous sick well ok okay right wrong true false valid organic "
    "toasted sliced carpeted crowded paved licensed level even symmetrical symmetric alike different separate equal "
    "friendly aggressive violent angry upset excited bored confused surprised worried nervous cautious focused "
    "comfortable uncomfortable relaxed attentive curious shy lazy asleep awake alive dead extinct native local "
    "functional operational working broken electric automatic manual modern contemporary outdated vintage antique "
    "religious spiritual formal casual fashionable stylish symmetrical parallel perpendicular diagonal bent horizontal "
    "visible hidden transparent opaque see-through blurry clear focused sharp pixelated photoshopped edited staged "
    "black-and-white monochrome colored spotted striped checkered plaid patterned solid plain curly straight wavy "
    "blonde blond brunette bald hairy furry fluffy muscular fit obese overweight thin fat chubby pregnant handsome "
    "attractive sexy pretty beautiful ugly cute clean-shaven unshaven shaven bearded tattooed topless nude naked "
    "clothed dressed sunny windy rainy stormy chilly cold hot warm freezing humid muddy flat hilly mountainous rocky "
    "steep smooth rough choppy calm still wavy frozen melted icy slippery deserted abandoned historic public private "
    "domestic domesticated wild tame captive free loose tied foreign english american european african chinese "
    "japanese mexican italian french german british indian canadian russian thai korean spanish irish greek disabled "
    "handicapped injured hurt bleeding sober drunk drinkable flammable fragile sturdy stable secure waterproof "
    "portable wireless cordless digital analog accurate correct official professional amateur experienced "
    "inexperienced skilled novice rich poor wealthy homeless employed retired popular lucky guilty innocent "
    "responsible polite rude proud ashamed embarrassed jealous lonely alone together ready done finished complete "
    "incomplete full empty busy quiet noisy loud silent peaceful overgrown mowed landscaped lush barren dry wet damp "
    "moist fresh stale rotten moldy spoiled raw rare burnt burned fried baked grilled spicy sweet sour salty bitter "
    "seasonal tropical exotic festive artificial natural man-made homemade handmade plastic wooden metal metallic "
    "rusty shiny dull dusty dirty filthy clean sanitary spotless cluttered messy organized neat tidy orderly symmetric "
    "open closed shut ajar locked unlocked on off up down new old used brand-new long short tall high low wide narrow "
    "big small large little huge tiny enormous gigantic round square rectangular oval triangular circular "
    "red orange yellow green blue purple pink brown black white gray grey beige tan gold silver colorful multicolored "
    "male female gay straight human left-handed right-handed caucasian athletic inflatable vertical sunken crooked "
    "tilted balanced uneven pointy pointed rounded matching mismatched unusual weird strange odd unique awkward "
    "appropriate inappropriate possible impossible likely unlikely necessary useful useless acceptable recent current "
    "outdated mean nice good bad great awesome cool happy sad unhappy glad sleepy tired exhausted awake stuffed "
    "crispy burning smoking carbonated alcoholic nutritious fattening greasy oily creamy cheesy meaty chewy crunchy "
    "gluten-free dairy-free non-fiction nonfiction residential commercial industrial rural urban suburban coastal "
    "underwater mid-air upright upside-down backwards sideways flowered floral shaded tinted foggy cloudy clear hazy "
    "snowy grassy leafy bare sandy tile tiled hardwood stainless electronic chinese left right next last same"
) - _words("left right on off up down tile hardwood tan gold silver plastic orange")


def is_adjective(word: str) -> bool:
    """Whether a word describes, wherever it stands."""
    if word.endswith("er") and len(word) > 4:
        plain = word[:-3] + "y" if word.endswith("ier") else word[:-2]
        if {plain, word[:-1], plain[:-1]} & (ADJECTIVES | lex.ADJECTIVES):
            return True
    return word in ADJECTIVES or word in lex.ADJECTIVES or word in lex.COLOURS or word.endswith(_ADJECTIVE_ENDS)


_ADJECTIVE_ENDS = ("-colored", "-free", "ful", "less", "ish", "ous", "-like", "-proof")
