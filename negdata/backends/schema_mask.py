"""Holds what a transformers model writes to each request's JSON schema, token by token."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

Schema = Mapping[str, JsonValue]

# One way to space a reply: left the choice, a small model writes blank lines until it is cut off.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def token_trie(tokenizer: Any, width: int, ends: set[int]) -> Any | None:
    """What the masks are computed from, once a model; None for a tokenizer without a fast form.

    Args:
        tokenizer: of the transformers library.
        width: how many logits the network gives for a token.
        ends: the tokens that end a reply.
    """
    import llguidance.hf

    try:
        return llguidance.hf.from_tokenizer(tokenizer, n_vocab=max(width, len(tokenizer)), eos_token=sorted(ends))
    except ValueError:
        return None


class SchemaMask:
    """A logits processor: of each row's next tokens, only those that its schema allows stay possible."""

    def __init__(self, trie: Any, schemas: Sequence[Schema | None], end: int) -> None:
        """``schemas`` has one entry a row, None for free text; ``end`` fills a row that is done."""
        import llguidance

        self._end = end
        self._begun = False
        self._rows = [
            None
            if schema is None
            else llguidance.LLMatcher(
                trie, llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=_LAYOUT)
            )
            for schema in schemas
        ]

    def __call__(self, written: Any, logits: Any) -> Any:
        """Tokens so far, (rows, length), and logits, (rows, vocabulary): the logits with -inf where forbidden."""
        import numpy
        import torch

        for row, matcher in enumerate(self._rows):
            if matcher is None:
                continue
            if self._begun and not matcher.is_stopped():
                matcher.consume_token(int(written[row, -1]))
            allowed = numpy.zeros(logits.shape[1], dtype=bool)
            if matcher.is_stopped():
                allowed[self._end] = True
            else:
                bits = numpy.unpackbits(numpy.frombuffer(matcher.compute_bitmask(), numpy.uint8), bitorder="little")
                allowed[: len(bits)] = bits[: len(allowed)]
            logits[row].masked_fill_(torch.from_numpy(~allowed).to(logits.device), float("-inf"))
        self._begun = True
        return logits
