"""Reads how likely each answer is off one forward pass, with nothing generated.

Two ways give the same numbers. The plain way reads whole prompts. The shared way reads an image, and what stands before
it, once, and then only what follows the image for each question.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from negdata.backends.spellings import spelled
from negdata.backends.vision_load import Loaded
from negdata.backends.vision_prefix import Filled, Key, Prefix, PrefixCache, can_be_shared, empty_cache, joined, split
from negdata.errors import NegdataError

T = TypeVar("T")

# Pixels of the images that are read at once. An accelerator is filled by eight photos of COCO's size, and its memory
# holds what they take; without one a single photo is work enough, and stops sooner when the run is interrupted.
_PIXELS_AT_ONCE = 8 * 640 * 480
_PIXELS_AT_ONCE_ON_CPU = 65_536


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt about one image.

    Attributes:
        text: the whole prompt, as the chat template writes it.
        image: a PIL image in RGB.
        digest: what tells its image from others.
    """

    text: str
    image: Any
    digest: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """The probability of each choice, in [0, 1], and the tokens of the prompt."""

    masses: tuple[float, ...]
    tokens: int


Way = Callable[[Sequence[Question]], list[Reading]]


class Reader:
    """Answers of one model; not for use by two threads at once."""

    def __init__(self, loaded: Loaded, choices: Sequence[str], most_bytes: int) -> None:
        """Raises NegdataError where no token of the model spells one of the choices."""
        self.prefixes = PrefixCache(most_bytes)
        self._loaded = loaded
        self.network = loaded.network
        self._tokenizer = loaded.tokenizer
        self.tokens = [_spellings(loaded.tokenizer, choice) for choice in choices]
        for choice, tokens in zip(choices, self.tokens, strict=True):
            if not tokens:
                raise NegdataError(f"No token of the model spells {choice!r}.", "Give a model that answers in English.")
        arguments = inspect.signature(loaded.network.forward).parameters
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in arguments else {}
        self._takes_positions = "position_ids" in arguments
        # M-RoPE: who counts positions on three axes, and leaves there how far they lag behind the tokens.
        owners = (self.network, self.network.base_model)
        self._rope = next((owner for owner in owners if hasattr(owner, "rope_deltas")), None)
        self._placeholder: int | None = None

    def singly(self, questions: Sequence[Question]) -> list[Reading]:
        """Whole prompts, one after another."""
        return [reading for question in questions for reading in self.plain([question])]

    def plain(self, questions: Sequence[Question]) -> list[Reading]:
        """Whole prompts in one batch."""
        import torch

        inputs = self._processed([question.text for question in questions], [question.image for question in questions])
        with torch.inference_mode():
            logits = self._forward(**inputs, use_cache=False).logits
        return self._readings(logits, inputs["attention_mask"].sum(-1).tolist())

    def learn_placeholder(self, question: Question) -> bool:
        """Finds the token that ends what an image's questions share; whether prompts can be split there.

        They can where the network's cache allows it, and where the tokens of the part up to the image and of the part
        after it, taken one by one, are the tokens of the whole.
        """
        self._placeholder = None
        if not can_be_shared(self.network):
            return False
        short = self._tokenized(question.text)
        whole = self._processed([question.text], [question.image])["input_ids"][0].tolist()
        config = self.network.config
        of_images = {getattr(config, name, None) for name in ("image_token_id", "image_token_index")}
        after = 0
        while after < min(len(short), len(whole)) and short[-1 - after] == whole[-1 - after] not in of_images:
            after += 1
        if after in (0, len(short)):
            return False
        self._placeholder = short[-1 - after]
        if self.is_well_formed(question.text):
            head = self._processed([self._head(question.text)], [question.image])["input_ids"][0].tolist()
            if head + self._tail(question.text) == whole:
                return True
        self._placeholder = None
        return False

    def is_well_formed(self, text: str) -> bool:
        """Whether the image's placeholder stands in a prompt exactly once; a question could hold one too."""
        return self._placeholder is None or text.count(self._spelling()) == 1

    def shared(self, questions: Sequence[Question]) -> list[Reading]:
        """In one batch, after reading each image that isn't known from questions before."""
        import torch

        keys: list[Key] = [(question.digest, self._head(question.text)) for question in questions]
        known = self._prefixes(dict(zip(keys, (question.image for question in questions), strict=True)))
        prefixes = [known[key] for key in keys]
        tails = [self._tail(question.text) for question in questions]
        width, longest = max(len(tail) for tail in tails), max(prefix.length for prefix in prefixes)
        device = self.network.device
        ids = torch.full((len(tails), width), self._tokenizer.pad_token_id)
        # Padding lies before the prefixes and between them and the tails, so that the last column is each row's last
        # token; what is padding is told by the mask, and where a token stands by its position.
        mask = torch.zeros((len(tails), longest + width), dtype=torch.long)
        positions = torch.zeros((len(tails), width), dtype=torch.long)
        for row, (prefix, tail) in enumerate(zip(prefixes, tails, strict=True)):
            ids[row, width - len(tail) :] = torch.tensor(tail)
            mask[row, longest - prefix.length : longest] = 1
            mask[row, longest + width - len(tail) :] = 1
            positions[row, width - len(tail) :] = torch.arange(len(tail)) + prefix.next_position
        axes = positions.expand(3, -1, -1) if self._rope is not None else positions
        with torch.inference_mode():
            logits = self._forward(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                position_ids=axes.to(device),
                past_key_values=joined(prefixes),
                use_cache=True,
            ).logits
        return self._readings(logits, mask.sum(-1).tolist())

    def _prefixes(self, images: dict[Key, Any]) -> dict[Key, Prefix]:
        known = {key: prefix for key in images if (prefix := self.prefixes.get(key)) is not None}
        new = [key for key in images if key not in known]
        most = _PIXELS_AT_ONCE_ON_CPU if self._loaded.device == "cpu" else _PIXELS_AT_ONCE
        for keys in grouped(new, [images[key].width * images[key].height for key in new], most):
            for key, prefix in zip(keys, self._read(keys, [images[key] for key in keys]), strict=True):
                known[key] = prefix
                self.prefixes.put(key, prefix)
        return known

    def _read(self, keys: Sequence[Key], images: Sequence[Any]) -> list[Prefix]:
        import torch

        inputs = self._processed([head for _, head in keys], images)
        mask = inputs["attention_mask"]
        lengths = mask.sum(-1)
        following = lengths
        cache = empty_cache(self.network)
        if self._rope is not None:
            self._rope.rope_deltas = None
        elif self._takes_positions:
            inputs["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)
        with torch.inference_mode():
            with suppress(Filled):
                self._forward(**inputs, past_key_values=cache, use_cache=True)
            if self._rope is not None:
                following = lengths + self._rope.rope_deltas.reshape(-1).to(lengths.device)
                self._rope.rope_deltas = None
            return split(cache, lengths.tolist(), following.tolist())

    def _forward(self, **inputs: Any) -> Any:
        return self.network(**inputs, **self._last_only)

    def _readings(self, logits: Any, lengths: Sequence[int]) -> list[Reading]:
        import torch

        likely = torch.softmax(logits[:, -1].float(), dim=-1)
        masses = torch.stack([likely[:, tokens].sum(-1) for tokens in self.tokens], dim=-1).tolist()
        return [
            Reading(tuple(min(1.0, mass) for mass in row), length) for row, length in zip(masses, lengths, strict=True)
        ]

    def _processed(self, texts: Sequence[str], images: Sequence[Any]) -> Any:
        inputs = self._loaded.processor(
            images=[[image] for image in images],
            text=list(texts),
            padding=True,
            add_special_tokens=self._adds_special(texts[0]),
            return_tensors="pt",
        )
        return inputs.to(self.network.device, dtype=self.network.dtype)

    def _adds_special(self, text: str) -> bool:
        """Whether the tokenizer has to begin the prompt: some chat templates do."""
        begin = self._tokenizer.bos_token
        return begin is None or not text.startswith(begin)

    def _tokenized(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer(text, add_special_tokens=self._adds_special(text))["input_ids"]
        return tokens

    def _spelling(self) -> str:
        spelling: str = self._tokenizer.convert_ids_to_tokens(self._placeholder)
        return spelling

    def _head(self, text: str) -> str:
        before, placeholder, _ = text.rpartition(self._spelling())
        return before + placeholder

    def _tail(self, text: str) -> list[int]:
        tokens = self._tokenized(text)
        assert self._placeholder is not None
        return tokens[tokens.index(self._placeholder) + 1 :]


def grouped(keys: Sequence[T], sizes: Sequence[int], most: int) -> list[list[T]]:
    """The keys in order, in groups whose sizes add up to ``most`` at most; one that is larger is alone."""
    groups: list[list[T]] = []
    room = 0
    for key, size in zip(keys, sizes, strict=True):
        if not groups or size > room:
            groups.append([])
            room = most
        groups[-1].append(key)
        room -= size
    return groups


def _spellings(tokenizer: Any, choice: str) -> list[int]:
    """The tokens that say a choice, in any spelling."""
    return sorted(
        token
        for written, token in tokenizer.get_vocab().items()
        if choice in written.casefold() and spelled(tokenizer.decode([token])) == choice
    )
