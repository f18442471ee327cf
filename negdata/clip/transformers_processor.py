"""How a model of the transformers library wants its pictures and texts, read from its folder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from negdata.clip.model_files import loaded
from negdata.clip.preprocessing import Preprocessing
from negdata.clip.tokenization import Tokenization
from negdata.errors import NegdataError

PROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")
TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.json", "merges.txt", "spiece.model", "tokenizer.model"),
)
# What alone holds no vocabulary.
_NO_TOKENS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt")
_PROCESSORS = ("CLIPImageProcessor", "SiglipImageProcessor")
_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
_LEGACY_END = 2


def read_preprocessing(folder: Path, resolution: int) -> Preprocessing:
    """How pictures are prepared for a tower of this resolution; raises NegdataError where that can't be told."""
    import transformers

    if not any((folder / name).is_file() for name in PROCESSOR_FILES):
        raise NegdataError(
            f"The folder {folder} doesn't say how pictures are prepared: it has no {PROCESSOR_FILES[0]}.",
            "Copy that file from the model that this one was made of.",
        )
    processor = loaded(
        f"The image processor of {folder}",
        lambda: transformers.AutoImageProcessor.from_pretrained(folder, trust_remote_code=False),
    )
    try:
        if not type(processor).__name__.startswith(_PROCESSORS):
            raise ValueError(f"it is a {type(processor).__name__}")
        return checked(_described(processor.to_dict()), resolution)
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError) as error:
        raise NegdataError(
            f"The image processor of {folder} can't be understood: {error}.", f"Correct its {PROCESSOR_FILES[0]}."
        ) from error


def checked(preprocessing: Preprocessing, resolution: int) -> Preprocessing:
    """The same; raises ValueError where it makes no picture that a tower of this resolution takes."""
    if preprocessing.size != resolution:
        raise ValueError(f"it makes pictures of {preprocessing.size} pixels for a tower that takes {resolution}")
    if preprocessing.fit == "crop" and (preprocessing.short or preprocessing.size) < preprocessing.size:
        raise ValueError(f"from a short side of {preprocessing.short} pixels, {preprocessing.size} can't be cut")
    numbers = (*preprocessing.mean, *preprocessing.std, preprocessing.divisor)
    if len(numbers) != 7 or not all(map(math.isfinite, numbers)) or not all(numbers[3:]):
        raise ValueError(f"its mean is {preprocessing.mean} and its standard deviation {preprocessing.std}")
    return preprocessing


def read_tokenization(folder: Path, config: Any) -> Tokenization:
    """How texts become tokens; raises NegdataError where the tokenizer can't be read, or isn't the text tower's."""
    import transformers

    if not any((folder / name).is_file() for name in TOKENIZER_FILES if name not in _NO_TOKENS):
        raise NegdataError(
            f"The folder {folder} has no tokenizer.", "Copy its files from the model that this one was made of."
        )
    tokenizer = loaded(
        f"The tokenizer of {folder}",
        lambda: transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False),
    )
    options: dict[str, Any] = {"truncation": True, "max_length": config.text_config.max_position_embeddings}
    if config.model_type == "siglip":  # its answer is taken at the last place, which is padding for most texts
        options["padding"] = "max_length"

    # SigLIP 2 was trained on lower case, which its folders of a fixed resolution leave to the reader.
    lower = config.model_type == "siglip" and type(tokenizer).__name__.startswith("Gemma")

    def made(how: Mapping[str, Any], texts: Sequence[str]) -> list[list[int]]:
        read = [text.lower() if lower else text for text in texts]
        return tokenizer(read, verbose=False, **how)["input_ids"] if read else []

    tokenize = partial(made, options)
    dog, cat = loaded(f"The tokenizer of {folder}", lambda: tokenize(["dog", "cat"]))
    if dog == cat:
        raise NegdataError(
            f"The tokenizer of {folder} gives every text the tokens {dog[:8]}.",
            "Take it from the model's first folder.",
        )
    if config.model_type == "clip":
        _check_end(folder, config.text_config.eos_token_id, dog)
    return Tokenization(
        tokenize,
        uncut=partial(made, {"truncation": False, "padding": False}),
        context=options["max_length"],
        pad=tokenizer.pad_token_id or 0,
        vocabulary=config.text_config.vocab_size,
        name=type(tokenizer).__name__ + (", lower case" if lower else ""),
    )


def _described(said: Mapping[str, Any]) -> Preprocessing:
    size, crop = said["size"], said["crop_size"] if said.get("do_center_crop") else None
    short = size.get("shortest_edge")
    normalized = said.get("do_normalize", True)
    if not said.get("do_resize", True) or (crop and not short and _side(size) != _side(crop)):
        raise ValueError("it doesn't resize pictures to what is cut out of them")
    return Preprocessing(
        size=_side(crop or size),
        fit="crop" if short else "squash",
        short=short or 0,
        resample=_FILTERS[int(said["resample"])],
        mean=tuple(map(float, said["image_mean"])) if normalized else (0.0,) * 3,
        std=tuple(map(float, said["image_std"])) if normalized else (1.0,) * 3,
        divisor=1 / said["rescale_factor"] if said.get("do_rescale", True) else 1.0,
    )


def _side(size: Mapping[str, int]) -> int:
    if size.get("height") != size.get("width") or not size.get("height"):
        raise ValueError(f"{dict(size)} is no square")
    return size["height"]


def _check_end(folder: Path, end: int, tokens: list[int]) -> None:
    """Raises NegdataError unless a text's embedding is taken at its end, where CLIP puts it.

    Configs of old say that the end is token 2, which it isn't: the library then takes the highest token. A wrong one
    that never occurs would have every text's embedding taken at its start, where all are equal.
    """
    end = max(tokens) if end == _LEGACY_END else end
    if end not in tokens or tokens.index(end) != len(tokens) - 1:
        raise NegdataError(
            f"The text tower of {folder} takes its answer at token {end}, which doesn't end its texts: "
            f"one word has the tokens {tokens}.",
            "Correct eos_token_id of text_config in config.json, or give the tokenizer that belongs to the model.",
        )
