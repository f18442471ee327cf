"""OpenAI's tokenizer for CLIP, offline: its vocabulary ships with negdata."""

from __future__ import annotations

import gzip
import html
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import orjson

from negdata.clip.tokenization import Tokenization
from negdata.errors import NegdataError

if TYPE_CHECKING:
    import transformers

VOCABULARY = 49_408
CONTEXT = 77
_FILE = Path(__file__).with_name("bpe_simple_vocab_16e6.txt.gz")
_START, _END = "<|startoftext|>", "<|endoftext|>"


@cache
def openai_tokenizer() -> transformers.CLIPTokenizerFast:
    """The tokenizer as the transformers library has it; ``clean`` is what OpenAI's does before it."""
    import transformers

    letters = _letters()
    with gzip.open(_FILE, "rt", encoding="utf-8") as file:
        # After a line on the file's version; two tokens a letter and the two special ones fill up the vocabulary.
        merges = file.read().split("\n")[1 : VOCABULARY - 2 * len(letters) - 2 + 1]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    vocabulary = {token: number for number, token in enumerate([*tokens, _START, _END])}
    # Files are what every version of the library makes the same tokenizer of.
    with TemporaryDirectory() as folder:
        (Path(folder) / "vocab.json").write_bytes(orjson.dumps(vocabulary))
        (Path(folder) / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
        return transformers.CLIPTokenizerFast.from_pretrained(folder, model_max_length=CONTEXT)


def openai_tokenization(vocabulary: int, context: int, where: str, *, full: bool = False) -> Tokenization:
    """The tokenizer that OpenAI's weights were trained with, and all those in their layout.

    Args:
        vocabulary: how many tokens the model knows.
        where: the model, for errors.
        full: whether its text tower takes only texts of full length.

    Raises:
        NegdataError: the model was trained with another tokenizer, or ftfy is not installed.
    """
    if vocabulary != VOCABULARY:
        raise NegdataError(
            f"{where} knows {vocabulary:,} tokens; OpenAI's tokenizer, which comes with negdata, has {VOCABULARY:,}.",
            "Give the model's whole folder, with its tokenizer, or load it as open_clip:ARCH/PATH.",
        )
    try:
        import ftfy  # noqa: F401
    except ImportError as error:
        raise NegdataError("ftfy is not installed.", 'Run: pip install "negdata[train]"') from error
    return Tokenization(
        partial(tokenize, context=context),
        uncut=partial(tokenize, context=None),
        context=context,
        pad=0,
        vocabulary=vocabulary,
        name="OpenAI's",
        length=context if full else None,
    )


def tokenize(texts: Sequence[str], context: int | None = CONTEXT) -> list[list[int]]:
    """The tokens of texts, from the one that starts to the one that ends them, as OpenAI's code makes them.

    Args:
        texts: of any length.
        context: how many of a text's are kept, the end among them; None: all.
    """
    cleaned = [clean(text) for text in texts]
    if not cleaned:
        return []
    cut = {"truncation": True, "max_length": context} if context is not None else {"truncation": False}
    tokens: list[list[int]] = openai_tokenizer()(cleaned, verbose=False, **cut)["input_ids"]
    return tokens


def clean(text: str) -> str:
    """Broken encodings mended, HTML entities resolved, blanks collapsed, lower case."""
    if text.isascii() and text.isprintable() and "&" not in text:
        return " ".join(text.split()).lower()  # there is nothing to mend, and looking for it takes longest
    import ftfy

    mended = html.unescape(html.unescape(ftfy.fix_text(text)))
    return " ".join(mended.split()).lower()


def _letters() -> list[str]:
    """A printable character for each byte, in the order of the vocabulary; what is printable stands for itself."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = 256 - len(printable)
    return [*map(chr, printable), *(chr(256 + number) for number in range(others))]
