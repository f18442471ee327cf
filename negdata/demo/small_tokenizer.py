"""The small CLIP's tokenizer: of CLIP's form, with a vocabulary of its own.

It knows the words of the world's captions, the names of negdata's vocabulary and plain function words: so "no" and
"without" are tokens of a model that never read one of them.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import orjson

from negdata.vocabulary import vocabulary

if TYPE_CHECKING:
    import transformers

CONTEXT = 40
_TOKENS = 1500
_START, _END = "<|startoftext|>", "<|endoftext|>"
_OFTEN = 200
_WORDS = """a an the this that these those it its there here is isn't are aren't was be being been do does doesn't did
have has hasn't having no not none nothing nobody nowhere never neither nor without lacks lacking missing absent any
anywhere some all both other another one two three of on in at to from with by for into over under above below beside
near next left right top bottom center middle side front behind and or but while though only just yet also as than so
can can't cannot could be seen found visible shown show shows showing picture pictures photo image images scene scenes
view sight sign around nearby present empty free people person man woman thing things object objects piece"""


def small_tokenizer(captions: list[str]) -> transformers.CLIPTokenizerFast:
    """Byte pairs of these captions, of function words and of the names of things; no text has an unknown token."""
    import transformers
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    learned = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""))
    learned.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    learned.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    learned.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_TOKENS,
        initial_alphabet=letters,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    names = [word for entry in vocabulary().entries.values() for word in (entry.name, entry.plural) if word]
    learned.train_from_iterator([*captions, *_WORDS.split() * _OFTEN, *names * 3], trainer)
    model = orjson.loads(learned.to_str())["model"]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    # Each letter has a token of its own, within a word and at its end: so nothing is unknown.
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    tokens = [*dict.fromkeys(tokens), _START, _END]
    with TemporaryDirectory() as folder:
        (Path(folder) / "vocab.json").write_bytes(orjson.dumps({token: at for at, token in enumerate(tokens)}))
        (Path(folder) / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
        return transformers.CLIPTokenizerFast.from_pretrained(folder, model_max_length=CONTEXT)
