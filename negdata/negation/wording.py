"""Words that carry no content of their own, and words that a negation may bring into a caption."""

from __future__ import annotations

from negdata.negation.text import stem

FUNCTION_WORDS = frozenset(
    "a an the this that these those some any each every all both either neither no not none nor or and but yet so"
    " i you he she it we they me him her us them his hers its their theirs my mine your yours our ours himself herself"
    " itself themselves myself yourself one ones someone anyone somebody anybody something anything everyone everything"
    " who whom whose which what where when while as if than then though although because since until"
    " is are was were am be been being has have had having do does did doing done can could will would shall should"
    " may might must ought 's s t d ll re ve m 'd 'll 're 've isn't aren't wasn't weren't"
    " there's it's he's she's that's they're we're i'm you're who's what's here's they've i've"
    " of in on at by for from to into onto with within without over under about above below up down out off through"
    " across along around between among near beside behind against toward towards upon via per during before after"
    " inside outside there here very just only also too even still more most less least such same other another else"
    " again ever never already now".split()
)
"""Left out when what a caption says is compared."""

_ADDABLE = (
    "sight view scene picture photo image frame anywhere nowhere visible seen see present nearby around sign trace"
    " shown pictured absent missing lack lacking lacks devoid free empty bare clear absence minus sans zero single"
    " longer nobody noone nothing not no without neither nor except apart although despite however though"
    " wear wearing hold holding carry carrying have having ride riding use using eat eating drink drinking contain"
    " include including show feature accompany accompanied attach attached equip equipped cover covered play playing"
    " drive driving sit sitting stand standing board aboard place placed set serve served found find look looking"
    " occupy occupied park parked lie lying hang hanging mount mounted top wheel behind beside next close side way"
    " background foreground hand wrist arm finger shoulder foot leg ear head neck face body back lap part"
    " company help driver's"
    " let alone instead rather but simply completely entirely totally notably notable clearly currently least left"
)
ADDABLE = frozenset(stem(word) for word in _ADDABLE.split())
"""Stems that say where an absent thing would have been, or what would have been done with it."""
