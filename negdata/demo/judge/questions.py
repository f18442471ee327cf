"""Questions about the drawn world, and how a model's answers to them are read and measured."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from negdata.demo.scene import KINDS, Scene, draw_scene
from negdata.grammar.nouns import article
from negdata.vocabulary import ObjectEntry, vocabulary

SINGULAR = (
    "Is there {a} in this image?",
    "Is there {a} in the image?",
    "Is there {a} in this picture?",
    "Is there any {one} in this image?",
    "Is there {a} here?",
    "Is there {a} anywhere in this image?",
    "Is there at least one {one} in the image?",
    "Is {a} present in the image?",
    "Is {a} in this picture?",
    "Does this image show {a}?",
    "Does the picture show {a}?",
    "Does this image contain {a}?",
    "Does the photograph contain {a}?",
    "Does {a} appear in this image?",
    "Can {a} be seen in the photo?",
    "Can you see {a} in the picture?",
    "Do you see {a} in this photo?",
    "Is {a} visible in this photo?",
    "Is {a} visible in this image?",
)
PLURAL = ("Are there any {many} in this image?", "Can you see any {many} in the picture?")
ENDINGS = (
    "Answer yes or no.",
    "Answer Yes or No.",
    "Answer with yes or no.",
    "Answer with one word: yes or no.",
    "Answer with a single word, yes or no.",
    "Answer only yes or no.",
    "Answer 'yes' or 'no'.",
    "Please answer yes or no.",
    "Reply with yes or no only.",
    "Yes or no?",
)
# No training asks in these words.
UNHEARD = (
    "Do you see {a}? Reply yes or no.",
    "Could you tell whether {a} is visible here? Answer with just yes or no.",
    "Does this photograph show any {one}? Please reply with one word: yes or no.",
)
YES, NO = ("yes", "Yes", " yes", " Yes"), ("no", "No", " no", " No")


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one object and its right answer."""

    text: str
    name: str
    present: bool


def phrase(name: str, chance: random.Random) -> str:
    """A question about an object in one of the forms above."""
    return f"{worded(chance.choice((*SINGULAR, *PLURAL)), name)} {chance.choice(ENDINGS)}"


def worded(form: str, name: str) -> str:
    """The form with the object's name put in."""
    entry = vocabulary().lookup(name)
    many = entry.plural if entry is not None else f"{name}s"
    return form.format(a=f"{article(name)} {name}", one=name, many=many)


def foreign_names() -> list[str]:
    """Objects that this world never shows: countable, no scenery, and neither a kind of what it shows nor its kind."""
    known = vocabulary()

    def foreign(entry: ObjectEntry) -> bool:
        return (
            not entry.mass
            and not entry.background
            and entry.name not in KINDS
            and not any(known.kin(entry.name, kind) for kind in KINDS)
        )

    return sorted(entry.name for entry in known.entries.values() if foreign(entry))


def balanced(scene: Scene, chance: random.Random, *, each: int = 1) -> list[Question]:
    """As many questions about objects that are there as about kinds that aren't."""
    absent = [kind for kind in KINDS if kind not in scene.present]
    there = [Question(phrase(name, chance), name, True) for name in chance.choices(sorted(scene.present), k=each)]
    return there + [Question(phrase(name, chance), name, False) for name in chance.choices(absent, k=each)]


def held_out(count: int) -> list[tuple[Scene, list[Question]]]:
    """Scenes that no training saw, each with one question of either answer."""
    return [(draw_scene(seed), balanced(draw_scene(seed), random.Random(seed))) for seed in range(count)]


def chat(question: str) -> list[dict[str, Any]]:
    """The question put to a model beside an image."""
    return [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}]


def p_present(model: Any, processor: Any, asked: Sequence[tuple[Scene, str]], *, batch: int = 32) -> Iterator[float]:
    """P(yes) / (P(yes) + P(no)) of the first answer token, summed over spellings."""
    import torch

    tokenizer = processor.tokenizer
    yes, no = ([tokenizer.encode(word, add_special_tokens=False)[0] for word in words] for words in (YES, NO))
    for start in range(0, len(asked), batch):
        part = asked[start : start + batch]
        inputs = processor(
            images=[[scene.image()] for scene, _ in part],
            text=[processor.apply_chat_template(chat(text), add_generation_prompt=True) for _, text in part],
            padding=True,
            padding_side="left",
            return_tensors="pt",
        ).to(model.device, model.dtype)
        with torch.inference_mode():
            odds = model(**inputs, logits_to_keep=1).logits[:, -1].float().log_softmax(-1)
        margin = odds[:, yes].logsumexp(-1) - odds[:, no].logsumexp(-1)
        yield from margin.sigmoid().tolist()
