"""How a chat about an image is written, with a checkpoint's own template and without one."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata.backends.base import Message
from negdata.backends.vision_chat import Chats
from negdata.backends.vision_load import load
from negdata.errors import NegdataError


def test_a_system_message_is_a_turn_or_the_users_first_words(qwen: Path, llava: Path) -> None:
    messages = (Message("system", "Be careful."), Message("user", "Is there a dog?"))
    assert Chats(load(str(qwen)), "m").render(messages) == (
        "<|im_start|>system\nBe careful.<|im_end|>\n<|im_start|>user\n"
        "<|vision_start|><|image_pad|><|vision_end|>Is there a dog?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert Chats(load(str(llava)), "m").render(messages) == "[INST] <image>\nBe careful.\n\nIs there a dog? [/INST]"


@pytest.mark.parametrize(
    ("language", "prompt"),
    [
        ("mistral", "[INST] <image>\nBe careful.\n\nIs there a dog? [/INST]"),
        ("llama", "USER: <image>\nBe careful.\n\nIs there a dog? ASSISTANT:"),
    ],
)
def test_a_llava_without_a_template(llava: Path, language: str, prompt: str) -> None:
    loaded = load(str(llava))
    loaded.processor.chat_template = loaded.tokenizer.chat_template = None
    loaded.network.config.text_config.model_type = language
    messages = (Message("system", "Be careful."), Message("user", "Is there a dog?"))
    assert Chats(loaded, "m").render(messages) == prompt


@pytest.mark.parametrize("template", [None, "{{ messages[0].content }}", "{{ messages[0].content[-1].text }}"])
def test_no_template_that_shows_an_image(qwen: Path, template: str | None) -> None:
    loaded = load(str(qwen))
    loaded.processor.chat_template = loaded.tokenizer.chat_template = template
    with pytest.raises(NegdataError, match="no chat template that shows an image"):
        Chats(loaded, "m")


def test_a_broken_template_is_passed_over(llava: Path) -> None:
    loaded = load(str(llava))
    loaded.processor.chat_template = "{{ raise_exception('none of this') }}"
    loaded.tokenizer.chat_template = None
    assert Chats(loaded, "m").render((Message("user", "Is it?"),)) == "[INST] <image>\nIs it? [/INST]"
