"""Questions that share an encoding in training are answered as each would be alone."""

from __future__ import annotations

import math
import random

import pytest

pytest.importorskip("torch", reason="the model runs in torch")
pytest.importorskip("transformers", reason="the model is one of transformers' classes")

from negdata.demo import draw_scene
from negdata.demo.judge.asking import Asker, ask
from negdata.demo.judge.questions import chat
from negdata.demo.judge.start import attend_to_likeness, build, pixels_of, see


def test_the_shared_loss_is_that_of_the_library() -> None:
    import torch

    model, processor = build(seed=1)
    drawn = [draw_scene(seed) for seed in range(3)]
    # Attention that tells positions and words apart: untrained, it would hardly notice a wrong mask.
    attend_to_likeness(model)
    asked = [ask(scene, random.Random(seed), ["traffic light"]) for seed, scene in enumerate(drawn)]
    losses = []
    tokenizer = processor.tokenizer
    with torch.no_grad():
        shared, _ = Asker(model, processor).loss(see(model, pixels_of(drawn)), asked)
        for scene, questions in zip(drawn, asked, strict=True):
            for question in questions:
                text = processor.apply_chat_template(chat(question.text), add_generation_prompt=True)
                answer = "Yes" if question.present else "No"
                inputs = processor(images=[scene.image()], text=[text + answer], return_tensors="pt")
                odds = model(**inputs).logits[0].log_softmax(-1)
                (token,) = tokenizer.encode(answer, add_special_tokens=False)
                assert inputs["input_ids"][0, -1] == token
                losses.append(-float(odds[-2, token]) - 0.1 * float(odds[-1, tokenizer.eos_token_id]))
    assert len(losses) == 18
    assert math.isclose(float(shared), sum(losses) / len(losses), rel_tol=1e-4)
    assert max(losses) - min(losses) > 0.1
