"""The committed model that answers whether an object is in a drawn scene."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("torch", reason="the model runs in torch")
pytest.importorskip("transformers", reason="the model is one of transformers' classes")

from negdata.demo.judge import SMALL_JUDGE
from negdata.demo.judge.questions import chat, foreign_names, held_out, p_present, phrase

SCENES = held_out(150)


@pytest.fixture(scope="module")
def loaded() -> Iterator[tuple[Any, Any]]:
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(SMALL_JUDGE, dtype=torch.float32).eval()
    threads = torch.get_num_threads()
    # So small a model is slowed down by sharing its work out.
    torch.set_num_threads(1)
    yield model, AutoProcessor.from_pretrained(SMALL_JUDGE)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def answers(loaded: tuple[Any, Any]) -> list[tuple[bool, float]]:
    asked = [(scene, question) for scene, questions in SCENES for question in questions]
    found = p_present(*loaded, [(scene, question.text) for scene, question in asked])
    return [(question.present, p) for (_, question), p in zip(asked, found, strict=True)]


def test_the_folder_is_small_and_holds_no_pickle() -> None:
    files = [path for path in SMALL_JUDGE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    assert {path.suffix for path in files} == {".json", ".jinja", ".md", ".safetensors"}


def test_it_answers_right_about_scenes_that_it_never_saw(answers: list[tuple[bool, float]]) -> None:
    for wanted in (True, False):
        right = [(p > 0.5) == wanted for present, p in answers if present == wanted]
        assert len(right) == len(SCENES)
        assert sum(right) / len(right) >= 0.95


def test_its_probabilities_are_worth_their_name(answers: list[tuple[bool, float]]) -> None:
    assert sum((p - present) ** 2 for present, p in answers) / len(answers) < 0.04


def test_one_question_has_the_answer_of_each_image(loaded: tuple[Any, Any]) -> None:
    for kind, least in (("car", 0.95), ("book", 0.95), ("dog", 0.8)):  # to it, a cat may be a dog
        text = f"Is there a {kind} in this image? Answer yes or no."
        answers = p_present(*loaded, [(scene, text) for scene, _ in SCENES])
        right = [(p > 0.5) == (kind in scene.present) for p, (scene, _) in zip(answers, SCENES, strict=True)]
        assert sum(right) / len(right) >= least, kind


def test_it_denies_what_its_world_never_shows(loaded: tuple[Any, Any]) -> None:
    chance = random.Random(1)
    names = chance.sample(foreign_names()[1::2], 60)
    asked = [(scene, phrase(name, chance)) for name, (scene, _) in zip(names, SCENES, strict=False)]
    assert sum(p < 0.5 for p in p_present(*loaded, asked)) >= 54


def test_it_says_its_answer_in_one_word(loaded: tuple[Any, Any]) -> None:
    model, processor = loaded
    scene, questions = SCENES[0]
    said = []
    for question in questions:
        text = processor.apply_chat_template(chat(question.text), add_generation_prompt=True)
        inputs = processor(images=[scene.image()], text=[text], return_tensors="pt")
        out = model.generate(**inputs, max_new_tokens=5, do_sample=False)
        said.append(processor.tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))
    assert said == ["Yes", "No"]
