"""Keeps keys and tokens out of whatever is written or shown."""

from __future__ import annotations

import os
import re

MASK = "***"
_SECRET_VARIABLE = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_SHORTEST_SECRET = 8

_PATTERNS = (
    # A digit tells a token from a word: captions have bearers of bad news and basic skills.
    (re.compile(r"(?i)\b(bearer|basic)\s+(?=[^\s\d]*\d)[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"\b(sk|pk|hf|gsk|xai|ghp|key)([-_])(?=[^\s\d]*\d)[A-Za-z0-9_-]{8,}"), rf"\1\2{MASK}"),
    (re.compile(r"(?i)\b(api[-_]?key|access[-_]?token|token|secret|password)(=|:\s*)[^\s&,'\"]+"), rf"\1\2{MASK}"),
    (re.compile(r"(://)[^/\s:@\"']*:[^/\s@\"']+@"), rf"\1{MASK}@"),
    # What signs an address, of S3, Google's storage and Azure's: whoever has it may read what it names.
    (
        re.compile(r"(?i)([?&](?:X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|sig|signature)=)[^\s&'\"]+"),
        rf"\1{MASK}",
    ),
)


def redact(text: str) -> str:
    """The text with every secret masked: what looks like one, and the values of variables named like one."""
    for name, value in os.environ.items():
        if name.upper().endswith(_SECRET_VARIABLE) and len(value) >= _SHORTEST_SECRET and value in text:
            text = text.replace(value, MASK)
    return redact_patterns(text)


def redact_patterns(text: str) -> str:
    """Masks what looks like a secret, whatever the environment: equal texts stay equal on every machine."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
