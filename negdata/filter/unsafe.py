"""What no training caption should hold, whatever was in the caption that it was made from."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from negdata.negation import Finding
from negdata.sources.base import shorten

WORDS = Path(__file__).parent / "unsafe_words.txt"

_WORD = re.compile(r"[^\W_]+")
# Controls but tab and line breaks, formatting that hides or reorders text, surrogates, private use and no characters.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
    r"\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
    # A joiner is at home between two pictographs: families and flags are written so.
    r"|(?<![\u2600-\u27bf\U0001f000-\U0001faff\ufe0f])\u200d"
)
_TAGS = (
    "a|abbr|b|blockquote|body|br|button|center|code|div|em|embed|font|form|frame|h[1-6]|head|hr|html|i|iframe|img|input"
    "|li|link|meta|ol|p|pre|script|small|span|strong|style|sub|sup|svg|table|tbody|td|textarea|th|thead|title|tr|u|ul"
    "|video"
)
_DOMAINS = "com|org|net|edu|gov|biz|io|ru|de|uk|fr|jp|cn|ly|gl|xyz"
_PREVIOUS = "previous|prior|above|earlier|preceding|foregoing|former"
_ORDERS = "instructions?|prompts?|messages?|commands?|directions?|guidelines?|rules|context"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile(pattern, re.IGNORECASE))
    for what, pattern in (
        ("a web address", r"\b(?:https?|ftp|file)\s?:\s?//|\bdata:\w+/\w+|\bwww\s?\.\s?\w"),
        ("an e-mail address", r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\bmailto:"),
        ("a web address", rf"(?<![\w-])[a-z0-9-]{{2,}}\.(?:{_DOMAINS})\b(?:/|(?![\w-]|\.\w))"),
        (
            "markup",
            rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<[a-z][\w-]*\s+[\w-]+\s*=[^<>]*>|<!--|-->|<!doctype|<\?(?:php|xml)"
            r"|&(?:[a-z]{2,8}|#\d{2,6}|#x[\da-f]{2,6});|\bjavascript:|\bon(?:error|load|click)\s*=",
        ),
        (
            "markup",
            r"```|!?\[[^\[\]]*\]\([^()]*\)|(?<!\*)\*\*[^*\s][^*]*\*\*|(?<!_)__[^_\s][^_]*__(?!_)|^\s*#{1,6}\s+[^\W\d]",
        ),
        ("markup", r"\{\{|\}\}|\{%|%\}|\$\{|<%|%>"),
        (
            "words to a model",
            rf"\b(?:ignore|disregard|forget|override)\b(?:\s+\w+){{0,4}}?\s+(?:(?:{_PREVIOUS})\s+(?:\w+\s+)?(?:{_ORDERS})"
            rf"|(?:{_ORDERS})\s+(?:{_PREVIOUS}|you))\b|\bignore\s+(?:all|any|your)\s+(?:{_ORDERS})\b",
        ),
        (
            "words to a model",
            r"\bas an? (?:\w+ )?(?:ai|artificial intelligence|(?:large )?language model)\b(?! (?:system|robot)s?\b)"
            r"|\bi(?:'m| am) (?:just |only )?an? (?:\w+ )?(?:ai|language model|assistant|chatbot)\b"
            r"|\byou are (?:now )?an? (?:\w+ )?(?:ai|assistant|language model|chatbot)\b"
            r"|\bsystem (?:prompt|message)\b|\b(?:reveal|repeat|print|show)\b[\w\s]{0,20}\b(?:your|the) prompt\b"
            r"|\bi (?:can't|cannot|can not|am unable to|am not able to)"
            r" (?:assist|help|fulfil+|comply|provide|create|generate|write|rewrite)\b",
        ),
        (
            "words to a model",
            r"<\|[^|<>]*\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|#{2,}\s*(?:instruction|response|input)"
            r"|(?:^|\n)\s*(?:system|assistant|user|human)\s*:",
        ),
    )
)
_NUMBER = re.compile(r"(?<![\w.])\+?\(?\d(?:[ .()/-]{0,2}\d){6,16}(?![\w])")
_DATE = re.compile(r"(?:\d{1,2}[./ -]){2}(?:19|20)\d\d|(?:19|20)\d\d[./ -]\d{1,2}[./ -]\d{1,2}(?!\d)")
_CALL = re.compile(
    r"\b(?:call|dial|phone|telephone|tel|text|sms|whatsapp|fax|mobile)\b\W*(?:\w+\W+){0,2}?$", re.IGNORECASE
)


def check_unsafe(text: str) -> Finding | None:
    """The first thing in a text that no training caption should hold, as a finding ``unsafe``."""
    hidden = _HIDDEN.search(text)
    if hidden is not None:
        return Finding("unsafe", f"it holds the hidden character U+{ord(hidden[0]):04X}")
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text).replace("’", "'")
    for what, pattern in _PATTERNS:
        found = pattern.search(folded)
        if found is not None:
            return Finding("unsafe", f'it holds {what}: "{shorten(" ".join(found[0].split()))}"')
    number = _phone_number(folded)
    if number is not None:
        return Finding("unsafe", f'it holds a phone number: "{number}"')
    words = _unsafe_words()
    for word in _WORD.findall(folded.casefold()):
        if word in words:
            return Finding("unsafe", f'it holds the word "{word}"')
    return None


def _phone_number(text: str) -> str | None:
    """A number that is dialled: "+44 20 7946 0958", "(555) 123-4567", "call 555-1234"; no dates, years or dials."""
    for found in _NUMBER.finditer(text):
        number = found[0]
        groups = re.findall(r"\d+", number)
        digits = sum(map(len, groups))
        if number.startswith("+") or _CALL.search(text[max(0, found.start() - 40) : found.start()]):
            return number
        on_a_dial = max(map(len, groups)) <= 2 and not groups[0].startswith("0")
        if 9 <= digits <= 15 and not on_a_dial and not _DATE.match(number):
            return number
    return None


@lru_cache(maxsize=1)
def _unsafe_words() -> frozenset[str]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
