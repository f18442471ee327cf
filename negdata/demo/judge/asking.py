"""Many questions about one encoding of a scene, and the loss of their answers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from negdata.demo.judge.questions import Question, balanced, chat, phrase
from negdata.demo.judge.start import CELLS
from negdata.demo.scene import Scene

QUESTIONS_EACH = 3
FOREIGN_SHARE = 0.15
_ANSWERS = ((True, "Yes"), (False, "No"))


def ask(scene: Scene, chance: random.Random, foreign: list[str]) -> list[Question]:
    """Questions about a scene, half of them to be answered yes; some of the others name what this world never shows."""
    asked = balanced(scene, chance, each=QUESTIONS_EACH)
    for index in range(QUESTIONS_EACH, 2 * QUESTIONS_EACH):
        if chance.random() < FOREIGN_SHARE:
            name = chance.choice(foreign)
            asked[index] = Question(phrase(name, chance), name, False)
    return asked


@dataclass
class Asker:
    """Puts several questions after one encoding of an image; none of them sees another."""

    model: Any
    processor: Any

    def __post_init__(self) -> None:
        tokenizer = self.processor.tokenizer
        before, _ = self._sides("")
        self._before = tokenizer.encode(before)
        self._answers = {present: tokenizer.encode(word, add_special_tokens=False)[0] for present, word in _ANSWERS}

    def loss(self, features: Any, asked: list[list[Question]]) -> tuple[Any, float]:
        """The mean loss of the answers and of their ends, and the share of right answers."""
        import torch
        from torch.nn.functional import cross_entropy

        tokenizer = self.processor.tokenizer
        inner = self.model.model
        embed = inner.get_input_embeddings()
        images, width = features.shape[0], features.shape[-1]
        rows = features.view(images, CELLS, CELLS, width)
        ends = inner.image_newline.expand(images, CELLS, 1, width)
        tile = torch.cat([rows, ends], 2).flatten(1, 2)
        before = embed(torch.tensor(self._before)).expand(images, -1, -1)
        shared = torch.cat([before, features, tile], 1)

        ids = [[self._ids(question) for question in questions] for questions in asked]
        longest = max(len(one) for many in ids for one in many)
        padded = torch.tensor([[one + [tokenizer.pad_token_id] * (longest - len(one)) for one in many] for many in ids])
        each, start = padded.shape[1], shared.shape[1]
        sequence = torch.cat([shared, embed(padded).flatten(1, 2)], 1)
        positions = torch.cat([torch.arange(start), torch.arange(start, start + longest).repeat(each)])
        hidden = inner.language_model(
            inputs_embeds=sequence,
            attention_mask=_mask(start, each, longest),
            position_ids=positions.expand(images, -1),
            use_cache=False,
        ).last_hidden_state[:, start:]
        lengths = torch.tensor([[len(one) for one in many] for many in ids])
        last = (lengths - 1 + torch.arange(each) * longest).flatten()
        row = torch.arange(images).repeat_interleave(each)
        answered = self.model.lm_head(hidden[row, last - 1])
        ended = self.model.lm_head(hidden[row, last])
        right = padded.flatten(0, 1)[torch.arange(len(last)), lengths.flatten() - 1]
        done = torch.full_like(right, tokenizer.eos_token_id)
        loss = cross_entropy(answered, right) + 0.1 * cross_entropy(ended, done)
        return loss, (answered.argmax(-1) == right).float().mean().item()

    def _ids(self, question: Question) -> list[int]:
        _, after = self._sides(question.text)
        ids: list[int] = self.processor.tokenizer.encode(after, add_special_tokens=False)
        return [*ids, self._answers[question.present]]

    def _sides(self, question: str) -> tuple[str, str]:
        before, after = self.processor.apply_chat_template(chat(question), add_generation_prompt=True).split("<image>")
        return before, after


def _mask(start: int, each: int, longest: int) -> Any:
    """What a position may look at: all before it that is shared, and all before it in its own question."""
    import torch

    owner = torch.cat([torch.full((start,), -1), torch.arange(each).repeat_interleave(longest)])
    length = len(owner)
    allowed = (owner[None] == -1) | (owner[None] == owner[:, None])
    allowed &= torch.ones(length, length, dtype=torch.bool).tril()
    return torch.zeros(1, 1, length, length).masked_fill(~allowed, torch.finfo(torch.float32).min)
